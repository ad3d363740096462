#include "tlspump.h"

#include <array>
#include <cerrno>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

namespace sockdrop {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

/// Sixteen TLS records: what the other side takes up at one go.
constexpr qsizetype bufferBytes = 256LL * 1024;
/// How often a stopped pump looks whether it shall end.
constexpr std::chrono::milliseconds longestWait = 1s;

bool isLater(int problem)
{
    return problem == EAGAIN || problem == EINTR;
}

} // namespace

TlsPump::TlsPump(SSL* ssl, int outer, int inner,
                 const std::atomic<std::chrono::steady_clock::time_point>& endBy,
                 std::chrono::milliseconds closeTimeout)
    : m_ssl(ssl), m_outer(outer), m_inner(inner), m_endBy(endBy), m_closeTimeout(closeTimeout)
{
    // Untouched memory costs nothing: an idle connection stays small.
    m_outgoing.bytes = std::make_unique_for_overwrite<char[]>(bufferBytes); // NOLINT
    m_incoming.bytes = std::make_unique_for_overwrite<char[]>(bufferBytes); // NOLINT
}

void TlsPump::run()
{
    while (!isOver()) {
        bool isMoving = takePlain();
        isMoving |= sendSecret();
        isMoving |= takeSecret();
        isMoving |= sendPlain();
        if (m_isPlainEnded && m_outgoing.isEmpty() && !m_isFarewellSent)
            endSecret();
        if (!isMoving && !isOver())
            wait();
    }
}

bool TlsPump::isOver() const
{
    if (m_isBroken && m_incoming.isEmpty())
        return true;
    if (m_isFarewellSent && m_isSecretEnded && m_incoming.isEmpty())
        return true;
    return steady_clock::now() >= std::min(m_deadline, m_endBy.load());
}

/// From the plain end into the buffer.
bool TlsPump::takePlain()
{
    if (m_isPlainEnded || !m_outgoing.isEmpty())
        return false;
    const ssize_t count = ::recv(m_inner, m_outgoing.bytes.get(), bufferBytes, 0);
    if (count < 0 && isLater(errno))
        return false;
    m_outgoing.begin = 0;
    m_outgoing.end = std::max<qsizetype>(count, 0);
    m_isPlainEnded = count <= 0;
    return true;
}

bool TlsPump::sendSecret()
{
    bool hasMoved = false;
    while (!m_outgoing.isEmpty() && !m_isBroken) {
        ERR_clear_error();
        const int count = SSL_write(m_ssl, m_outgoing.bytes.get() + m_outgoing.begin,
                                    static_cast<int>(m_outgoing.end - m_outgoing.begin));
        if (count <= 0) {
            noteProblem(count);
            break;
        }
        m_outgoing.begin += count;
        hasMoved = true;
    }
    if (m_isBroken)
        m_outgoing.begin = m_outgoing.end;
    return hasMoved;
}

bool TlsPump::takeSecret()
{
    if (m_isSecretEnded || m_isBroken || !m_incoming.isEmpty())
        return false;
    m_incoming.begin = 0;
    m_incoming.end = 0;
    while (m_incoming.end < bufferBytes) {
        ERR_clear_error();
        const int count = SSL_read(m_ssl, m_incoming.bytes.get() + m_incoming.end,
                                   static_cast<int>(bufferBytes - m_incoming.end));
        if (count <= 0) {
            noteProblem(count);
            break;
        }
        m_incoming.end += count;
    }
    return !m_incoming.isEmpty();
}

/// From the buffer to the plain end; there it ends when nothing more can come.
bool TlsPump::sendPlain()
{
    bool hasMoved = false;
    while (!m_incoming.isEmpty()) {
        const ssize_t count =
            m_isPlainDeaf ? m_incoming.end - m_incoming.begin
                          : ::send(m_inner, m_incoming.bytes.get() + m_incoming.begin,
                                   static_cast<size_t>(m_incoming.end - m_incoming.begin), MSG_NOSIGNAL);
        if (count < 0 && isLater(errno))
            return hasMoved;
        if (count < 0)
            m_isPlainDeaf = true; // what comes is read and dropped, or the peer would lose our last words
        else
            m_incoming.begin += count;
        hasMoved = true;
    }
    if ((m_isSecretEnded || m_isBroken) && !m_isPlainDeaf) {
        ::shutdown(m_inner, SHUT_WR);
        m_isPlainDeaf = true;
    }
    return hasMoved;
}

/// Tells the peer that nothing more comes; it may still say something.
void TlsPump::endSecret()
{
    m_isFarewellSent = true;
    if (m_isBroken)
        return;
    ERR_clear_error();
    SSL_shutdown(m_ssl);
    ::shutdown(m_outer, SHUT_WR);
}

void TlsPump::noteProblem(int outcome)
{
    switch (SSL_get_error(m_ssl, outcome)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return;
    case SSL_ERROR_ZERO_RETURN:
        m_isSecretEnded = true;
        return;
    default:
        ERR_clear_error();
        m_isBroken = true;
    }
}

void TlsPump::wait()
{
    std::array<pollfd, 2> sockets{pollfd{m_outer, 0, 0}, pollfd{m_inner, 0, 0}};
    if (m_incoming.isEmpty() && !m_isSecretEnded)
        sockets[0].events |= POLLIN;
    if (!m_outgoing.isEmpty())
        sockets[0].events |= POLLOUT;
    if (m_outgoing.isEmpty() && !m_isPlainEnded)
        sockets[1].events |= POLLIN;
    if (!m_incoming.isEmpty())
        sockets[1].events |= POLLOUT;
    // What is only told as an error would be told again and again.
    if (sockets[0].events == 0)
        sockets[0].fd = -1;
    if (sockets[1].events == 0 && m_deadline != steady_clock::time_point::max())
        sockets[1].fd = -1;
    ::poll(sockets.data(), sockets.size(), static_cast<int>(longestWait.count()));
    // Closed, not only half: nobody there sets a time for the rest any more.
    if ((sockets[1].revents & POLLHUP) != 0 && m_deadline == steady_clock::time_point::max()) {
        m_isPlainDeaf = true;
        m_deadline = steady_clock::now() + m_closeTimeout;
    }
}

} // namespace sockdrop
