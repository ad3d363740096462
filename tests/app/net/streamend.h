#pragma once

#include "framestream.h"

#include <QtEndian>

#include <array>
#include <optional>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace sockdrop {

/// The far end of a FrameStream under test: bytes written and read by hand. Its calls block, reading for 20 s
/// at most.
class StreamEnd final
{
public:
    struct Frame
    {
        WebSocketFrame header;
        QByteArray payload; ///< unmasked

        [[nodiscard]] quint16 closeCode() const
        {
            return payload.size() >= 2 ? qFromBigEndian<quint16>(payload.constData()) : quint16{0};
        }
    };

    StreamEnd()
    {
        std::array<int, 2> ends{-1, -1};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            qFatal("no socket pair");
        m_mine = SocketDescriptor(ends[0]);
        m_other = SocketDescriptor(ends[1]);
        const timeval patience{20, 0};
        ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    /// The other end, once.
    [[nodiscard]] SocketDescriptor takeOther() { return std::exchange(m_other, SocketDescriptor()); }
    [[nodiscard]] int number() const { return m_mine.number(); }

    /// False when the other end is gone.
    bool send(const QByteArray& bytes) const
    {
        for (qsizetype at = 0; at < bytes.size();) {
            const auto left = static_cast<size_t>(bytes.size() - at);
            const ssize_t count = ::send(m_mine.number(), bytes.constData() + at, left, MSG_NOSIGNAL);
            if (count <= 0)
                return false;
            at += count;
        }
        return true;
    }
    /// How much of it was taken before the other end took nothing more for `patience` ms.
    qsizetype sendWhileTaken(const QByteArray& bytes, int patience) const
    {
        qsizetype at = 0;
        pollfd events{m_mine.number(), POLLOUT, 0};
        while (at < bytes.size() && ::poll(&events, 1, patience) == 1) {
            const auto left = static_cast<size_t>(bytes.size() - at);
            const ssize_t count =
                ::send(m_mine.number(), bytes.constData() + at, left, MSG_NOSIGNAL | MSG_DONTWAIT);
            at += std::max<ssize_t>(count, 0);
        }
        return at;
    }

    /// Nothing when the other end is gone or silent.
    [[nodiscard]] std::optional<Frame> readFrame()
    {
        for (;;) {
            const auto decoded = WebSocketFrame::decode(m_bytes);
            if (!decoded)
                return std::nullopt;
            if (decoded.value() &&
                m_bytes.size() >= decoded.value()->headerBytes + decoded.value()->frame.length) {
                Frame frame{decoded.value()->frame, {}};
                frame.payload = m_bytes.mid(decoded.value()->headerBytes, frame.header.length);
                m_bytes.remove(0, decoded.value()->headerBytes + frame.header.length);
                if (frame.header.mask)
                    applyMask(*frame.header.mask, frame.payload.data(), frame.payload.size());
                return frame;
            }
            if (!readMore())
                return std::nullopt;
        }
    }
    /// Reads until the other end is gone; whether that came.
    bool readToEnd()
    {
        while (readMore()) {
        }
        return errno == 0;
    }
    /// Bytes that came and were not read.
    [[nodiscard]] int unread() const
    {
        int bytes = 0;
        ::ioctl(m_mine.number(), FIONREAD, &bytes);
        return bytes;
    }

    void hangUp() { m_mine = SocketDescriptor(); }

    /// A frame as a client sends it, or with `isMasked` false a server.
    [[nodiscard]] static QByteArray frame(WebSocketFrame::Opcode opcode, QByteArray payload,
                                          bool isMasked = true, bool isFinal = true)
    {
        std::optional<WebSocketFrame::Mask> mask;
        if (isMasked) {
            mask = WebSocketFrame::Mask{0x37, static_cast<char>(payload.size()), 0x21, 0x3d};
            applyMask(*mask, payload.data(), payload.size());
        }
        return WebSocketFrame{opcode, isFinal, mask, payload.size()}.encode() + payload;
    }

private:
    bool readMore()
    {
        QByteArray some(1 << 16, Qt::Uninitialized);
        errno = 0;
        const ssize_t count = ::recv(m_mine.number(), some.data(), static_cast<size_t>(some.size()), 0);
        if (count > 0)
            m_bytes.append(some.constData(), count);
        return count > 0;
    }

    SocketDescriptor m_mine;
    SocketDescriptor m_other;
    QByteArray m_bytes;
};

/// Options that end nothing by time within a test.
inline FrameStream::Options patientOptions(FrameStream::Role role = FrameStream::Role::Server)
{
    FrameStream::Options options;
    options.role = role;
    options.mostMessageBytes = 256LL * 1024;
    options.idleTimeout = std::chrono::seconds(60);
    options.pingInterval = std::chrono::seconds(60);
    options.closeTimeout = std::chrono::seconds(20);
    return options;
}

} // namespace sockdrop
