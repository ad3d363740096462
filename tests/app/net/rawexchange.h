#pragma once

#include <QByteArray>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace sockdrop {

/// A blocking connection to a port of this machine, from an address of this machine's own; at most 20 s a
/// call.
class RawConnection final
{
public:
    explicit RawConnection(quint16 port, const char* from = "127.0.0.1")
    {
        const timeval patience{20, 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        ::setsockopt(m_socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = ::inet_addr(from);
        m_isOpen = ::bind(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        m_isOpen =
            m_isOpen && ::connect(m_socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawConnection() { ::close(m_socket); }
    Q_DISABLE_COPY_MOVE(RawConnection)

    [[nodiscard]] bool isOpen() const { return m_isOpen; }
    [[nodiscard]] int number() const { return m_socket; }

    /// False when the line is down.
    bool send(const QByteArray& bytes) const
    {
        for (qsizetype at = 0; at < bytes.size();) {
            const ssize_t count = ::send(m_socket, bytes.constData() + at,
                                         static_cast<size_t>(bytes.size() - at), MSG_NOSIGNAL);
            if (count <= 0)
                return false;
            at += count;
        }
        return true;
    }
    void finishSending() const { ::shutdown(m_socket, SHUT_WR); }

    /// What comes until the other side closes, or until the head of an answer is there.
    [[nodiscard]] QByteArray readAll() const { return read(false); }
    [[nodiscard]] QByteArray readHead() const { return read(true); }

private:
    [[nodiscard]] QByteArray read(bool onlyHead) const
    {
        QByteArray bytes;
        QByteArray some(4096, Qt::Uninitialized);
        while (!onlyHead || !bytes.contains("\r\n\r\n")) {
            const ssize_t count = ::recv(m_socket, some.data(), static_cast<size_t>(some.size()), 0);
            if (count <= 0)
                break;
            bytes.append(some.constData(), count);
        }
        return bytes;
    }

    int m_socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool m_isOpen = false;
};

} // namespace sockdrop
