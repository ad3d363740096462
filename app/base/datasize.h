#pragma once

#include <QString>

namespace sockdrop {

/// "40.0 MB", "512 bytes": for what the engine says, in English and decimal units.
[[nodiscard]] QString dataSize(qint64 bytes);

} // namespace sockdrop
