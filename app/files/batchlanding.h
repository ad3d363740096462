#pragma once

#include "batchmessages.h"
#include "conflictpolicy.h"
#include "fewopen.h"
#include "filewriter.h"
#include "holder.h"
#include "landing.h"
#include "samefiles.h"
#include "targetfolders.h"

#include <functional>
#include <memory>
#include <unordered_map>
#include <variant>
#include <vector>

namespace sockdrop {

struct BatchLandingOptions
{
    ConflictPolicy conflict = ConflictPolicy::Rename;
    bool comparesDigests = false; ///< files of equal size are compared by digest whatever their times say
    bool keepsExecutable = false;
    bool readsBack = false;  ///< every file is read again before it gets its name
    QByteArray originUrl;    ///< as setOriginUrl() takes it
    HeldBatch batch{{}, {}}; ///< what is kept and looked up belongs to its holder
    /// What the sender's uploads have named so far, in all of them; none: this is the only one.
    std::shared_ptr<GivenNames> given;
    Limits limits;
};

/// Brings the files of one native batch from their announcement to their final names. Under such a name a
/// file is complete, verified and synced. Small files are synced and named in groups; large ones keep a
/// journal and can be continued. Used from one thread at a time.
class BatchLanding final
{
public:
    BatchLanding(std::shared_ptr<const LandingFolder> folder, const BatchLandingOptions& options);
    /// As leave() and settle(): what is unfinished can be continued; what is small goes.
    ~BatchLanding();
    Q_DISABLE_COPY_MOVE(BatchLanding)

    /// What is done about an announced file. `Nothing`: an empty file or a folder, which lands by itself.
    struct Nothing
    {};
    using Decision = std::variant<Plan::Want, Plan::Skip, Plan::Check, Nothing>;

    /// Fails for a file that cannot or shall not land; else it is open until it landed, was skipped or
    /// discarded. NoSpace where there is less than it needs.
    [[nodiscard]] Result<Decision> plan(FileNumber number, const AnnouncedFile& file);

    /// The sender found a file that was to be checked to be the same as one of this digest (empty: the first
    /// one's); the path of that one.
    [[nodiscard]] Result<QString> keep(FileNumber number, const QString& digest = {});

    enum class ChunkResult {
        Written,
        Damaged, ///< to be sent again
        Unknown, ///< of no open file, as happens after one failed
        NoSpace, ///< not written: the same call may be made again
    };
    /// Verifies and writes a chunk. After an error the file is gone; ProtocolError: the sender broke a rule.
    [[nodiscard]] Result<ChunkResult> write(const ChunkHeader& header, QByteArrayView bytes);

    struct Outcome
    {
        FileNumber file = 0;
        AnnouncedFile announced;
        Result<LandedFile> landed;
        QString note;
        bool wasThere = false; ///< of a folder: it was not made now
    };
    enum class Commit {
        Due, ///< large files at once, small ones when they are enough to be worth a sync
        All,
    };
    /// Syncs what is whole and gives it its names. What there is no space for waits for the next call.
    [[nodiscard]] std::vector<Outcome> commit(Commit which);
    [[nodiscard]] bool hasStaged() const { return !m_synced.empty() || !m_unsynced.empty(); }
    /// Sets the time of a folder below the destination, where it is there and lets us. After what lands in
    /// it.
    void setTime(const FolderTime& folder);
    /// The last commit() left something behind for want of space.
    [[nodiscard]] bool lacksSpace() const { return m_lacksSpace; }
    /// Syncs what was named; before the receipt.
    [[nodiscard]] Result<void> sync();

    /// What was there of open files has to be read again before they get their names: see readOn().
    [[nodiscard]] bool isReading() const { return !m_reading.empty(); }
    /// Reads a chunk of that.
    void readOn();
    /// Chunks that have to be sent once more, as what was there of their files is not what it was; a few at a
    /// time.
    [[nodiscard]] std::vector<Again> takeMissing();

    /// Lets go of everything unfinished, so that somebody else can go on with it; nothing else may follow but
    /// settle().
    void leave();
    /// Syncs what was let go of, so that nobody has to read it again, unless `isOver` says so meanwhile.
    void settle(const std::function<bool()>& isOver);

    /// Gives a file up, its partial file too; nothing for one that is not open.
    void discard(FileNumber number);
    /// Gives all open files up.
    void discardAll();
    /// Whether anything would stay now that can be continued.
    [[nodiscard]] bool keepsSomething() const;

    /// What an open file was announced as; nothing for another one.
    [[nodiscard]] const AnnouncedFile* find(FileNumber number) const;
    /// Where an open file stands: bytes written without a gap.
    [[nodiscard]] qint64 offsetOf(FileNumber number) const;
    [[nodiscard]] qint64 openFiles() const
    {
        return std::ssize(m_open) + std::ssize(m_synced) + std::ssize(m_unsynced);
    }

private:
    struct File
    {
        File(AnnouncedFile as, TargetFolders::Target to) : announced(std::move(as)), target(std::move(to)) {}

        AnnouncedFile announced;
        TargetFolders::Target target;
        GivenNames::Owner owner = 0;
        std::vector<SameFiles::Candidate> candidates; ///< that it may be the same as
        bool isChecked = false;                       ///< the sender compares it with them
        bool wasThere = false;                        ///< the same as one of them, or a folder
        std::unique_ptr<FileWriter> writer;
        Journal::Progress from;
        QByteArray stagingName;
        bool isContinuable = false;
        bool isRestarted = false;
        bool isMended = false;   ///< what was there came again
        bool isReadBack = false; ///< and as it was written
        int damaged = 0;         ///< chunks
    };
    struct Staged
    {
        FileNumber number = 0;
        File file;
        ChainDigest digest;
    };
    [[nodiscard]] Result<std::optional<Decision>> compare(FileNumber number, File& file);
    [[nodiscard]] static Plan::Check checkOf(FileNumber number, const File& file);
    [[nodiscard]] static QStringList candidateNames(const File& file);
    [[nodiscard]] std::optional<QString> keptAs(const File& file, const QString& digest);
    [[nodiscard]] std::optional<QString> findAgain(const Staged& staged, int folder);
    [[nodiscard]] GivenNames::Owner ownerOf(FileNumber number, const AnnouncedFile& file) const;
    [[nodiscard]] NameGiver::File naming(const File& file) const;
    void endChecking(File& file);
    void nameStaging(File& file);
    void nameAnew(File& file);
    [[nodiscard]] bool isInUse(const QByteArray& stagingName) const;
    [[nodiscard]] Result<Decision> want(FileNumber number, File file);
    [[nodiscard]] static qint64 stillNeeded(const File& file);
    [[nodiscard]] Result<void> checkSpace(const File& file) const;
    [[nodiscard]] Result<void> openWriter(FileNumber number, File& file);
    [[nodiscard]] Result<void> complete(FileNumber number);
    [[nodiscard]] Result<void> finish(FileNumber number);
    void completeAll(std::vector<Outcome>& outcomes);
    [[nodiscard]] bool leave(const File& file);
    void letRest(std::optional<FileNumber> number);
    void concludeReading(FileNumber number);
    [[nodiscard]] Error giveUp(FileNumber number, const Error& error);
    void placeAll(std::vector<Staged>& staged, std::vector<Outcome>& outcomes);
    [[nodiscard]] Result<QString> place(Staged& staged);
    [[nodiscard]] FileWriter::Target writerTarget(const File& file) const;
    void removeStaged(const Staged& staged) const;

    const std::shared_ptr<const LandingFolder> m_folder;
    const BatchLandingOptions m_options;
    const SystemCalls& m_calls;
    const QByteArray m_prefix; ///< of our small files' names in the staging folder
    TargetFolders m_targets;
    NameGiver m_names;
    SameFiles m_same;
    FewOpen m_fewOpen;
    FileDescriptor m_staging;
    quint64 m_lastName = 0;
    std::unordered_map<FileNumber, File> m_open;
    std::vector<Staged> m_synced;      ///< whole, wait for their names only
    std::vector<Staged> m_unsynced;    ///< whole, wait for a sync together
    std::vector<FileNumber> m_reading; ///< open files with a beginning to be read, one after the other
    std::vector<FileNumber> m_missing; ///< … where that has to come again
    std::vector<FileNumber> m_whole;   ///< open files with nothing left but to be completed
    bool m_lacksSpace = false;
    std::vector<LeftPartial> m_left;
    qint64 m_unsyncedBytes = 0;
    qint64 m_wantedBytes = 0; ///< stillNeeded() of all open files
};

} // namespace sockdrop
