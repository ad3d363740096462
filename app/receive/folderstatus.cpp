#include "folderstatus.h"

namespace sockdrop {

FolderStatus statusOf(const LandingFolder& folder)
{
    FolderStatus status;
    status.path = folder.path();
    const Result<qint64> free = folder.bytesFree();
    if (free)
        status.bytesFree = free.value();
    else if (free.error().code != ErrorCode::Unsupported)
        status.error = free.error();
    return status;
}

} // namespace sockdrop
