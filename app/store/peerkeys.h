#pragma once

#include <QString>

namespace sockdrop {

/// What two names have in common that a person cannot tell apart: case, Unicode form, blanks and invisible
/// characters do not count. Empty for a name that shows nothing.
[[nodiscard]] QString nameKey(const QString& name);

/// The same for all ways to write the same "HOST:PORT".
[[nodiscard]] QString addressKey(const QString& address);

} // namespace sockdrop
