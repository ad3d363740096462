#pragma once

#include "framestream.h"
#include "interruption.h"
#include "peeraddress.h"

#include <memory>

namespace sockdrop {

/// Opens the WebSocket `target` ("/upload/…") of a peer and asks for the subprotocol, unless that is empty:
/// then the server's word does not count. Waits, at most Limits::connectTimeout, in an event loop on the
/// calling thread. Unreachable, TimedOut; Refused for an answer that is no
/// upgrade, too; Cancelled when interrupted.
[[nodiscard]] Result<std::unique_ptr<FrameStream>>
openStream(const PeerAddress& peer, const QByteArray& target, const QByteArray& protocol,
           const Limits& limits, Interruption& interruption);

} // namespace sockdrop
