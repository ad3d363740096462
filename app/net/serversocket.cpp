#include "serversocket.h"

#include "localaddresses.h"

#include <QHostAddress>
#include <QtEndian>

#include <netinet/in.h>
#include <sys/socket.h>

namespace sockdrop {

namespace {

struct End
{
    QHostAddress address;
    quint16 port = 0;
};

/// One of the two ends; null for nobody or a local socket.
End endOf(int descriptor, int (*ask)(int, sockaddr*, socklen_t*))
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* generic = reinterpret_cast<sockaddr*>(&storage);
    if (ask(descriptor, generic, &size) != 0)
        return {};
    const QHostAddress address(generic);
    // Both kinds have it at the same place.
    const quint16 port = qFromBigEndian(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
    bool isIpv4 = false;
    const quint32 ipv4 = address.toIPv4Address(&isIpv4);
    return {isIpv4 ? QHostAddress(ipv4) : address, port};
}

} // namespace

ServerSocket::ServerSocket(std::shared_ptr<void> permit, const Limits& limits)
    : m_permit(std::move(permit)), m_mayDrop(limits.drainBytes)
{
    m_closeTimer.setSingleShot(true);
    m_closeTimer.setInterval(limits.closeTimeout);
    connect(&m_closeTimer, &QTimer::timeout, this, &ServerSocket::cut);
}

QHostAddress ServerSocket::peerOf(int descriptor)
{
    return endOf(descriptor, ::getpeername).address;
}

QString ServerSocket::ownAddressOf(int descriptor)
{
    const End own = endOf(descriptor, ::getsockname);
    return addressText(own.address, own.port);
}

qint64 ServerSocket::discard(qint64 most)
{
    const qint64 dropped = skip(std::min(most, bytesAvailable()));
    m_mayDrop -= dropped;
    if (m_mayDrop < 0)
        cut();
    return dropped;
}

void ServerSocket::expectEnd()
{
    if (!m_closeTimer.isActive() && state() == ConnectedState)
        m_closeTimer.start();
}

void ServerSocket::finish()
{
    if (m_isFinishing || state() != ConnectedState)
        return;
    m_isFinishing = true;
    expectEnd();
    disconnect(this, &QIODevice::readyRead, nullptr, nullptr);
    connect(this, &QIODevice::readyRead, this, [this] { discard(bytesAvailable()); });
    connect(this, &QIODevice::bytesWritten, this, &ServerSocket::shutDownWhenSent);
    flush();
    shutDownWhenSent();
    discard(bytesAvailable());
}

void ServerSocket::cut()
{
    m_closeTimer.stop();
    abort();
}

void ServerSocket::shutDownWhenSent()
{
    if (bytesToWrite() == 0 && state() == ConnectedState)
        ::shutdown(static_cast<int>(socketDescriptor()), SHUT_WR);
}

} // namespace sockdrop
