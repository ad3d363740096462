#pragma once

#include "knownpeers.h"

namespace sockdrop {

/// The known peer that a person means by what they typed: its name, the fingerprint of its key, or that one's
/// first digits (at least 8). A whole fingerprint means the key, even where another peer is called like that.
/// NotFound for none, InvalidArgument for several. Blocks for the database.
[[nodiscard]] Result<KnownPeer> chooseKnownPeer(KnownPeers& peers, const QString& typed);

} // namespace sockdrop
