#pragma once

#include "landingfolder.h"

#include <optional>

namespace sockdrop {

/// The destination as it is now; told while receiving, when it changes.
struct FolderStatus
{
    QString path;
    qint64 bytesFree = -1;      ///< -1: unknown
    std::optional<Error> error; ///< missing, read-only, full

    bool operator==(const FolderStatus&) const = default;
};

[[nodiscard]] FolderStatus statusOf(const LandingFolder& folder);

} // namespace sockdrop
