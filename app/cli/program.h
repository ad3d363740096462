#pragma once

#include "exitcode.h"

#include <QStringList>

namespace sockdrop {

/// Does what was typed after the program's name, to its end. Needs a QCoreApplication.
[[nodiscard]] ExitCode runProgram(const QStringList& arguments);

} // namespace sockdrop
