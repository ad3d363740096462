#pragma once

#include "logring.h"
#include "peeraddress.h"
#include "serviceinfo.h"
#include "sourcewalk.h"
#include "transfer.h"
#include "uploadqueue.h"

#include <QHash>
#include <QObject>
#include <QSet>
#include <QThread>
#include <QTimer>

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace sockdrop {

class PeerClient;
class Upload;

/// The working part of UploadQueue, on a thread of its own; the calls and signals are the queue's.
class SendEngine final : public QObject
{
    Q_OBJECT

public:
    explicit SendEngine(const SendOptions& options);
    ~SendEngine() override;

    void send(const QStringList& paths, const PeerAddress& peer);
    void cancel(TransferId id);
    void cancelAll();
    void retry(TransferId id);
    void forget(const QList<TransferId>& ids);

    /// Ends walks and uploads on this thread, silently; the destructor may then run on any.
    void shutDown();

Q_SIGNALS:
    void uploadsChanged(const QList<sockdrop::TransferSnapshot>& uploads);
    void walkChanged(bool isActive, qint64 found);
    void logged(const sockdrop::LogEntry& entry);
    void finished();

private:
    struct Entry
    {
        SourceItem item;
        PeerAddress peer;
        TransferSnapshot snapshot;
        quint64 turn = 0;               ///< its place in Lane::waiting
        std::unique_ptr<Upload> upload; ///< while it runs
    };
    /// One receiver and what waits for it.
    struct Lane
    {
        std::map<quint64, TransferId> waiting; ///< by turn: any of thousands can be taken out
        int running = 0;
        std::optional<ServiceKind> kind; ///< once it answered; asked again after a failure
        bool isAsking = false;
    };

    void walkNext();
    void add(const QList<SourceItem>& items, const PeerAddress& peer);
    void addSkipped(const QString& path, const Error& error, const PeerAddress& peer);
    [[nodiscard]] TransferId makeEntry(const SourceItem& item, const PeerAddress& peer);
    void walkEnded();
    void enqueue(TransferId id);
    void advance(const PeerAddress& peer);
    void ask(const PeerAddress& peer);
    void start(TransferId id, ServiceKind kind);
    void uploadFinished(TransferId id);
    Lane& release(Entry& entry);
    static void refresh(Entry& entry);
    void conclude(TransferId id, TransferState state, const std::optional<Error>& error);
    void touch(TransferId id);
    void tellNews();

    struct Walk
    {
        QStringList paths;
        PeerAddress peer;
    };

    const SendOptions m_options;
    std::unique_ptr<PeerClient> m_client;
    std::unordered_map<TransferId, Entry> m_entries;
    QHash<QString, Lane> m_lanes; ///< by address and port
    TransferId m_lastId = 0;
    quint64 m_lastTurn = 0;
    qint64 m_pending = 0; ///< uploads that have not ended

    std::deque<Walk> m_walks; ///< the first one runs
    std::unique_ptr<QThread> m_walkThread;
    std::atomic<bool> m_isWalkCancelled = false;
    qint64 m_found = 0;
    quint64 m_generation = 0; ///< counts cancelAll()

    QSet<TransferId> m_running;
    std::deque<TransferId> m_changed; ///< to be told, each once
    QSet<TransferId> m_isChanged;
    std::unique_ptr<QTimer> m_newsTimer;
};

} // namespace sockdrop
