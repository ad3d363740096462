#include "acceptor.h"

#include "logging.h"
#include "serversocket.h"

#include <QTimer>

#include <fcntl.h>
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

Acceptor::Acceptor(ConnectionHandler& handler, int connectionLimit, const Deal& deal)
    : m_handler(handler), m_deal(deal), m_limit(connectionLimit)
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
    const int before = m_count->fetch_add(1);
    // The deleter runs for a null pointer too, once the last copy is gone.
    std::shared_ptr<void> permit(nullptr, [count = m_count](void*) { count->fetch_sub(1); });
    Accepted accepted(descriptor, std::move(permit));
    if (before >= m_limit)
        refuse(descriptor);
    else
        m_deal(std::move(accepted));
}

void Acceptor::refuse(qintptr descriptor)
{
    if (!m_quietUntil.hasExpired())
        return;
    m_quietUntil.setRemainingTime(burstTime);
    m_handler.refused(ServerSocket::peerOf(static_cast<int>(descriptor)), 503,
                      u"There are %1 connections already; further ones are closed."_s.arg(m_limit));
}

} // namespace sockdrop
