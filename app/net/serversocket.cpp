#include "serversocket.h"

#include <QHostAddress>
#include <QtEndian>

#include <sys/socket.h>

namespace sockdrop {

ServerSocket::ServerSocket(std::shared_ptr<void> permit, const Limits& limits)
    : m_permit(std::move(permit)), m_drainBytes(limits.drainBytes)
{
    m_closeTimer.setSingleShot(true);
    m_closeTimer.setInterval(limits.closeTimeout);
    connect(&m_closeTimer, &QTimer::timeout, this, &ServerSocket::cut);
    // The first connection to this signal: whoever reads is called after it.
    connect(this, &QIODevice::readyRead, this, &ServerSocket::noteArrival);
}

QHostAddress ServerSocket::peerOf(int descriptor)
{
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    if (::getpeername(descriptor, address, &size) != 0)
        return {};
    const QHostAddress peer(address);
    bool isIpv4 = false;
    const quint32 ipv4 = peer.toIPv4Address(&isIpv4);
    return isIpv4 ? QHostAddress(ipv4) : peer;
}

void ServerSocket::finish()
{
    if (m_closeTimer.isActive() || state() != ConnectedState)
        return;
    m_closeTimer.start();
    m_receivedAtClose = m_received;
    disconnect(this, &QIODevice::readyRead, nullptr, nullptr);
    setReadBufferSize(0);
    connect(this, &QIODevice::readyRead, this, &ServerSocket::discard);
    connect(this, &QIODevice::bytesWritten, this, &ServerSocket::shutDownWhenSent);
    skip(bytesAvailable());
    settle();
    flush();
    shutDownWhenSent();
}

void ServerSocket::cut()
{
    m_closing = Closing::AtOnce;
    abort();
}

void ServerSocket::close()
{
    const Closing closing = std::exchange(m_closing, Closing::AtOnce);
    if (closing == Closing::AfterDiscarding && state() == ConnectedState) {
        finish();
        return;
    }
    // A peer that takes nothing would keep the unsent bytes and with them the socket for ever.
    if (!m_closeTimer.isActive() && state() == ConnectedState)
        m_closeTimer.start();
    if (closing == Closing::AfterAnswer && state() == ConnectedState)
        m_receivedAtClose = m_received;
    else
        QTcpSocket::close();
}

qint64 ServerSocket::writeData(const char* data, qint64 size)
{
    if (m_watcher)
        watchFrames(QByteArrayView(data, size));
    return QTcpSocket::writeData(data, size);
}

void ServerSocket::noteArrival()
{
    const qint64 unread = bytesAvailable();
    m_received += unread - m_unread;
    m_unread = unread;
    if (m_receivedAtClose >= 0 && m_received - m_receivedAtClose > m_drainBytes)
        cut();
}

void ServerSocket::discard()
{
    noteArrival();
    skip(bytesAvailable());
    settle();
}

void ServerSocket::shutDownWhenSent()
{
    if (bytesToWrite() == 0 && state() == ConnectedState)
        ::shutdown(static_cast<int>(socketDescriptor()), SHUT_WR);
}

/// QWebSocket writes each header in one piece, a control frame's payload with it only in close frames.
void ServerSocket::watchFrames(QByteArrayView bytes)
{
    constexpr int firstControlOpcode = 8;
    while (!bytes.isEmpty()) {
        if (m_payloadLeft > 0) {
            const qint64 taken = qMin(m_payloadLeft, qint64{bytes.size()});
            m_payloadLeft -= taken;
            bytes = bytes.sliced(taken);
            continue;
        }
        Q_ASSERT(bytes.size() >= 2);
        const int opcode = bytes[0] & 0x0f;
        qint64 length = bytes[1] & 0x7f;
        qsizetype headerSize = 2;
        if (length == 126) {
            length = qFromBigEndian<quint16>(bytes.data() + headerSize);
            headerSize += 2;
        } else if (length == 127) {
            length = qFromBigEndian<qint64>(bytes.data() + headerSize);
            headerSize += 8;
        }
        if (opcode >= firstControlOpcode) {
            const bool hasCode = length >= 2 && bytes.size() >= headerSize + 2;
            // A copy: the watcher may be taken away by what it does.
            const ControlFrameWatcher watcher = m_watcher;
            watcher(opcode, hasCode ? qFromBigEndian<quint16>(bytes.data() + headerSize) : 0);
        }
        // Only now: until here the watcher wrote whole frames of its own through this function.
        m_payloadLeft = length;
        bytes = bytes.sliced(headerSize);
    }
}

} // namespace sockdrop
