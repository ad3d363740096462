#pragma once

#include "interruption.h"
#include "peeraddress.h"
#include "tlstunnel.h"

#include <QDeadlineTimer>

#include <atomic>
#include <functional>
#include <memory>

namespace sockdrop {

/// How a sender gets to a receiver.
struct PeerRoute
{
    PeerAddress address; ///< TLS is spoken unless it is plain
    std::shared_ptr<const TlsContext> identity;
    /// Whether the receiver with this key may be talked to; asked before anything is said but the handshake.
    std::function<Result<void>(const PeerKey&)> check;
    /// The receiver does not know the name in a typed URL: from now on it hears the address that it was
    /// reached at, as it does where none was typed.
    std::shared_ptr<std::atomic<bool>> isNameRefused = std::make_shared<std::atomic<bool>>(false);
};

/// An open connection to a receiver, plain to whoever uses it.
struct PeerLine
{
    std::shared_ptr<TlsTunnel> tunnel; ///< none on a plain connection; goes last
    SocketDescriptor socket;           ///< in blocking mode
    PeerKey peer;
    QByteArray host; ///< for `Host`
};

/// Connects within Limits::connectTimeout, in an event loop on the calling thread; TLS may take as long
/// again. Unreachable, Refused, TimedOut, ConnectionLost, Cancelled when interrupted; ProtocolError where no
/// TLS is spoken; what PeerRoute::check says.
[[nodiscard]] Result<PeerLine> openLine(const PeerRoute& route, const Limits& limits,
                                        Interruption& interruption);

/// Sends all of `bytes`, or receives at least one byte into `answer`, waiting until `deadline`. No bytes at
/// all: the peer has ended. TimedOut, ConnectionLost, Cancelled.
[[nodiscard]] Result<void> sendAll(const PeerLine& line, const QByteArray& bytes, QDeadlineTimer deadline,
                                   const Interruption& interruption);
[[nodiscard]] Result<QByteArray> receiveSome(const PeerLine& line, qsizetype most, QDeadlineTimer deadline,
                                             const Interruption& interruption);

} // namespace sockdrop
