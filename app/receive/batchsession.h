#pragma once

#include "batchlanding.h"
#include "framestream.h"
#include "ratemeter.h"
#include "sendernames.h"
#include "steadycount.h"
#include "tokenstore.h"
#include "transfer.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace sockdrop {

class UploadBoard;

struct BatchSessionOptions
{
    bool tellsFiles = true;
    bool keepsExecutable = false;
    bool readsBack = false;
    /// Outlives the connections of a batch, as what the person wants does; made anew where there is none.
    std::shared_ptr<std::atomic<bool>> isPauseWanted;
    /// … and the progress that was shown.
    std::shared_ptr<std::atomic<qint64>> bytesShown;
    /// How the batch was told to have ended, when its sender has not heard so.
    std::optional<TransferSnapshot> past;
    Limits limits;
    std::shared_ptr<NamesUse> names = nullptr; ///< none: nobody else's names matter
};

/// One connection of an incoming native batch, on a thread of its own: a slow disk or peer holds up nobody
/// else.
class BatchSession final
{
public:
    /// Why a session ended, when it was not the person at this machine who ended it.
    enum class Ending {
        Concluded, ///< the batch is done, cancelled or refused: nothing more will come of it
        Unheard,   ///< the same, but the sender may not know: it may come back for the receipt
        Stopped,   ///< by its sender, who may come back and go on some day
        Lost,      ///< the line is down; the sender may come back and go on
    };
    /// Called once, on the session's thread, before anything else: how an older connection of the batch that
    /// had to give way told that it had ended for good, if it did.
    using Before = std::function<std::optional<TransferSnapshot>()>;
    /// Called once, on the session's thread, as its last act.
    using Ended = std::function<void(Ending, const TransferSnapshot&)>;

    /// `id` is the row of the batch.
    BatchSession(SocketDescriptor socket, std::shared_ptr<void> permit, BatchGrant grant, TransferId id,
                 const QString& peer, UploadBoard& board, const BatchSessionOptions& options, Before before,
                 Ended ended);
    /// Ends the connection; what is unfinished can be continued.
    ~BatchSession();
    Q_DISABLE_COPY_MOVE(BatchSession)

    /// Otherwise there was no thread for it: nothing is called, and only its destruction may follow.
    [[nodiscard]] bool hasStarted() const { return m_thread.joinable(); }

    /// Ends the connection from any thread, without waiting for it.
    void cut();
    /// Ends the connection as another one goes on with the batch, and returns when its files are let go of;
    /// soon after that, should their sync take longer. What it has told, where that was the end of the batch.
    std::optional<TransferSnapshot> giveWay();
    /// Waits for the thread; once, before the destructor.
    void join() { m_thread.join(); }

private:
    /// What one message tells of at most: a plan or a list of names stays far below the limit of a message.
    static constexpr qsizetype mostAtOnce = 64;
    /// So many files with news are not kept back until it is time for them.
    static constexpr qsizetype mostNews = 512;

    void run();
    [[nodiscard]] Error converse();
    [[nodiscard]] Result<FrameStream::Message> nextMessage();
    void letGo();
    [[nodiscard]] Result<void> takeText(QByteArrayView text);
    [[nodiscard]] Result<void> takeChunks(QByteArrayView bytes);
    [[nodiscard]] Result<void> takeChunk(const ChunkHeader& header, QByteArrayView bytes);
    [[nodiscard]] Result<BatchLanding::ChunkResult> writeWithSpace(const ChunkHeader& header,
                                                                   QByteArrayView bytes);
    [[nodiscard]] Result<void> announced(const Announce& message);
    [[nodiscard]] Result<void> setTimes(const QList<FolderTime>& folders);
    void planFile(FileNumber number, const AnnouncedFile& file, Plan& plan);
    [[nodiscard]] Result<void> same(const Same& message);
    [[nodiscard]] Result<void> dropped(const Drop& message);
    [[nodiscard]] Result<void> allSent();
    [[nodiscard]] Result<void> commit(BatchLanding::Commit which);
    [[nodiscard]] Result<void> commitOnce(BatchLanding::Commit which);
    [[nodiscard]] Result<void> waitForSpace(bool& isTold);
    void goOnWithSpace(bool isTold);
    [[nodiscard]] Result<void> askForMissing();
    [[nodiscard]] Result<void> acknowledge(bool isIdle);
    [[nodiscard]] Result<void> followControls();
    void cancelHere(bool isKept);
    void stoppedThere(bool isKept);
    void noteKept();
    [[nodiscard]] Result<void> send(const BatchMessage& message);

    void noteFailure(FileNumber number, const AnnouncedFile& file, const Error& error);
    void noteSkip(FileNumber number, const AnnouncedFile& file, const QString& path);
    void noteLanded(const BatchLanding::Outcome& outcome);
    void conclude(FileSnapshot file);
    [[nodiscard]] FileSnapshot fileSnapshot(FileNumber number, const AnnouncedFile& file) const;
    void publishProgress();
    void publishFiles();
    void setPause(const QString& reason);
    void showPause();
    [[nodiscard]] TransferSnapshot shown() const;
    [[nodiscard]] Ending ending() const;
    void finish(TransferState state, const std::optional<Error>& error);

    const BatchGrant m_grant;
    UploadBoard& m_board;
    const BatchSessionOptions m_options;
    const Ended m_ended;
    std::unique_ptr<BatchLanding> m_landing; ///< until the end of the conversation

    std::unique_ptr<FrameStream> m_stream;
    TransferSnapshot m_snapshot;
    RateMeter m_rate;
    SteadyCount m_steady;
    std::chrono::steady_clock::time_point m_publishedAt;
    QList<FileSnapshot> m_news; ///< of files, until they are published
    FileNumber m_lastNumber = 0;
    FileNumber m_current = 0; ///< a large file that chunks come for
    qint64 m_chunkBytes = 0;  ///< on this connection
    qint64 m_ackedBytes = 0;
    bool m_hasAskedAgain = false; ///< for a damaged chunk
    bool m_isEndTold = false;     ///< by the sender
    bool m_isTold = false;        ///< the sender knows that we want it paused
    bool m_isStopped = false;     ///< by the sender, which may go on
    bool m_isPausedThere = false;
    std::optional<TransferSnapshot> m_past; ///< how the batch was told to have ended
    bool m_isQuiet = false;                 ///< everything so far was told in it
    BatchReceipt m_receipt;
    std::optional<Error> m_firstFailure;

    std::mutex m_mutex;
    std::condition_variable m_controlled;
    bool m_isOver = false;    ///< guarded by m_mutex
    bool m_isSettled = false; ///< so, too
    std::atomic<bool> m_isCut = false;
    std::atomic<bool> m_isGivingWay = false;
    std::atomic<bool> m_isCancelled = false;
    std::atomic<bool> m_isDiscarded = false; ///< set before m_isCancelled
    const std::shared_ptr<std::atomic<bool>> m_isPauseWanted;
    const std::shared_ptr<std::atomic<qint64>> m_bytesShown;
    std::thread m_thread;
};

} // namespace sockdrop
