#pragma once

#include <QtGlobal>

#include <atomic>
#include <chrono>
#include <memory>
#include <openssl/types.h>

namespace sockdrop {

/// What the thread of a TlsTunnel does after the handshake: brings bytes from one socket to the other, both
/// ways, until both have ended.
class TlsPump final
{
public:
    /// Both sockets are non-blocking. `endBy` may come nearer at any time; when the plain end is closed,
    /// `closeTimeout` is what the peer gets to take the rest.
    TlsPump(SSL* ssl, int outer, int inner, const std::atomic<std::chrono::steady_clock::time_point>& endBy,
            std::chrono::milliseconds closeTimeout);

    void run();

private:
    /// What waits on its way to one of the two.
    struct Waiting
    {
        std::unique_ptr<char[]> bytes; // NOLINT(modernize-avoid-c-arrays)
        qsizetype begin = 0;
        qsizetype end = 0;

        [[nodiscard]] bool isEmpty() const { return begin == end; }
    };

    [[nodiscard]] bool takePlain();
    [[nodiscard]] bool sendSecret();
    [[nodiscard]] bool takeSecret();
    [[nodiscard]] bool sendPlain();
    void endSecret();
    void wait();
    void noteProblem(int outcome);
    [[nodiscard]] bool isOver() const;

    SSL* const m_ssl;
    const int m_outer;
    const int m_inner;
    const std::atomic<std::chrono::steady_clock::time_point>& m_endBy;
    const std::chrono::milliseconds m_closeTimeout;
    Waiting m_outgoing;
    Waiting m_incoming;
    bool m_isPlainEnded = false;  ///< the plain end says nothing more
    bool m_isPlainDeaf = false;   ///< … and hears nothing more
    bool m_isSecretEnded = false; ///< the peer says nothing more
    bool m_isFarewellSent = false;
    bool m_isBroken = false;
    std::chrono::steady_clock::time_point m_deadline = std::chrono::steady_clock::time_point::max();
};

} // namespace sockdrop
