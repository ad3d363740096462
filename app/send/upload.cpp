#include "upload.h"

#include "logging.h"

#include <QNetworkProxy>
#include <QWebSocket>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {
/// What a peer's words may take of a row.
constexpr qsizetype mostReasonCharacters = 300;
} // namespace

Upload::Upload(SourceItem item, PeerAddress peer, ServiceKind kind, PeerClient& client, const Limits& limits)
    : m_item(std::move(item)), m_peer(std::move(peer)), m_kind(kind), m_client(client), m_limits(limits)
{
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] {
        fail({ErrorCode::TimedOut, u"%1 went silent."_s.arg(m_peer.toString())});
    });
}

Upload::~Upload()
{
    if (m_socket)
        m_socket->disconnect(this);
}

void Upload::start()
{
    m_state = TransferState::Preparing;
    if (m_item.isFolder) {
        if (m_kind == ServiceKind::Original) {
            fail({ErrorCode::Unsupported, u"%1 takes no folders."_s.arg(m_peer.toString())});
            return;
        }
        requestToken();
        return;
    }
    Result<std::unique_ptr<SourceFile>> file = SourceFile::open(m_item.absolutePath);
    if (!file) {
        fail(file.error());
        return;
    }
    m_file = std::move(file).value();
    if (m_kind == ServiceKind::Original && m_file->size() > m_limits.originalServerFileBytes) {
        fail({ErrorCode::TooLarge,
              u"%1 takes a file as one message; “%2” is over the limit of %3 MiB for that."_s.arg(
                  m_peer.toString(), m_item.relativePath.constLast(),
                  QString::number(m_limits.originalServerFileBytes / (1024 * 1024)))});
        return;
    }
    requestToken();
}

void Upload::requestToken()
{
    Offer offer;
    offer.path = m_item.relativePath;
    offer.kind = m_item.isFolder ? Offer::Kind::Folder : Offer::Kind::File;
    if (m_file) {
        offer.size = m_file->size();
        offer.modifiedAt = m_file->modifiedAt();
    }
    m_client.requestToken(m_peer, m_kind, offer, this, [this](const Result<QByteArray>& token) {
        if (token)
            connectTo(token.value());
        else
            fail(token.error());
    });
}

void Upload::connectTo(const QByteArray& token)
{
    m_socket = std::make_unique<QWebSocket>();
    m_socket->setProxy(QNetworkProxy::NoProxy);
    m_socket->setMaxAllowedIncomingFrameSize(quint64(m_limits.controlMessageBytes));
    m_socket->setMaxAllowedIncomingMessageSize(quint64(m_limits.controlMessageBytes));
    // bytesWritten comes for the handshake too: the pump runs only in state Transferring.
    connect(m_socket.get(), &QWebSocket::connected, this, [this] {
        m_state = TransferState::Transferring;
        m_rate.update(0, std::chrono::steady_clock::now());
        if (m_kind == ServiceKind::Original)
            sendWhole();
        else
            pump();
    });
    connect(m_socket.get(), &QWebSocket::bytesWritten, this, &Upload::pump);
    connect(m_socket.get(), &QWebSocket::textMessageReceived, this, &Upload::receiptCame);
    connect(m_socket.get(), &QWebSocket::disconnected, this, &Upload::lineClosed);
    m_deadline.start(m_limits.connectTimeout);
    m_socket->open(m_peer.webSocketUrl(u"/upload/"_s + QString::fromLatin1(token)));
}

void Upload::pump()
{
    if (m_state != TransferState::Transferring)
        return;
    m_deadline.start(m_limits.idleTimeout);
    while (m_file && !m_file->atEnd() && m_socket->bytesToWrite() < m_limits.unsentBytes) {
        const Result<QByteArray> chunk = m_file->read(m_limits.chunkBytes);
        if (!chunk) {
            fail(chunk.error());
            return;
        }
        m_digest.add(chunk.value());
        m_socket->sendBinaryMessage(chunk.value());
    }
    if (!m_file || (m_file->atEnd() && m_socket->bytesToWrite() == 0))
        allSent();
}

void Upload::sendWhole()
{
    const Result<QByteArray> whole = m_file->read(m_file->size());
    if (!whole) {
        fail(whole.error());
        return;
    }
    m_digest.add(whole.value());
    m_socket->sendBinaryMessage(whole.value());
}

void Upload::allSent()
{
    m_state = TransferState::Verifying;
    m_deadline.start(m_limits.receiptTimeout);
    // An original server says nothing: what reached the kernel is all that can be known.
    if (m_kind == ServiceKind::Original)
        m_socket->close();
}

void Upload::receiptCame(const QString& message)
{
    if (isFinal(m_state) || m_kind == ServiceKind::Original)
        return;
    const Result<Receipt> receipt = decodeReceipt(message);
    if (!receipt) {
        const Error& error = receipt.error();
        fail({error.code, u"%1 answered: %2"_s.arg(m_peer.toString(),
                                                   error.text.simplified().left(mostReasonCharacters))});
        return;
    }
    const bool isWhole = !m_file || (m_file->atEnd() && receipt->bytes == m_file->size() &&
                                     receipt->digest == m_digest.text());
    if (!isWhole) {
        fail({ErrorCode::DigestMismatch, u"%1 landed other bytes than were sent."_s.arg(m_peer.toString())});
        return;
    }
    m_receipt = receipt.value();
    finish(TransferState::Done);
}

void Upload::lineClosed()
{
    if (isFinal(m_state))
        return;
    if (m_state == TransferState::Verifying && m_kind == ServiceKind::Original) {
        finish(TransferState::SentNotConfirmed);
        return;
    }
    if (m_state == TransferState::Preparing) {
        fail({ErrorCode::Refused,
              u"%1 did not open the upload: %2."_s.arg(m_peer.toString(), m_socket->errorString())});
        return;
    }
    fail({ErrorCode::ConnectionLost, u"The connection to %1 was lost."_s.arg(m_peer.toString())});
}

void Upload::fail(const Error& error)
{
    if (isFinal(m_state))
        return;
    m_error = error;
    finish(TransferState::Failed);
}

void Upload::finish(TransferState state)
{
    m_state = state;
    m_deadline.stop();
    // The last progress stays readable; the line is not needed any more.
    if (m_socket) {
        if (state == TransferState::Done)
            m_socket->close();
        else
            m_socket->abort();
    }
    Q_EMIT finished();
}

qint64 Upload::bytesDone() const
{
    if (!m_file)
        return 0;
    const qint64 waiting = m_socket && !isFinal(m_state) ? m_socket->bytesToWrite() : 0;
    return std::max<qint64>(0, m_file->position() - waiting);
}

TransferSnapshot Upload::snapshot()
{
    TransferSnapshot snapshot;
    snapshot.state = m_state;
    snapshot.bytesDone = bytesDone();
    snapshot.bytesTotal = m_file ? m_file->size() : m_item.size;
    snapshot.error = m_error;
    if (m_state == TransferState::Transferring) {
        m_rate.update(snapshot.bytesDone, std::chrono::steady_clock::now());
        snapshot.bytesPerSecond = m_rate.bytesPerSecond();
        snapshot.timeLeft = m_rate.timeLeft(snapshot.bytesTotal);
    } else if (m_state == TransferState::Done) {
        snapshot.destination = m_receipt.path;
        snapshot.digest = m_receipt.digest;
        snapshot.note = m_receipt.note;
    } else if (m_state == TransferState::SentNotConfirmed) {
        snapshot.digest = m_digest.text();
        snapshot.note = u"Sent, not confirmed: that server never says what became of it."_s;
    }
    return snapshot;
}

} // namespace sockdrop
