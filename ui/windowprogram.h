#pragma once

#include <QStringList>

namespace sockdrop {

/// What `arguments` (without the program's name) ask for, to its end; the exit code. With `isTextOnly` there
/// is no QApplication, only a QCoreApplication, and no window.
[[nodiscard]] int runWindowProgram(const QStringList& arguments, bool isTextOnly);

} // namespace sockdrop
