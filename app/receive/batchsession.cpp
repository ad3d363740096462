#include "batchsession.h"

#include "landlock.h"
#include "logging.h"
#include "originurl.h"
#include "startthread.h"
#include "uploadboard.h"
#include "withmemory.h"

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr auto publishInterval = 100ms;
/// After this silence what is whole gets its names, be it ever so little.
constexpr auto commitPause = 20ms;
/// The sync of what is unfinished holds nobody up for longer: then it will be read again.
constexpr auto settlePatience = 1s;
constexpr auto giveWayPatience = 300ms;

Error concluded()
{
    return {ErrorCode::Cancelled, {}};
}

BatchLandingOptions landingOptions(const BatchGrant& grant, const QString& peer,
                                   const BatchSessionOptions& options)
{
    BatchLandingOptions landing;
    landing.conflict = grant.conflict;
    landing.comparesDigests = grant.offer.comparesDigests;
    landing.keepsExecutable = options.keepsExecutable;
    landing.readsBack = options.readsBack;
    landing.originUrl = originUrl(peer);
    landing.batch = grant.batch();
    landing.given = options.names ? options.names->names() : nullptr;
    landing.limits = options.limits;
    return landing;
}

FrameStream::Options streamOptions(const Limits& limits, std::shared_ptr<void> permit)
{
    FrameStream::Options options;
    options.role = FrameStream::Role::Server;
    options.mostMessageBytes = limits.batchMessageBytes;
    options.idleTimeout = limits.idleTimeout;
    options.pingInterval = limits.pingInterval;
    options.closeTimeout = limits.closeTimeout;
    options.permit = std::move(permit);
    return options;
}

} // namespace

BatchSession::BatchSession(SocketDescriptor socket, std::shared_ptr<void> permit, BatchGrant grant,
                           TransferId id, const QString& peer, UploadBoard& board,
                           const BatchSessionOptions& options, Before before, Ended ended)
    : m_grant(std::move(grant)), m_board(board), m_options(options), m_ended(std::move(ended)),
      m_landing(std::make_unique<BatchLanding>(m_grant.folder, landingOptions(m_grant, peer, options))),
      m_isPauseWanted(options.isPauseWanted ? options.isPauseWanted
                                            : std::make_shared<std::atomic<bool>>(false)),
      m_bytesShown(options.bytesShown ? options.bytesShown : std::make_shared<std::atomic<qint64>>(0))
{
    const BatchOffer& offer = m_grant.offer;
    m_snapshot.id = id;
    m_snapshot.direction = Direction::Receiving;
    m_snapshot.state = TransferState::Transferring;
    m_snapshot.name = offer.displayName();
    m_snapshot.peer = peer;
    m_snapshot.peerName = m_grant.holder.peerName;
    m_snapshot.isEncrypted = m_grant.holder.isEncrypted;
    m_snapshot.isBatch = offer.files > 1;
    m_snapshot.filesTotal = offer.files;
    m_snapshot.filesDone = offer.filesDone;
    m_snapshot.bytesTotal = offer.bytes;
    m_snapshot.bytesDone = offer.bytesDone;
    m_snapshot.startedAt = QDateTime::currentDateTimeUtc();
    m_stream =
        std::make_unique<FrameStream>(std::move(socket), streamOptions(options.limits, std::move(permit)));
    Result<std::thread> thread = startThread([this, before = std::move(before)] {
        const std::optional<TransferSnapshot> past = before();
        m_past = past ? past : m_options.past;
        m_isQuiet = m_past.has_value();
        run();
    });
    if (thread)
        m_thread = std::move(thread).value();
}

BatchSession::~BatchSession()
{
    cut();
    if (m_thread.joinable())
        m_thread.join();
}

void BatchSession::cut()
{
    m_isCut = true;
    m_stream->cut();
    m_board.wake();
    m_controlled.notify_all();
}

std::optional<TransferSnapshot> BatchSession::giveWay()
{
    m_isGivingWay = true;
    m_stream->hurry();
    m_board.wake();
    std::unique_lock lock(m_mutex);
    m_controlled.notify_all();
    m_controlled.wait(lock, [this] { return m_isOver; });
    m_controlled.wait_for(lock, giveWayPatience, [this] { return m_isSettled; });
    const TransferSnapshot told = shown(); // its thread changes it no more
    return isFinal(told.state) ? std::optional(told) : std::nullopt;
}

void BatchSession::run()
{
    // Should a peer ever take this thread over, there is nothing else in its reach.
    if (!confineThread(m_grant.folder->descriptor()))
        qCDebug(lcReceive) << "this thread is not confined to its folder";
    // Not before: until now an older connection of the batch had the row.
    const auto cancel = [this] {
        m_isCancelled = true;
        m_stream->wake();
        m_board.wake();
        m_controlled.notify_all();
    };
    const auto discard = [this, cancel] {
        m_isDiscarded = true;
        cancel();
    };
    m_board.add(m_snapshot.id, {cancel,
                                [this](bool isPaused) {
                                    *m_isPauseWanted = isPaused;
                                    m_stream->wake();
                                },
                                discard});
    m_rate.skip(m_snapshot.bytesDone);
    m_steady.hold(*m_bytesShown);
    publishProgress();
    const Error end = withMemory([this] { return Result<void>(converse()); }).error();
    m_board.remove(m_snapshot.id); // before the stream goes, which its controls use
    // It waited for space then, or the line went down at the same time.
    if (m_isCancelled && !isFinal(m_snapshot.state))
        cancelHere(!m_isDiscarded);
    if (end.code == ErrorCode::ConnectionLost && m_stream->closeCode() == goingAwayCode &&
        !isFinal(m_snapshot.state))
        stoppedThere(true);
    // What is whole need not be sent again.
    static_cast<void>(withMemory([this] { return commitOnce(BatchLanding::Commit::All); }));
    if (isFinal(m_snapshot.state)) {
        m_stream->close(1000);
    } else if (end.code == ErrorCode::ProtocolError || end.code == ErrorCode::TooLarge) {
        qCWarning(lcReceive) << m_snapshot.peer << end.text;
        m_stream->close(end.code == ErrorCode::TooLarge ? 1009 : 1002, end.text);
        m_snapshot.error = end;
    } else {
        // A sender that is still there must know, or both would take the batch from each other for ever.
        if (m_isGivingWay)
            m_stream->close(takenOverCode, u"Another connection goes on with this batch."_s);
        m_snapshot.error = end;
    }
    m_stream->cut();
    if (!isFinal(m_snapshot.state)) // each end is told once
        publishProgress();
    letGo();
    m_ended(ending(), shown());
}

/// Another connection may go on with the files before they are synced.
void BatchSession::letGo()
{
    m_landing->leave();
    {
        const std::lock_guard lock(m_mutex);
        m_isOver = true;
        m_controlled.notify_all();
    }
    const auto until = steady_clock::now() + settlePatience;
    m_landing->settle([this, until] { return m_isCut && steady_clock::now() > until; });
    m_landing.reset();
    const std::lock_guard lock(m_mutex);
    m_isSettled = true;
    m_controlled.notify_all();
}

/// Until the batch is concluded, the line is down, or the sender breaks the protocol.
Error BatchSession::converse()
{
    for (;;) {
        if (const Result<void> step = followControls(); !step)
            return step.error();
        const Result<FrameStream::Message> message = nextMessage();
        if (!message)
            return message.error();
        Result<void> step;
        if (message->isEmpty())
            step = commit(BatchLanding::Commit::All);
        else if (message->isText())
            step = takeText(message->bytes());
        else
            step = takeChunks(message->bytes());
        if (step)
            step = askForMissing();
        if (step)
            step = acknowledge(message->isEmpty());
        if (step && m_isEndTold)
            step = allSent();
        if (!step)
            return step.error();
        if (steady_clock::now() - m_publishedAt >= publishInterval)
            publishProgress();
        else if (m_news.size() >= mostNews)
            publishFiles();
    }
}

/// While none comes there is time to read what has to be.
Result<FrameStream::Message> BatchSession::nextMessage()
{
    const bool isShort = m_landing->hasStaged() || m_chunkBytes > m_ackedBytes || m_landing->isReading();
    const auto until = steady_clock::now() + (isShort ? commitPause : publishInterval);
    while (m_landing->isReading() && !m_stream->hasMessage() && steady_clock::now() < until)
        m_landing->readOn();
    const auto rest = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    return m_stream->receive(std::max(rest, 0ms));
}

Result<void> BatchSession::send(const BatchMessage& message)
{
    return m_stream->sendText(encodeMessage(message));
}

/// What the person at this machine wants by now.
Result<void> BatchSession::followControls()
{
    if (m_isGivingWay)
        return connectionLost();
    if (m_isCancelled) {
        cancelHere(!m_isDiscarded);
        return concluded();
    }
    const bool isWanted = *m_isPauseWanted;
    if (isWanted == m_isTold)
        return {};
    m_isTold = isWanted;
    showPause();
    return isWanted ? send(Pause{u"Paused by the receiver."_s}) : send(Resume());
}

void BatchSession::cancelHere(bool isKept)
{
    const Error error{ErrorCode::Cancelled, u"The receiver cancelled the upload."_s};
    isKept ? noteKept() : m_landing->discardAll();
    static_cast<void>(send(Cancel{error, isKept}));
    finish(TransferState::Cancelled, std::nullopt);
}

/// The person at the other machine has ended it.
void BatchSession::stoppedThere(bool isKept)
{
    m_isStopped = isKept;
    isKept ? noteKept() : m_landing->discardAll();
    const QString text = isKept ? u"The sender stopped the upload."_s : u"The sender cancelled the upload."_s;
    finish(TransferState::Failed, Error{ErrorCode::Cancelled, text});
}

void BatchSession::noteKept()
{
    if (m_landing->keepsSomething())
        m_snapshot.keptUntil = QDateTime::currentDateTimeUtc().addDuration(m_options.limits.partialLifetime);
}

void BatchSession::setPause(const QString& reason)
{
    m_snapshot.state = reason.isEmpty() ? TransferState::Transferring : TransferState::Paused;
    m_snapshot.note = reason;
    m_snapshot.isPausedHere = m_isTold;
    publishProgress();
}

void BatchSession::showPause()
{
    setPause(m_isTold ? u"Paused here."_s : m_isPausedThere ? u"Paused by the sender."_s : QString());
}

Result<void> BatchSession::takeText(QByteArrayView text)
{
    const Result<BatchMessage> decoded = decodeMessage(text, m_options.limits);
    if (!decoded)
        return decoded.error();
    if (const auto* announce = std::get_if<Announce>(&decoded.value()))
        return announced(*announce);
    if (const auto* files = std::get_if<Same>(&decoded.value()))
        return same(*files);
    if (const auto* drop = std::get_if<Drop>(&decoded.value()))
        return dropped(*drop);
    if (std::holds_alternative<End>(decoded.value())) {
        m_isEndTold = true;
        return {};
    }
    if (std::holds_alternative<Pause>(decoded.value())) {
        m_isPausedThere = true;
        showPause();
        return {};
    }
    if (std::holds_alternative<Resume>(decoded.value())) {
        m_isPausedThere = false;
        showPause();
        return {};
    }
    if (const auto* cancel = std::get_if<Cancel>(&decoded.value())) {
        stoppedThere(cancel->isKept);
        return concluded();
    }
    return Error{ErrorCode::ProtocolError, u"The sender sent a message that only a receiver sends."_s};
}

Result<void> BatchSession::announced(const Announce& message)
{
    if (message.first <= m_lastNumber ||
        message.files.size() - 1 > std::numeric_limits<FileNumber>::max() - message.first)
        return Error{ErrorCode::ProtocolError, u"Files were not announced in their order."_s};
    if (m_landing->openFiles() + message.files.size() > m_options.limits.openFiles)
        return Error{ErrorCode::ProtocolError,
                     u"More than %1 files were announced at once."_s.arg(m_options.limits.openFiles)};
    Plan plan;
    m_lastNumber = message.first - 1;
    for (const AnnouncedFile& file : message.files) {
        ++m_lastNumber;
        m_snapshot.isBatch = m_snapshot.isBatch || file.path.contains(u'/');
        planFile(m_lastNumber, file, plan);
        if (plan.want.size() + plan.skip.size() + plan.check.size() < mostAtOnce)
            continue;
        if (Result<void> sent = send(std::exchange(plan, {})); !sent)
            return sent;
    }
    if (plan != Plan()) {
        if (Result<void> sent = send(plan); !sent)
            return sent;
    }
    return setTimes(message.folders);
}

/// What is whole has its name first: landing in a folder changes its time.
Result<void> BatchSession::setTimes(const QList<FolderTime>& folders)
{
    Result<void> named = folders.isEmpty() ? Result<void>() : commit(BatchLanding::Commit::All);
    for (const FolderTime& folder : folders)
        m_landing->setTime(folder);
    return named;
}

void BatchSession::planFile(FileNumber number, const AnnouncedFile& file, Plan& plan)
{
    const Result<BatchLanding::Decision> decision = m_landing->plan(number, file);
    if (!decision) {
        noteFailure(number, file, decision.error());
        return;
    }
    if (const auto* want = std::get_if<Plan::Want>(&decision.value())) {
        m_isQuiet = false;
        m_snapshot.bytesDone += want->offset;
        m_rate.skip(want->offset);
        plan.want.append(*want);
        if (m_options.tellsFiles)
            m_news.append(fileSnapshot(number, file));
    } else if (const auto* skip = std::get_if<Plan::Skip>(&decision.value())) {
        noteSkip(number, file, skip->path);
        plan.skip.append(*skip);
    } else if (const auto* check = std::get_if<Plan::Check>(&decision.value())) {
        plan.check.append(*check);
    }
}

Result<void> BatchSession::same(const Same& message)
{
    for (const auto& [number, digest] : message.files) {
        const AnnouncedFile* found = m_landing->find(number);
        const AnnouncedFile file = found ? *found : AnnouncedFile();
        const Result<QString> kept = m_landing->keep(number, digest);
        if (!kept)
            return kept.error();
        noteSkip(number, file, kept.value());
    }
    return {};
}

Result<void> BatchSession::dropped(const Drop& message)
{
    const AnnouncedFile* found = m_landing->find(message.file);
    if (!found)
        return {};
    const AnnouncedFile file = *found;
    m_snapshot.bytesDone -= m_landing->offsetOf(message.file);
    m_landing->discard(message.file);
    noteFailure(message.file, file, message.error);
    return {};
}

Result<void> BatchSession::allSent()
{
    m_snapshot.state = TransferState::Verifying;
    publishProgress();
    if (Result<void> step = commit(BatchLanding::Commit::All); !step)
        return step;
    // What was asked for again may be on its way still, and what is read may have to be asked for.
    if (m_landing->openFiles() > 0 && (m_hasAskedAgain || m_landing->isReading()))
        return {};
    if (m_landing->openFiles() > 0)
        return Error{ErrorCode::ProtocolError, u"The sender ended before it had sent what was wanted."_s};
    if (const Result<void> synced = m_landing->sync(); !synced) {
        static_cast<void>(send(Cancel{synced.error()}));
        finish(TransferState::Failed, synced.error());
        return concluded();
    }
    const bool isNothing = m_snapshot.filesDone + m_snapshot.filesSkipped == 0;
    finish(isNothing ? TransferState::Failed : TransferState::Done,
           isNothing ? m_firstFailure : std::nullopt);
    if (m_options.names)
        m_options.names->end();
    if (Result<void> sent = send(m_receipt); !sent)
        return sent;
    return concluded();
}

void BatchSession::finish(TransferState state, const std::optional<Error>& error)
{
    m_snapshot.state = state;
    m_snapshot.error = error;
    if (state != TransferState::Done)
        m_snapshot.note.clear();
    m_snapshot.finishedAt = QDateTime::currentDateTimeUtc();
    publishProgress();
}

} // namespace sockdrop
