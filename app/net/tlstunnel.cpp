#include "tlstunnel.h"

#include "startthread.h"
#include "tlspump.h"
#include "withmemory.h"

#include <QDeadlineTimer>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

/// What a connection gets that nobody waits for any more.
constexpr auto unwantedTimeout = 1s;

void setNonBlocking(int socket)
{
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
}

/// What a failed handshake tells.
Error handshakeError(SSL* ssl, int outcome)
{
    const int problem = SSL_get_error(ssl, outcome);
    const unsigned long code = ERR_peek_error();
    ERR_clear_error();
    if (problem != SSL_ERROR_SSL)
        return {ErrorCode::ConnectionLost, u"The connection was closed before it was encrypted."_s};
    const char* reason = ERR_reason_error_string(code);
    return {ErrorCode::ProtocolError, u"The TLS handshake failed: %1."_s.arg(
                                          reason ? QString::fromLatin1(reason) : u"OpenSSL says no more"_s)};
}

} // namespace

TlsTunnel::TlsTunnel(SocketDescriptor socket, std::shared_ptr<const TlsContext> context, const Limits& limits)
    : m_context(std::move(context)), m_limits(limits), m_socket(std::move(socket)),
      m_ssl(SSL_new(m_context->handle()))
{
    std::array<int, 2> pair{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0) {
        m_inner = SocketDescriptor(pair[0]);
        m_plain = SocketDescriptor(pair[1]);
    }
    setNonBlocking(m_socket.number());
    setNonBlocking(m_inner.number());
    constexpr int on = 1;
    ::setsockopt(m_socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(m_socket.number(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (m_ssl)
        SSL_set_fd(m_ssl, m_socket.number());
}

TlsTunnel::~TlsTunnel()
{
    hurry();
    if (m_thread.joinable())
        m_thread.join();
    SSL_free(m_ssl);
}

void TlsTunnel::hurry()
{
    m_endBy = steady_clock::now() + unwantedTimeout;
    const std::lock_guard lock(m_mutex);
    // Wakes the thread; what waits in the pair can still be read.
    if (m_inner.isOpen())
        ::shutdown(m_inner.number(), SHUT_RDWR);
    if (m_plain.isOpen()) // still in its handshake
        ::shutdown(m_socket.number(), SHUT_RDWR);
}

SocketDescriptor TlsTunnel::takePlain()
{
    const std::lock_guard lock(m_mutex);
    return std::move(m_plain);
}

/// The server's end, from the handshake on; whether that succeeded.
Result<void> TlsTunnel::serve(const Opened& opened)
{
    if (Result<void> shaken = handshake(m_limits.headTimeout, nullptr); !shaken)
        return shaken;
    opened(takePlain(), peerKey());
    pump();
    return {};
}

void TlsTunnel::pump()
{
    TlsPump(m_ssl, m_socket.number(), m_inner.number(), m_endBy, m_limits.closeTimeout).run();
}

void TlsTunnel::close()
{
    const std::lock_guard lock(m_mutex);
    m_plain = {};
    m_inner = {};
    m_socket = {};
}

/// Non-blocking under the hood, so that it can be given up.
Result<void> TlsTunnel::handshake(std::chrono::milliseconds timeout, const Interruption* interruption)
{
    if (!m_ssl || !m_inner.isOpen())
        return systemError(errno, u"Cannot open an encrypted connection"_s);
    const QDeadlineTimer deadline(timeout);
    for (;;) {
        ERR_clear_error();
        const int outcome = SSL_do_handshake(m_ssl);
        if (outcome == 1)
            return {};
        const int wish = SSL_get_error(m_ssl, outcome);
        if (wish != SSL_ERROR_WANT_READ && wish != SSL_ERROR_WANT_WRITE)
            return handshakeError(m_ssl, outcome);
        std::array<pollfd, 2> wait{
            pollfd{m_socket.number(), static_cast<short>(wish == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT), 0},
            pollfd{interruption ? interruption->descriptor() : -1, POLLIN, 0}};
        const int ready = ::poll(wait.data(), wait.size(), static_cast<int>(deadline.remainingTime()));
        if (interruption && interruption->isSet())
            return Error{ErrorCode::Cancelled, u"The upload was cancelled."_s};
        if (ready == 0)
            return Error{ErrorCode::TimedOut, u"The other device did not answer in time."_s};
    }
}

PeerKey TlsTunnel::peerKey() const
{
    X509* certificate = SSL_get1_peer_certificate(m_ssl);
    if (!certificate)
        return {};
    IdentityPem::Fingerprints fingerprints = IdentityPem::fingerprintsOf(certificate);
    X509_free(certificate);
    return {std::move(fingerprints.key), std::move(fingerprints.certificate)};
}

Result<std::unique_ptr<TlsTunnel>> TlsTunnel::accept(SocketDescriptor socket,
                                                     std::shared_ptr<const TlsContext> context,
                                                     std::shared_ptr<void> permit, const Limits& limits,
                                                     Opened opened, Ended ended)
{
    std::unique_ptr<TlsTunnel> tunnel(new TlsTunnel(std::move(socket), std::move(context), limits));
    if (tunnel->m_ssl)
        SSL_set_accept_state(tunnel->m_ssl);
    Result<std::thread> thread =
        startThread([self = tunnel.get(), permit = std::move(permit), opened = std::move(opened),
                     ended = std::move(ended)]() mutable {
            const Result<void> served = withMemory([&] { return self->serve(opened); });
            self->close();
            permit.reset();
            ended(served);
        });
    if (!thread)
        return thread.error();
    tunnel->m_thread = std::move(thread).value();
    return tunnel;
}

Result<TlsTunnel::Connected> TlsTunnel::connect(SocketDescriptor socket,
                                                std::shared_ptr<const TlsContext> context,
                                                const Limits& limits, const Interruption& interruption)
{
    std::shared_ptr<TlsTunnel> tunnel(new TlsTunnel(std::move(socket), std::move(context), limits));
    if (tunnel->m_ssl)
        SSL_set_connect_state(tunnel->m_ssl);
    if (const Result<void> shaken = tunnel->handshake(limits.connectTimeout, &interruption); !shaken)
        return shaken.error();
    Connected connected{tunnel->takePlain(), tunnel->peerKey(), tunnel};
    Result<std::thread> thread = startThread([self = tunnel.get()] {
        static_cast<void>(withMemory([self] { self->pump(); }));
        self->close();
    });
    if (!thread)
        return thread.error();
    tunnel->m_thread = std::move(thread).value();
    return connected;
}

} // namespace sockdrop
