#include "sourcewalk.h"

#include "descriptors.h"
#include "distinctpaths.h"
#include "sourcestamp.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>
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

Error skippedBecause(const QString& reason)
{
    return {ErrorCode::Unsupported, u"Not sent: %1."_s.arg(reason)};
}

Error unreadable(int errnoValue)
{
    return {ErrorCode::SourceUnreadable,
            u"Not sent: %1."_s.arg(QString::fromLocal8Bit(std::strerror(errnoValue)))};
}

QString kindOf(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFSOCK:
        return u"this is a socket"_s;
    case S_IFIFO:
        return u"this is a named pipe"_s;
    default:
        return u"this is a device"_s;
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

/// Names of one folder, kept in one piece: there may be a million.
class Names final
{
public:
    void add(const QByteArray& name)
    {
        m_begins.push_back(m_text.size());
        m_text.append(name).append('\0');
    }
    /// As people sort them; those that differ only in case stand together.
    void sort()
    {
        std::sort(m_begins.begin(), m_begins.end(), [this](qsizetype a, qsizetype b) {
            const int order = qstricmp(text(a), text(b));
            return order != 0 ? order < 0 : std::strcmp(text(a), text(b)) < 0;
        });
    }
    [[nodiscard]] size_t size() const { return m_begins.size(); }
    [[nodiscard]] QByteArray at(size_t index) const { return text(m_begins[index]); }

private:
    [[nodiscard]] const char* text(qsizetype begin) const { return m_text.constData() + begin; }

    QByteArray m_text;
    std::vector<qsizetype> m_begins;
};

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
        m_skipped(path, unreadable(errno));
        return;
    }
    const qsizetype nameAt = encoded.lastIndexOf('/') + 1;
    const QByteArray base = encoded.first(nameAt);
    const QByteArray name = encoded.sliced(nameAt);
    if (name.isEmpty())
        m_skipped(path, skippedBecause(u"this is the whole file system; choose folders in it"_s));
    else if (!name.isValidUtf8())
        m_skipped(path, skippedBecause(u"its name is not valid UTF-8"_s));
    else if (S_ISREG(status.st_mode))
        m_found(fileItem(base, name, status, openToAll));
    else if (S_ISDIR(status.st_mode))
        visitFolder({base, name, modeBelow(status.st_mode, openToAll)}, QFileInfo(path).canonicalFilePath(),
                    isCancelled);
    else if (S_ISFIFO(status.st_mode))
        m_skipped(path, skippedBecause(u"streams cannot be sent; save it to a file first"_s));
    else
        m_skipped(path, skippedBecause(kindOf(status.st_mode)));
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
            m_skipped(current.path(), unreadable(errno));
            continue;
        }
        tellEntered(dirfd(folder.get()), current.relative);
        const int problem = visitEntries(folder.get(), current, root, folders, isCancelled);
        if (problem != 0 && !isCancelled)
            m_skipped(current.path(), unreadable(problem));
    }
}

void SourceWalk::tellEntered(int folderFd, const QByteArray& relative) const
{
    struct stat status = {};
    if (m_entered && fstat(folderFd, &status) == 0)
        m_entered({relative, FileTime::of(status.st_mtim)});
}

/// In the order of their names: the file system's own order is nobody's. An errno value, or 0.
int SourceWalk::visitEntries(DIR* folder, const Folder& current, const QString& root,
                             std::vector<Folder>& folders, const std::atomic<bool>& isCancelled)
{
    Names names;
    while (const std::optional<QByteArray> name = nextName(folder)) {
        if (isCancelled)
            return 0;
        names.add(*name);
    }
    const int problem = errno;
    names.sort();
    const auto firstFolder = static_cast<std::ptrdiff_t>(folders.size());
    for (size_t index = 0; index < names.size() && !isCancelled; ++index)
        visitEntry(dirfd(folder), names.at(index), current, root, folders);
    std::reverse(folders.begin() + firstFolder, folders.end()); // the last one is visited next
    if (problem == 0 && names.size() == 0)
        m_found({current.base, current.relative, true, false, 0, {}, 0, current.mode});
    return problem;
}

void SourceWalk::visitEntry(int folderFd, const QByteArray& name, const Folder& folder, const QString& root,
                            std::vector<Folder>& folders)
{
    const QByteArray relative = folder.relative + '/' + name;
    const auto path = [&] { return QFile::decodeName(folder.base + relative); };
    if (!name.isValidUtf8()) {
        m_skipped(path(), skippedBecause(u"its name is not valid UTF-8"_s));
        return;
    }
    struct stat status = {};
    if (fstatat(folderFd, name.constData(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        m_skipped(path(), unreadable(errno));
        return;
    }
    if (S_ISREG(status.st_mode))
        m_found(fileItem(folder.base, relative, status, folder.mode));
    else if (S_ISDIR(status.st_mode))
        folders.push_back({folder.base, relative, modeBelow(status.st_mode, folder.mode)});
    else if (S_ISLNK(status.st_mode))
        visitLink(folder, relative, root);
    else
        m_skipped(path(), skippedBecause(kindOf(status.st_mode)));
}

void SourceWalk::visitLink(const Folder& folder, const QByteArray& relative, const QString& root)
{
    const QString path = QFile::decodeName(folder.base + relative);
    struct stat status = {};
    if (stat(QFile::encodeName(path).constData(), &status) != 0) {
        m_skipped(path, errno == ENOENT ? skippedBecause(u"broken link"_s) : unreadable(errno));
        return;
    }
    const QString target = QFileInfo(path).canonicalFilePath();
    if (S_ISREG(status.st_mode) && isInside(target, root))
        m_found(fileItem(folder.base, relative, status, folder.mode));
    else
        m_skipped(path, skippedBecause(S_ISREG(status.st_mode) ? u"link to a place outside this folder"_s
                                                               : u"link to something that is not a file"_s));
}

} // namespace sockdrop
