#pragma once

#include "filetime.h"
#include "programlimits.h"
#include "result.h"

#include <QByteArray>
#include <QStringList>

#include <atomic>
#include <dirent.h>
#include <functional>
#include <vector>

namespace sockdrop {

/// Something to upload, found by a walk.
struct SourceItem
{
    QByteArray base;       ///< the folder of what was dropped, as the system has it, with `/` at its end
    QByteArray relative;   ///< behind that, in UTF-8: begins with the dropped file or folder
    bool isFolder = false; ///< an empty folder
    bool isExecutable = false;
    qint64 size = 0; ///< when it was found, as the time
    FileTime modified = {};
    quint64 version = 0; ///< SourceStamp::version()
    /// Permission bits; of those of group and others what the dropped folders above it leave them.
    quint16 mode = 0777;

    bool operator==(const SourceItem&) const = default;
};

/// A folder that was walked.
struct SourceFolder
{
    QByteArray relative; ///< as SourceItem::relative
    FileTime modified = {};

    bool operator==(const SourceFolder&) const = default;
};

/// Walks dropped paths. Files and empty folders are found; links are followed only to regular files inside
/// the dropped tree, or where the dropped path is itself a link. Nothing is found twice.
class SourceWalk final
{
public:
    using Found = std::function<void(const SourceItem&)>;
    /// What is not sent, and why: the path and one sentence.
    using Skipped = std::function<void(const QString& path, const Error& error)>;

    using Entered = std::function<void(const SourceFolder&)>;

    SourceWalk(Found found, Skipped skipped, Entered entered = {})
        : m_found(std::move(found)), m_skipped(std::move(skipped)), m_entered(std::move(entered))
    {}

    /// Walks in the calling thread and returns when all is told, or soon after `isCancelled` became true.
    void run(const QStringList& paths, const std::atomic<bool>& isCancelled);

private:
    struct Folder;

    void visitDropped(const QString& path, const std::atomic<bool>& isCancelled);
    void visitFolder(const Folder& dropped, const QString& root, const std::atomic<bool>& isCancelled);
    int visitEntries(DIR* folder, const Folder& current, const QString& root, std::vector<Folder>& folders,
                     const std::atomic<bool>& isCancelled);
    void visitEntry(int folderFd, const QByteArray& name, const Folder& folder, const QString& root,
                    std::vector<Folder>& folders);
    void visitLink(const Folder& folder, const QByteArray& relative, const QString& root);

    void tellEntered(int folderFd, const QByteArray& relative) const;

    const Found m_found;
    const Skipped m_skipped;
    const Entered m_entered;
};

} // namespace sockdrop
