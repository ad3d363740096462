#include "sourcewalk.h"

#include "descriptors.h"
#include "distinctpaths.h"
#include "sourcestamp.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct CloseFolder
{
    void operator()(DIR* folder) const { closedir(folder); }
};

Error skippedBecause(const QString& path, const QString& reason)
{
    return {ErrorCode::Unsupported, u"“%1” was not sent: %2."_s.arg(path, reason)};
}

Error unreadable(const QString& path, int errnoValue)
{
    return {ErrorCode::SourceUnreadable,
            u"“%1” was not sent: %2."_s.arg(path, QString::fromLocal8Bit(std::strerror(errnoValue)))};
}

QString kindOf(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFSOCK:
        return u"it is a socket"_s;
    case S_IFIFO:
        return u"it is a pipe"_s;
    default:
        return u"it is a device"_s;
    }
}

/// The next name in the folder but `.` and `..`; nothing at its end, with errno 0, or when it cannot be read
/// on.
std::optional<QByteArray> nextName(DIR* folder)
{
    errno = 0; // the only thing that tells a broken folder from its end
    while (const dirent* entry = readdir(folder)) {
        const QByteArray name(entry->d_name);
        if (name != "." && name != "..")
            return name;
    }
    return std::nullopt;
}

/// Of a folder that keeps nobody out.
constexpr quint16 openToAll = 0777;

/// What of the permissions of a file or folder counts: nobody gets by a folder who may not enter it.
quint16 modeBelow(mode_t mode, quint16 above)
{
    const unsigned group = (above & S_IXGRP) != 0 ? S_IRWXG : 0U;
    const unsigned others = (above & S_IXOTH) != 0 ? S_IRWXO : 0U;
    return static_cast<quint16>(mode & (S_IRWXU | group | others));
}

/// Waits while there is no descriptor to be had.
std::unique_ptr<DIR, CloseFolder> openPatiently(const QByteArray& path, const std::atomic<bool>& isCancelled)
{
    constexpr auto pause = std::chrono::milliseconds(50);
    std::unique_ptr<DIR, CloseFolder> folder(opendir(path.constData()));
    while (!folder && isOutOfDescriptors(errno) && !isCancelled) {
        std::this_thread::sleep_for(pause);
        folder.reset(opendir(path.constData()));
    }
    return folder;
}

SourceItem fileItem(const QByteArray& base, const QByteArray& relative, const struct stat& status,
                    quint16 above)
{
    const bool isExecutable = (status.st_mode & S_IXUSR) != 0;
    SourceItem item{base, relative, false, isExecutable, status.st_size, FileTime::of(status.st_mtim)};
    item.version = SourceStamp(status).version();
    item.mode = modeBelow(status.st_mode, above);
    return item;
}

bool isInside(const QString& path, const QString& root)
{
    return path == root || path.startsWith(root.endsWith(u'/') ? root : root + u'/');
}

} // namespace

/// A folder still to be read. A stack of these in place of recursion: trees may be deeper than a thread's
/// stack.
struct SourceWalk::Folder
{
    QByteArray base;
    QByteArray relative;
    quint16 mode = 0777; ///< as SourceItem has it

    [[nodiscard]] QString path() const { return QFile::decodeName(base + relative); }
};

void SourceWalk::run(const QStringList& paths, const std::atomic<bool>& isCancelled)
{
    QStringList dropped;
    for (const QString& path : paths)
        dropped += QDir::cleanPath(QDir().absoluteFilePath(path));
    for (const QString& path : distinctPaths(dropped)) {
        if (isCancelled)
            break;
        visitDropped(path, isCancelled);
    }
}

void SourceWalk::visitDropped(const QString& path, const std::atomic<bool>& isCancelled)
{
    struct stat status = {};
    const QByteArray encoded = QFile::encodeName(path);
    if (stat(encoded.constData(), &status) != 0) {
        m_skipped(path, unreadable(path, errno));
        return;
    }
    const qsizetype nameAt = encoded.lastIndexOf('/') + 1;
    const QByteArray base = encoded.first(nameAt);
    const QByteArray name = encoded.sliced(nameAt);
    if (name.isEmpty())
        m_skipped(path, skippedBecause(path, u"it is the whole file system; choose folders in it"_s));
    else if (!name.isValidUtf8())
        m_skipped(path, skippedBecause(path, u"its name is not valid UTF-8"_s));
    else if (S_ISREG(status.st_mode))
        m_found(fileItem(base, name, status, openToAll));
    else if (S_ISDIR(status.st_mode))
        visitFolder({base, name, modeBelow(status.st_mode, openToAll)}, QFileInfo(path).canonicalFilePath(),
                    isCancelled);
    else if (S_ISFIFO(status.st_mode))
        m_skipped(path, skippedBecause(path, u"streams cannot be sent; save it to a file first"_s));
    else
        m_skipped(path, skippedBecause(path, kindOf(status.st_mode)));
}

void SourceWalk::visitFolder(const Folder& dropped, const QString& root, const std::atomic<bool>& isCancelled)
{
    std::vector<Folder> folders{dropped};
    while (!folders.empty() && !isCancelled) {
        const Folder current = std::move(folders.back());
        folders.pop_back();
        const std::unique_ptr<DIR, CloseFolder> folder =
            openPatiently(current.base + current.relative, isCancelled);
        if (!folder) {
            m_skipped(current.path(), unreadable(current.path(), errno));
            continue;
        }
        tellEntered(dirfd(folder.get()), current.relative);
        bool isEmpty = true;
        while (const std::optional<QByteArray> name = nextName(folder.get())) {
            if (isCancelled)
                return;
            isEmpty = false;
            visitEntry(dirfd(folder.get()), *name, current, root, folders);
        }
        if (errno != 0)
            m_skipped(current.path(), unreadable(current.path(), errno));
        else if (isEmpty)
            m_found({current.base, current.relative, true, false, 0, {}, 0, current.mode});
    }
}

void SourceWalk::tellEntered(int folderFd, const QByteArray& relative) const
{
    struct stat status = {};
    if (m_entered && fstat(folderFd, &status) == 0)
        m_entered({relative, FileTime::of(status.st_mtim)});
}

void SourceWalk::visitEntry(int folderFd, const QByteArray& name, const Folder& folder, const QString& root,
                            std::vector<Folder>& folders)
{
    const QByteArray relative = folder.relative + '/' + name;
    const auto path = [&] { return QFile::decodeName(folder.base + relative); };
    if (!name.isValidUtf8()) {
        m_skipped(path(), skippedBecause(path(), u"its name is not valid UTF-8"_s));
        return;
    }
    struct stat status = {};
    if (fstatat(folderFd, name.constData(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        m_skipped(path(), unreadable(path(), errno));
        return;
    }
    if (S_ISREG(status.st_mode))
        m_found(fileItem(folder.base, relative, status, folder.mode));
    else if (S_ISDIR(status.st_mode))
        folders.push_back({folder.base, relative, modeBelow(status.st_mode, folder.mode)});
    else if (S_ISLNK(status.st_mode))
        visitLink(folder, relative, root);
    else
        m_skipped(path(), skippedBecause(path(), kindOf(status.st_mode)));
}

void SourceWalk::visitLink(const Folder& folder, const QByteArray& relative, const QString& root)
{
    const QString path = QFile::decodeName(folder.base + relative);
    const QFileInfo target(QFileInfo(path).canonicalFilePath());
    struct stat status = {};
    const bool isSent = target.isFile() && isInside(target.filePath(), root);
    if (isSent && stat(QFile::encodeName(target.filePath()).constData(), &status) == 0)
        m_found(fileItem(folder.base, relative, status, folder.mode));
    else
        m_skipped(path, skippedBecause(path, target.isFile() ? u"it is a link out of the folder"_s
                                                             : u"it is a link to no file"_s));
}

} // namespace sockdrop
