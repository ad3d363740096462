#pragma once

#include "icons.h"
#include "transfer.h"

#include <QStringList>
#include <QVariant>

namespace sockdrop {

// What a row of the transfer list says, made from the raw values.

[[nodiscard]] QString stateIconName(const TransferSnapshot& transfer);
[[nodiscard]] Tone toneOf(const TransferSnapshot& transfer);
[[nodiscard]] QString peerText(const TransferSnapshot& transfer);
/// What matters most first. `isCounting`: what was dropped is being walked still.
[[nodiscard]] QStringList detailTexts(const TransferSnapshot& transfer, bool isCounting = false);
[[nodiscard]] QString footnoteText(const TransferSnapshot& transfer);
[[nodiscard]] QString toolTipText(const TransferSnapshot& transfer);
[[nodiscard]] QVariant progressOf(const TransferSnapshot& transfer);

} // namespace sockdrop
