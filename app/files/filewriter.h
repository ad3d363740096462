#pragma once

#include "chunk.h"
#include "filedescriptor.h"
#include "filetime.h"
#include "journal.h"
#include "leftpartial.h"
#include "partialbeginning.h"
#include "programlimits.h"
#include "result.h"
#include "writtenchunks.h"

#include <QByteArray>
#include <QByteArrayView>

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

    /// Opens the staging file, cut to or made with what `from` says is there, and reserves the rest. Where
    /// nobody vouches for what is there, there is a beginning to be read. Busy when another process writes
    /// it.
    [[nodiscard]] static Result<std::unique_ptr<FileWriter>>
    open(const SystemCalls& calls, Target target, const Journal::Progress& from, const Limits& limits);
    /// As leave(), to be read again.
    ~FileWriter();
    Q_DISABLE_COPY_MOVE(FileWriter)

    /// Closes what it has open until the next chunk comes, so that many files can be begun.
    void rest();
    /// Writes a verified chunk; one that is there already is ignored. After NoSpace the same call may be made
    /// again.
    [[nodiscard]] Result<void> write(qint64 offset, const Hash128& hash, QByteArrayView bytes);

    /// What was there has to be read before the file may get its name.
    [[nodiscard]] bool isReading() const { return isBeginning(PartialBeginning::State::Reading); }
    /// Reads a chunk of that.
    void readOn();
    /// It is not what it was: its chunks have to come again.
    [[nodiscard]] bool isMissing() const { return isBeginning(PartialBeginning::State::Missing); }
    /// The next one of these to be asked for; nothing while enough are under way.
    [[nodiscard]] std::optional<qint64> nextMissing();

    /// Written up to here, without a gap.
    [[nodiscard]] qint64 offset() const { return m_chunks.progress().offset; }
    /// Every byte is there and verified.
    [[nodiscard]] bool isWhole() const
    {
        return m_chunks.isWhole() && (!m_beginning || m_beginning->state() == PartialBeginning::State::Right);
    }
    [[nodiscard]] const ChainDigest& digest() const { return m_chunks.progress().digest; }

    /// Sets time, mark (see sourceAttribute) and, where it is not empty, the address it came from; of a whole
    /// file. `isSynced`: also syncs it, and keeps its lock until destruction; else that is left to the
    /// caller. IoError where it is not as long as it should be.
    [[nodiscard]] Result<void> finish(const QByteArray& mark, const QByteArray& originUrl, bool isSynced);
    /// Reads the file back from the disk; IoError where it is not what was written.
    [[nodiscard]] Result<void> readBack();

    /// Lets go of an unfinished file: gives back the space that was set aside for the rest, and records how
    /// far it is. Nothing where it cannot be continued, or has to be read again whatever is done.
    [[nodiscard]] std::optional<LeftPartial> leave();

    /// Removes the staging file and its journal.
    void discard();

private:
    FileWriter(const SystemCalls& calls, Target target, const Journal::Progress& from, const Limits& limits);

    [[nodiscard]] Result<void> openFile(bool isNew);
    void narrow() const;
    [[nodiscard]] Result<void> takeOver(bool isNew);
    [[nodiscard]] std::optional<Journal::Content> ownJournal() const;
    [[nodiscard]] bool isNamed() const;
    [[nodiscard]] Error busy() const;
    [[nodiscard]] Error lost(int problem) const;
    [[nodiscard]] Result<void> checkSize() const;
    [[nodiscard]] Result<void> openJournal(bool isNew);
    [[nodiscard]] Result<void> reserve();
    [[nodiscard]] Result<void> wake();
    void keepLastRecord();
    [[nodiscard]] Result<void> cutTo(qint64 size);
    [[nodiscard]] Result<void> writeSparse(qint64 offset, QByteArrayView bytes);
    [[nodiscard]] Result<void> writeAt(qint64 offset, QByteArrayView bytes);
    [[nodiscard]] bool isThere(qint64 offset) const;
    [[nodiscard]] Result<void> add(qint64 offset, const Hash128& hash);
    [[nodiscard]] bool isBeginning(PartialBeginning::State state) const
    {
        return m_beginning && m_beginning->state() == state;
    }
    [[nodiscard]] const Journal::Progress& toGoOnFrom() const;
    void beginAgain();
    [[nodiscard]] Result<void> keepRecord();
    [[nodiscard]] QString shown() const { return m_target.version.path; }

    const SystemCalls& m_calls;
    const Limits m_limits;
    const Target m_target;
    FileDescriptor m_file;
    FileDescriptor m_lock; ///< once it is finished
    std::optional<Journal> m_journal;
    const Journal::Progress m_from;
    WrittenChunks m_chunks;                      ///< from there on
    std::optional<PartialBeginning> m_beginning; ///< what is before that, where nobody vouches for it
    Journal::Progress m_recorded;                ///< up to where the journal knows
    qint64 m_synced = 0;
    bool m_isResting = false;
    int m_closeProblem = 0;    ///< of the file that rests
    qint64 m_end = 0;          ///< of a sparse file: how long it is by now
    bool m_isInMemory = false; ///< the file system has no disk behind it
};

} // namespace sockdrop
