#pragma once

#include "batchconversation.h"
#include "batchitems.h"
#include "batchnews.h"
#include "batchoffer.h"
#include "interruption.h"
#include "peeraddress.h"
#include "serviceinfo.h"
#include "uploadqueue.h"

#include <QDeadlineTimer>

#include <functional>
#include <memory>
#include <optional>
#include <thread>

namespace sockdrop {

class PeerClient;

/// One upload: walks what was dropped and brings it over, on a thread of its own, over as many connections as
/// it takes. The functions are for the queue's thread.
class BatchUpload final
{
public:
    /// A Begun one was on its way before this program was started: it is tried again even if its receiver
    /// cannot be reached at first.
    enum class Past { New, Begun };
    /// `ended` is called once for each start(), on the batch's thread.
    BatchUpload(TransferId id, const QStringList& paths, const PeerAddress& peer, const SendOptions& options,
                Past past, std::function<void()> ended);
    /// A silent cut: the receiver keeps what it has.
    ~BatchUpload();
    Q_DISABLE_COPY_MOVE(BatchUpload)

    /// Walks and sends, or sends again what failed or was cancelled. Not while it runs.
    void start();
    /// The end comes soon, with `ended`; the receiver removes what is unfinished.
    void cancel();
    /// For one that does not run: how it shall look.
    void setWaiting();
    void setCancelled();
    /// Told to the receiver, which waits.
    void setPaused(bool isPaused);

    [[nodiscard]] BatchNews::Taken takeNews() { return m_news.take(); }
    [[nodiscard]] TransferSnapshot snapshot() const { return m_news.batch(); }

private:
    void run();
    void walk();
    void walkAgain();
    [[nodiscard]] Result<void> bringOver();
    [[nodiscard]] Result<ServiceKind> recognise();
    [[nodiscard]] Result<void> tryOnce();
    [[nodiscard]] Result<void> converse();
    [[nodiscard]] Result<void> sendToOriginal();
    [[nodiscard]] Result<void> sendWhole(FileNumber number);
    [[nodiscard]] Result<void> sendPayload(FrameStream& stream, const SourceFile& file, qint64 size);
    [[nodiscard]] bool backOff(const Error& error, std::chrono::milliseconds backoff);
    [[nodiscard]] BatchOffer offer() const;
    void prepare();
    void leaveOut(FileNumber number, const QString& path, const Error& error);
    void noteFailure(FileNumber number, const Error& error);
    void concludeOriginal(FileNumber number, const Result<void>& sent);
    void conclude(const Result<void>& outcome);

    /// Waits for the one call of `answer` that `ask` leads to.
    template <typename T>
    [[nodiscard]] Result<T>
    await(const std::function<void(QObject*, const std::function<void(const Result<T>&)>&)>& ask);

    const QStringList m_paths;
    const PeerAddress m_peer;
    const SendOptions m_options;
    const std::function<void()> m_ended;
    BatchItems m_items;
    BatchNews m_news;
    BatchControls m_controls;
    std::atomic<bool> m_isCut = false;
    Interruption m_interruption;
    std::unique_ptr<PeerClient> m_client; ///< of the batch's thread

    std::mutex m_mutex;
    FrameStream* m_stream = nullptr; ///< guarded by m_mutex
    bool m_isWalked = false;
    bool m_hasBegun = false;
    bool m_isForGood = false;          ///< the receiver has cancelled
    std::optional<ServiceKind> m_kind; ///< once the receiver answered
    std::thread m_thread;              ///< not a QThread, whose end ThreadSanitizer does not see
};

} // namespace sockdrop
