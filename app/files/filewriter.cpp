#include "filewriter.h"

#include "dataruns.h"
#include "datasize.h"
#include "filetimes.h"
#include "logging.h"
#include "originurl.h"
#include "systemcalls.h"

#include <QByteArray>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <thread>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr int openFlags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

/// Pages of such a file system are made when they are written to: reserving them first takes as long as the
/// writing does, and a receiver that reserved would let its sender wait.
bool isInMemory(int file)
{
    struct statfs status = {};
    return ::fstatfs(file, &status) == 0 && (status.f_type == TMPFS_MAGIC || status.f_type == RAMFS_MAGIC);
}

/// False when somebody writes the file. Who only looks whether somebody does holds the lock for a moment,
/// too.
bool lock(const SystemCalls& calls, int file)
{
    constexpr int tries = 20;
    for (int i = 0; i < tries; ++i) {
        if (calls.flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
}

/// Whether `name` still is the open file: who held the lock before may have given it another name.
bool isNamed(const SystemCalls& calls, int folder, const QByteArray& name, int file)
{
    struct stat opened = {};
    struct stat named = {};
    return calls.fstat(file, &opened) == 0 &&
           calls.fstatat(folder, name.constData(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// Some mounts keep times and attributes to themselves; the bytes are what matters.
bool isRefusal(int errnoValue)
{
    return errnoValue == EPERM || errnoValue == EINVAL || errnoValue == ENOSYS || errnoValue == EOPNOTSUPP;
}

} // namespace

std::optional<FileWriter::Start> FileWriter::whereToStart(const SystemCalls& calls, const Target& target)
{
    const FileDescriptor file(calls.openat(target.staging, target.name.constData(), openFlags, 0), calls);
    struct stat status = {};
    if (!file.isOpen() || calls.fstat(file.number(), &status) != 0)
        return Start();
    if (!lock(calls, file.number()))
        return std::nullopt;
    const std::optional<Journal::Content> journal =
        Journal::read(calls, target.staging, journalName(target.name));
    if (!journal)
        return Start();
    const bool isSame = journal->header.isSameVersion(target.version);
    if (!isSame || status.st_size < journal->progress.offset)
        return Start{{}, !isSame};
    // Of a whole file nothing could be asked for.
    if (journal->progress.offset >= target.version.size)
        return Start();
    return Start{journal->progress, false};
}

FileWriter::FileWriter(const SystemCalls& calls, Target target, const Journal::Progress& from,
                       const Limits& limits)
    : m_calls(calls), m_limits(limits), m_target(std::move(target)), m_progress(from),
      m_recorded(from.offset), m_synced(from.offset)
{}

Result<std::unique_ptr<FileWriter>> FileWriter::open(const SystemCalls& calls, Target target,
                                                     const Journal::Progress& from, const Limits& limits)
{
    const bool isNew = from.offset == 0;
    std::unique_ptr<FileWriter> writer(new FileWriter(calls, std::move(target), from, limits));
    Result<void> step = writer->openFile(isNew);
    if (step && writer->m_target.isContinuable)
        step = writer->openJournal(isNew);
    if (step && writer->m_target.isSparse)
        step = writer->cutTo(from.offset); // what lies behind it would show through the holes
    else if (step && writer->m_target.version.size > chunkBytes)
        step = writer->reserve();
    if (step)
        return writer;
    if (isNew && step.error().code != ErrorCode::Busy)
        writer->discard();
    return step.error();
}

Result<void> FileWriter::openFile(bool isNew)
{
    const int flags = openFlags | (isNew ? O_CREAT | (m_target.isContinuable ? 0 : O_EXCL) : 0);
    m_file = FileDescriptor(m_calls.openat(m_target.staging, m_target.name.constData(), flags, m_target.mode),
                            m_calls);
    if (!m_file.isOpen())
        return systemError(errno, u"Cannot save “%1”"_s.arg(shown()));
    // A small file that nobody continues has a name that nobody else knows.
    if (!m_target.isContinuable)
        return {};
    if (!lock(m_calls, m_file.number()) || !isOurs(isNew))
        return Error{ErrorCode::Busy, u"“%1” is being received by another program."_s.arg(shown())};
    narrow();
    if (isNew && m_calls.ftruncate(m_file.number(), 0) != 0)
        return systemError(errno, u"Cannot save “%1”"_s.arg(shown()));
    return {};
}

/// One that was begun earlier may have been made with more permissions than the file has by now. Where there
/// are none to be had, all files have the same.
void FileWriter::narrow() const
{
    struct stat status = {};
    if (m_calls.fstat(m_file.number(), &status) != 0 || (status.st_mode & 0777 & ~m_target.mode) == 0)
        return;
    if (m_calls.fchmod(m_file.number(), status.st_mode & m_target.mode) != 0)
        qCInfo(lcFiles) << "cannot set the permissions of" << shown();
}

/// Another one may have finished the file, or begun it anew, since it was looked at.
bool FileWriter::isOurs(bool isNew) const
{
    if (!isNamed(m_calls, m_target.staging, m_target.name, m_file.number()))
        return false;
    if (isNew)
        return true;
    const std::optional<Journal::Content> journal =
        Journal::read(m_calls, m_target.staging, journalName(m_target.name));
    return journal && journal->header.isSameVersion(m_target.version) &&
           journal->progress.offset >= m_progress.offset;
}

Result<void> FileWriter::openJournal(bool isNew)
{
    const QByteArray name = journalName(m_target.name);
    Result<Journal> journal = isNew ? Journal::create(m_calls, m_target.staging, name, m_target.version)
                                    : Journal::open(m_calls, m_target.staging, name);
    if (!journal)
        return journal.error();
    m_journal = std::move(journal).value();
    return {};
}

Result<void> FileWriter::reserve()
{
    m_isInMemory = isInMemory(m_file.number());
    if (m_isInMemory)
        return {};
    const qint64 rest = m_target.version.size - m_progress.offset;
    while (m_calls.fallocate(m_file.number(), FALLOC_FL_KEEP_SIZE, m_progress.offset, rest) != 0) {
        if (errno == EOPNOTSUPP || errno == ENOSYS)
            return {};
        if (errno != EINTR)
            return systemError(errno, u"Cannot reserve %1 for “%2”"_s.arg(dataSize(rest), shown()));
    }
    return {};
}

FileWriter::~FileWriter()
{
    keepLastRecord();
}

void FileWriter::keepLastRecord()
{
    if (m_file.isOpen() && m_journal && m_recorded < m_progress.offset && !isWhole())
        static_cast<void>(m_journal->append(m_progress, false));
}

void FileWriter::rest()
{
    keepLastRecord();
    m_recorded = m_progress.offset;
    m_journal.reset();
    m_closeProblem = m_file.close();
    m_isResting = true;
}

/// What was written before it rested must not be lost: whoever had the file meanwhile keeps it.
Result<void> FileWriter::wake()
{
    if (!m_isResting)
        return {};
    if (m_closeProblem != 0 && m_closeProblem != EINTR) // not to be tried again, also where space came back
        return Error{ErrorCode::IoError,
                     systemError(m_closeProblem, u"Cannot save “%1”"_s.arg(shown())).text};
    Result<void> step = openFile(false);
    if (step && m_target.isContinuable)
        step = openJournal(false);
    m_isResting = !step.isOk();
    return step;
}

Result<void> FileWriter::write(qint64 offset, const Hash128& hash, QByteArrayView bytes)
{
    if (offset < m_progress.offset || m_ahead.contains(offset))
        return {};
    Result<void> step = wake();
    if (step)
        step = m_target.isSparse ? writeSparse(offset, bytes) : writeAt(offset, bytes);
    if (!step)
        return step;
    advance(offset, hash, bytes.size());
    return keepRecord();
}

/// The file is grown by what is not written, so that what comes to lie there is a hole.
Result<void> FileWriter::writeSparse(qint64 offset, QByteArrayView bytes)
{
    for (const DataRun& run : dataRuns(bytes)) {
        if (Result<void> step = writeAt(offset + run.at, bytes.sliced(run.at, run.size)); !step)
            return step;
    }
    return offset + bytes.size() > m_end ? cutTo(offset + bytes.size()) : Result<void>();
}

Result<void> FileWriter::cutTo(qint64 size)
{
    if (m_calls.ftruncate(m_file.number(), size) != 0)
        return systemError(errno, u"Cannot write “%1”"_s.arg(shown()));
    m_end = size;
    return {};
}

Result<void> FileWriter::writeAt(qint64 offset, QByteArrayView bytes)
{
    qint64 at = offset;
    for (QByteArrayView rest = bytes; !rest.isEmpty();) {
        const ssize_t written =
            m_calls.pwrite(m_file.number(), rest.data(), static_cast<size_t>(rest.size()), at);
        if (written > 0) {
            rest = rest.sliced(written);
            at += written;
        } else if (written == 0 || errno != EINTR) {
            return systemError(written == 0 ? EIO : errno, u"Cannot write “%1”"_s.arg(shown()));
        }
    }
    return {};
}

void FileWriter::advance(qint64 offset, const Hash128& hash, qint64 size)
{
    if (offset != m_progress.offset) {
        m_ahead.emplace(offset, hash);
        return;
    }
    m_progress.digest.add(hash);
    m_progress.offset += size;
    while (!m_ahead.empty() && m_ahead.begin()->first == m_progress.offset) {
        m_progress.digest.add(m_ahead.begin()->second);
        m_progress.offset = std::min(m_progress.offset + chunkBytes, m_target.version.size);
        m_ahead.erase(m_ahead.begin());
    }
}

Result<void> FileWriter::keepRecord()
{
    if (!m_journal || m_progress.offset - m_recorded < m_limits.journalBytes || isWhole())
        return {};
    // The disk gets to work now instead of at the end, when everybody waits for it.
    if (!m_isInMemory)
        static_cast<void>(m_calls.startWriting(m_file.number(), m_recorded, m_progress.offset - m_recorded));
    const bool isSyncTime = !m_isInMemory && m_progress.offset - m_synced >= m_limits.syncBytes;
    if (isSyncTime) {
        // Never NoSpace, after which one may try again: pages that a failed sync has lost stay lost.
        if (m_calls.fdatasync(m_file.number()) != 0)
            return Error{ErrorCode::IoError, systemError(errno, u"Cannot save “%1”"_s.arg(shown())).text};
        m_synced = m_progress.offset;
    }
    m_recorded = m_progress.offset;
    // Without a record the upload goes on all the same: only a later one would begin further back.
    if (const Result<void> kept = m_journal->append(m_progress, isSyncTime); !kept)
        qCWarning(lcFiles) << kept.error().text;
    return {};
}

Result<void> FileWriter::finish(const QByteArray& mark, const QByteArray& originUrl, bool isSynced)
{
    if (m_calls.futimens(m_file.number(), timesToSet(m_target.modified).data()) != 0 && !isRefusal(errno))
        return systemError(errno, u"Cannot set the time of “%1”"_s.arg(shown()));
    if (!mark.isEmpty())
        static_cast<void>(m_calls.fsetxattr(m_file.number(), sourceAttribute, mark.constData(),
                                            static_cast<size_t>(mark.size())));
    setOriginUrl(m_calls, m_file.number(), originUrl);
    if (isSynced && m_calls.fdatasync(m_file.number()) != 0)
        return systemError(errno, u"Cannot save “%1”"_s.arg(shown()));
    // A second number keeps the lock: nobody may begin the file anew before it has its name.
    if (isSynced)
        m_lock = FileDescriptor(::fcntl(m_file.number(), F_DUPFD_CLOEXEC, 0), m_calls);
    // EINTR: it is closed all the same.
    const int problem = m_file.close();
    if (problem != 0 && problem != EINTR)
        return systemError(problem, u"Cannot save “%1”"_s.arg(shown()));
    return {};
}

Result<void> FileWriter::readBack() const
{
    static_cast<void>(m_calls.fdatasync(m_file.number())); // only clean pages can be dropped
    ::posix_fadvise(m_file.number(), 0, 0, POSIX_FADV_DONTNEED);
    const Result<ChainDigest> digest = digestOf(m_calls, m_file.number(), m_target.version.size);
    if (!digest)
        return digest.error();
    if (digest.value() != m_progress.digest)
        return Error{ErrorCode::IoError,
                     u"“%1” reads back with other bytes than were written."_s.arg(shown())};
    return {};
}

void FileWriter::discard()
{
    if (!wake() && m_target.isContinuable)
        return; // somebody else's by now
    m_journal.reset();
    static_cast<void>(m_file.close());
    static_cast<void>(m_lock.close());
    if (m_calls.unlinkat(m_target.staging, m_target.name.constData()) != 0 && errno != ENOENT)
        qCWarning(lcFiles) << "a partial file stays:" << shown();
    if (m_target.isContinuable)
        static_cast<void>(m_calls.unlinkat(m_target.staging, journalName(m_target.name).constData()));
}

Result<ChainDigest> digestOf(const SystemCalls& calls, int file, qint64 size)
{
    QByteArray buffer(std::min(size, chunkBytes), Qt::Uninitialized);
    ChainDigest digest;
    for (qint64 offset = 0; offset < size;) {
        const qint64 wanted = std::min(chunkBytes, size - offset);
        qint64 filled = 0;
        while (filled < wanted) {
            const ssize_t count = calls.pread(file, buffer.data() + filled,
                                              static_cast<size_t>(wanted - filled), offset + filled);
            if (count < 0 && errno == EINTR)
                continue;
            if (count < 0)
                return systemError(errno, u"A file cannot be read"_s);
            if (count == 0)
                return Error{ErrorCode::SourceChanged, u"A file became shorter while it was read."_s};
            filled += count;
        }
        digest.add(Hash128::of(QByteArrayView(buffer.constData(), wanted)));
        offset += wanted;
    }
    return digest;
}

} // namespace sockdrop
