#pragma once

#include "result.h"

namespace sockdrop {

/// Services and containers come without HOME, and Qt then takes the root folder for it: sets it to what the
/// system has for this user. NotFound where keys and settings would have no place.
[[nodiscard]] Result<void> findHomeFolder();

} // namespace sockdrop
