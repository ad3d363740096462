#pragma once

#include "batchitems.h"
#include "batchnews.h"
#include "framestream.h"
#include "sourcefile.h"

#include <atomic>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace sockdrop {

/// What becomes of the receiver's part of an upload that is cancelled.
enum class Goodbye {
    Keep,    ///< another try goes on
    Discard, ///< what is unfinished there is removed
    Leave,   ///< as Keep: this program ends, and another start of it may go on
};

/// What the person at this machine wants of an upload that runs.
struct BatchControls
{
    std::atomic<bool> isCancelled = false;
    std::atomic<Goodbye> goodbye = Goodbye::Keep; ///< set before isCancelled
    std::atomic<bool> isPaused = false;
};

/// The sender's side of one connection of a native batch. Used on the batch's thread.
class BatchConversation final
{
public:
    BatchConversation(BatchItems& items, FrameStream& stream, BatchNews& news, const BatchControls& controls,
                      const Limits& limits, bool tellsFiles);

    /// Sends everything that is pending; returns with the receipt, or with what ended it before:
    /// ConnectionLost and TimedOut, after which another connection goes on; Cancelled; …
    [[nodiscard]] Result<void> run();

    /// Another connection would bring nothing: the receiver wants none, or contradicts itself.
    [[nodiscard]] bool isForGood() const { return m_isForGood; }
    /// Bytes of chunks that were sent.
    [[nodiscard]] qint64 chunkBytesSent() const { return m_sentBytes; }

private:
    struct Sending
    {
        FileNumber number = 0;
        SourceFile file;
        qint64 offset = 0;
    };
    struct Progress
    {
        ChainDigest digest;
        qint64 counted = 0;     ///< of its bytes, in the batch's bytesDone
        SourceStamp stamp = {}; ///< of what is sent
    };

    [[nodiscard]] Result<void> step();
    [[nodiscard]] Result<void> followControls();
    [[nodiscard]] Error sayGoodbye();
    [[nodiscard]] Result<void> receive(std::chrono::milliseconds timeout);
    [[nodiscard]] Result<void> checkPatience();
    [[nodiscard]] Result<void> take(const BatchMessage& message);
    [[nodiscard]] Result<void> planned(const Plan& plan);
    [[nodiscard]] Result<void> checked(const Plan::Check& check);
    [[nodiscard]] Result<void> landed(const Landed::File& file);
    [[nodiscard]] Result<void> failed(const Failed& message);
    [[nodiscard]] Result<void> concluded(const BatchReceipt& receipt);
    void acknowledged(const Ack& ack);
    [[nodiscard]] bool isAnnounced(FileNumber number) const;

    [[nodiscard]] Result<bool> announceMore();
    [[nodiscard]] Result<bool> sendChunks();
    [[nodiscard]] Result<bool> tellFolders();
    [[nodiscard]] bool addAgain(qsizetype& filled);
    [[nodiscard]] bool addNext(qsizetype& filled);
    [[nodiscard]] bool openNext();
    [[nodiscard]] bool isAsAnnounced(const SourceFile& file, const Plan::Want& want) const;
    [[nodiscard]] Result<void> readAgain(const Again& again, char* to, qint64 length) const;
    Hash128 addChunk(FileNumber number, qint64 offset, qint64 length, qsizetype& filled);
    void giveUp(FileNumber number, const Error& error);
    [[nodiscard]] Error forReceiver(FileNumber number, Error error) const;
    [[nodiscard]] bool isAllSent() const;
    [[nodiscard]] Result<void> send(const BatchMessage& message);

    void conclude(FileSnapshot file, BatchItems::State state);
    [[nodiscard]] FileSnapshot fileSnapshot(FileNumber number) const;
    void showPause();

    BatchItems& m_items;
    FrameStream& m_stream;
    BatchNews& m_news;
    const BatchControls& m_controls;
    const Limits m_limits;
    const bool m_tellsFiles;
    const TransferId m_batch;
    const QString m_peer;
    const QString m_peerName;
    const bool m_isEncrypted;
    const bool m_isBatch; ///< TransferSnapshot::isBatch

    size_t m_nextFolder = 0; ///< whose time is to be told
    FileNumber m_next = 1;   ///< the next one to look at for an announcement
    qint64 m_open = 0;       ///< announced and not concluded
    qint64 m_unanswered = 0; ///< of these: not planned yet
    std::deque<Plan::Want> m_wanted;
    std::deque<Again> m_again;
    std::optional<Sending> m_sending;
    std::unordered_map<FileNumber, Progress> m_progress;
    std::deque<std::pair<qint64, FileNumber>>
        m_inFlight; ///< end of each chunk among the bytes sent, its file
    std::vector<Drop> m_drops;
    std::unique_ptr<char[]> m_buffer; // NOLINT(modernize-avoid-c-arrays)
    qint64 m_sentBytes = 0;
    qint64 m_ackedBytes = 0;
    qint64 m_countedBytes = 0; ///< of the acknowledged ones
    FileNumber m_current = 0;  ///< a large file whose progress is to be told
    qint64 m_credit;
    QString m_peerPause; ///< why the receiver holds the batch; empty: it does not
    bool m_isPeerPaused = false;
    bool m_isPauseTold = false;
    bool m_isEndTold = false;
    bool m_isForGood = false;
    BatchReceipt m_told; ///< what was told of files on this connection, as the receipt has to confirm it
    std::chrono::steady_clock::time_point m_heardAt =
        std::chrono::steady_clock::now(); ///< a message, or held
    std::optional<BatchReceipt> m_receipt;
};

} // namespace sockdrop
