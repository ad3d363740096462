#pragma once

#include "batchconversation.h"
#include "batchitems.h"
#include "batchnews.h"
#include "batchoffer.h"
#include "firstcontact.h"
#include "framestream.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace sockdrop {

/// One upload: walks what was dropped and brings it over, on a thread of its own, over as many connections as
/// it takes. The functions are for the queue's thread.
class BatchUpload final
{
public:
    /// A Begun one was on its way before this program was started: it is tried again even if its receiver
    /// cannot be reached at first.
    enum class Past { New, Begun };
    /// `ended` is called once for each start(), `asked` whenever the person must compare a code: both on the
    /// batch's thread. What is new of the files goes to `files`.
    BatchUpload(TransferId id, const QStringList& paths, const PeerAddress& peer, const SendOptions& options,
                Past past, FileBacklog& files, std::function<void()> ended,
                std::function<void(const TrustQuestion&)> asked);
    /// A silent cut: the receiver keeps what it has.
    ~BatchUpload();
    Q_DISABLE_COPY_MOVE(BatchUpload)

    /// Walks and sends, or sends again what failed or was cancelled. Not while it runs.
    void start();
    /// The end comes soon, with `ended`.
    void cancel(Goodbye goodbye);
    /// For one that does not run: how it shall look.
    void setWaiting();
    void setCancelled();
    /// Told to the receiver, which waits.
    void setPaused(bool isPaused);

    [[nodiscard]] TransferSnapshot takeNews() { return m_news.take(); }
    [[nodiscard]] TransferSnapshot snapshot() const { return m_news.batch(); }

    /// The answer to a TrustQuestion.
    void answerTrust(bool isSame) { m_contact.answer(isSame); }

private:
    void run();
    void walk();
    void walkAgain();
    [[nodiscard]] Result<void> bringOver();
    [[nodiscard]] Result<void> tryWithDescriptors();
    [[nodiscard]] bool waitForDescriptors();
    [[nodiscard]] Result<void> tryOnce();
    [[nodiscard]] Result<void> recognise();
    [[nodiscard]] Result<void> meet();
    void showContact(TrustQuestion question);
    [[nodiscard]] Result<QByteArray> requestToken();
    [[nodiscard]] Result<std::unique_ptr<FrameStream>> open(const QByteArray& target,
                                                            const QByteArray& protocol);
    [[nodiscard]] Result<void> converse();
    [[nodiscard]] Result<void> sendToOriginal();
    [[nodiscard]] Result<void> sendWhole(FileNumber number);
    [[nodiscard]] Result<void> sendPayload(FrameStream& stream, const SourceFile& file, qint64 size);
    [[nodiscard]] bool backOff(const Error& error, std::chrono::milliseconds backoff);
    [[nodiscard]] BatchOffer offer() const;
    void prepare();
    void take(FileNumber number, const SourceItem& item);
    void leaveOut(FileNumber number, const QString& path, const Error& error);
    void noteFailure(FileNumber number, const Error& error);
    void concludeOriginal(FileNumber number, const Result<void>& sent);
    void conclude(const Result<void>& outcome);

    const QStringList m_paths;
    const PeerAddress m_peer;
    const SendOptions m_options;
    const std::function<void()> m_ended;
    const std::function<void(const TrustQuestion&)> m_asked;
    BatchItems m_items;
    BatchControls m_controls;
    BatchNews m_news;
    std::atomic<bool> m_isCut = false;
    Interruption m_interruption;
    PeerTrust m_trust;
    const PeerRoute m_route;
    const PeerClient m_client;
    FirstContact m_contact;

    std::mutex m_mutex;
    FrameStream* m_stream = nullptr; ///< guarded by m_mutex
    bool m_isWalked = false;
    bool m_hasBegun = false;
    bool m_isForGood = false;          ///< no further try: cancelled over there, or no first contact
    std::optional<ServiceKind> m_kind; ///< once the receiver answered
    std::thread m_thread;              ///< not a QThread, whose end ThreadSanitizer does not see
};

} // namespace sockdrop
