#pragma once

#include "placement.h"

namespace sockdrop {

class SystemCalls;

/// An empty file that holds a name until a whole file is renamed over it: on file systems that cannot rename
/// without replacing and know no second names of a file. A note in the staging folder tells of it meanwhile.
class Placeholder final
{
public:
    /// As rename(2), but fails with EEXIST where `to` exists; 0 or the errno value.
    [[nodiscard]] static int moveOver(const SystemCalls& calls, const StagedFile& from, const StagedFile& to);

    /// Removes those that a process could not remove that was killed; `folder` is the destination.
    static void removeLeft(const SystemCalls& calls, int folder, int staging);

    /// Whether `name`, in the staging folder, is that of a note.
    [[nodiscard]] static bool isNote(const QByteArray& name) { return name.endsWith(".holds"); }
};

} // namespace sockdrop
