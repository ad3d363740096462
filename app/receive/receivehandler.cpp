#include "receivehandler.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr QByteArrayView uploadPrefix = "/upload/";

int statusFor(ErrorCode code)
{
    switch (code) {
    case ErrorCode::TooLarge:
        return 413;
    case ErrorCode::Declined:
        return 403;
    case ErrorCode::Unsupported:
        return 415;
    case ErrorCode::Busy:
        return 429;
    case ErrorCode::NoSpace:
        return 507;
    case ErrorCode::NotFound:
    case ErrorCode::PermissionDenied:
    case ErrorCode::IoError:
        return 503;
    default:
        return 400;
    }
}

/// The media type of a request, without parameters, in lower case.
QByteArray mediaType(const HttpRequest& request)
{
    const QByteArray value = request.header("Content-Type").value_or(QByteArray());
    return value.split(';').constFirst().trimmed().toLower();
}

bool offersProtocol(const HttpRequest& request, QByteArrayView protocol)
{
    const QList<QByteArray> offered =
        request.header("Sec-WebSocket-Protocol").value_or(QByteArray()).split(',');
    return std::any_of(offered.begin(), offered.end(),
                       [protocol](const QByteArray& one) { return one.trimmed() == protocol; });
}

/// A declared length: digits only; nothing for anything else or more than 2^62.
std::optional<qint64> declaredLength(const QByteArray& text)
{
    constexpr qint64 largest = 1LL << 62;
    const bool isDigits = !text.isEmpty() && std::all_of(text.cbegin(), text.cend(), [](char character) {
        return character >= '0' && character <= '9';
    });
    bool isNumber = false;
    const qint64 length = text.toLongLong(&isNumber);
    if (!isDigits || !isNumber || length > largest)
        return std::nullopt;
    return length;
}

} // namespace

ReceiveContext::Destination ReceiveContext::destination() const
{
    const QMutexLocker lock(&m_mutex);
    return m_destination;
}

bool ReceiveContext::mayAdmit(const QByteArray& batch) const
{
    const QMutexLocker lock(&m_mutex);
    return m_mostUploads == 0 || m_admitted < m_mostUploads || m_admittedBatches.contains(batch);
}

bool ReceiveContext::admit(const QByteArray& batch)
{
    const QMutexLocker lock(&m_mutex);
    if (m_mostUploads == 0 || m_admittedBatches.contains(batch))
        return true;
    if (m_admitted >= m_mostUploads)
        return false;
    ++m_admitted;
    if (!batch.isEmpty())
        m_admittedBatches.insert(batch);
    return true;
}

void ReceiveContext::setDestination(const Destination& destination)
{
    const QMutexLocker lock(&m_mutex);
    m_destination = destination;
}

ReceiveHandler::~ReceiveHandler()
{
    for (const auto& [pointer, session] : m_sessions)
        session->fail(
            {ErrorCode::ConnectionLost, u"Receiving was turned off before the upload was complete."_s});
}

ConnectionHandler::Withdrawn ReceiveHandler::request(const HttpRequest& request, const RemotePeer& peer,
                                                     const Reply& reply)
{
    const HttpResponse response = answer(request);
    if (response.status >= 400)
        refused(peer.address, response.status, QString::fromUtf8(response.body).trimmed());
    reply(response);
    return {};
}

HttpResponse ReceiveHandler::answer(const HttpRequest& request)
{
    const bool isIndex = request.target == "/" || request.target == "/index";
    if (!isIndex && request.target != "/upload") {
        if (request.target.startsWith(uploadPrefix))
            return HttpResponse::ofLine(426, u"This address takes a WebSocket."_s);
        return HttpResponse::ofLine(404, u"Nothing is served at this path."_s);
    }
    const QByteArrayList methods = isIndex ? QByteArrayList{"GET", "HEAD"} : QByteArrayList{"POST"};
    if (!methods.contains(request.method)) {
        const QByteArray allowed = methods.join(", ");
        HttpResponse response =
            HttpResponse::ofLine(405, u"This path takes %1 only."_s.arg(QLatin1StringView(allowed)));
        response.headers.append({"Allow", allowed});
        return response;
    }
    if (isIndex)
        return describeService(request);

    return answerOffer(request);
}

HttpResponse ReceiveHandler::answerOffer(const HttpRequest& request)
{
    const auto refusal = [](const Error& error) {
        return HttpResponse::ofLine(statusFor(error.code), error.text);
    };
    const bool isJson = mediaType(request) == "application/json";
    Result<QByteArray> token = QByteArray();
    if (isJson && QJsonDocument::fromJson(request.body).object().contains("batch"_L1)) {
        const Result<BatchOffer> offer = BatchOffer::fromJson(request.body, m_context.limits());
        token = offer ? admit(offer.value()) : offer.error();
    } else {
        const Result<Offer> offer = readOffer(request);
        token = offer ? admit(offer.value()) : offer.error();
    }
    if (!token)
        return refusal(token.error());
    HttpResponse response;
    if (isJson) {
        response.contentType = "application/json";
        response.body = QJsonDocument(QJsonObject{{u"token"_s, QString::fromLatin1(token.value())}})
                            .toJson(QJsonDocument::Compact);
    } else {
        response.body = token.value();
    }
    return response;
}

HttpResponse ReceiveHandler::describeService(const HttpRequest& request) const
{
    HttpResponse response;
    if (request.header("Accept").value_or(QByteArray()).contains("application/json")) {
        response.contentType = "application/json";
        response.body = m_context.service().toJson();
    } else {
        response.body = m_context.service().toText();
    }
    return response;
}

Result<Offer> ReceiveHandler::readOffer(const HttpRequest& request) const
{
    const QByteArray type = mediaType(request);
    if (type == "application/json")
        return Offer::fromJson(request.body, m_context.limits());
    // curl --data says it sends a form; what it sends is the literal name all the same.
    if (!type.isEmpty() && type != "text/plain" && type != "application/x-www-form-urlencoded")
        return Error{ErrorCode::Unsupported,
                     u"Send the upload's name as text/plain or an offer as application/json."_s};
    Result<Offer> offer = Offer::fromText(request.body, m_context.limits());
    if (const auto declared = request.header("Upload-Length"); offer && declared) {
        const std::optional<qint64> length = declaredLength(*declared);
        if (!length)
            return Error{ErrorCode::ProtocolError, u"Upload-Length is not a number of bytes."_s};
        offer->size = *length;
    }
    return offer;
}

Result<ReceiveContext::Destination> ReceiveHandler::usableDestination(const QByteArray& batch) const
{
    ReceiveContext::Destination destination = m_context.destination();
    if (!m_context.mayAdmit(batch))
        return Error{ErrorCode::Declined, u"The receiver takes no further upload."_s};
    if (!destination.folder->isInPlace())
        return Error{ErrorCode::NotFound, u"The receiver's folder is not there any more."_s};
    return destination;
}

Result<QByteArray> ReceiveHandler::admit(const Offer& offer)
{
    const Result<SafePath> path = SafePath::fromUntrusted(offer.path, m_context.limits());
    if (!path)
        return path.error();
    const Result<ReceiveContext::Destination> destination = usableDestination({});
    if (!destination)
        return destination.error();
    const Result<qint64> free = destination->folder->bytesFree();
    const bool isKnown = free || free.error().code != ErrorCode::Unsupported;
    if (isKnown && !free)
        return free.error();
    if (isKnown && offer.size > free.value())
        return Error{ErrorCode::NoSpace,
                     u"“%1” needs %2 bytes, %3 are free."_s.arg(
                         offer.displayName(), QString::number(offer.size), QString::number(free.value()))};
    return issue(FileGrant{offer, path.value(), destination->folder, destination->conflict});
}

/// Without a look at the space: much of a batch may be there already, and each file is refused for itself.
Result<QByteArray> ReceiveHandler::admit(const BatchOffer& offer)
{
    const Result<ReceiveContext::Destination> destination = usableDestination(offer.batch);
    if (!destination)
        return destination.error();
    return issue(BatchGrant{offer, destination->folder, destination->conflict});
}

Result<QByteArray> ReceiveHandler::issue(const Grant& grant)
{
    const std::optional<QByteArray> token = m_context.tokens().issue(grant, std::chrono::steady_clock::now());
    if (!token)
        return Error{ErrorCode::Busy, u"Too many uploads were announced and not begun."_s};
    return *token;
}

ConnectionHandler::Decision ReceiveHandler::upgrade(const HttpRequest& request, const RemotePeer& peer)
{
    const auto refuse = [&](int status, const QString& line) {
        refused(peer.address, status, line);
        return HttpResponse::ofLine(status, line);
    };
    const auto declared = request.header("Upload-Length");
    const std::optional<qint64> length = declared ? declaredLength(*declared) : std::nullopt;
    // Before the token is spent: the sender may ask again with a length that can be enforced.
    if (declared && !length)
        return refuse(400, u"Upload-Length is not a number of bytes."_s);
    std::optional<Grant> grant;
    if (request.target.startsWith(uploadPrefix))
        grant = m_context.tokens().redeem(request.target.sliced(uploadPrefix.size()),
                                          std::chrono::steady_clock::now());
    const auto* batch = grant ? std::get_if<BatchGrant>(&*grant) : nullptr;
    // One answer for all, so that it tells nothing about which tokens there were.
    if (!grant || !m_context.admit(batch ? batch->offer.batch : QByteArray()))
        return refuse(404, u"This upload token is unknown, spent or expired."_s);
    if (!batch)
        return upgradeFile(std::get<FileGrant>(*std::move(grant)), length);
    if (!offersProtocol(request, batchProtocol))
        return refuse(400, u"This token is for the WebSocket subprotocol “sockdrop.v1”."_s);
    return upgradeBatch(*batch, peer.address);
}

ConnectionHandler::Decision ReceiveHandler::upgradeFile(FileGrant grant, const std::optional<qint64>& length)
{
    if (grant.offer.size < 0)
        grant.offer.size = length.value_or(-1);
    return [this, grant = std::move(grant)](std::unique_ptr<Channel> channel) {
        startSession(std::move(channel), grant);
    };
}

ConnectionHandler::Decision ReceiveHandler::upgradeBatch(const BatchGrant& grant, const QHostAddress& peer)
{
    return TakeSocket{batchProtocol,
                      [this, grant, peer](SocketDescriptor socket, const std::shared_ptr<void>& permit) {
                          m_context.batches().start(std::move(socket), permit, grant, peer.toString());
                      }};
}

void ReceiveHandler::startSession(std::unique_ptr<Channel> channel, const FileGrant& grant)
{
    auto owned = std::make_unique<UploadSession>(std::move(channel), grant, m_context.board());
    UploadSession* session = owned.get();
    m_sessions.emplace(session, std::move(owned));
    QObject::connect(session, &UploadSession::closed, session, [this, session] {
        const auto entry = m_sessions.find(session);
        entry->second.release()->deleteLater();
        m_sessions.erase(entry);
    });
    session->start();
}

void ReceiveHandler::refused(const QHostAddress& peer, int status, const QString& line)
{
    LogEntry entry;
    entry.time = QDateTime::currentDateTimeUtc();
    entry.result = LogEntry::Result::Refused;
    entry.direction = Direction::Receiving;
    entry.peer = peer.toString();
    entry.text = u"Refused (%1): %2"_s.arg(QString::number(status), line);
    m_context.board().log(entry);
}

} // namespace sockdrop
