#pragma once

#include "chunk.h"
#include "filedescriptor.h"
#include "filetime.h"
#include "journal.h"
#include "programlimits.h"
#include "result.h"

#include <QByteArray>
#include <QByteArrayView>

#include <map>
#include <memory>
#include <optional>

namespace sockdrop {

/// An attribute of landed files: whose file it was and where it lay there (Holder::originMark()). Lets the
/// same file be skipped without being read. "user.sockdrop.origin" of older versions, in which a sender could
/// set whatever it liked, says nothing.
inline constexpr char sourceAttribute[] = "user.sockdrop.mark";

/// One file of a batch that is being written, in the staging folder. Chunks come in order, but for those that
/// had to be sent again. Used from one thread at a time.
class FileWriter final
{
public:
    struct Target
    {
        int staging = -1; ///< the open staging folder
        QByteArray name;  ///< of the staging file; its journal's is this and ".journal"
        Journal::Header version;
        mode_t mode = 0666;         ///< of which the umask takes its share
        bool isContinuable = false; ///< keeps a journal
        bool isSparse = false;      ///< holes where its bytes are zero, and no space reserved for them
        FileTime modified = {};
    };

    [[nodiscard]] static QByteArray journalName(const QByteArray& name) { return name + ".journal"; }

    /// Where a file can be continued: at 0 where there is nothing to go on from. `isOther`: what lies there
    /// is of another version. Nothing where somebody else is writing it just now.
    struct Start
    {
        Journal::Progress progress;
        bool isOther = false;
    };
    [[nodiscard]] static std::optional<Start> whereToStart(const SystemCalls& calls, const Target& target);

    /// Opens the staging file, cut to or made with what `from` says is there, and reserves the rest. Busy
    /// when another process writes it.
    [[nodiscard]] static Result<std::unique_ptr<FileWriter>>
    open(const SystemCalls& calls, Target target, const Journal::Progress& from, const Limits& limits);
    /// Leaves the staging file as it is, the journal up to date.
    ~FileWriter();
    Q_DISABLE_COPY_MOVE(FileWriter)

    /// Closes what it has open until the next chunk comes, so that many files can be begun.
    void rest();
    /// Writes a verified chunk; one that is there already is ignored. After NoSpace the same call may be made
    /// again.
    [[nodiscard]] Result<void> write(qint64 offset, const Hash128& hash, QByteArrayView bytes);

    /// Written up to here, without a gap.
    [[nodiscard]] qint64 offset() const { return m_progress.offset; }
    [[nodiscard]] bool isWhole() const { return m_progress.offset == m_target.version.size; }
    [[nodiscard]] const ChainDigest& digest() const { return m_progress.digest; }

    /// Sets time, mark (see sourceAttribute) and, where it is not empty, the address it came from; of a whole
    /// file. `isSynced`: also syncs it, and keeps its lock until destruction; else that is left to the
    /// caller.
    [[nodiscard]] Result<void> finish(const QByteArray& mark, const QByteArray& originUrl, bool isSynced);
    /// Reads the file back from the disk; IoError where it is not what was written.
    [[nodiscard]] Result<void> readBack() const;

    /// Removes the staging file and its journal.
    void discard();

private:
    FileWriter(const SystemCalls& calls, Target target, const Journal::Progress& from, const Limits& limits);

    [[nodiscard]] Result<void> openFile(bool isNew);
    void narrow() const;
    [[nodiscard]] bool isOurs(bool isNew) const;
    [[nodiscard]] Result<void> openJournal(bool isNew);
    [[nodiscard]] Result<void> reserve();
    [[nodiscard]] Result<void> wake();
    void keepLastRecord();
    [[nodiscard]] Result<void> cutTo(qint64 size);
    [[nodiscard]] Result<void> writeAt(qint64 offset, QByteArrayView bytes);
    [[nodiscard]] Result<void> writeSparse(qint64 offset, QByteArrayView bytes);
    void advance(qint64 offset, const Hash128& hash, qint64 size);
    [[nodiscard]] Result<void> keepRecord();
    [[nodiscard]] QString shown() const { return m_target.version.path; }

    const SystemCalls& m_calls;
    const Limits m_limits;
    const Target m_target;
    FileDescriptor m_file;
    FileDescriptor m_lock; ///< once it is finished
    std::optional<Journal> m_journal;
    Journal::Progress m_progress;      ///< without a gap
    std::map<qint64, Hash128> m_ahead; ///< chunks behind a gap, by offset
    qint64 m_recorded = 0;             ///< up to where the journal knows
    qint64 m_synced = 0;
    bool m_isResting = false;
    int m_closeProblem = 0;    ///< of the file that rests
    qint64 m_end = 0;          ///< of a sparse file: how long it is by now
    bool m_isInMemory = false; ///< the file system has no disk behind it
};

/// The digest of an open file, read from its start. SourceChanged when it is not `size` bytes long.
[[nodiscard]] Result<ChainDigest> digestOf(const SystemCalls& calls, int file, qint64 size);

} // namespace sockdrop
