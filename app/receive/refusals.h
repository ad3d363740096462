#pragma once

#include "error.h"

namespace sockdrop {

// What senders are told that are not let in.

[[nodiscard]] Error declinedByPerson();
[[nodiscard]] Error unanswered();
[[nodiscard]] Error onlyKnownPeers();
[[nodiscard]] Error nobodyToAsk();
[[nodiscard]] Error tooManyOffers();
[[nodiscard]] Error onlyEncrypted();

} // namespace sockdrop
