#pragma once

#include "filebacklog.h"
#include "logring.h"
#include "offersnapshot.h"
#include "peeraddress.h"
#include "programlimits.h"
#include "queuestore.h"
#include "transfer.h"

#include <QHash>
#include <QList>
#include <QObject>
#include <QSet>
#include <QStringList>
#include <QTimer>

#include <chrono>
#include <map>
#include <memory>
#include <optional>

namespace sockdrop {

class BatchUpload;
class DeviceIdentity;
enum class Goodbye;
class KnownPeers;
class TlsContext;

/// What becomes of a receiver whose key is not known.
enum class NewPeers {
    Ask,    ///< a person compares codes: UploadQueue::trustAsked()
    Trust,  ///< it becomes a known peer at once
    Refuse, ///< NotTrusted
};

struct SendOptions
{
    int jobs = 1;           ///< uploads to one peer at once, at least 1
    bool tellsFiles = true; ///< false: filesChanged() only for files that failed
    /// How long a lost connection is made again without anything being brought over in between.
    std::chrono::milliseconds retryFor = std::chrono::hours(24);
    bool comparesDigests = false; ///< what the receiver has already is compared by digest, not by time
    QByteArray together;          ///< BatchOffer::together of all uploads; empty: each is sent alone
    QByteArray senderId;          ///< the same at each start; nobody else's
    QByteArray secret;            ///< the same at each start and told to nobody; empty: made anew
    QString deviceName;
    std::shared_ptr<const TlsContext> identity; ///< none: only plain connections are possible
    std::shared_ptr<KnownPeers> knownPeers;     ///< none: nobody is known
    NewPeers newPeers = NewPeers::Refuse;
    QString trustHint; ///< how else a receiver can be trusted, one sentence; or empty
    QString
        fingerprint; ///< of the receiver's key or certificate, lower-case hex: no other is trusted; or empty
    Limits limits;

    /// Sends as this device.
    [[nodiscard]] Result<void> setIdentity(const DeviceIdentity& device);
};

/// The uploads of this machine, in the order they were asked for.
///
/// Lives in the thread that made it (the window's); every call returns at once, all sockets and files are on
/// threads of the uploads, and every signal comes from its own thread's event loop.
class UploadQueue final : public QObject
{
    Q_OBJECT

public:
    /// That a running upload takes at most.
    static constexpr int descriptorsOfUpload = 16;

    explicit UploadQueue(const SendOptions& options, QObject* parent = nullptr);
    /// Cuts what runs.
    ~UploadQueue() override;

    /// Takes up again what an earlier start has left unfinished, and keeps what is unfinished from now on.
    /// `store` must outlive the queue.
    void keepIn(QueueStore& store);

    /// Uploads files and whole folders as one batch; folders are walked on the batch's thread. What cannot be
    /// sent (a socket, an unreadable folder, a link out of the tree) is a file of it that failed, never
    /// silently left out.
    void send(const QStringList& paths, const PeerAddress& peer);

    /// Stops an upload that is waiting or running; nothing for one that ended. The receiver keeps what came:
    /// retry() goes on.
    void cancel(TransferId id);
    void cancelAll();
    /// As cancel(), but the receiver removes what is unfinished.
    void discard(TransferId id);
    /// As cancelAll(), before the program ends: another start of it may go on.
    void leaveAll();
    /// Holds an upload that runs; it keeps its connection and its place.
    void pause(TransferId id);
    void resume(TransferId id);
    /// Puts a failed or cancelled upload at the end of the queue again, under the same id; of a batch that is
    /// done, the files that failed.
    void retry(TransferId id);
    /// Answers trustAsked(): whether the codes were the same. Nothing for an upload that does not ask.
    void answerTrust(TransferId id, bool isSame);
    /// Drops uploads that ended from memory; they cannot be retried any more.
    void forget(const QList<TransferId>& ids);

Q_SIGNALS:
    /// New or changed uploads, at most ten times a second; each upload's final state is always told once.
    void uploadsChanged(const QList<sockdrop::TransferSnapshot>& uploads);
    /// Files of batches, some at a time: an upload waits where they come faster than they are handled. Each
    /// file's final state is always told once, before that of its upload (see SendOptions::tellsFiles).
    void filesChanged(const QList<sockdrop::FileSnapshot>& files);
    void logged(const sockdrop::LogEntry& entry);
    /// The upload waits (TransferState::Asking) until answerTrust(), or until it ends: then it asks no more.
    void trustAsked(const sockdrop::TrustQuestion& question);
    /// Everything asked for so far was walked and has ended; told after the last uploadsChanged() of it.
    void finished();

private:
    struct Entry
    {
        std::unique_ptr<BatchUpload> upload;
        QString lane;
        QueuedUpload asked;
        bool isKept = false; ///< in the store
        quint64 turn = 0;    ///< its place among those that wait; 0: does not wait
        bool isRunning = false;
        bool isTold = false; ///< with uploadsChanged()
    };
    /// One receiver and what waits for it.
    struct Lane
    {
        std::map<quint64, TransferId> waiting; ///< by turn
        int running = 0;
        bool isMet = false; ///< one of those that run knows who is there
    };

    void stop(TransferId id, Goodbye goodbye);
    TransferId add(const QueuedUpload& asked, bool isKept);
    void restore(const QList<QueuedUpload>& uploads);
    void enqueue(TransferId id);
    /// Starts what may run. Until it is clear who is there only one: or each would be a first contact.
    void advance(const QString& lane);
    void ended(TransferId id);
    [[nodiscard]] std::optional<TransferSnapshot> collect(TransferId id);
    void tellNews();
    void tellFiles();
    void tell(const QList<TransferSnapshot>& uploads);
    void tell(const QList<FileSnapshot>& files);

    const SendOptions m_options;
    FileBacklog m_files; ///< to be told
    std::map<TransferId, Entry> m_entries;
    QHash<QString, Lane> m_lanes; ///< by address and port
    TransferId m_lastId = 0;
    quint64 m_lastTurn = 0;
    qint64 m_pending = 0; ///< uploads that wait or run
    QSet<TransferId> m_changed;
    QTimer m_newsTimer;
    QTimer m_filesTimer; ///< while files wait to be told
    QueueStore* m_store = nullptr;
};

} // namespace sockdrop
