#include "acceptor.h"

#include "logging.h"
#include "remotepeer.h"
#include "serversocket.h"

#include <QHash>
#include <QTimer>

#include <fcntl.h>
#include <mutex>
#include <sys/socket.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto burstTime = 10s;
constexpr auto acceptPause = 500ms;
constexpr int backlog = 256;

} // namespace

/// The open connections. Permits are dropped on any thread.
struct Acceptor::Counts
{
    std::mutex mutex;
    int all = 0;
    QHash<QHostAddress, int> byAddress;

    void drop(const QHostAddress& address)
    {
        const std::lock_guard lock(mutex);
        --all;
        const auto found = byAddress.find(address);
        if (--*found == 0)
            byAddress.erase(found);
    }
};

Acceptor::Acceptor(ConnectionHandler& handler, const Limits& limits, const Deal& deal)
    : m_handler(handler), m_deal(deal), m_limits(limits), m_counts(std::make_shared<Counts>())
{
    setListenBacklogSize(backlog);
    connect(this, &QTcpServer::acceptError, this, [this] {
        qCWarning(lcNet) << "Cannot accept a connection:" << errorString();
        QTimer::singleShot(acceptPause, this, &Acceptor::acceptAgain);
    });
}

/// QTcpServer stops accepting for good when the process is out of descriptors, and even when resumed it keeps
/// seeing that old error. So it gets the listening socket anew.
void Acceptor::acceptAgain()
{
    const int copy = ::fcntl(static_cast<int>(socketDescriptor()), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        QTimer::singleShot(acceptPause, this, &Acceptor::acceptAgain);
        return;
    }
    close();
    if (!setSocketDescriptor(copy)) {
        qCCritical(lcNet) << "Cannot listen any more:" << errorString();
        ::close(copy);
    }
}

void Acceptor::incomingConnection(qintptr descriptor)
{
    const QHostAddress peer = ServerSocket::peerOf(static_cast<int>(descriptor));
    const QHostAddress address = countedAddress(peer);
    int all = 0;
    int ofAddress = 0;
    {
        const std::lock_guard lock(m_counts->mutex);
        all = m_counts->all++;
        ofAddress = m_counts->byAddress[address]++;
    }
    // The deleter runs for a null pointer too, once the last copy is gone.
    std::shared_ptr<void> permit(nullptr, [counts = m_counts, address](void*) { counts->drop(address); });
    Accepted accepted(descriptor, std::move(permit));
    if (all >= m_limits.connections)
        refuse(peer,
               u"There are %1 connections already; further ones are closed."_s.arg(m_limits.connections));
    else if (ofAddress >= m_limits.connectionsPerAddress)
        refuse(peer, u"There are %1 connections from this address already; further ones are closed."_s.arg(
                         m_limits.connectionsPerAddress));
    else
        m_deal(std::move(accepted));
}

void Acceptor::refuse(const QHostAddress& peer, const QString& line)
{
    if (!m_quietUntil.hasExpired())
        return;
    m_quietUntil.setRemainingTime(burstTime);
    m_handler.refused(peer, 503, line);
}

} // namespace sockdrop
