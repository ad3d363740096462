#pragma once

#include "programlimits.h"

#include <QHostAddress>
#include <QObject>

#include <memory>

class QWebSocket;

namespace sockdrop {

class ServerSocket;

/// The server's end of one open WebSocket. Lives on its engine thread. Closes itself with 1008 after
/// Limits::idleTimeout without a byte from the peer, inside a frame too.
class Channel final : public QObject
{
    Q_OBJECT

public:
    /// How a channel ended, when it was not closed from this side.
    enum class Ending {
        AfterMessage,  ///< the line went down with no message begun (or no frame at all)
        InsideMessage, ///< the line went down inside a frame or a fragmented message
        Violation,     ///< the peer broke RFC 6455 or a limit; Qt or we closed with an error code
        Idle,          ///< the peer went silent
    };
    Q_ENUM(Ending)

    Channel(std::unique_ptr<QWebSocket> webSocket, ServerSocket* socket, const Limits& limits);
    ~Channel() override;

    [[nodiscard]] QHostAddress peer() const;

    /// Queues a text message; sent before anything close() does.
    void sendText(const QString& message);

    /// Starts the closing handshake; received(), messageFinished(), closing() and ended() are not told any more,
    /// closed() is. `code` and `reason` as in RFC 6455 §7.4, reason ≤ 123 bytes.
    void close(quint16 code = 1000, const QString& reason = {});

Q_SIGNALS:
    /// Bytes of a binary or text message (as UTF-8) as they arrive, a frame at a time.
    void received(const QByteArray& bytes);
    /// The last frame of a message has been told with received(); an empty message is told only here.
    void messageFinished();
    /// The peer began a normal close (1000 or no code). Not answered yet: what a directly connected slot sends
    /// with sendText() goes out before this side's close frame.
    void closing();
    /// The channel ended without closing() and not from this side; the last signal but closed().
    void ended(sockdrop::Channel::Ending ending);
    /// The TCP connection is gone; the last signal, always told once.
    void closed();

private:
    struct State;

    std::unique_ptr<State> m_state;
};

} // namespace sockdrop
