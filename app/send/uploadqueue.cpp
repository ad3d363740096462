#include "uploadqueue.h"

#include "batchupload.h"

#include <QUuid>

#include <utility>

namespace sockdrop {

using namespace std::chrono_literals;

namespace {

constexpr auto newsInterval = 100ms;

bool isRetryable(const TransferSnapshot& upload)
{
    return upload.state == TransferState::Failed || upload.state == TransferState::Cancelled ||
           (isFinal(upload.state) && upload.filesFailed > 0);
}

} // namespace

UploadQueue::UploadQueue(const SendOptions& options, QObject* parent) : QObject(parent), m_options(options)
{
    connect(&m_newsTimer, &QTimer::timeout, this, &UploadQueue::tellNews);
}

UploadQueue::~UploadQueue() = default;

void UploadQueue::keepIn(QueueStore& store)
{
    m_store = &store;
    connect(&store, &QueueStore::loaded, this, &UploadQueue::restore);
    store.load();
}

void UploadQueue::restore(const QList<QueuedUpload>& uploads)
{
    for (const QueuedUpload& upload : uploads)
        enqueue(add(upload, true));
}

void UploadQueue::send(const QStringList& paths, const PeerAddress& peer)
{
    if (!paths.isEmpty())
        enqueue(add({QUuid::createUuid().toRfc4122(), peer, paths}, false));
}

TransferId UploadQueue::add(const QueuedUpload& asked, bool isKept)
{
    const TransferId id = ++m_lastId;
    Entry& entry = m_entries[id];
    entry.lane = asked.peer.hostAndPort();
    entry.asked = asked;
    entry.isKept = isKept;
    entry.upload = std::make_unique<BatchUpload>(
        id, asked.paths, asked.peer, m_options, isKept ? BatchUpload::Past::Begun : BatchUpload::Past::New,
        [this, id] {
            // The upload waits for its thread before the queue goes.
            QMetaObject::invokeMethod(
                this, [this, id] { ended(id); }, Qt::QueuedConnection);
        },
        [this](const TrustQuestion& question) {
            QMetaObject::invokeMethod(
                this, [this, question] { Q_EMIT trustAsked(question); }, Qt::QueuedConnection);
        });
    return id;
}

void UploadQueue::enqueue(TransferId id)
{
    Entry& entry = m_entries.at(id);
    if (m_store && !std::exchange(entry.isKept, true))
        m_store->add(entry.asked);
    entry.turn = ++m_lastTurn;
    m_lanes[entry.lane].waiting.emplace(entry.turn, id);
    ++m_pending;
    m_changed.insert(id);
    m_newsTimer.start(newsInterval);
    advance(entry.lane);
}

void UploadQueue::advance(const QString& name)
{
    Lane& lane = m_lanes[name];
    while (!lane.waiting.empty()) {
        const TransferId id = lane.waiting.begin()->second;
        Entry& entry = m_entries.at(id);
        const int jobs = lane.isMet || entry.asked.peer.isPlain ? m_options.jobs : 1;
        if (lane.running >= jobs)
            return;
        lane.waiting.erase(lane.waiting.begin());
        entry.turn = 0;
        entry.isRunning = true;
        ++lane.running;
        entry.upload->start();
    }
}

void UploadQueue::ended(TransferId id)
{
    Entry& entry = m_entries.at(id);
    entry.isRunning = false;
    Lane& lane = m_lanes[entry.lane];
    --lane.running;
    lane.isMet = lane.isMet && lane.running > 0;
    --m_pending;
    m_changed.insert(id);
    advance(entry.lane);
    tellNews();
}

void UploadQueue::cancel(TransferId id)
{
    const auto found = m_entries.find(id);
    if (found == m_entries.end())
        return;
    Entry& entry = found->second;
    if (entry.isRunning) {
        entry.upload->cancel();
    } else if (entry.turn != 0) {
        m_lanes[entry.lane].waiting.erase(std::exchange(entry.turn, 0));
        entry.upload->setCancelled();
        --m_pending;
        m_changed.insert(id);
    }
}

void UploadQueue::cancelAll()
{
    for (const auto& [id, entry] : m_entries)
        cancel(id);
}

void UploadQueue::pause(TransferId id)
{
    const auto found = m_entries.find(id);
    if (found != m_entries.end())
        found->second.upload->setPaused(true);
}

void UploadQueue::resume(TransferId id)
{
    const auto found = m_entries.find(id);
    if (found != m_entries.end())
        found->second.upload->setPaused(false);
}

void UploadQueue::retry(TransferId id)
{
    const auto found = m_entries.find(id);
    if (found == m_entries.end() || found->second.isRunning || found->second.turn != 0 ||
        !isRetryable(found->second.upload->snapshot()))
        return;
    found->second.upload->setWaiting();
    enqueue(id);
}

void UploadQueue::answerTrust(TransferId id, bool isSame)
{
    const auto found = m_entries.find(id);
    if (found != m_entries.end())
        found->second.upload->answerTrust(isSame);
}

void UploadQueue::forget(const QList<TransferId>& ids)
{
    for (const TransferId id : ids) {
        const auto found = m_entries.find(id);
        if (found != m_entries.end() && !found->second.isRunning && found->second.turn == 0 &&
            !m_changed.contains(id))
            m_entries.erase(found);
    }
}

/// Takes what is new of an upload; what ended goes to the log. Nothing while its thread has told the end but
/// is not over: then ended() comes, and the end is told once.
std::optional<TransferSnapshot> UploadQueue::collect(TransferId id)
{
    Entry& entry = m_entries.at(id);
    BatchNews::Taken news = entry.upload->takeNews();
    for (const FileSnapshot& file : std::as_const(news.files)) {
        if (isFinal(file.state))
            Q_EMIT logged(logEntryFor(file));
    }
    m_files += news.files;
    if (Lane& lane = m_lanes[entry.lane]; !lane.isMet && entry.isRunning && !news.batch.peerName.isEmpty()) {
        lane.isMet = true;
        advance(entry.lane);
    }
    if (isFinal(news.batch.state) && entry.isRunning)
        return std::nullopt;
    if (isFinal(news.batch.state) && m_store && std::exchange(entry.isKept, false))
        m_store->remove(entry.asked.key);
    // A batch that failed as a whole has no file that could say so.
    if (isFinal(news.batch.state) && news.batch.state != TransferState::Done && news.batch.filesFailed == 0 &&
        news.batch.filesUnconfirmed == 0 && m_changed.contains(id))
        Q_EMIT logged(logEntryFor(news.batch));
    return news.batch;
}

void UploadQueue::tellNews()
{
    QList<TransferSnapshot> uploads;
    for (auto& [id, entry] : m_entries) {
        if (!entry.isRunning && !m_changed.contains(id))
            continue;
        if (const std::optional<TransferSnapshot> upload = collect(id))
            uploads.append(*upload);
        m_changed.remove(id);
    }
    if (!uploads.isEmpty())
        Q_EMIT uploadsChanged(uploads);
    if (!m_files.isEmpty())
        Q_EMIT filesChanged(std::exchange(m_files, {}));
    if (m_pending == 0 && m_changed.isEmpty()) {
        m_newsTimer.stop();
        Q_EMIT finished();
    }
}

} // namespace sockdrop
