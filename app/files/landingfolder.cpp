#include "landingfolder.h"

#include "confinedfolder.h"
#include "filewriter.h"
#include "foldernames.h"
#include "journal.h"
#include "logging.h"
#include "placeholder.h"
#include "safepath.h"
#include "systemcalls.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <fcntl.h>
#include <limits>
#include <sys/file.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

bool isSameFile(const struct stat& a, const struct stat& b)
{
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// Names of the files in an open folder; none where it cannot be read.
QByteArrayList fileNames(const SystemCalls& calls, int folder)
{
    QByteArrayList names;
    forEachName(calls, folder, [&names](const QByteArray& name) { names.append(name); });
    return names;
}

/// A partial file that no landing holds, in any process.
FileDescriptor openUnlocked(const SystemCalls& calls, int staging, const QByteArray& name)
{
    FileDescriptor file(
        calls.openat(staging, name.constData(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0), calls);
    struct stat status = {};
    if (!file.isOpen() || calls.fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode) ||
        (calls.flock(file.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK))
        return {};
    return file;
}

/// Of a file of a batch that nobody can continue. It is small, has a name that only its writer knows, and is
/// not locked.
bool isForOneUpload(const QByteArray& name)
{
    return name.contains('-');
}

bool isJournal(const QByteArray& name)
{
    return name.endsWith(FileWriter::journalName({}));
}

constexpr qint64 blockUnit = 512; // of st_blocks, whatever the file system's own is

/// Whether no landing holds the partial file and nothing was written to it since `oldest`. What is younger
/// and held by nobody gets rid of space that was reserved for bytes that never came.
bool isStale(const SystemCalls& calls, int staging, const QByteArray& name, std::time_t oldest)
{
    const FileDescriptor file = openUnlocked(calls, staging, name);
    struct stat status = {};
    if (!file.isOpen() || calls.fstat(file.number(), &status) != 0)
        return false;
    // The time of change: that of modification may be the sender's already.
    if (status.st_ctime <= oldest)
        return true;
    // That nobody holds it says nothing: somebody may be writing to it.
    if (isForOneUpload(name) || isJournal(name))
        return false;
    // A receiver that was killed could not give back the space that it had set aside.
    if (status.st_blocks * blockUnit > status.st_size + status.st_blksize &&
        calls.ftruncate(file.number(), status.st_size) != 0)
        qCWarning(lcFiles) << "a partial file keeps its reserved space";
    return false;
}

} // namespace

LandingFolder::LandingFolder(QString path, FileDescriptor folder, const SystemCalls& calls)
    : m_path(std::move(path)), m_calls(calls), m_folder(std::move(folder)), m_names(calls, m_folder.number())
{}

LandingFolder::~LandingFolder() = default;

Error LandingFolder::forSender(Error error) const
{
    error.text.replace(u"“%1”"_s.arg(m_path), u"the receiver's folder"_s);
    error.text.remove(m_path + u'/');
    error.text.replace(m_path, u"the receiver's folder"_s);
    return error;
}

Result<std::shared_ptr<const LandingFolder>> LandingFolder::open(const QString& path)
{
    static const SystemCalls calls;
    return open(path, calls);
}

Result<std::shared_ptr<const LandingFolder>> LandingFolder::open(const QString& path,
                                                                 const SystemCalls& calls)
{
    // The system would end the path at the NUL.
    if (path.isEmpty() || path.contains(QChar::Null))
        return Error{ErrorCode::NotFound, u"The destination has no usable path."_s};

    const QString absolute = QFileInfo(path).absoluteFilePath();
    FileDescriptor opened(calls.openat(AT_FDCWD, QFile::encodeName(absolute).constData(),
                                       O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0),
                          calls);
    if (!opened.isOpen())
        return systemError(errno, u"Cannot open the folder “%1”"_s.arg(absolute));
    if (calls.faccessat(opened.number(), ".", W_OK | X_OK) != 0)
        return systemError(errno, u"Cannot write to the folder “%1”"_s.arg(absolute));

    const std::shared_ptr<LandingFolder> folder(new LandingFolder(absolute, std::move(opened), calls));
    const Result<FileDescriptor> staging = folder->openStaging();
    if (!staging)
        return staging.error();
    folder->m_ignoresCase = folder->isAlsoInCapitals(staging->number());
    Placeholder::removeLeft(calls, folder->descriptor(), staging->number());
    return std::shared_ptr<const LandingFolder>(folder);
}

Result<qint64> LandingFolder::bytesFree() const
{
    struct statvfs status = {};
    if (m_calls.fstatvfs(m_folder.number(), &status) != 0)
        return systemError(errno, u"Cannot tell the free space of “%1”"_s.arg(m_path));
    if (status.f_blocks == 0)
        return Error{ErrorCode::Unsupported, u"“%1” does not tell its free space."_s.arg(m_path)};
    constexpr quint64 most = std::numeric_limits<qint64>::max();
    const quint64 blockSize = status.f_frsize;
    const bool isTooMuch = blockSize != 0 && status.f_bavail > most / blockSize;
    return static_cast<qint64>(isTooMuch ? most : status.f_bavail * blockSize);
}

int LandingFolder::removeStalePartials(const Limits& limits) const
{
    const Result<FileDescriptor> staging = openStaging();
    if (!staging)
        return 0;
    using std::chrono::seconds;
    const std::time_t oldest = std::time(nullptr) - seconds(limits.partialLifetime).count();
    int removed = 0;
    for (const QByteArray& name : fileNames(m_calls, staging->number())) {
        if (isStale(m_calls, staging->number(), name, oldest) &&
            m_calls.unlinkat(staging->number(), name.constData()) == 0)
            ++removed;
    }
    if (removed > 0)
        qCInfo(lcFiles) << "removed" << removed << "stale partial files in" << m_path;
    return removed;
}

QList<PartialFile> LandingFolder::partials(const Limits& limits) const
{
    QList<PartialFile> partials;
    const Result<FileDescriptor> staging = openStaging();
    if (!staging)
        return partials;
    for (const QByteArray& name : fileNames(m_calls, staging->number())) {
        if (isJournal(name) || isForOneUpload(name) || Placeholder::isNote(name))
            continue;
        const FileDescriptor file = openUnlocked(m_calls, staging->number(), name);
        struct stat status = {};
        if (!file.isOpen() || m_calls.fstat(file.number(), &status) != 0)
            continue;
        PartialFile partial;
        partial.id = name;
        partial.bytesDone = status.st_size;
        const auto journal = Journal::read(m_calls, staging->number(), FileWriter::journalName(name));
        if (journal) {
            partial.name = journal->header.path;
            partial.bytesDone = journal->progress.offset;
            partial.bytesTotal = journal->header.size;
        }
        partial.expiresAt = QDateTime::fromSecsSinceEpoch(status.st_ctime)
                                .addSecs(std::chrono::seconds(limits.partialLifetime).count());
        partials.append(partial);
    }
    return partials;
}

bool LandingFolder::discardPartial(const QByteArray& id) const
{
    const Result<FileDescriptor> staging = openStaging();
    if (!staging || id.contains('/'))
        return false;
    const FileDescriptor file = openUnlocked(m_calls, staging->number(), id);
    if (!file.isOpen() || m_calls.unlinkat(staging->number(), id.constData()) != 0)
        return false;
    static_cast<void>(m_calls.unlinkat(staging->number(), FileWriter::journalName(id).constData()));
    return true;
}

/// Anew for each landing: somebody may have tidied the hidden folder away in between.
Result<FileDescriptor> LandingFolder::openStaging() const
{
    FileDescriptor staging = openFolder(m_calls, m_folder.number(), stagingFolderName);
    if (!staging.isOpen() && errno == ENOENT) {
        if (m_calls.mkdirat(m_folder.number(), stagingFolderName, 0700) != 0 && errno != EEXIST)
            return systemError(errno, u"Cannot write to the folder “%1”"_s.arg(m_path));
        staging = openFolder(m_calls, m_folder.number(), stagingFolderName);
    }
    const QString shown = m_path + u'/' + QLatin1StringView(stagingFolderName);
    if (!staging.isOpen() && errno != ENOTDIR && errno != ELOOP && errno != EXDEV)
        return systemError(errno, u"Cannot open the folder “%1”"_s.arg(shown));
    if (!staging.isOpen() || !belongsToUser(staging.number()))
        return Error{ErrorCode::PermissionDenied,
                     u"Cannot use “%1”: it is not a folder of this user."_s.arg(shown)};
    return staging;
}

/// Whoever owns the staging folder can swap files in it, so in a folder shared by several people it must be
/// ours. Its owner may also be the destination's, who can swap everything anyway: mounts without owners.
bool LandingFolder::belongsToUser(int staging) const
{
    struct stat status = {};
    struct stat folder = {};
    if (m_calls.fstat(staging, &status) != 0 || m_calls.fstat(m_folder.number(), &folder) != 0)
        return false;
    return status.st_uid == ::geteuid() || status.st_uid == folder.st_uid;
}

SafePath LandingFolder::fit(const SafePath& path) const
{
    if (DestinationNames::isOrdinary(path))
        return path;
    const Result<FileDescriptor> staging = openStaging();
    return staging ? m_names.fit(path, staging->number()) : path;
}

/// Whether the file system finds the staging folder also by its name in capitals.
bool LandingFolder::isAlsoInCapitals(int staging) const
{
    struct stat opened = {};
    struct stat named = {};
    return m_calls.fstat(staging, &opened) == 0 &&
           m_calls.fstatat(m_folder.number(), QByteArray(stagingFolderName).toUpper().constData(), &named,
                           AT_SYMLINK_NOFOLLOW) == 0 &&
           isSameFile(opened, named);
}

bool LandingFolder::isInPlace() const
{
    struct stat opened = {};
    struct stat named = {};
    return m_calls.fstat(m_folder.number(), &opened) == 0 &&
           m_calls.fstatat(AT_FDCWD, QFile::encodeName(m_path).constData(), &named, 0) == 0 &&
           isSameFile(opened, named);
}

QString LandingFolder::currentPath() const
{
    if (isInPlace())
        return m_path;
    const QString now = QFile::symLinkTarget(u"/proc/self/fd/%1"_s.arg(m_folder.number()));
    return now.isEmpty() ? m_path : now;
}

} // namespace sockdrop
