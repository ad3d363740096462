#pragma once

#include "conflictpolicy.h"
#include "result.h"

#include <QByteArray>
#include <QString>

namespace sockdrop {

class SystemCalls;

/// A file that is whole and waits for its final name.
struct StagedFile
{
    int folder = -1; ///< the open staging folder
    QByteArray name;
};

/// The `number`th other name for `name`: "photo (1).jpg", "archive (1).tar.gz", ".bashrc (1)". The part
/// before the number is cut where the whole would be longer than a name may be.
[[nodiscard]] QString numberedName(const QString& name, int number);

/// As placeFile(), without the sync of the folder: until the caller has done that, a power loss may undo it.
[[nodiscard]] Result<QString> placeFileUnsynced(const SystemCalls& calls, const StagedFile& file, int folder,
                                                const QString& name, ConflictPolicy conflict);

/// Moves `file` into the open `folder` as `name`, or another name by the policy, and syncs the folder; the
/// name it got. It appears there at once and whole, and never over something else unless the policy is
/// Replace; even then neither over a folder nor through a symbolic link. AlreadyExists when the policy
/// forbids it.
[[nodiscard]] Result<QString> placeFile(const SystemCalls& calls, const StagedFile& file, int folder,
                                        const QString& name, ConflictPolicy conflict);

/// Whether something is in the way of `name` in `folder` that the policy does not get around: AlreadyExists.
[[nodiscard]] Result<void> checkConflict(const SystemCalls& calls, int folder, const QString& name,
                                         ConflictPolicy conflict);

} // namespace sockdrop
