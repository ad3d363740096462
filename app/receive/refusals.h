#pragma once

#include "error.h"

namespace sockdrop {

// What senders are told that are not let in.

[[nodiscard]] Error declinedByPerson();
/// The person here found another code on the sender's screen.
[[nodiscard]] Error codesDiffer();
/// Of a first contact that is none, in one text for all reasons.
[[nodiscard]] Error unusableContact();
[[nodiscard]] Error unanswered();
[[nodiscard]] Error onlyKnownPeers();
[[nodiscard]] Error nobodyToAsk();
[[nodiscard]] Error tooManyOffers();
[[nodiscard]] Error onlyEncrypted();

} // namespace sockdrop
