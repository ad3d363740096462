#pragma once

#include "framestream.h"
#include "interruption.h"
#include "programlimits.h"
#include "tlscontext.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace sockdrop {

/// Which key the other end of a TLS connection has proved to have. Fingerprints as DeviceIdentity has them;
/// empty for a client without a certificate.
struct PeerKey
{
    QString fingerprint;
    QString certificateFingerprint;
};

/// A TLS connection, turned into a plain one: a thread pumps between the TCP socket and one end of a pair of
/// local sockets, whose other end behaves like a TCP connection without encryption, half-closing included.
/// So nothing else knows of TLS, and what waits is bounded by two buffers and the kernel's.
class TlsTunnel final
{
public:
    /// On the tunnel's thread, once: the handshake is over.
    using Opened = std::function<void(SocketDescriptor plain, const PeerKey& peer)>;
    /// On the tunnel's thread, as its last act; the error is a handshake that failed, or no memory.
    using Ended = std::function<void(const Result<void>& handshake)>;

    /// The server's end; the handshake may take Limits::headTimeout. `permit` is held as long as the
    /// connection is open. Busy where there is no thread for it; the connection is closed then.
    [[nodiscard]] static Result<std::unique_ptr<TlsTunnel>>
    accept(SocketDescriptor socket, std::shared_ptr<const TlsContext> context, std::shared_ptr<void> permit,
           const Limits& limits, Opened opened, Ended ended);

    struct Connected
    {
        SocketDescriptor plain;
        PeerKey peer;
        std::shared_ptr<TlsTunnel> tunnel; ///< keep it longer than `plain`
    };
    /// The client's end: waits for the handshake, at most Limits::connectTimeout. ConnectionLost, TimedOut;
    /// ProtocolError for what is no TLS; Cancelled when interrupted; Busy where there is no thread for it.
    [[nodiscard]] static Result<Connected> connect(SocketDescriptor socket,
                                                   std::shared_ptr<const TlsContext> context,
                                                   const Limits& limits, const Interruption& interruption);

    /// As hurry(); waits for the thread.
    ~TlsTunnel();
    Q_DISABLE_COPY_MOVE(TlsTunnel)

    /// Takes nothing more from the plain end, and ends within a second: what was taken goes out in it, if the
    /// peer takes it. From any thread.
    void hurry();

private:
    TlsTunnel(SocketDescriptor socket, std::shared_ptr<const TlsContext> context, const Limits& limits);
    [[nodiscard]] Result<void> handshake(std::chrono::milliseconds timeout, const Interruption* interruption);
    [[nodiscard]] PeerKey peerKey() const;
    [[nodiscard]] SocketDescriptor takePlain();
    [[nodiscard]] Result<void> serve(const Opened& opened);
    void pump();
    void close();

    const std::shared_ptr<const TlsContext> m_context;
    const Limits m_limits;
    std::mutex m_mutex; ///< guards the opening and closing of what follows
    SocketDescriptor m_socket;
    SocketDescriptor m_inner; ///< our end of the pair
    SocketDescriptor m_plain; ///< the other one, until it is handed out
    SSL* m_ssl = nullptr;
    std::atomic<std::chrono::steady_clock::time_point> m_endBy = std::chrono::steady_clock::time_point::max();
    std::thread m_thread;
};

} // namespace sockdrop
