#pragma once

#include "programlimits.h"
#include "result.h"
#include "websocketframe.h"

#include <QByteArray>
#include <QByteArrayView>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace sockdrop {

/// An open socket in blocking mode; closes it.
class SocketDescriptor final
{
public:
    SocketDescriptor() = default;
    /// Takes over `number`.
    explicit SocketDescriptor(int number) : m_number(number) {}
    SocketDescriptor(SocketDescriptor&& other) noexcept : m_number(std::exchange(other.m_number, -1)) {}
    SocketDescriptor& operator=(SocketDescriptor&& other) noexcept
    {
        std::swap(m_number, other.m_number);
        return *this;
    }
    ~SocketDescriptor();
    Q_DISABLE_COPY(SocketDescriptor)

    /// A second descriptor of a socket that somebody else is going to close, set to blocking mode.
    [[nodiscard]] static SocketDescriptor copyOf(qintptr number);

    [[nodiscard]] bool isOpen() const { return m_number >= 0; }
    [[nodiscard]] int number() const { return m_number; }
    /// Lets go of it without closing it.
    int release() { return std::exchange(m_number, -1); }

private:
    int m_number = -1;
};

/// How a line ends that nobody says more about.
[[nodiscard]] Error connectionLost();

/// One end of an open WebSocket (RFC 6455) for native batches, with blocking calls: a thread of its own reads
/// frames into a few reused buffers, unmasked by whoever takes the message. So receiving a byte costs one
/// copy out of the kernel, and while one thread verifies and writes, the other one already reads on.
///
/// One thread sends and receives; cut(), hurry() and wake() may be called from any.
class FrameStream final
{
public:
    enum class Role { Server, Client };

    struct Options
    {
        Role role = Role::Server;
        /// What may wait before reading stops, which makes the peer wait. A client must never stop reading,
        /// or both would wait for each other: over this it is a violation.
        qsizetype mostMessages = 6;
        qint64 mostWaitingBytes = std::numeric_limits<qint64>::max();
        qint64 mostMessageBytes = 0;
        std::chrono::milliseconds idleTimeout{};
        std::chrono::milliseconds pingInterval{};
        std::chrono::milliseconds closeTimeout{};
        /// Held as long as the socket is open.
        std::shared_ptr<void> permit;
    };

    class Message;

    /// `early` came with the answer to the handshake already.
    FrameStream(SocketDescriptor socket, Options options, const QByteArray& early = {});
    /// As cut(); waits for the thread.
    ~FrameStream();
    Q_DISABLE_COPY_MOVE(FrameStream)

    /// The next message; one without content when `timeout` is over or after wake(). An error is how the line
    /// ended: ConnectionLost, TimedOut or ProtocolError; ConnectionLost also for a close frame, see
    /// closeCode().
    [[nodiscard]] Result<Message> receive(std::chrono::milliseconds timeout);
    /// Whether receive() would return a message at once.
    [[nodiscard]] bool hasMessage() const;
    /// The line is down; what came before that can still be received.
    [[nodiscard]] bool isDown() const;

    [[nodiscard]] Result<void> sendText(QByteArrayView text);
    /// Sends `size` bytes at `bytes` as one message; a client masks them in place.
    [[nodiscard]] Result<void> sendBinary(char* bytes, qsizetype size);
    /// Sends the header of a message whose payload follows with sendPayload(), `length` bytes in all.
    [[nodiscard]] Result<void> beginBinary(qint64 length);
    [[nodiscard]] Result<void> sendPayload(char* bytes, qsizetype size);

    /// Sends a close frame, and reads on until the peer has answered or hung up.
    void close(quint16 code, const QString& reason = {});

    /// What the peer's close frame said: 1005 for one without a code; 0 when there was none.
    [[nodiscard]] quint16 closeCode() const { return m_closeCode; }

    void wake();
    /// From now on a peer that takes nothing is given up after a second, in close() too. Wakes.
    void hurry();
    /// Ends the connection at once; receive() and the send functions return.
    void cut();

private:
    struct Buffer;
    class Input;

    [[nodiscard]] std::unique_ptr<Buffer> takeBuffer();
    void giveBack(std::unique_ptr<Buffer> buffer);
    void read(const QByteArray& early);
    [[nodiscard]] Result<void> readFrames(Input& input);
    [[nodiscard]] Result<void> readControlFrame(Input& input, const WebSocketFrame& frame);
    [[nodiscard]] Result<void> readData(Input& input, const WebSocketFrame& frame);
    [[nodiscard]] Result<void> checkFrame(const WebSocketFrame& frame) const;
    [[nodiscard]] Result<void> deliver(std::unique_ptr<Buffer> buffer);
    void pingWhenSilent();
    [[nodiscard]] Result<void> sendControl(WebSocketFrame::Opcode opcode, const QByteArray& payload);
    [[nodiscard]] Result<void> writeControl(WebSocketFrame::Opcode opcode, QByteArray payload);
    [[nodiscard]] Result<void> sendFrame(WebSocketFrame::Opcode opcode, char* bytes, qsizetype size);
    [[nodiscard]] Result<void> write(const QByteArray& header, const char* bytes, qsizetype size);
    [[nodiscard]] std::optional<WebSocketFrame::Mask> newMask();
    [[nodiscard]] std::optional<Error> howItEnded() const;

    const Options m_options;
    SocketDescriptor m_socket;

    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_news;
    std::deque<std::unique_ptr<Buffer>> m_messages;
    qint64 m_waitingBytes = 0; ///< of m_messages
    std::vector<std::unique_ptr<Buffer>> m_spare;
    std::optional<Error> m_end;
    bool m_isWoken = false;

    std::unique_ptr<Buffer> m_partial; ///< a fragmented message; of the reading thread
    std::mutex m_writing;              ///< frames go out one after another; guards m_payloadLeft, m_owedPong
    std::optional<WebSocketFrame::Mask> m_payloadMask;
    qint64 m_payloadSent = 0;
    qint64 m_payloadLeft = 0; ///< of a message that was begun
    std::optional<QByteArray> m_owedPong;
    std::atomic<std::chrono::steady_clock::time_point> m_lastSent{};
    std::atomic<std::chrono::steady_clock::time_point> m_sendUntil =
        std::chrono::steady_clock::time_point::max();
    std::atomic<quint16> m_closeCode = 0;
    std::atomic<bool> m_isClosing = false; ///< close() was called
    std::atomic<bool> m_isCut = false;
    std::thread m_reader;
};

/// A message that came, unmasked. Gives its buffer back when it goes, so it must go before the stream.
class FrameStream::Message final
{
public:
    Message() = default;
    Message(FrameStream& stream, std::unique_ptr<Buffer> buffer);
    Message(Message&&) noexcept;
    Message& operator=(Message&&) noexcept;
    ~Message();
    Q_DISABLE_COPY(Message)

    [[nodiscard]] bool isEmpty() const { return !m_buffer; }
    [[nodiscard]] bool isText() const;
    [[nodiscard]] QByteArrayView bytes() const;

private:
    FrameStream* m_stream = nullptr;
    std::unique_ptr<Buffer> m_buffer;
};

} // namespace sockdrop
