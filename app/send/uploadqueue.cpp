#include "uploadqueue.h"

#include "batchupload.h"
#include "descriptors.h"
#include "deviceidentity.h"
#include "tlscontext.h"

#include <QRandomGenerator>
#include <QUuid>

#include <algorithm>
#include <utility>

namespace sockdrop {

using namespace std::chrono_literals;

namespace {

constexpr auto newsInterval = 100ms;

/// No more at once than there are descriptors for.
SendOptions within(SendOptions options)
{
    constexpr int ofProgram = 48;
    const int most = (mostDescriptors() - ofProgram) / UploadQueue::descriptorsOfUpload;
    options.jobs = std::clamp(options.jobs, 1, std::max(1, most));
    return options;
}

bool isRetryable(const TransferSnapshot& upload)
{
    return upload.state == TransferState::Failed || upload.state == TransferState::Cancelled ||
           (isFinal(upload.state) && upload.filesFailed > 0);
}

SendOptions withSecret(SendOptions options)
{
    constexpr qsizetype bytes = 32;
    if (options.secret.isEmpty()) {
        options.secret.resize(bytes);
        QRandomGenerator::system()->generate(options.secret.begin(), options.secret.end());
    }
    return options;
}

} // namespace

Result<void> SendOptions::setIdentity(const DeviceIdentity& device)
{
    senderId = device.fingerprint().toLatin1();
    secret = device.secretFor("sockdrop batch ids v1");
    const Result<std::shared_ptr<const TlsContext>> made = TlsContext::make(device);
    if (!made)
        return made.error();
    identity = made.value();
    return {};
}

UploadQueue::UploadQueue(const SendOptions& options, QObject* parent)
    : QObject(parent), m_options(within(withSecret(options)))
{
    connect(&m_newsTimer, &QTimer::timeout, this, &UploadQueue::tellNews);
    connect(&m_filesTimer, &QTimer::timeout, this, &UploadQueue::tellFiles);
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
        m_files,
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
    stop(id, Goodbye::Keep);
}

void UploadQueue::discard(TransferId id)
{
    stop(id, Goodbye::Discard);
}

void UploadQueue::stop(TransferId id, Goodbye goodbye)
{
    const auto found = m_entries.find(id);
    if (found == m_entries.end())
        return;
    Entry& entry = found->second;
    if (entry.isRunning) {
        entry.upload->cancel(goodbye);
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

void UploadQueue::leaveAll()
{
    for (const auto& [id, entry] : m_entries)
        stop(id, Goodbye::Leave);
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
        m_files.contains(id) || !isRetryable(found->second.upload->snapshot()))
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

/// Takes what is new of an upload. Nothing while its thread has told the end but is not over: then ended()
/// comes, and the end is told once; nor while its files are not told. An upload that failed goes to the log.
std::optional<TransferSnapshot> UploadQueue::collect(TransferId id)
{
    Entry& entry = m_entries.at(id);
    const TransferSnapshot batch = entry.upload->takeNews();
    if (Lane& lane = m_lanes[entry.lane]; !lane.isMet && entry.isRunning && !batch.peerName.isEmpty()) {
        lane.isMet = true;
        advance(entry.lane);
    }
    if (isFinal(batch.state) && entry.isRunning)
        return std::nullopt;
    if (isFinal(batch.state) && m_store && std::exchange(entry.isKept, false))
        m_store->remove(entry.asked.key);
    if (isFinal(batch.state) && m_files.contains(id))
        return std::nullopt;
    // A batch that failed as a whole has no file that could say so.
    if (isFinal(batch.state) && batch.state != TransferState::Done && batch.filesFailed == 0 &&
        batch.filesUnconfirmed == 0 && m_changed.contains(id))
        Q_EMIT logged(logEntryFor(batch));
    return batch;
}

void UploadQueue::tellNews()
{
    // First the files: an end that is found after that of the upload's last file may be told.
    const QList<FileSnapshot> files = m_filesTimer.isActive() ? QList<FileSnapshot>() : m_files.take();
    QList<TransferSnapshot> running;
    QList<TransferSnapshot> ended;
    for (auto& [id, entry] : m_entries) {
        if (!entry.isRunning && !m_changed.contains(id))
            continue;
        const std::optional<TransferSnapshot> upload = collect(id);
        if (!upload)
            continue;
        (isFinal(upload->state) ? ended : running).append(*upload);
        m_changed.remove(id);
    }
    tell(running);
    tell(files);
    tell(ended);
    if (m_files.size() > 0 && !m_filesTimer.isActive())
        m_filesTimer.start(FileBacklog::interval);
    if (m_pending == 0 && m_changed.isEmpty()) {
        m_newsTimer.stop();
        Q_EMIT finished();
    }
}

void UploadQueue::tellFiles()
{
    tell(m_files.take());
    if (m_files.size() > 0)
        return;
    m_filesTimer.stop();
    if (!m_changed.isEmpty())
        tellNews(); // ends waited for their files
}

void UploadQueue::tell(const QList<TransferSnapshot>& uploads)
{
    if (uploads.isEmpty())
        return;
    for (const TransferSnapshot& upload : uploads)
        m_entries.at(upload.id).isTold = true;
    Q_EMIT uploadsChanged(uploads);
}

void UploadQueue::tell(const QList<FileSnapshot>& files)
{
    if (files.isEmpty())
        return;
    // An upload is known before its files, however soon it ended.
    QList<TransferSnapshot> untold;
    for (const FileSnapshot& file : files) {
        Entry& entry = m_entries.at(file.batch);
        if (std::exchange(entry.isTold, true))
            continue;
        TransferSnapshot upload = entry.upload->snapshot();
        if (isFinal(upload.state)) {
            upload.state = TransferState::Preparing;
            upload.error.reset();
            upload.finishedAt = {};
        }
        untold.append(upload);
    }
    tell(untold);
    Q_EMIT filesChanged(files);
    for (const FileSnapshot& file : files) {
        if (isFinal(file.state))
            Q_EMIT logged(logEntryFor(file));
    }
}

} // namespace sockdrop
