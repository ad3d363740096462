#pragma once

#include "programlimits.h"
#include "remotepeer.h"
#include "websocketframe.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QObject>
#include <QStringDecoder>
#include <QTimer>

#include <memory>
#include <optional>

namespace sockdrop {

class ServerSocket;

/// The server's end of one open WebSocket of a basic client (RFC 6455). It passes on what comes as it comes:
/// a frame of any size takes no more memory than the socket's small buffer. Closes itself after
/// Limits::idleTimeout without a byte in or out, inside a frame too, and when what comes stays under
/// Limits::minimumRate. Lives on its engine thread. May be destroyed at any time, in its own signals too:
/// that cuts the connection without a word.
class Channel final : public QObject
{
    Q_OBJECT

public:
    /// How a channel ended, when it was not closed from this side.
    enum class Ending {
        AfterMessage,  ///< the line went down with no message begun (or no frame at all)
        InsideMessage, ///< the line went down inside a frame or a fragmented message
        GivenUp,       ///< the peer closed with a code that is no normal end (1001, …)
        Violation,     ///< the peer broke RFC 6455
        TooLarge,      ///< the peer sent a frame or a message over its limit
        Idle,          ///< the peer went silent
        TooSlow,       ///< the peer was not silent, but nearly
    };
    Q_ENUM(Ending)

    /// The upgrade is answered, and `socket` holds or gets the frames that follow.
    Channel(std::unique_ptr<ServerSocket> socket, RemotePeer peer, const Limits& limits);
    ~Channel() override;

    [[nodiscard]] const RemotePeer& peer() const { return m_peer; }

    /// Queues a text message; sent before anything close() does.
    void sendText(const QString& message);

    /// Starts the closing handshake; received(), messageFinished(), closing() and ended() are not told any
    /// more, closed() is. `code` and `reason` as in RFC 6455 §7.4, reason ≤ 123 bytes.
    void close(quint16 code = 1000, const QString& reason = {});

Q_SIGNALS:
    /// Bytes of a binary or text message (as UTF-8), at most 256 KiB at a time.
    void received(const QByteArray& bytes);
    /// The last bytes of a message have been told with received(); an empty message is told only here.
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
        Closing,   ///< this side's close frame is out, the peer's is still to come
        Finishing, ///< only closed() is still to be told
        Closed,
    };

    [[nodiscard]] bool isReading() const { return m_state == State::Open || m_state == State::Closing; }
    void noteActivity() { m_idleDeadline.setRemainingTime(m_limits.idleTimeout); }
    void read();
    [[nodiscard]] bool readSome();
    [[nodiscard]] bool readHeader();
    [[nodiscard]] bool readPayload();
    [[nodiscard]] bool readControlFrame();
    void tell(const QByteArray& bytes, bool isLast);
    void handleClose(const QByteArray& payload);
    void handleDisconnected();
    void checkIdle();
    void checkRate();
    void send(WebSocketFrame::Opcode opcode, const QByteArray& payload);
    void sendClose(quint16 code, const QString& reason);
    void refuse(Ending ending, quint16 code, const QString& reason);
    void end(Ending ending);
    [[nodiscard]] bool isInsideMessage() const;

    std::unique_ptr<ServerSocket> m_socket;
    const RemotePeer m_peer;
    const Limits m_limits;
    State m_state = State::Open;

    std::optional<WebSocketFrame> m_frame; ///< the one whose payload comes now,
    qint64 m_payloadLeft = 0;              ///< … and how much of it is still to come
    bool m_isMessageOpen = false;
    qint64 m_messageBytes = 0;
    bool m_isText = false; ///< the message
    QStringDecoder m_decoder{QStringDecoder::Utf8};

    QDeadlineTimer m_idleDeadline;
    QTimer m_idleTimer;
    bool m_isLastChance = false;
    QTimer m_rateTimer;
    QElapsedTimer m_rateClock;
    qint64 m_bytesInWindow = 0;
};

} // namespace sockdrop
