#pragma once

#include "programlimits.h"
#include "remotepeer.h"

#include <QDeadlineTimer>
#include <QObject>
#include <QTimer>

#include <memory>

class QWebSocket;

namespace sockdrop {

class ServerSocket;

/// The server's end of one open WebSocket. Lives on its engine thread. Closes itself with 1008 after
/// Limits::idleTimeout without a byte in or out, inside a frame too. May be destroyed at any time, in its own
/// signals too: that cuts the connection without a word.
class Channel final : public QObject
{
    Q_OBJECT

public:
    /// How a channel ended, when it was not closed from this side.
    enum class Ending {
        AfterMessage,  ///< the line went down with no message begun (or no frame at all)
        InsideMessage, ///< the line went down inside a frame or a fragmented message
        GivenUp,       ///< the peer closed with a code that is no normal end (1001, …)
        Violation,     ///< the peer broke RFC 6455 or a limit; Qt or we closed with an error code
        Idle,          ///< the peer went silent
    };
    Q_ENUM(Ending)

    /// `webSocket` has just been made from `socket`, which has a read buffer so small that no frame came in
    /// yet.
    Channel(std::unique_ptr<QWebSocket> webSocket, std::unique_ptr<ServerSocket> socket, RemotePeer peer,
            const Limits& limits);
    ~Channel() override;

    [[nodiscard]] const RemotePeer& peer() const { return m_peer; }

    /// Queues a text message; sent before anything close() does.
    void sendText(const QString& message);

    /// Starts the closing handshake; received(), messageFinished(), closing() and ended() are not told any
    /// more, closed() is. `code` and `reason` as in RFC 6455 §7.4, reason ≤ 123 bytes.
    void close(quint16 code = 1000, const QString& reason = {});

Q_SIGNALS:
    /// Bytes of a binary or text message (as UTF-8) as they arrive, a frame at a time.
    void received(const QByteArray& bytes);
    /// The last frame of a message has been told with received(); an empty message is told only here.
    void messageFinished();
    /// The peer began a normal close (1000 or no code) with no message open. Not answered yet: what a
    /// directly connected slot sends with sendText() goes out before this side's close frame, which follows
    /// by itself.
    void closing();
    /// The channel ended without closing() and not from this side; the last signal but closed(). Where the
    /// line is still up, what a directly connected slot sends with sendText() goes out before this side's
    /// close frame.
    void ended(sockdrop::Channel::Ending ending);
    /// The TCP connection is gone; the last signal, always told once.
    void closed();

private:
    enum class State {
        Open,
        Answering, ///< closing() or ended() is being told
        Closing,   ///< only closed() is still to be told
        Closed,
    };

    void configure(const Limits& limits);
    void noteActivity() { m_idleDeadline.setRemainingTime(m_idleTimeout); }
    void noteWholeFrame();
    void takeText(const QString& text, bool isLastFrame);
    void takeFrame(const QByteArray& bytes, bool isLastFrame);
    void handleControlFrame(int opcode, int closeCode);
    void handleClose(int closeCode);
    void handleDisconnected();
    void checkIdle();
    void end(Ending ending);
    [[nodiscard]] bool isInsideMessage() const;

    std::unique_ptr<ServerSocket> m_socket;
    std::unique_ptr<QWebSocket> m_webSocket;
    const RemotePeer m_peer;
    State m_state = State::Open;
    bool m_isMessageOpen = false;
    qint64 m_wholeFrames =
        0; ///< raw bytes up to the end of the last whole frame, as ServerSocket counts them
    std::chrono::milliseconds m_idleTimeout;
    QDeadlineTimer m_idleDeadline;
    QTimer m_idleTimer;
    bool m_isLastChance = false;
};

} // namespace sockdrop
