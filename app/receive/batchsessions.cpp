#include "batchsessions.h"

#include "logging.h"
#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;
using std::chrono::steady_clock;

namespace {

/// Whose uploads do not replace each other's files.
QByteArray senderOf(const GrantHolder& holder, const QString& peer)
{
    return holder.fingerprint.isEmpty() ? peer.toUtf8() : holder.fingerprint.toLatin1();
}

} // namespace

BatchSessions::~BatchSessions()
{
    stop();
}

void BatchSessions::start(SocketDescriptor socket, const std::shared_ptr<void>& permit,
                          const BatchGrant& grant, const QString& peer)
{
    std::vector<std::shared_ptr<BatchSession>> gone;
    const std::lock_guard lock(m_mutex);
    gone.swap(m_gone);
    const HeldBatch id = grant.batch();
    const bool isNew = !m_batches.contains(id);
    Batch& batch = m_batches[id];
    if (batch.last.id == 0)
        batch.last.id = m_board.newId();
    const quint64 number = ++m_lastSession;
    // Waiting for the older one is left to the thread of the new one: its disk may be slow.
    const auto before = [old = batch.session] { return old ? old->giveWay() : std::nullopt; };
    BatchSessionOptions options = m_options;
    options.isPauseWanted = batch.isPauseWanted;
    if (!batch.names)
        batch.names = m_names.use({senderOf(grant.holder, peer), id.id, grant.offer.together});
    options.names = batch.names;
    options.bytesShown = batch.bytesShown;
    if (isFinal(batch.last.state))
        options.past = batch.last;
    auto session = std::make_shared<BatchSession>(
        std::move(socket), permit, grant, batch.last.id, peer, m_board, options, before,
        [this, id, number](BatchSession::Ending ending, const TransferSnapshot& snapshot) {
            ended(id, number, ending, snapshot);
        });
    if (!session->hasStarted()) { // its sender sees a lost line, and comes back
        qCWarning(lcReceive) << "There is no thread for an upload from" << peer;
        if (isNew)
            m_batches.erase(id);
        return;
    }
    batch.session = std::move(session);
    m_sessions.emplace(number, batch.session);
}

void BatchSessions::ended(const HeldBatch& id, quint64 session, BatchSession::Ending ending,
                          const TransferSnapshot& snapshot)
{
    const std::lock_guard lock(m_mutex);
    const auto found = m_sessions.find(session);
    const std::shared_ptr<BatchSession> ended = found->second;
    m_sessions.erase(found);
    m_gone.push_back(ended);
    const auto batch = m_batches.find(id);
    if (batch == m_batches.end() || batch->second.session != ended)
        return; // taken over
    const bool isConcluded = ending == BatchSession::Ending::Concluded;
    if (isConcluded || ending == BatchSession::Ending::Stopped) {
        m_batches.erase(batch);
        m_ended(id, isConcluded);
        return;
    }
    m_ended(id, false);
    batch->second.session.reset();
    batch->second.awaySince = steady_clock::now();
    TransferSnapshot& last = batch->second.last;
    last = snapshot;
    if (ending == BatchSession::Ending::Unheard)
        return;
    last.state = TransferState::Reconnecting;
    last.note.clear();
    last.bytesPerSecond = 0;
    last.timeLeft.reset();
    m_board.publish(last);
    // Only a mark: the board calls it under a lock of its own.
    const auto mark = std::make_shared<std::atomic<bool>>(false);
    batch->second.isCancelled = mark;
    m_board.add(last.id, {[mark] { *mark = true; },
                          [wanted = batch->second.isPauseWanted](bool isPaused) { *wanted = isPaused; }});
}

void BatchSessions::expire()
{
    std::vector<std::shared_ptr<BatchSession>> gone;
    const std::lock_guard lock(m_mutex);
    gone.swap(m_gone);
    m_names.expire(steady_clock::now());
    std::erase_if(m_batches, [this](const auto& entry) {
        const Batch& batch = entry.second;
        if (batch.session)
            return false;
        const bool isOver = isFinal(batch.last.state);
        const bool isCancelled = !isOver && *batch.isCancelled;
        if (!isCancelled && steady_clock::now() - batch.awaySince < m_options.limits.returnTimeout)
            return false;
        if (isCancelled || isOver)
            m_ended(entry.first, true);
        if (isOver)
            return true;
        conclude(batch.last, isCancelled ? TransferState::Cancelled : TransferState::Failed);
        return true;
    });
}

void BatchSessions::conclude(TransferSnapshot last, TransferState state)
{
    m_board.remove(last.id);
    last.state = state;
    last.finishedAt = QDateTime::currentDateTimeUtc();
    if (state == TransferState::Cancelled)
        last.error.reset();
    m_board.publish(last);
    m_board.log(logEntryFor(last));
}

void BatchSessions::stop()
{
    std::vector<std::shared_ptr<BatchSession>> sessions;
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& [number, session] : m_sessions) {
            session->cut();
            sessions.push_back(session);
        }
    }
    for (const std::shared_ptr<BatchSession>& session : sessions)
        session->join();
    const std::lock_guard lock(m_mutex);
    m_gone.clear();
    for (auto& [id, batch] : m_batches) {
        if (isFinal(batch.last.state))
            continue;
        batch.last.error =
            Error{ErrorCode::ConnectionLost, u"Receiving was turned off before the upload was complete."_s};
        conclude(batch.last, TransferState::Failed);
    }
    m_batches.clear();
}

} // namespace sockdrop
