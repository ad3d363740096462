// How a FrameStream sends.
#include "framestream.h"

#include <QRandomGenerator>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/uio.h>

namespace sockdrop {

using namespace Qt::StringLiterals;
using std::chrono::steady_clock;
using Opcode = WebSocketFrame::Opcode;

Result<void> FrameStream::sendText(QByteArrayView text)
{
    QByteArray copy = text.toByteArray();
    return sendFrame(Opcode::Text, copy.data(), copy.size());
}

Result<void> FrameStream::sendBinary(char* bytes, qsizetype size)
{
    return sendFrame(Opcode::Binary, bytes, size);
}

Result<void> FrameStream::beginBinary(qint64 length)
{
    m_payloadMask = newMask();
    m_payloadSent = 0;
    const std::lock_guard lock(m_writing);
    m_payloadLeft = length;
    return write(WebSocketFrame{Opcode::Binary, true, m_payloadMask, length}.encode(), nullptr, 0);
}

Result<void> FrameStream::sendPayload(char* bytes, qsizetype size)
{
    if (m_payloadMask)
        applyMask(*m_payloadMask, bytes, size, m_payloadSent);
    m_payloadSent += size;
    const std::lock_guard lock(m_writing);
    m_payloadLeft -= size;
    Result<void> sent = write({}, bytes, size);
    if (!sent || m_payloadLeft > 0 || !m_owedPong)
        return sent;
    return writeControl(Opcode::Pong, *std::exchange(m_owedPong, std::nullopt));
}

/// Inside a message that was begun, nothing else may be sent (RFC 6455 §5.4): a pong waits for its end, what
/// closes is left out.
Result<void> FrameStream::sendControl(Opcode opcode, const QByteArray& payload)
{
    const std::lock_guard lock(m_writing);
    if (m_payloadLeft <= 0)
        return writeControl(opcode, payload);
    if (opcode == Opcode::Pong)
        m_owedPong = payload;
    return {};
}

/// With m_writing held.
Result<void> FrameStream::writeControl(Opcode opcode, QByteArray payload)
{
    const std::optional<WebSocketFrame::Mask> mask = newMask();
    if (mask)
        applyMask(*mask, payload.data(), payload.size());
    return write(WebSocketFrame{opcode, true, mask, payload.size()}.encode(), payload.constData(),
                 payload.size());
}

Result<void> FrameStream::sendFrame(Opcode opcode, char* bytes, qsizetype size)
{
    const std::optional<WebSocketFrame::Mask> mask = newMask();
    if (mask)
        applyMask(*mask, bytes, size);
    const std::lock_guard lock(m_writing);
    return write(WebSocketFrame{opcode, true, mask, size}.encode(), bytes, size);
}

Result<void> FrameStream::write(const QByteArray& header, const char* bytes, qsizetype size)
{
    const qint64 total = header.size() + size;
    auto silentUntil = steady_clock::now() + m_options.idleTimeout;
    for (qint64 sent = 0; sent < total;) {
        const qint64 ofHeader = std::min<qint64>(sent, header.size());
        const qint64 ofBytes = sent - ofHeader;
        std::array<iovec, 2> parts{
            iovec{const_cast<char*>(header.constData()) + ofHeader,
                  static_cast<size_t>(header.size() - ofHeader)},
            iovec{const_cast<char*>(bytes) + ofBytes, static_cast<size_t>(size - ofBytes)}};
        msghdr message{};
        message.msg_iov = parts.data();
        message.msg_iovlen = parts.size();
        const ssize_t count = ::sendmsg(m_socket.number(), &message, MSG_NOSIGNAL);
        if (count > 0) {
            sent += count;
            silentUntil = steady_clock::now() + m_options.idleTimeout;
        } else if (m_isCut || (errno != EINTR && errno != EAGAIN)) {
            return connectionLost();
        } else if (const std::optional<Error> end = howItEnded()) {
            return *end; // nobody will answer to what is sent
        } else if (steady_clock::now() > std::min(silentUntil, m_sendUntil.load())) {
            return Error{ErrorCode::TimedOut, u"The other side takes nothing any more."_s};
        }
    }
    m_lastSent = steady_clock::now();
    return {};
}

std::optional<WebSocketFrame::Mask> FrameStream::newMask()
{
    if (m_options.role == Role::Server)
        return std::nullopt;
    // RFC 6455 §10.3: not to be foreseen by whoever chooses the payload.
    const quint32 bits = QRandomGenerator::global()->generate();
    WebSocketFrame::Mask mask{};
    std::memcpy(mask.data(), &bits, mask.size());
    return mask;
}

void FrameStream::pingWhenSilent()
{
    if (steady_clock::now() - m_lastSent.load() < m_options.pingInterval)
        return;
    // Somebody who is in the midst of sending needs no ping.
    const std::unique_lock lock(m_writing, std::try_to_lock);
    if (lock.owns_lock() && m_payloadLeft <= 0)
        static_cast<void>(writeControl(Opcode::Ping, {}));
}

} // namespace sockdrop
