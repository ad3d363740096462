#pragma once

#include "programlimits.h"

#include <QByteArrayView>
#include <QTcpSocket>
#include <QTimer>

#include <functional>
#include <memory>

namespace sockdrop {

/// The TCP socket of an accepted connection. It does what QTcpSocket and QWebSocket leave out: it sees each
/// WebSocket control frame before that goes out, counts the raw bytes that came in, and closes without
/// cutting off its own last words. Lives on its engine thread.
class ServerSocket final : public QTcpSocket
{
    Q_OBJECT

public:
    enum class Closing {
        AtOnce,      ///< when what was written is sent
        AfterAnswer, ///< the first close() waits for a second one, which QWebSocket makes on a close frame
        AfterDiscarding, ///< half-close after what was written and drop what still comes in, as finish() does
    };
    /// Told each control frame (RFC 6455 §5.5) before its first byte goes out. `closeCode` is 0 for other
    /// frames and for a close frame without one. What the watcher writes goes out before the frame.
    using ControlFrameWatcher = std::function<void(int opcode, int closeCode)>;

    /// `permit` is held for the life of the socket.
    ServerSocket(std::shared_ptr<void> permit, const Limits& limits);

    [[nodiscard]] const std::shared_ptr<void>& permit() const { return m_permit; }

    /// Whom a socket is connected to; null for nobody or a local socket. IPv4 addresses as such, also where
    /// the server listens on IPv6.
    [[nodiscard]] static QHostAddress peerOf(int descriptor);

    /// Sends what is written, then closes; input is read and dropped meanwhile, since a socket closed over
    /// unread bytes is reset, and the peer may lose our answer with that.
    void finish();

    /// Closes at once, unsent bytes are lost.
    void cut();

    /// From now on only whole WebSocket frames without masks are written.
    void watchControlFrames(const ControlFrameWatcher& watcher) { m_watcher = watcher; }

    /// What close() will do.
    void setClosing(Closing closing) { m_closing = closing; }
    void close() override;

    /// Bytes that came in so far, and those of them that have been read. Only right when settle() is called
    /// after each reader.
    [[nodiscard]] qint64 received() const { return m_received; }
    [[nodiscard]] qint64 consumed() const { return m_received - bytesAvailable(); }
    void settle() { m_unread = bytesAvailable(); }

protected:
    qint64 writeData(const char* data, qint64 size) override;

private:
    void noteArrival();
    void discard();
    void shutDownWhenSent();
    void watchFrames(QByteArrayView bytes);

    std::shared_ptr<void> m_permit;
    qint64 m_drainBytes;
    ControlFrameWatcher m_watcher;
    Closing m_closing = Closing::AtOnce;
    QTimer m_closeTimer;
    qint64 m_received = 0;
    qint64 m_unread = 0;
    qint64 m_receivedAtClose = -1;
    qint64 m_payloadLeft = 0;
};

} // namespace sockdrop
