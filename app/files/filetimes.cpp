#include "filetimes.h"

namespace sockdrop {

std::array<timespec, 2> timesToSet(const FileTime& modified)
{
    timespec now = {};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return {now, modified.toTimespec()};
}

} // namespace sockdrop
