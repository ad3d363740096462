#include "sendengine.h"

#include "logging.h"
#include "peerclient.h"
#include "upload.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto newsInterval = 100ms;
/// Of one signal: keeps the window smooth when a hundred thousand files are dropped.
constexpr qsizetype mostNews = 5000;

QString laneKey(const PeerAddress& peer)
{
    return peer.httpUrl(u"/"_s).authority();
}

} // namespace

SendEngine::SendEngine(const SendOptions& options) : m_options(options) {}

SendEngine::~SendEngine() = default;

void SendEngine::shutDown()
{
    m_isWalkCancelled = true;
    if (m_walkThread)
        m_walkThread->wait();
    m_walkThread.reset();
    // What the walk has still found must not be taken for something to do.
    QCoreApplication::removePostedEvents(this);
    m_newsTimer.reset();
    m_entries.clear();
    m_client.reset();
}

void SendEngine::send(const QStringList& paths, const PeerAddress& peer)
{
    if (!m_client) {
        m_client = std::make_unique<PeerClient>(m_options.limits);
        m_newsTimer = std::make_unique<QTimer>();
        connect(m_newsTimer.get(), &QTimer::timeout, this, &SendEngine::tellNews);
    }
    m_newsTimer->start(newsInterval);
    m_walks.push_back({paths, peer});
    if (!m_walkThread)
        walkNext();
}

void SendEngine::walkNext()
{
    m_found = 0;
    m_isWalkCancelled = false;
    Q_EMIT walkChanged(true, 0);
    const Walk walk = m_walks.front();
    // The walk's results are queued to this thread; the engine waits for the walk before it goes away.
    const auto found = [this, peer = walk.peer, generation = m_generation](const QList<SourceItem>& items) {
        QMetaObject::invokeMethod(
            this,
            [this, items, peer, generation] {
                if (generation == m_generation)
                    add(items, peer);
            },
            Qt::QueuedConnection);
    };
    const auto skipped = [this, peer = walk.peer, generation = m_generation](const QString& path,
                                                                             const Error& error) {
        QMetaObject::invokeMethod(
            this,
            [this, path, error, peer, generation] {
                if (generation == m_generation)
                    addSkipped(path, error, peer);
            },
            Qt::QueuedConnection);
    };
    m_walkThread.reset(QThread::create([this, walk, found, skipped] {
        SourceWalk(m_options.limits, found, skipped).run(walk.paths, m_isWalkCancelled);
    }));
    connect(m_walkThread.get(), &QThread::finished, this, &SendEngine::walkEnded);
    m_walkThread->start();
}

void SendEngine::walkEnded()
{
    m_walkThread.reset();
    m_walks.pop_front();
    Q_EMIT walkChanged(false, m_found);
    if (!m_walks.empty())
        walkNext();
}

void SendEngine::add(const QList<SourceItem>& items, const PeerAddress& peer)
{
    for (const SourceItem& item : items) {
        enqueue(makeEntry(item, peer));
    }
    m_found += items.size();
    Q_EMIT walkChanged(true, m_found);
    advance(peer);
}

/// A row of its own for what cannot be sent: nothing is left out silently.
void SendEngine::addSkipped(const QString& path, const Error& error, const PeerAddress& peer)
{
    const TransferId id = makeEntry({path, {QFileInfo(path).fileName()}, false, 0}, peer);
    m_entries.at(id).snapshot.startedAt = QDateTime::currentDateTimeUtc();
    ++m_pending;
    conclude(id, TransferState::Failed, error);
}

TransferId SendEngine::makeEntry(const SourceItem& item, const PeerAddress& peer)
{
    const TransferId id = ++m_lastId;
    Entry& entry = m_entries[id];
    entry.item = item;
    entry.peer = peer;
    entry.snapshot.id = id;
    entry.snapshot.name = item.relativePath.join(u'/');
    entry.snapshot.peer = peer.toString();
    entry.snapshot.source = item.absolutePath;
    entry.snapshot.bytesTotal = item.size;
    entry.snapshot.isFolder = item.isFolder;
    return id;
}

void SendEngine::enqueue(TransferId id)
{
    Entry& entry = m_entries.at(id);
    entry.turn = ++m_lastTurn;
    m_lanes[laneKey(entry.peer)].waiting.emplace(entry.turn, id);
    ++m_pending;
    touch(id);
}

void SendEngine::advance(const PeerAddress& peer)
{
    Lane& lane = m_lanes[laneKey(peer)];
    if (lane.waiting.empty() || lane.running >= m_options.jobs)
        return;
    if (!lane.kind) {
        if (!lane.isAsking)
            ask(peer);
        return;
    }
    while (!lane.waiting.empty() && lane.running < m_options.jobs) {
        const TransferId id = lane.waiting.extract(lane.waiting.begin()).mapped();
        start(id, *lane.kind);
    }
}

void SendEngine::ask(const PeerAddress& peer)
{
    Lane& lane = m_lanes[laneKey(peer)];
    lane.isAsking = true;
    const TransferId first = lane.waiting.begin()->second;
    m_entries.at(first).snapshot.state = TransferState::Preparing;
    touch(first);
    m_client->recognise(peer, this, [this, peer](const Result<ServiceKind>& kind) {
        Lane& answered = m_lanes[laneKey(peer)];
        answered.isAsking = false;
        if (kind) {
            answered.kind = kind.value();
            advance(peer);
            return;
        }
        // Nothing that waits for this peer can go anywhere: it fails together, with the same reason.
        for (const auto& [turn, id] : std::exchange(answered.waiting, {}))
            conclude(id, TransferState::Failed, kind.error());
    });
}

void SendEngine::start(TransferId id, ServiceKind kind)
{
    Entry& entry = m_entries.at(id);
    ++m_lanes[laneKey(entry.peer)].running;
    m_running.insert(id);
    entry.snapshot.startedAt = QDateTime::currentDateTimeUtc();
    entry.upload = std::make_unique<Upload>(entry.item, entry.peer, kind, *m_client, m_options.limits);
    // Queued: the upload must not be destroyed while it says that it is finished.
    connect(
        entry.upload.get(), &Upload::finished, this, [this, id] { uploadFinished(id); },
        Qt::QueuedConnection);
    entry.upload->start();
}

void SendEngine::uploadFinished(TransferId id)
{
    // The signal was queued: meanwhile the upload may have been cancelled, forgotten or started again.
    const auto found = m_entries.find(id);
    if (found == m_entries.end() || !found->second.upload || !isFinal(found->second.upload->state()))
        return;
    Entry& entry = found->second;
    refresh(entry);
    Lane& lane = release(entry);
    const TransferSnapshot& snapshot = entry.snapshot;
    if (snapshot.error && snapshot.error->code != ErrorCode::SourceUnreadable)
        lane.kind.reset();
    conclude(id, snapshot.state, snapshot.error);
    advance(entry.peer);
}

SendEngine::Lane& SendEngine::release(Entry& entry)
{
    // Later: the socket may still have to flush its close frame.
    entry.upload.release()->deleteLater();
    m_running.remove(entry.snapshot.id);
    Lane& lane = m_lanes[laneKey(entry.peer)];
    --lane.running;
    return lane;
}

void SendEngine::refresh(Entry& entry)
{
    const TransferSnapshot now = entry.upload->snapshot();
    entry.snapshot.state = now.state;
    entry.snapshot.bytesDone = now.bytesDone;
    entry.snapshot.bytesTotal = now.bytesTotal;
    entry.snapshot.bytesPerSecond = now.bytesPerSecond;
    entry.snapshot.timeLeft = now.timeLeft;
    entry.snapshot.destination = now.destination;
    entry.snapshot.digest = now.digest;
    entry.snapshot.note = now.note;
    entry.snapshot.error = now.error;
}

void SendEngine::conclude(TransferId id, TransferState state, const std::optional<Error>& error)
{
    TransferSnapshot& snapshot = m_entries.at(id).snapshot;
    snapshot.state = state;
    snapshot.error = error;
    snapshot.bytesPerSecond = 0;
    snapshot.timeLeft.reset();
    snapshot.finishedAt = QDateTime::currentDateTimeUtc();
    --m_pending;
    touch(id);
    Q_EMIT logged(logEntryFor(snapshot));
}

void SendEngine::cancel(TransferId id)
{
    const auto found = m_entries.find(id);
    if (found == m_entries.end() || isFinal(found->second.snapshot.state))
        return;
    Entry& entry = found->second;
    if (entry.upload && isFinal(entry.upload->state()))
        return; // it ended by itself; uploadFinished() is on its way
    if (entry.upload) {
        refresh(entry);
        release(entry);
    } else {
        m_lanes[laneKey(entry.peer)].waiting.erase(entry.turn);
    }
    conclude(id, TransferState::Cancelled, std::nullopt);
    advance(entry.peer);
}

void SendEngine::cancelAll()
{
    // What a cancelled walk found and is still queued to this thread belongs to an older generation.
    ++m_generation;
    m_isWalkCancelled = true;
    if (m_walks.size() > 1)
        m_walks.erase(m_walks.begin() + 1, m_walks.end());
    for (Lane& lane : m_lanes)
        lane.waiting.clear();
    for (const auto& [id, entry] : m_entries)
        cancel(id);
}

void SendEngine::retry(TransferId id)
{
    const auto found = m_entries.find(id);
    if (found == m_entries.end())
        return;
    TransferSnapshot& snapshot = found->second.snapshot;
    if (snapshot.state != TransferState::Failed && snapshot.state != TransferState::Cancelled)
        return;
    snapshot.state = TransferState::Waiting;
    snapshot.bytesDone = 0;
    snapshot.error.reset();
    snapshot.finishedAt = {};
    enqueue(id);
    m_newsTimer->start(newsInterval);
    advance(found->second.peer);
}

void SendEngine::forget(const QList<TransferId>& ids)
{
    for (const TransferId id : ids) {
        const auto found = m_entries.find(id);
        if (found != m_entries.end() && isFinal(found->second.snapshot.state) && !m_isChanged.contains(id))
            m_entries.erase(found);
    }
}

void SendEngine::touch(TransferId id)
{
    if (m_isChanged.contains(id))
        return;
    m_isChanged.insert(id);
    m_changed.push_back(id);
}

void SendEngine::tellNews()
{
    for (const TransferId id : std::as_const(m_running)) {
        Entry& entry = m_entries.at(id);
        if (isFinal(entry.upload->state()))
            continue; // uploadFinished() is on its way
        refresh(entry);
        touch(id);
    }
    QList<TransferSnapshot> news;
    while (!m_changed.empty() && news.size() < mostNews) {
        const TransferId id = m_changed.front();
        m_changed.pop_front();
        m_isChanged.remove(id);
        news.append(m_entries.at(id).snapshot);
    }
    if (!news.isEmpty())
        Q_EMIT uploadsChanged(news);
    if (m_changed.empty() && m_pending == 0 && m_walks.empty()) {
        m_newsTimer->stop();
        Q_EMIT finished();
    }
}

} // namespace sockdrop
