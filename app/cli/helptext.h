#pragma once

#include <QString>

namespace sockdrop {

/// What `sockdrop-cli COMMAND --help` prints; of the program for an empty command. Ends with a line feed.
[[nodiscard]] QString helpText(const QString& command);

} // namespace sockdrop
