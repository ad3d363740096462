#include "filewriter.h"

#include "chunkreader.h"
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
    : m_calls(calls), m_limits(limits), m_target(std::move(target)), m_from(from),
      m_chunks(from, m_target.version.size), m_recorded(from)
{}

Result<std::unique_ptr<FileWriter>> FileWriter::open(const SystemCalls& calls, Target target,
                                                     const Journal::Progress& from, const Limits& limits)
{
    const bool isNew = from.offset == 0;
    std::unique_ptr<FileWriter> writer(new FileWriter(calls, std::move(target), from, limits));
    Result<void> step = writer->openFile(isNew);
    if (step && writer->m_target.isContinuable)
        step = writer->takeOver(isNew);
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
    return lock(m_calls, m_file.number()) && isNamed() ? Result<void>() : busy();
}

/// Whether the name still is the open file's: who held the lock before may have given it another name.
bool FileWriter::isNamed() const
{
    struct stat opened = {};
    struct stat named = {};
    return m_calls.fstat(m_file.number(), &opened) == 0 &&
           m_calls.fstatat(m_target.staging, m_target.name.constData(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// What is behind the verified bytes goes.
Result<void> FileWriter::takeOver(bool isNew)
{
    if (!isNew) {
        const std::optional<Journal::Content> journal = ownJournal();
        if (!journal)
            return busy();
        const std::optional<FileStamp> stamp = FileStamp::of(m_calls, m_file.number());
        if (stamp && stamp == journal->stamp)
            m_synced = m_from.offset;
        else
            m_beginning.emplace(m_calls, m_from);
    }
    narrow();
    return cutTo(m_from.offset);
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

/// Nothing where another one has begun the file anew since it was looked at.
std::optional<Journal::Content> FileWriter::ownJournal() const
{
    std::optional<Journal::Content> journal =
        Journal::read(m_calls, m_target.staging, journalName(m_target.name));
    if (!journal || !journal->header.isSameVersion(m_target.version) ||
        journal->progress.offset < m_recorded.offset)
        return std::nullopt;
    return journal;
}

Error FileWriter::busy() const
{
    return {ErrorCode::Busy, u"“%1” is being received by another program."_s.arg(shown())};
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
    const qint64 rest = m_target.version.size - m_from.offset;
    while (m_calls.fallocate(m_file.number(), FALLOC_FL_KEEP_SIZE, m_from.offset, rest) != 0) {
        if (errno == EOPNOTSUPP || errno == ENOSYS)
            return {};
        if (errno != EINTR)
            return systemError(errno, u"Cannot reserve %1 for “%2”"_s.arg(dataSize(rest), shown()));
    }
    return {};
}

FileWriter::~FileWriter()
{
    if (m_file.isOpen() || m_isResting)
        static_cast<void>(leave());
}

void FileWriter::keepLastRecord()
{
    const Journal::Progress progress = toGoOnFrom();
    if (!m_journal || progress == m_recorded)
        return;
    if (const Result<void> kept = m_journal->append(progress, false); kept)
        m_recorded = progress;
    else
        qCWarning(lcFiles) << kept.error().text;
}

void FileWriter::rest()
{
    keepLastRecord();
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
    if (step && m_target.isContinuable && !ownJournal())
        step = busy();
    if (step && m_target.isContinuable)
        step = openJournal(false);
    m_isResting = !step.isOk();
    return step;
}

Result<void> FileWriter::write(qint64 offset, const Hash128& hash, QByteArrayView bytes)
{
    if (isThere(offset))
        return {};
    Result<void> step = wake();
    if (step)
        step = m_target.isSparse && offset >= m_from.offset ? writeSparse(offset, bytes)
                                                            : writeAt(offset, bytes);
    if (step)
        step = add(offset, hash);
    return step ? keepRecord() : step;
}

bool FileWriter::isThere(qint64 offset) const
{
    const bool isOfBeginning = isMissing() && offset < m_from.offset;
    return isOfBeginning ? m_beginning->contains(offset) : m_chunks.contains(offset);
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
    for (QByteArrayView rest = bytes; !rest.isEmpty();) {
        const ssize_t written =
            m_calls.pwrite(m_file.number(), rest.data(), static_cast<size_t>(rest.size()), offset);
        if (written > 0) {
            rest = rest.sliced(written);
            offset += written;
        } else if (written == 0 || errno != EINTR) {
            return systemError(written == 0 ? EIO : errno, u"Cannot write “%1”"_s.arg(shown()));
        }
    }
    return {};
}

Result<void> FileWriter::add(qint64 offset, const Hash128& hash)
{
    if (offset < m_from.offset)
        return m_beginning->add(offset, hash);
    m_chunks.add(offset, hash);
    return {};
}

void FileWriter::readOn()
{
    m_beginning->readOn(wake() ? m_file.number() : -1);
    if (isMissing())
        beginAgain();
}

/// Should the line be cut before the beginning is there again, the file is continued from what came of it.
void FileWriter::beginAgain()
{
    m_recorded = {};
    m_synced = 0;
    m_journal.reset();
    if (const Result<void> made = openJournal(true); !made)
        qCWarning(lcFiles) << made.error().text;
}

std::optional<qint64> FileWriter::nextMissing()
{
    return m_beginning ? m_beginning->nextMissing() : std::nullopt;
}

/// What is whole has to be asked for in part, too: nobody would hear how it ends.
const Journal::Progress& FileWriter::toGoOnFrom() const
{
    if (isMissing())
        return m_beginning->progress();
    return m_chunks.isWhole() ? m_recorded : m_chunks.progress();
}

Result<void> FileWriter::keepRecord()
{
    const Journal::Progress progress = toGoOnFrom();
    if (!m_journal || progress.offset - m_recorded.offset < m_limits.journalBytes)
        return {};
    // The disk gets to work now instead of at the end, when everybody waits for it.
    if (!m_isInMemory)
        static_cast<void>(
            m_calls.startWriting(m_file.number(), m_recorded.offset, progress.offset - m_recorded.offset));
    const bool isSyncTime = !m_isInMemory && progress.offset - m_synced >= m_limits.syncBytes;
    if (isSyncTime) {
        if (m_calls.fdatasync(m_file.number()) != 0)
            return lost(errno);
        m_synced = progress.offset;
    }
    m_recorded = progress;
    // Without a record the upload goes on all the same: only a later one would begin further back.
    if (const Result<void> kept = m_journal->append(progress, isSyncTime); !kept)
        qCWarning(lcFiles) << kept.error().text;
    return {};
}

Result<void> FileWriter::finish(const QByteArray& mark, const QByteArray& originUrl, bool isSynced)
{
    Result<void> step = wake();
    if (step)
        step = checkSize();
    if (!step)
        return step;
    if (m_calls.futimens(m_file.number(), timesToSet(m_target.modified).data()) != 0 && !isRefusal(errno))
        return systemError(errno, u"Cannot set the time of “%1”"_s.arg(shown()));
    if (!mark.isEmpty())
        static_cast<void>(m_calls.fsetxattr(m_file.number(), sourceAttribute, mark.constData(),
                                            static_cast<size_t>(mark.size())));
    setOriginUrl(m_calls, m_file.number(), originUrl);
    if (isSynced && m_calls.fdatasync(m_file.number()) != 0)
        return lost(errno);
    // A second number keeps the lock: nobody may begin the file anew before it has its name.
    if (isSynced)
        m_lock = FileDescriptor(::fcntl(m_file.number(), F_DUPFD_CLOEXEC, 0), m_calls);
    // EINTR: it is closed all the same.
    const int problem = m_file.close();
    if (problem != 0 && problem != EINTR)
        return lost(problem);
    return {};
}

/// Never NoSpace, after which one may try again: pages that a failed sync has lost stay lost.
Error FileWriter::lost(int problem) const
{
    return {ErrorCode::IoError, systemError(problem, u"Cannot save “%1”"_s.arg(shown())).text};
}

/// Another program may have written to it.
Result<void> FileWriter::checkSize() const
{
    struct stat status = {};
    if (m_calls.fstat(m_file.number(), &status) != 0)
        return systemError(errno, u"Cannot save “%1”"_s.arg(shown()));
    if (status.st_size != m_target.version.size)
        return Error{ErrorCode::IoError,
                     u"Another program changed “%1” while it was received."_s.arg(shown())};
    return {};
}

Result<void> FileWriter::readBack()
{
    if (Result<void> awake = wake(); !awake)
        return awake;
    static_cast<void>(m_calls.fdatasync(m_file.number())); // only clean pages can be dropped
    ::posix_fadvise(m_file.number(), 0, 0, POSIX_FADV_DONTNEED);
    const Result<ChainDigest> digest = digestOf(m_calls, m_file.number(), m_target.version.size);
    if (!digest)
        return digest.error();
    if (digest.value() != this->digest())
        return Error{ErrorCode::IoError,
                     u"“%1” reads back with other bytes than were written."_s.arg(shown())};
    return {};
}

std::optional<LeftPartial> FileWriter::leave()
{
    const bool wasResting = m_isResting; // then there are too many of them to keep them open
    const bool isAwake = wake().isOk();
    FileDescriptor file = std::exchange(m_file.isOpen() ? m_file : m_lock, {});
    if (!isAwake || !file.isOpen() || !m_journal)
        return std::nullopt;
    const Journal::Progress progress = toGoOnFrom();
    const bool isCut = m_calls.ftruncate(file.number(), progress.offset) == 0;
    keepLastRecord();
    const std::optional<FileStamp> stamp = FileStamp::of(m_calls, file.number());
    static_cast<void>(m_calls.flock(file.number(), LOCK_UN));
    Journal journal = *std::exchange(m_journal, std::nullopt);
    if (wasResting || isReading() || !isCut || progress.offset == 0)
        return std::nullopt;
    return LeftPartial(m_calls,
                       {m_target.name, std::move(file), std::move(journal), progress, m_synced, stamp});
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

} // namespace sockdrop
