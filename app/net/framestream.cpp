#include "framestream.h"

#include "startthread.h"
#include "withmemory.h"

#include <QtEndian>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using Opcode = WebSocketFrame::Opcode;

namespace {

/// How often a blocked call comes up for air, to look at deadlines.
constexpr auto tick = 1s;
/// What a person waits for who wants an end.
constexpr std::chrono::milliseconds hurriedTimeout = 1s;
constexpr quint16 noCode = 1005; // RFC 6455 §7.1.5
constexpr qsizetype mostReason = 123;

Error violation(const QString& what)
{
    return {ErrorCode::ProtocolError, what};
}

void setTimeouts(int socket)
{
    timeval time{};
    time.tv_sec = std::chrono::seconds(tick).count();
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

} // namespace

Error connectionLost()
{
    return {ErrorCode::ConnectionLost, u"The connection was lost."_s};
}

SocketDescriptor::~SocketDescriptor()
{
    if (m_number >= 0)
        ::close(m_number);
}

SocketDescriptor SocketDescriptor::copyOf(qintptr number)
{
    SocketDescriptor copy(::fcntl(static_cast<int>(number), F_DUPFD_CLOEXEC, 0));
    if (copy.isOpen()) {
        const int flags = ::fcntl(copy.number(), F_GETFL);
        ::fcntl(copy.number(), F_SETFL, flags & ~O_NONBLOCK);
    }
    return copy;
}

struct FrameStream::Buffer
{
    std::unique_ptr<char[]> bytes; // NOLINT(modernize-avoid-c-arrays)
    qsizetype capacity = 0;
    qsizetype size = 0;
    bool isText = false;
    std::optional<WebSocketFrame::Mask> mask; ///< still to be applied, from the first byte on

    /// For `wanted` bytes, and for some more when it grows: fragments of a byte each shall not copy it each
    /// time. Never for more than `most`, which is at least `wanted`.
    void reserve(qsizetype wanted, qsizetype most)
    {
        if (wanted <= capacity)
            return;
        if (size > 0)
            wanted = std::min(std::max(wanted, 2 * capacity), most);
        auto larger = std::make_unique_for_overwrite<char[]>(static_cast<size_t>(wanted)); // NOLINT
        std::copy_n(bytes.get(), size, larger.get());
        bytes = std::move(larger);
        capacity = wanted;
    }

    void unmask()
    {
        if (mask)
            applyMask(*mask, bytes.get(), size);
        mask.reset();
    }
};

/// The bytes that come in, for the reading thread. Each function fails with how the line ended.
class FrameStream::Input final
{
public:
    Input(FrameStream& stream, const QByteArray& early) : m_stream(stream), m_ahead(early) {}

    /// The header of the next frame.
    Result<WebSocketFrame> header()
    {
        for (;;) {
            const Result<std::optional<WebSocketFrame::Decoded>> decoded = WebSocketFrame::decode(m_ahead);
            if (!decoded)
                return decoded.error();
            if (decoded.value()) {
                m_ahead.remove(0, decoded.value()->headerBytes);
                return decoded.value()->frame;
            }
            // Not more than one header: what follows it goes straight to where it belongs.
            std::array<char, WebSocketFrame::mostHeaderBytes> some{};
            const qsizetype room = std::ssize(some) - m_ahead.size();
            const Result<qsizetype> count = receive(some.data(), room);
            if (!count)
                return count.error();
            m_ahead.append(some.data(), count.value());
        }
    }

    Result<void> fill(char* to, qsizetype size)
    {
        const qsizetype known = std::min(size, m_ahead.size());
        std::copy_n(m_ahead.constData(), known, to);
        m_ahead.remove(0, known);
        for (qsizetype filled = known; filled < size;) {
            const Result<qsizetype> count = receive(to + filled, size - filled);
            if (!count)
                return count.error();
            filled += count.value();
        }
        return {};
    }

private:
    /// At least one byte.
    Result<qsizetype> receive(char* to, qsizetype most)
    {
        const auto silentUntil = steady_clock::now() + m_stream.m_options.idleTimeout;
        for (;;) {
            const ssize_t count = ::recv(m_stream.m_socket.number(), to, static_cast<size_t>(most), 0);
            if (count > 0)
                return count;
            const int problem = count == 0 ? ECONNRESET : errno;
            if (m_stream.m_isCut || (problem != EINTR && problem != EAGAIN))
                return connectionLost();
            if (steady_clock::now() > silentUntil)
                return Error{ErrorCode::TimedOut, u"Nothing was heard any more."_s};
            m_stream.pingWhenSilent();
        }
    }

    FrameStream& m_stream;
    QByteArray m_ahead;
};

FrameStream::FrameStream(SocketDescriptor socket, Options options, const QByteArray& early)
    : m_options(std::move(options)), m_socket(std::move(socket)), m_lastSent(steady_clock::now())
{
    setTimeouts(m_socket.number());
    Result<std::thread> reader = startThread([this, early] { read(early); });
    if (reader)
        m_reader = std::move(reader).value();
    else
        m_end = reader.error();
}

FrameStream::~FrameStream()
{
    cut();
    if (m_reader.joinable())
        m_reader.join();
}

void FrameStream::read(const QByteArray& early)
{
    const Result<void> frames = withMemory([this, &early] {
        Input input(*this, early);
        Result<void> read;
        while (read)
            read = readFrames(input);
        return read;
    });
    const std::lock_guard lock(m_mutex);
    m_end = frames.error();
    m_news.notify_all();
}

Result<void> FrameStream::readFrames(Input& input)
{
    const Result<WebSocketFrame> frame = input.header();
    if (!frame)
        return frame.error();
    if (Result<void> checked = checkFrame(frame.value()); !checked)
        return checked;
    return frame->isControl() ? readControlFrame(input, frame.value()) : readData(input, frame.value());
}

Result<void> FrameStream::checkFrame(const WebSocketFrame& frame) const
{
    if (frame.mask.has_value() != (m_options.role == Role::Server)) // RFC 6455 §5.1
        return violation(u"A frame is not masked as it must be."_s);
    if (!frame.isControl() && (frame.opcode == Opcode::Continuation) != (m_partial != nullptr))
        return violation(u"A fragment of a message is missing."_s);
    const qint64 before = m_partial && !frame.isControl() ? m_partial->size : 0;
    if (frame.length > m_options.mostMessageBytes - before)
        return Error{ErrorCode::TooLarge,
                     u"A message is over the limit of %1 bytes."_s.arg(m_options.mostMessageBytes)};
    return {};
}

Result<void> FrameStream::readControlFrame(Input& input, const WebSocketFrame& frame)
{
    QByteArray payload(frame.length, Qt::Uninitialized);
    if (Result<void> filled = input.fill(payload.data(), payload.size()); !filled)
        return filled;
    if (frame.mask)
        applyMask(*frame.mask, payload.data(), payload.size());
    if (frame.opcode == Opcode::Ping)
        return sendControl(Opcode::Pong, payload);
    if (frame.opcode == Opcode::Pong)
        return {};
    const Result<std::optional<quint16>> code = closeCodeIn(payload);
    if (!code)
        return code.error();
    m_closeCode = code->value_or(noCode);
    // The answer to a close frame is the same again, unless it is an answer itself.
    if (!m_isClosing)
        static_cast<void>(sendControl(Opcode::Close, payload.first(std::min<qsizetype>(payload.size(), 2))));
    return connectionLost();
}

Result<void> FrameStream::readData(Input& input, const WebSocketFrame& frame)
{
    std::unique_ptr<Buffer> buffer = m_partial ? std::move(m_partial) : takeBuffer();
    const qsizetype before = buffer->size;
    buffer->reserve(before + frame.length, m_options.mostMessageBytes);
    if (Result<void> filled = input.fill(buffer->bytes.get() + before, frame.length); !filled)
        return filled;
    buffer->size += frame.length;
    if (frame.opcode != Opcode::Continuation)
        buffer->isText = frame.opcode == Opcode::Text;
    if (frame.isFinal && frame.opcode != Opcode::Continuation) {
        buffer->mask = frame.mask; // whoever takes it has the cache warm then
    } else if (frame.mask) {
        applyMask(*frame.mask, buffer->bytes.get() + before, frame.length);
    }
    if (frame.isFinal)
        return deliver(std::move(buffer));
    m_partial = std::move(buffer);
    return {};
}

Result<void> FrameStream::deliver(std::unique_ptr<Buffer> buffer)
{
    std::unique_lock lock(m_mutex);
    const auto isRoom = [this] {
        return m_isCut || (std::ssize(m_messages) < m_options.mostMessages &&
                           m_waitingBytes < m_options.mostWaitingBytes);
    };
    if (m_options.role == Role::Client && !isRoom())
        return violation(u"More messages came than anybody could want."_s);
    while (!m_news.wait_for(lock, tick, isRoom)) {
        lock.unlock();
        pingWhenSilent();
        lock.lock();
    }
    if (m_isCut)
        return connectionLost();
    m_waitingBytes += buffer->capacity;
    m_messages.push_back(std::move(buffer));
    m_news.notify_all();
    return {};
}

std::unique_ptr<FrameStream::Buffer> FrameStream::takeBuffer()
{
    const std::lock_guard lock(m_mutex);
    if (m_spare.empty())
        return std::make_unique<Buffer>();
    // The one given back last: its memory is the likeliest to be in a cache.
    std::unique_ptr<Buffer> buffer = std::move(m_spare.back());
    m_spare.pop_back();
    return buffer;
}

void FrameStream::giveBack(std::unique_ptr<Buffer> buffer)
{
    constexpr size_t mostSpare = 8;
    buffer->size = 0;
    buffer->mask.reset();
    const std::lock_guard lock(m_mutex);
    if (m_spare.size() < mostSpare)
        m_spare.push_back(std::move(buffer));
}

Result<FrameStream::Message> FrameStream::receive(std::chrono::milliseconds timeout)
{
    std::unique_lock lock(m_mutex);
    m_news.wait_for(lock, timeout, [this] { return !m_messages.empty() || m_end || m_isWoken; });
    m_isWoken = false;
    if (!m_messages.empty()) {
        std::unique_ptr<Buffer> buffer = std::move(m_messages.front());
        m_messages.pop_front();
        m_waitingBytes -= buffer->capacity;
        m_news.notify_all();
        lock.unlock();
        buffer->unmask();
        return Message(*this, std::move(buffer));
    }
    if (m_end)
        return *m_end;
    return Message();
}

bool FrameStream::hasMessage() const
{
    const std::lock_guard lock(m_mutex);
    return !m_messages.empty();
}

bool FrameStream::isDown() const
{
    return howItEnded().has_value();
}

std::optional<Error> FrameStream::howItEnded() const
{
    const std::lock_guard lock(m_mutex);
    return m_end;
}

void FrameStream::close(quint16 code, const QString& reason)
{
    QByteArray payload(2, Qt::Uninitialized);
    qToBigEndian(code, payload.data());
    const QByteArray text = reason.toUtf8();
    qsizetype size = std::min(text.size(), mostReason);
    while (size < text.size() && (text[size] & 0xc0) == 0x80)
        --size; // not inside a character: it must be UTF-8 (RFC 6455 §5.5.1)
    payload += text.first(size);
    m_isClosing = true;
    static_cast<void>(sendControl(Opcode::Close, payload));
    ::shutdown(m_socket.number(), SHUT_WR);
    const auto until = std::min(steady_clock::now() + m_options.closeTimeout, m_sendUntil.load());
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
        // What still comes was sent before the peer knew.
        if (left <= 0ms || !receive(left))
            return;
    }
}

void FrameStream::wake()
{
    const std::lock_guard lock(m_mutex);
    m_isWoken = true;
    m_news.notify_all();
}

void FrameStream::hurry()
{
    // Calling it again gives nobody more time.
    const auto until = steady_clock::now() + std::min(m_options.closeTimeout, hurriedTimeout);
    m_sendUntil = std::min(m_sendUntil.load(), until);
    wake();
}

void FrameStream::cut()
{
    m_isCut = true;
    ::shutdown(m_socket.number(), SHUT_RDWR);
    const std::lock_guard lock(m_mutex);
    m_news.notify_all();
}

FrameStream::Message::Message(FrameStream& stream, std::unique_ptr<Buffer> buffer)
    : m_stream(&stream), m_buffer(std::move(buffer))
{}

FrameStream::Message::Message(Message&&) noexcept = default;

FrameStream::Message& FrameStream::Message::operator=(Message&& other) noexcept
{
    Message taken(std::move(other));
    std::swap(m_stream, taken.m_stream);
    std::swap(m_buffer, taken.m_buffer);
    return *this;
}

FrameStream::Message::~Message()
{
    if (m_buffer)
        m_stream->giveBack(std::move(m_buffer));
}

bool FrameStream::Message::isText() const
{
    return m_buffer && m_buffer->isText;
}

QByteArrayView FrameStream::Message::bytes() const
{
    return m_buffer ? QByteArrayView(m_buffer->bytes.get(), m_buffer->size) : QByteArrayView();
}

} // namespace sockdrop
