#include "descriptorshare.h"

#include <algorithm>

namespace sockdrop {

namespace {

/// What a connection has open at most, whatever comes over it: three sockets and a copy while it is handed
/// on, the staging folder, two more folders on the way to a third, a file that is compared.
constexpr qint64 fixed = 8;
constexpr qint64 ofWriter = 2; ///< a file and its journal
constexpr qint64 least = fixed + ofWriter + 1;
constexpr qint64 leastReserve = 64;

} // namespace

Limits withinDescriptors(Limits limits, qint64 descriptors)
{
    const qint64 reserve = std::max(leastReserve, descriptors / 8);
    const qint64 available = std::max(descriptors - reserve, least);
    limits.connections = static_cast<int>(std::min<qint64>(limits.connections, available / least));
    const qint64 share = available / limits.connections - fixed;
    limits.openWriters = static_cast<int>(std::clamp<qint64>(share / (2 * ofWriter), 1, limits.openWriters));
    limits.openFolders =
        static_cast<int>(std::clamp<qint64>(share - ofWriter * limits.openWriters, 1, limits.openFolders));
    return limits;
}

} // namespace sockdrop
