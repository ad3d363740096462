// How a ReceiveHandler answers offers: `POST /upload`.
#include "datasize.h"
#include "receivehandler.h"
#include "refusals.h"
#include "uploadlength.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace sockdrop {

using namespace Qt::StringLiterals;
using std::chrono::steady_clock;

namespace {

int statusFor(ErrorCode code)
{
    switch (code) {
    case ErrorCode::TooLarge:
        return 413;
    case ErrorCode::Declined:
    case ErrorCode::NotTrusted:
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

UploadRequest requestOf(const Grant& grant, const RemotePeer& peer)
{
    UploadRequest request;
    request.peer = peer;
    if (const auto* batch = std::get_if<BatchGrant>(&grant)) {
        const BatchOffer& offer = batch->offer;
        request.sender = offer.sender;
        request.batch = offer.batch;
        request.files = offer.files;
        request.bytes = offer.bytes;
        request.names = offer.names;
        request.dropped = offer.dropped;
    } else {
        const Offer& offer = std::get<FileGrant>(grant).offer;
        request.bytes = offer.size;
        request.names = {offer.displayName()};
    }
    return request;
}

std::optional<HeldBatch> batchOf(const Grant& grant)
{
    const auto* batch = std::get_if<BatchGrant>(&grant);
    return batch ? std::optional(batch->batch()) : std::nullopt;
}

} // namespace

ConnectionHandler::Withdrawn ReceiveHandler::takeOffer(const HttpRequest& request, const RemotePeer& peer,
                                                       const Reply& reply)
{
    const auto refuse = [&](const Error& error) {
        reply(refusal(peer, error));
        return Withdrawn();
    };
    const Result<Grant> grant = readGrant(request, peer);
    if (!grant)
        return refuse(grant.error());
    if (!m_context.mayAdmit(batchOf(grant.value())))
        return refuse({ErrorCode::Declined, u"The receiver takes no further upload."_s});
    if (const Result<void> usable = checkDestination(grant.value(), m_context.destination()); !usable)
        return refuse(usable.error());

    Question question{grant.value(), peer, mediaType(request) == "application/json", reply};
    const auto post = [this](OfferId offer, const Admission::Verdict& verdict) {
        QMetaObject::invokeMethod(
            &m_mailbox, [this, offer, verdict] { decided(offer, verdict); }, Qt::QueuedConnection);
    };
    const auto outcome =
        m_context.admission().ask(requestOf(question.grant, peer), post, steady_clock::now());
    if (const auto* verdict = std::get_if<Admission::Verdict>(&outcome)) {
        conclude(std::move(question), *verdict);
        return {};
    }
    const OfferId offer = std::get<OfferId>(outcome);
    m_waiting.emplace(offer, std::move(question));
    return [this, offer] {
        m_waiting.erase(offer);
        m_context.admission().withdraw(offer);
    };
}

Result<Grant> ReceiveHandler::readGrant(const HttpRequest& request, const RemotePeer& peer) const
{
    const GrantHolder holder{peer.isEncrypted, peer.fingerprint, {}};
    const bool isBatch = mediaType(request) == "application/json" &&
                         QJsonDocument::fromJson(request.body).object().contains("batch"_L1);
    if (isBatch) {
        const Result<BatchOffer> offer = BatchOffer::fromJson(request.body, m_context.limits());
        if (!offer)
            return offer.error();
        return Grant(BatchGrant{holder, offer.value(), nullptr});
    }
    const Result<Offer> offer = readOffer(request);
    if (!offer)
        return offer.error();
    const Result<SafePath> path = SafePath::fromUntrusted(offer->path, m_context.limits());
    if (!path)
        return path.error();
    return Grant(FileGrant{holder, offer.value(), path.value(), nullptr});
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

/// No look at the space for a batch: much of it may be there already, and each file is refused for itself.
Result<void> ReceiveHandler::checkDestination(const Grant& grant,
                                              const ReceiveContext::Destination& destination) const
{
    if (!destination.folder->isInPlace())
        return Error{ErrorCode::NotFound, u"The receiver's folder is not there any more."_s};
    const auto* file = std::get_if<FileGrant>(&grant);
    if (!file)
        return {};
    const Result<qint64> free = destination.folder->bytesFree();
    const bool isKnown = free || free.error().code != ErrorCode::Unsupported;
    if (isKnown && !free)
        return destination.folder->forSender(free.error());
    if (isKnown && file->offer.size > free.value())
        return Error{ErrorCode::NoSpace,
                     u"Not enough space for “%1”: %2 needed, %3 free."_s.arg(
                         file->offer.displayName(), dataSize(file->offer.size), dataSize(free.value()))};
    return {};
}

void ReceiveHandler::decided(OfferId offer, const Admission::Verdict& verdict)
{
    const auto found = m_waiting.find(offer);
    if (found == m_waiting.end())
        return; // its sender left at the same time
    Question question = std::move(found->second);
    m_waiting.erase(found);
    conclude(std::move(question), verdict);
}

void ReceiveHandler::conclude(Question question, const Admission::Verdict& verdict)
{
    const Reply reply = question.reply;
    const RemotePeer peer = question.peer;
    const bool isJson = question.isJson;
    const Result<QByteArray> token = verdict ? issue(std::move(question), verdict.value()) : verdict.error();
    if (!token) {
        reply(refusal(peer, token.error()));
        return;
    }
    HttpResponse response;
    response.body = token.value();
    if (isJson) {
        response.contentType = "application/json";
        response.body = QJsonDocument(QJsonObject{{u"token"_s, QString::fromLatin1(token.value())}})
                            .toJson(QJsonDocument::Compact);
    }
    reply(response);
}

Result<QByteArray> ReceiveHandler::issue(Question question, const Admission::Admitted& admitted)
{
    ReceiveContext::Destination destination = m_context.destination();
    if (admitted.folder)
        destination.folder = admitted.folder;
    // Anew: a person took their time, or chose another folder.
    if (const Result<void> usable = checkDestination(question.grant, destination); !usable)
        return usable.error();
    std::visit(
        [&](auto& grant) {
            grant.holder.peerName = admitted.peerName;
            grant.folder = destination.folder;
            grant.conflict = destination.conflict;
        },
        question.grant);
    const QString counted = countedPeer(question.peer, !admitted.peerName.isEmpty());
    const std::optional<QByteArray> token =
        m_context.tokens().issue(question.grant, counted, steady_clock::now());
    if (!token)
        return Error{ErrorCode::Busy, u"Too many uploads were announced and not begun."_s};
    return *token;
}

HttpResponse ReceiveHandler::refusal(const RemotePeer& peer, const Error& error)
{
    const int status = statusFor(error.code);
    refused(peer.address, status, error.text);
    return HttpResponse::ofLine(status, error.text);
}

} // namespace sockdrop
