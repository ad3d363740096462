#include "batchupload.h"

#include "batchid.h"
#include "descriptors.h"
#include "logging.h"
#include "retries.h"
#include "startthread.h"
#include "streamclient.h"

#include <QFile>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QTimer>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using State = BatchItems::State;

namespace {

/// RFC 6455 §7.4.1: from this one on, but for 1005, somebody was not content with what came.
constexpr quint16 protocolErrorCode = 1002;
constexpr quint16 noCode = 1005;

Error cancelled()
{
    return {ErrorCode::Cancelled, u"The upload was cancelled."_s};
}

/// The route knows the trust, which has a fixed place.
PeerRoute routeTo(const PeerAddress& peer, const SendOptions& options, PeerTrust& trust)
{
    PeerRoute route{peer, options.identity, {}};
    if (!peer.isPlain)
        route.check = [&trust](const PeerKey& key) { return trust.check(key); };
    return route;
}

/// "a.txt", "photos", "a.txt and 2 more"
QString nameOf(const QStringList& paths)
{
    BatchOffer offer;
    offer.names = {QFileInfo(paths.constFirst()).fileName()};
    offer.dropped = paths.size();
    return offer.displayName();
}

} // namespace

BatchUpload::BatchUpload(TransferId id, const QStringList& paths, const PeerAddress& peer,
                         const SendOptions& options, Past past, FileBacklog& files,
                         std::function<void()> ended, std::function<void(const TrustQuestion&)> asked)
    : m_paths(paths), m_peer(peer), m_options(options), m_ended(std::move(ended)), m_asked(std::move(asked)),
      m_items(options.senderId), m_news(files, m_controls.isCancelled, options.limits.ackPatience),
      m_trust(peer, m_options), m_route(routeTo(peer, options, m_trust)),
      m_client(m_route, m_options.limits, m_interruption),
      m_contact(m_trust, m_route, m_client, m_options.limits, {m_controls.isCancelled, m_isCut},
                [this](const TrustQuestion& question) { showContact(question); }),
      m_hasBegun(past == Past::Begun)
{
    m_news.update([&](TransferSnapshot& batch) {
        batch.id = id;
        batch.direction = Direction::Sending;
        batch.name = nameOf(paths);
        batch.peer = peer.toString();
        batch.isEncrypted = !peer.isPlain;
        batch.source = paths.size() == 1 ? paths.constFirst() : QString();
        batch.isBatch = paths.size() > 1; // or a folder: the walk will tell
        batch.filesTotal = batch.isBatch ? 0 : 1;
    });
}

BatchUpload::~BatchUpload()
{
    m_isCut = true;
    cancel(Goodbye::Leave);
    if (m_thread.joinable())
        m_thread.join();
}

void BatchUpload::start()
{
    if (m_thread.joinable())
        m_thread.join();
    m_controls.isCancelled = false;
    m_controls.isPaused = false;
    m_interruption.reset();
    m_news.forgetFailure();
    m_news.update([](TransferSnapshot& batch) {
        batch.state = TransferState::Preparing;
        batch.error.reset();
        batch.note.clear();
        batch.finishedAt = {};
    });
    Result<std::thread> thread = startThread([this] { run(); });
    if (thread) {
        m_thread = std::move(thread).value();
    } else {
        conclude(thread.error());
        m_ended();
    }
}

void BatchUpload::cancel(Goodbye goodbye)
{
    m_controls.goodbye = goodbye;
    m_controls.isCancelled = true;
    m_interruption.set();
    m_news.wake();
    m_contact.wake();
    const std::lock_guard lock(m_mutex);
    if (!m_stream)
        return;
    if (m_isCut)
        m_stream->cut();
    else
        m_stream->hurry();
}

void BatchUpload::setWaiting()
{
    m_news.update([](TransferSnapshot& batch) {
        batch.state = TransferState::Waiting;
        batch.error.reset();
        batch.finishedAt = {};
    });
}

void BatchUpload::setCancelled()
{
    m_controls.isCancelled = true;
    conclude(cancelled());
}

void BatchUpload::setPaused(bool isPaused)
{
    m_controls.isPaused = isPaused;
    const std::lock_guard lock(m_mutex);
    if (m_stream)
        m_stream->wake();
}

void BatchUpload::run()
{
    if (m_isWalked)
        prepare();
    else
        walk();
    const Result<void> outcome = m_controls.isCancelled ? Result<void>(cancelled()) : bringOver();
    m_interruption.release();
    conclude(outcome);
    m_ended();
}

Result<void> BatchUpload::bringOver()
{
    bool isSomethingPending = false;
    for (FileNumber number = 1; number <= m_items.count() && !isSomethingPending; ++number)
        isSomethingPending = m_items.state(number) == State::Pending;
    if (!isSomethingPending)
        return {};
    if (m_items.count() > static_cast<FileNumber>(m_options.limits.batchFiles))
        return Error{ErrorCode::TooLarge,
                     u"These are more than %1 files. Send them in parts."_s.arg(m_options.limits.batchFiles)};
    // One connection after another, until everything is over or there is no hope.
    Retries retries(m_options.limits, m_options.retryFor, snapshot());
    m_isForGood = false;
    for (;;) {
        Result<void> outcome = tryWithDescriptors();
        if (outcome || m_controls.isCancelled || m_isForGood ||
            !retries.allow(outcome.error().code, m_hasBegun, snapshot()))
            return outcome;
        if (!backOff(outcome.error(), retries.takePause()))
            return cancelled();
        prepare();
    }
}

/// What fails while there are no descriptors left says nothing about the network, and is tried again.
Result<void> BatchUpload::tryWithDescriptors()
{
    for (;;) {
        if (!waitForDescriptors())
            return cancelled();
        Result<void> outcome = tryOnce();
        const bool isOurs = !outcome && (outcome.error().code == ErrorCode::Unreachable ||
                                         outcome.error().code == ErrorCode::IoError);
        if (!isOurs || hasDescriptors(UploadQueue::descriptorsOfUpload))
            return outcome;
    }
}

/// Until what a connection takes can be had; false when the upload was cancelled meanwhile.
bool BatchUpload::waitForDescriptors()
{
    const auto show = [this](TransferState state, const QString& note) {
        m_news.update([&](TransferSnapshot& batch) {
            batch.state = state;
            batch.note = note;
        });
    };
    if (hasDescriptors(UploadQueue::descriptorsOfUpload))
        return true;
    show(TransferState::Waiting, u"Too many files are open on this device."_s);
    while (!m_controls.isCancelled && !hasDescriptors(UploadQueue::descriptorsOfUpload))
        std::this_thread::sleep_for(50ms);
    show(TransferState::Preparing, {});
    return !m_controls.isCancelled;
}

Result<void> BatchUpload::tryOnce()
{
    Result<void> step = m_kind ? Result<void>() : recognise();
    if (step && !m_peer.isPlain && !m_trust.isKnown())
        step = meet();
    if (!step)
        return step;
    return *m_kind == ServiceKind::Original ? sendToOriginal() : converse();
}

Result<void> BatchUpload::recognise()
{
    if (m_peer.isPlain) {
        if (Result<void> allowed = m_trust.checkPlain(); !allowed)
            return allowed;
    }
    const Result<ServiceKind> kind = m_client.recognise();
    if (!kind)
        return kind.error();
    m_kind = kind.value();
    m_news.update([this](TransferSnapshot& batch) {
        batch.peerName = m_trust.name();
        batch.isReached = true;
    });
    return {};
}

/// First contact, over TLS: nothing of the batch is told before it is clear who is there.
Result<void> BatchUpload::meet()
{
    const bool isTrusting = m_options.newPeers == NewPeers::Trust || !m_options.fingerprint.isEmpty();
    if (!isTrusting && m_options.newPeers == NewPeers::Refuse)
        return m_trust.unknown();
    if (*m_kind != ServiceKind::Sockdrop)
        return isTrusting ? m_trust.trust({}) : m_trust.unknown();
    Result<void> met = m_contact.meet(isTrusting ? CodeAnswer::Same : CodeAnswer::Open);
    // Whoever is in between would have one more guess with each further try.
    m_isForGood = !met;
    m_news.update([this](TransferSnapshot& batch) { batch.peerName = m_trust.name(); });
    return met;
}

/// On the batch's thread, whenever the first contact has come further.
void BatchUpload::showContact(TrustQuestion question)
{
    if (isComparing(question.state))
        m_news.update([&question](TransferSnapshot& batch) {
            batch.state = TransferState::Asking;
            batch.note = question.state == ContactState::SameHere
                             ? u"The receiver has to confirm the code %1."_s.arg(question.code)
                             : u"Compare the code %1."_s.arg(question.code);
        });
    question.upload = m_news.batch().id;
    m_asked(question);
}

Result<QByteArray> BatchUpload::requestToken()
{
    const bool isMeeting = m_contact.isWaiting();
    m_news.update([isMeeting](TransferSnapshot& batch) {
        batch.state = TransferState::Asking;
        if (!isMeeting)
            batch.note = u"The receiver has to accept it."_s;
    });
    const auto patience = isMeeting ? m_contact.timeLeft() : m_options.limits.answerTimeout;
    Result<QByteArray> token = m_contact.conclude(m_client.requestToken(offer(), patience));
    m_isForGood = isMeeting && !token;
    m_news.update([this](TransferSnapshot& batch) { batch.peerName = m_trust.name(); });
    return token;
}

/// Waits before the next try; false when the upload was cancelled meanwhile.
bool BatchUpload::backOff(const Error& error, std::chrono::milliseconds backoff)
{
    qCDebug(lcSend) << "connecting again to" << m_peer.toString() << "in" << backoff.count()
                    << "ms:" << error.text;
    m_news.update([&error](TransferSnapshot& batch) {
        batch.state = TransferState::Reconnecting;
        batch.error = error;
        batch.note.clear();
    });
    // Not all at once, when a receiver comes back that many were cut off from.
    const double jitter = 0.75 + 0.5 * QRandomGenerator::global()->generateDouble();
    QEventLoop loop;
    QTimer::singleShot(std::chrono::duration_cast<std::chrono::milliseconds>(backoff * jitter), &loop,
                       &QEventLoop::quit);
    m_interruption.exec(loop);
    return !m_controls.isCancelled;
}

BatchOffer BatchUpload::offer() const
{
    const TransferSnapshot batch = m_news.batch();
    BatchOffer offer;
    offer.sender = m_options.deviceName;
    offer.batch = batchIdFor(m_options.secret, m_peer, m_paths);
    offer.files = std::max<qint64>(1, batch.filesTotal - batch.filesFailed);
    offer.bytes = batch.bytesTotal;
    offer.filesDone = batch.filesDone + batch.filesSkipped;
    offer.bytesDone = batch.bytesDone;
    for (const QString& path : m_paths.first(std::min(m_paths.size(), BatchOffer::mostNames)))
        offer.names += QFileInfo(path).fileName();
    offer.dropped = m_paths.size();
    offer.together = m_options.together;
    offer.comparesDigests = m_options.comparesDigests;
    return offer;
}

Result<std::unique_ptr<FrameStream>> BatchUpload::open(const QByteArray& target, const QByteArray& protocol)
{
    Result<PeerLine> line = openLine(m_route, m_options.limits, m_interruption);
    if (!line)
        return line.error();
    return openStream(std::move(line).value(), m_peer, target, protocol, m_options.limits, m_interruption);
}

Result<void> BatchUpload::converse()
{
    const Result<QByteArray> token = requestToken();
    m_news.update([](TransferSnapshot& batch) {
        batch.state = TransferState::Preparing;
        batch.note.clear();
    });
    if (!token)
        return token.error();
    Result<std::unique_ptr<FrameStream>> stream = open("/upload/" + token.value(), batchProtocol);
    if (!stream)
        return stream.error();
    m_hasBegun = true;
    m_news.update([](TransferSnapshot& batch) {
        batch.state = TransferState::Transferring;
        batch.error.reset();
        if (!batch.startedAt.isValid())
            batch.startedAt = QDateTime::currentDateTimeUtc();
    });
    {
        const std::lock_guard lock(m_mutex);
        m_stream = stream.value().get();
    }
    BatchConversation conversation(m_items, *stream.value(), m_news, m_controls, m_options.limits,
                                   m_options.tellsFiles);
    Result<void> outcome = m_isCut ? Result<void>(cancelled()) : conversation.run();
    m_news.update(
        [&conversation](TransferSnapshot& batch) { batch.bytesSent += conversation.chunkBytesSent(); });
    m_news.setAwaiting(false);
    m_isForGood = conversation.isForGood();
    if (outcome)
        stream.value()->close(1000);
    const std::lock_guard lock(m_mutex);
    m_stream = nullptr;
    const quint16 code = stream.value()->closeCode();
    if (!outcome && code == takenOverCode)
        return Error{ErrorCode::Declined,
                     u"%1 goes on with a newer upload of the same files."_s.arg(m_peer.toString())};
    if (!outcome && outcome.error().code == ErrorCode::ConnectionLost && code >= protocolErrorCode &&
        code != noCode)
        return Error{ErrorCode::ProtocolError, u"%1 closed the connection with code %2."_s.arg(
                                                   m_peer.toString(), QString::number(code))};
    if (!outcome && outcome.error().code == ErrorCode::ConnectionLost)
        return Error{ErrorCode::ConnectionLost, u"The connection to %1 was lost."_s.arg(m_peer.toString())};
    return outcome;
}

void BatchUpload::conclude(const Result<void>& outcome)
{
    const std::optional<Error> failure = m_news.firstFailure();
    m_news.update([&](TransferSnapshot& batch) {
        batch.finishedAt = QDateTime::currentDateTimeUtc();
        if (m_controls.isCancelled && !outcome) { // what is over is over
            batch.state = TransferState::Cancelled;
            batch.error.reset();
            batch.note.clear();
            return;
        }
        if (!outcome) {
            batch.state = TransferState::Failed;
            batch.error = outcome.error();
            return;
        }
        const bool isNothing = batch.filesDone + batch.filesSkipped + batch.filesUnconfirmed == 0;
        if (isNothing && batch.filesFailed > 0) {
            batch.state = TransferState::Failed;
            batch.error = failure;
            return;
        }
        batch.state = batch.filesUnconfirmed > 0 ? TransferState::SentNotConfirmed : TransferState::Done;
        batch.error.reset();
    });
}

} // namespace sockdrop
