#pragma once

#include "icons.h"
#include "offersnapshot.h"

namespace sockdrop {

// What the card of an offer says. All of it is plain text, fit for the screen.

/// "Anna's laptop wants to send 12 files (3.4 GB)"
[[nodiscard]] QString offerTitle(const OfferSnapshot& offer);

/// Who that is, as far as anybody can tell: "Known device", "New device", …
[[nodiscard]] QString offerMark(const OfferSnapshot& offer);
[[nodiscard]] Tone offerTone(const OfferSnapshot& offer);

/// The code of a first contact is to be compared.
[[nodiscard]] bool showsCode(const OfferSnapshot& offer);
/// Who has to look at the code.
[[nodiscard]] QString offerCodeHint(const OfferSnapshot& offer);
/// Why a first contact is over; empty where nobody needs to be told.
[[nodiscard]] QString contactEndText(const OfferSnapshot& contact);

/// "a.txt, b.txt and 10 more"; who does what while it is not told.
[[nodiscard]] QString offerNames(const OfferSnapshot& offer);

/// "Lands in …/Downloads (120 GB free)"
[[nodiscard]] QString offerPlace(const OfferSnapshot& offer);

} // namespace sockdrop
