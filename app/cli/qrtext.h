#pragma once

#include "qrcode.h"

namespace sockdrop {

/// The code with its quiet zone for a terminal, two modules to a character: black on white whatever the
/// terminal's colours are, as not every reader takes an inverted one. It needs code.size + 2 *
/// QrCode::quietZone columns.
[[nodiscard]] QString qrText(const QrCode& code);

} // namespace sockdrop
