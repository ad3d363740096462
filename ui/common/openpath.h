#pragma once

#include <QString>

#include <functional>

class QObject;

namespace sockdrop {

/// What came of opening something.
enum class Opening {
    Opened,
    Gone,      ///< nothing is there any more
    NoProgram, ///< no program opens things of its kind
};

using OpeningEnded = std::function<void(Opening)>;

/// Opens a file or folder with the program the person has chosen for its kind. Whether it is there is looked
/// up on another thread, as a mount may be dead; `ended` is called on this one, later, unless `context` goes.
void openPath(const QString& path, QObject& context, OpeningEnded ended);

/// Shows the file, marked, in the file manager; where that cannot mark one, its folder.
void showInFolder(const QString& path, QObject& context, OpeningEnded ended);

} // namespace sockdrop
