#include "distinctpaths.h"

#include <QFileInfo>
#include <QSet>

namespace sockdrop {

namespace {

QString folderOf(const QString& path)
{
    return path.left(path.lastIndexOf(u'/'));
}

/// Whether one of `folders` is above it, with no link in between: the walk follows none to a folder.
bool isFoundBelow(const QSet<QString>& folders, const QString& path)
{
    for (QString at = path; !at.isEmpty() && !QFileInfo(at).isSymLink();) {
        at = folderOf(at);
        if (folders.contains(at))
            return true;
    }
    return false;
}

} // namespace

QStringList distinctPaths(const QStringList& paths)
{
    const QSet<QString> all(paths.begin(), paths.end());
    QSet<QString> taken;
    QStringList distinct;
    for (const QString& path : paths) {
        if (taken.contains(path) || isFoundBelow(all, path))
            continue;
        taken.insert(path);
        distinct += path;
    }
    return distinct;
}

} // namespace sockdrop
