#include "uploadsession.h"

#include "logging.h"
#include "originurl.h"
#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto progressInterval = 100ms;

/// RFC 6455 §7.4.1
quint16 closeCodeFor(ErrorCode code)
{
    switch (code) {
    case ErrorCode::TooLarge:
        return 1009;
    case ErrorCode::ProtocolError:
    case ErrorCode::UnsafeName:
    case ErrorCode::AlreadyExists:
    case ErrorCode::Cancelled:
        return 1008;
    default:
        return 1011;
    }
}

Error errorFor(Channel::Ending ending)
{
    switch (ending) {
    case Channel::Ending::AfterMessage:
    case Channel::Ending::InsideMessage:
        return {ErrorCode::ConnectionLost,
                u"The sender stopped, or the connection was lost, before the upload was complete."_s};
    case Channel::Ending::GivenUp:
        return {ErrorCode::ConnectionLost, u"The sender gave up before the upload was complete."_s};
    case Channel::Ending::Violation:
        return {ErrorCode::ProtocolError, u"The sender broke the protocol."_s};
    case Channel::Ending::TooLarge:
        return {ErrorCode::TooLarge, u"The sender sent a frame or a message that is too large."_s};
    case Channel::Ending::Idle:
        return {ErrorCode::TimedOut, u"The sender went silent."_s};
    case Channel::Ending::TooSlow:
        return {ErrorCode::TimedOut, u"The sender became too slow."_s};
    }
    Q_UNREACHABLE();
}

} // namespace

UploadSession::UploadSession(std::unique_ptr<Channel> channel, FileGrant grant, UploadBoard& board)
    : m_channel(std::move(channel)), m_grant(std::move(grant)), m_board(board)
{
    // Runs under the board's lock, which the destructor takes too: the session is alive then.
    m_snapshot.id = m_board.newId();
    m_board.add(
        m_snapshot.id,
        {[this] { QMetaObject::invokeMethod(this, &UploadSession::cancel, Qt::QueuedConnection); }, {}});
    m_snapshot.direction = Direction::Receiving;
    m_snapshot.name = m_grant.offer.displayName();
    m_snapshot.peer = m_channel->peer().address.toString();
    m_snapshot.peerName = m_grant.holder.peerName;
    m_snapshot.isEncrypted = m_grant.holder.isEncrypted;
    m_snapshot.isBasic = true;
    m_snapshot.bytesTotal = m_grant.offer.size;
    m_snapshot.isFolder = m_grant.offer.kind == Offer::Kind::Folder;
    m_snapshot.startedAt = QDateTime::currentDateTimeUtc();

    connect(m_channel.get(), &Channel::received, this, &UploadSession::append);
    connect(m_channel.get(), &Channel::messageFinished, this, [this] { m_hasWholeMessage = true; });
    connect(m_channel.get(), &Channel::closing, this, &UploadSession::endOfUpload);
    connect(m_channel.get(), &Channel::ended, this, &UploadSession::ended);
    connect(m_channel.get(), &Channel::closed, this, &UploadSession::closed);
    connect(&m_progressTimer, &QTimer::timeout, this, &UploadSession::publishProgress);
}

UploadSession::~UploadSession()
{
    m_board.remove(m_snapshot.id);
}

void UploadSession::start()
{
    m_snapshot.state = TransferState::Transferring;
    m_progressTimer.start(progressInterval);
    m_board.publish(m_snapshot);

    if (m_grant.offer.kind == Offer::Kind::Folder) {
        const Result<LandedFile> made = Landing::makeFolder(*m_grant.folder, m_grant.path);
        if (made)
            landed(made.value(), {});
        else
            fail(made.error());
        return;
    }
    Result<std::unique_ptr<Landing>> landing =
        Landing::begin(m_grant.folder, m_grant.path, m_grant.offer.size, m_grant.conflict);
    if (!landing) {
        fail(landing.error());
        return;
    }
    m_landing = std::move(landing).value();
    if (m_grant.offer.size == 0)
        land({});
}

void UploadSession::append(const QByteArray& bytes)
{
    if (isFinal(m_snapshot.state))
        return;
    const Result<void> written = m_landing->append(bytes);
    if (!written) {
        fail(written.error());
        return;
    }
    if (m_landing->bytes() == m_grant.offer.size)
        land({});
}

void UploadSession::endOfUpload()
{
    if (!isFinal(m_snapshot.state))
        land({});
}

void UploadSession::ended(Channel::Ending ending)
{
    if (isFinal(m_snapshot.state))
        return;
    const bool isWhole = m_grant.offer.size < 0 && m_hasWholeMessage;
    if (ending == Channel::Ending::AfterMessage && isWhole)
        land(u"End not confirmed by the sender."_s);
    else
        fail(errorFor(ending));
}

void UploadSession::land(const QString& note)
{
    m_snapshot.state = TransferState::Verifying;
    m_board.publish(m_snapshot);
    const Result<LandedFile> file =
        m_landing->finish(m_grant.offer.modifiedAt, originUrl(m_channel->peer().address.toString()));
    if (file)
        landed(file.value(), note);
    else
        fail(file.error());
}

void UploadSession::landed(const LandedFile& file, const QString& note)
{
    QStringList notes;
    if (m_grant.folder->fit(m_grant.path).wasChanged())
        notes.append(u"The name was changed to a safe one."_s);
    if (!note.isEmpty())
        notes.append(note);
    m_snapshot.note = notes.join(u' ');
    m_snapshot.bytesDone = file.bytes;
    m_snapshot.bytesTotal = file.bytes;
    m_snapshot.destination = file.absolutePath;
    m_snapshot.digest = file.digest;
    const Receipt receipt{file.relativePath, file.bytes, file.digest, m_snapshot.note};
    finish(TransferState::Done, encodeReceipt(receipt), 1000);
}

void UploadSession::fail(const Error& error)
{
    if (isFinal(m_snapshot.state))
        return;
    m_snapshot.error = error;
    // What was cut may be continued one day; nobody comes back for the rest, and on a full disk it is in the
    // way.
    const bool isCut = error.code == ErrorCode::ConnectionLost || error.code == ErrorCode::TimedOut;
    if (m_landing && (!isCut || m_landing->bytes() == 0))
        m_landing->discard();
    finish(TransferState::Failed, encodeReceipt(m_grant.folder->forSender(error)), closeCodeFor(error.code));
}

void UploadSession::cancel()
{
    if (isFinal(m_snapshot.state))
        return;
    if (m_landing)
        m_landing->discard();
    const Error error{ErrorCode::Cancelled, u"The receiver cancelled the upload."_s};
    finish(TransferState::Cancelled, encodeReceipt(error), closeCodeFor(error.code));
}

void UploadSession::finish(TransferState state, const QString& message, quint16 closeCode)
{
    m_snapshot.state = state;
    m_snapshot.bytesPerSecond = 0;
    m_snapshot.timeLeft.reset();
    m_snapshot.finishedAt = QDateTime::currentDateTimeUtc();
    if (m_landing && state != TransferState::Done)
        m_snapshot.bytesDone = m_landing->bytes();
    m_landing.reset();
    m_progressTimer.stop();
    m_snapshot.filesDone = state == TransferState::Done ? 1 : 0;
    m_snapshot.filesFailed = 1 - m_snapshot.filesDone;
    m_board.publish(m_snapshot, onlyFile());
    m_board.log(logEntryFor(m_snapshot));
    m_channel->sendText(message);
    m_channel->close(closeCode);
}

FileSnapshot UploadSession::onlyFile() const
{
    FileSnapshot file;
    file.batch = m_snapshot.id;
    file.file = 1;
    file.direction = Direction::Receiving;
    file.isFolder = m_snapshot.isFolder;
    file.state = m_snapshot.state;
    file.name = m_snapshot.name;
    file.peer = m_snapshot.peer;
    file.peerName = m_snapshot.peerName;
    file.isEncrypted = m_snapshot.isEncrypted;
    file.bytesDone = m_snapshot.bytesDone;
    file.bytesTotal = m_snapshot.bytesTotal;
    file.destination = m_snapshot.destination;
    file.digest = m_snapshot.digest;
    file.note = m_snapshot.note;
    file.error = m_snapshot.error;
    return file;
}

void UploadSession::publishProgress()
{
    const TransferSnapshot published = m_snapshot;
    m_snapshot.bytesDone = m_landing->bytes();
    m_rate.update(m_snapshot.bytesDone, std::chrono::steady_clock::now());
    m_snapshot.bytesPerSecond = m_rate.bytesPerSecond();
    m_snapshot.timeLeft = m_rate.timeLeft(m_snapshot.bytesTotal);
    if (m_snapshot != published)
        m_board.publish(m_snapshot);
}

} // namespace sockdrop
