#include "acceptor.h"

#include "logging.h"
#include "remotepeer.h"
#include "serversocket.h"

#include <QHash>
#include <QTimer>

#include <cerrno>
#include <cstring>
#include <mutex>
#include <sys/socket.h>

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
}

/// QTcpServer only opens the port: where the process is out of descriptors it would try again and again.
bool Acceptor::begin(const QHostAddress& address, quint16 port)
{
    if (!listen(address, port))
        return false;
    pauseAccepting();
    m_notifier = std::make_unique<QSocketNotifier>(socketDescriptor(), QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, &Acceptor::acceptSome);
    return true;
}

/// Not all at once, so that the connections of this thread get their turn.
void Acceptor::acceptSome()
{
    constexpr int most = 32;
    for (int i = 0; i < most && acceptOne(); ++i) {
    }
}

/// Whether there may be another one.
bool Acceptor::acceptOne()
{
    const int descriptor = ::accept4(static_cast<int>(socketDescriptor()), nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor >= 0) {
        take(descriptor);
        return true;
    }
    switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        pause(errno);
        return false;
    default: // nobody there, or gone again
        return errno == EINTR || errno == ECONNABORTED;
    }
}

/// Whoever comes meanwhile waits in the backlog.
void Acceptor::pause(int problem)
{
    qCWarning(lcNet) << "Cannot accept a connection:" << std::strerror(problem);
    m_notifier->setEnabled(false);
    QTimer::singleShot(acceptPause, m_notifier.get(), [this] { m_notifier->setEnabled(true); });
}

void Acceptor::take(int descriptor)
{
    const QHostAddress peer = ServerSocket::peerOf(descriptor);
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
