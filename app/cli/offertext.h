#pragma once

#include "offersnapshot.h"

#include <QJsonObject>

namespace sockdrop {

/// One sentence: who asks and how far it is known here.
[[nodiscard]] QString senderText(const OfferSnapshot& offer);
/// One sentence: what would come, and into how much space.
[[nodiscard]] QString contentText(const OfferSnapshot& offer);
/// The name by which a line speaks of the sender.
[[nodiscard]] QString senderName(const OfferSnapshot& offer);
/// The members of the event "offer".
[[nodiscard]] QJsonObject offerFields(const OfferSnapshot& offer);

} // namespace sockdrop
