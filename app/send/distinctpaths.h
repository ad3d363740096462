#pragma once

#include <QStringList>

namespace sockdrop {

/// Absolute, clean `paths` without those that would be sent twice: what is there a second time, and what the
/// walk over a folder finds that is there, too. Looks at the disk.
[[nodiscard]] QStringList distinctPaths(const QStringList& paths);

} // namespace sockdrop
