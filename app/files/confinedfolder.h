#pragma once

#include "filedescriptor.h"
#include "result.h"

#include <QStringList>

namespace sockdrop {

/// What openBelow() does about folders that are not there.
enum class MissingFolders { Fail, Make, MakeUnsynced };

/// Opens `name`, a single component, as a folder in `folder` without following a symbolic link; closed with
/// errno set where that fails.
[[nodiscard]] FileDescriptor openFolder(const SystemCalls& calls, int folder, const char* name);

/// Opens the folder `components` below `folder`, which itself is meant by none. Nothing leads out: no
/// symbolic link, no mount point. NotFound where it is missing and shall not be made; AlreadyExists for a
/// file and UnsafeName for a symbolic link in its place; Unsupported for another file system. The text names
/// the component. What was made is synced, but for MakeUnsynced.
[[nodiscard]] Result<FileDescriptor> openBelow(const SystemCalls& calls, int folder,
                                               const QStringList& components, MissingFolders missing);

} // namespace sockdrop
