#include "descriptors.h"

#include <algorithm>
#include <cerrno>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace sockdrop {

namespace {

/// More are of no use, and what counts its descriptors one by one would take long.
constexpr rlim_t mostUseful = 65'536;

} // namespace

void raiseDescriptorLimit()
{
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= std::min(limit.rlim_max, mostUseful))
        return;
    limit.rlim_cur = std::min(limit.rlim_max, mostUseful);
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int mostDescriptors()
{
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return static_cast<int>(mostUseful);
    return static_cast<int>(std::min(limit.rlim_cur, mostUseful));
}

bool hasDescriptors(int count)
{
    std::vector<int> taken;
    for (int i = 0; i < count; ++i) {
        const int file = ::eventfd(0, EFD_CLOEXEC);
        if (file < 0)
            break;
        taken.push_back(file);
    }
    for (const int file : taken)
        ::close(file);
    return static_cast<int>(taken.size()) == count;
}

bool isOutOfDescriptors(int errnoValue)
{
    return errnoValue == EMFILE || errnoValue == ENFILE;
}

} // namespace sockdrop
