#pragma once

#include "conflictpolicy.h"
#include "result.h"

#include <QByteArray>
#include <QString>

#include <climits>

namespace sockdrop {

class SystemCalls;

/// A file that is whole and waits for its final name.
struct StagedFile
{
    int folder = -1; ///< the open staging folder
    QByteArray name;
};

/// Moves `file` into the open `folder` as `name` and nothing else: never over something that is there, unless
/// the policy is Replace; then AlreadyExists. Not synced: until the caller has done that, a power loss may
/// undo it.
[[nodiscard]] Result<void> placeFileAs(const SystemCalls& calls, const StagedFile& file, int folder,
                                       const QString& name, ConflictPolicy conflict);

/// Moves `file` into the open `folder` as `name`, or by the policy another name of so many bytes, and syncs
/// the folder; the name it got. It appears there at once and whole, and never over something else unless the
/// policy is Replace; even then neither over a folder nor through a symbolic link. AlreadyExists when the
/// policy forbids it.
[[nodiscard]] Result<QString> placeFile(const SystemCalls& calls, const StagedFile& file, int folder,
                                        const QString& name, ConflictPolicy conflict,
                                        int mostBytes = NAME_MAX);

/// Says that no number is free for `name`.
[[nodiscard]] Error tooManyNames(const QString& name);

/// Whether something is in the way of `name` in `folder` that the policy does not get around: AlreadyExists.
[[nodiscard]] Result<void> checkConflict(const SystemCalls& calls, int folder, const QString& name,
                                         ConflictPolicy conflict);

} // namespace sockdrop
