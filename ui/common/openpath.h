#pragma once

#include <QString>

namespace sockdrop {

/// Opens a file or folder with the program the person has chosen for its kind. False: there is none.
bool openPath(const QString& path);

/// Shows the file, marked, in the file manager; where that cannot mark one, its folder.
void showInFolder(const QString& path);

} // namespace sockdrop
