#pragma once

#include <QString>

namespace sockdrop {

/// One character for a picture in resources/icons/symbolic, for where pictures cannot be painted. Taken from
/// what common fonts have.
[[nodiscard]] QString textSign(const QString& symbol);

} // namespace sockdrop
