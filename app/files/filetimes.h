#pragma once

#include "filetime.h"

#include <array>
#include <ctime>

namespace sockdrop {

/// In the form of futimens(): that time, and now as the time of access. Both, since file systems behind FUSE
/// 2 set none where one is left out with UTIME_OMIT, and say nothing.
[[nodiscard]] std::array<timespec, 2> timesToSet(const FileTime& modified);

} // namespace sockdrop
