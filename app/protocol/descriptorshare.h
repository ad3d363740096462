#pragma once

#include "programlimits.h"

namespace sockdrop {

/// The limits with which a receiver stays within `descriptors` that the process may have open, a reserve left
/// for everything else: for each connection fewer files and folders at once, then fewer connections.
[[nodiscard]] Limits withinDescriptors(Limits limits, qint64 descriptors);

} // namespace sockdrop
