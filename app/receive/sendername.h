#pragma once

#include <QString>

namespace sockdrop {

// Names that senders give themselves: any text at all.

/// On one line: each character that breaks or commands a line, and half of a pair, is a U+FFFD.
[[nodiscard]] QString visibleName(const QString& name);

/// " “NAME”", or nothing for a sender without a name: to follow a word in a line of the log.
[[nodiscard]] QString quotedName(const QString& name);

} // namespace sockdrop
