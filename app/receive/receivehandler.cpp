#include "receivehandler.h"

#include "refusals.h"
#include "uploadlength.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr QByteArrayView uploadTarget = "/upload";
constexpr QByteArrayView uploadPrefix = "/upload/";
constexpr QByteArrayView pairTarget = "/pair";

/// None for a path at which nothing is.
QByteArrayList methodsOf(const QByteArray& target)
{
    if (target == "/" || target == "/index")
        return {"GET", "HEAD"};
    if (target == uploadTarget || target == pairTarget || target.startsWith(pairPrefix))
        return {"POST"};
    return {};
}

HttpResponse wrongMethod(const QByteArrayList& allowed)
{
    const QByteArray list = allowed.join(", ");
    HttpResponse response =
        HttpResponse::ofLine(405, u"This path takes %1 only."_s.arg(QLatin1StringView(list)));
    response.headers.append({"Allow", list});
    return response;
}

bool offersProtocol(const HttpRequest& request, QByteArrayView protocol)
{
    const QList<QByteArray> offered =
        request.header("Sec-WebSocket-Protocol").value_or(QByteArray()).split(',');
    return std::any_of(offered.begin(), offered.end(),
                       [protocol](const QByteArray& one) { return one.trimmed() == protocol; });
}

} // namespace

ReceiveHandler::~ReceiveHandler()
{
    for (const auto& [pointer, session] : m_sessions)
        session->fail(
            {ErrorCode::ConnectionLost, u"Receiving was turned off before the upload was complete."_s});
    for (const auto& [offer, question] : m_waiting)
        m_context.admission().forget(offer);
}

ConnectionHandler::Withdrawn ReceiveHandler::request(const HttpRequest& request, const RemotePeer& peer,
                                                     const Reply& reply)
{
    const auto answer = [&](const HttpResponse& response) {
        if (response.status >= 400)
            refused(peer.address, response.status, QString::fromUtf8(response.body).trimmed());
        reply(response);
        return Withdrawn();
    };
    if (!peer.isEncrypted && !m_context.admission().takesPlain())
        return answer(HttpResponse::ofLine(403, onlyEncrypted().text));
    const QByteArrayList methods = methodsOf(request.target);
    if (methods.isEmpty() && request.target.startsWith(uploadPrefix))
        return answer(HttpResponse::ofLine(426, u"This address takes a WebSocket."_s));
    if (methods.isEmpty())
        return answer(HttpResponse::ofLine(404, u"Nothing is served at this path."_s));
    if (!methods.contains(request.method))
        return answer(wrongMethod(methods));
    if (request.target == uploadTarget)
        return takeOffer(request, peer, reply);
    reply(request.target.startsWith(pairTarget) ? answerPairing(request, peer) : describeService(request));
    return {};
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

ConnectionHandler::Decision ReceiveHandler::upgrade(const HttpRequest& request, const RemotePeer& peer)
{
    const auto refuse = [&](int status, const QString& line) {
        refused(peer.address, status, line);
        return HttpResponse::ofLine(status, line);
    };
    if (!peer.isEncrypted && !m_context.admission().takesPlain())
        return refuse(403, onlyEncrypted().text);
    const auto declared = request.header("Upload-Length");
    const std::optional<qint64> length = declared ? declaredLength(*declared) : std::nullopt;
    // Before the token is spent: the sender may ask again with a length that can be enforced.
    if (declared && !length)
        return refuse(400, u"Upload-Length is not a number of bytes."_s);
    std::optional<Grant> grant;
    if (request.target.startsWith(uploadPrefix))
        grant = m_context.tokens().redeem(request.target.sliced(uploadPrefix.size()), peer,
                                          std::chrono::steady_clock::now());
    const auto* batch = grant ? std::get_if<BatchGrant>(&*grant) : nullptr;
    // One answer for all, so that it tells nothing about which tokens there were.
    if (!grant || !m_context.admit(batch ? std::optional(batch->batch()) : std::nullopt))
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
    m_context.refusals().note(peer, status, line, std::chrono::steady_clock::now());
}

} // namespace sockdrop
