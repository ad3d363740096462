#pragma once

#include "programlimits.h"

#include <QTcpSocket>
#include <QTimer>

#include <memory>

namespace sockdrop {

/// The TCP socket of an accepted connection, which closes without cutting off its own last words. Lives on
/// its engine thread.
class ServerSocket final : public QTcpSocket
{
    Q_OBJECT

public:
    /// `permit` is held for the life of the socket.
    ServerSocket(std::shared_ptr<void> permit, const Limits& limits);

    [[nodiscard]] const std::shared_ptr<void>& permit() const { return m_permit; }

    /// Whom a socket is connected to; null for nobody or a local socket. IPv4 addresses as such, also where
    /// the server listens on IPv6.
    [[nodiscard]] static QHostAddress peerOf(int descriptor);
    /// What it is connected to on this side: "192.168.1.7:54321".
    [[nodiscard]] static QString ownAddressOf(int descriptor);

    /// Drops up to so many bytes that came and nobody wants; their number. After Limits::drainBytes of them
    /// in all, the peer is cut off.
    qint64 discard(qint64 most);

    /// From now on the peer has Limits::closeTimeout to end the connection. Asking again gives it no more.
    void expectEnd();

    /// Sends what is written, then closes; input is read and dropped meanwhile, since a socket closed over
    /// unread bytes is reset, and the peer may lose our answer with that.
    void finish();

    /// Closes at once, unsent bytes are lost.
    void cut();

private:
    void shutDownWhenSent();

    std::shared_ptr<void> m_permit;
    qint64 m_mayDrop; ///< bytes
    bool m_isFinishing = false;
    QTimer m_closeTimer;
};

} // namespace sockdrop
