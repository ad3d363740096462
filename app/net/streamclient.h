#pragma once

#include "framestream.h"
#include "peerline.h"

#include <memory>

namespace sockdrop {

/// Opens the WebSocket `target` ("/upload/…") over a line and asks for the subprotocol, unless that is empty:
/// then the server's word does not count. Waits, at most Limits::connectTimeout. As openLine(); Refused for
/// an answer that is no upgrade. The texts name `peer`.
[[nodiscard]] Result<std::unique_ptr<FrameStream>>
openStream(PeerLine line, const PeerAddress& peer, const QByteArray& target, const QByteArray& protocol,
           const Limits& limits, const Interruption& interruption);

} // namespace sockdrop
