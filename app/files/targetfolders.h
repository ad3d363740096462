#pragma once

#include "filedescriptor.h"
#include "landingfolder.h"
#include "numberednames.h"
#include "safepath.h"

#include <QHash>
#include <QString>

#include <memory>
#include <unordered_map>

namespace sockdrop {

/// The folders below the destination that the files of a batch go to, each made safe and opened once for many
/// files. Used from one thread.
class TargetFolders final
{
public:
    TargetFolders(const LandingFolder& folder, const Limits& limits) : m_folder(folder), m_limits(limits) {}

    struct Target
    {
        SafePath parent;
        SafePath path; ///< of the file
    };
    /// Where the relative path of an announced file leads; UnsafeName.
    [[nodiscard]] Result<Target> find(const QString& path);

    struct Folder
    {
        FileDescriptor descriptor; ///< not open: the folder is known to be missing
        NumberedNames numbers;     ///< in it
    };
    /// The open folder; an unopened one where it is not there yet. What is in its place is an error. Valid
    /// until the next call.
    [[nodiscard]] Result<Folder*> peek(const SafePath& parent);
    /// As above, but made where it is missing; not synced.
    [[nodiscard]] Result<Folder*> open(const SafePath& parent);

private:
    const LandingFolder& m_folder;
    const Limits m_limits;
    QString m_lastPath;
    SafePath m_lastParent = SafePath::top();
    std::unordered_map<QString, Folder> m_open; ///< by safe path
};

} // namespace sockdrop
