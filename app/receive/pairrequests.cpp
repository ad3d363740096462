// How a ReceiveHandler answers first contacts: `POST /pair`, `POST /pair/ID`.
#include "jsonvalues.h"
#include "receivehandler.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;
using std::chrono::steady_clock;

namespace {

/// 32 bytes in lower-case hex digits; nothing for anything else.
std::optional<QByteArray> hexOf32Bytes(const QJsonValue& value)
{
    constexpr qsizetype digits = 64;
    const QString text = value.toString();
    const bool isHex = text.size() == digits && std::all_of(text.begin(), text.end(), [](QChar c) {
                           return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f');
                       });
    return isHex ? std::optional(text.toLatin1()) : std::nullopt;
}

HttpResponse jsonResponse(const QJsonObject& object)
{
    HttpResponse response;
    response.contentType = "application/json";
    response.body = QJsonDocument(object).toJson(QJsonDocument::Compact);
    return response;
}

Error missing(const QString& field)
{
    return {ErrorCode::ProtocolError, u"A first contact needs “%1”: 64 lower-case hex digits."_s.arg(field)};
}

} // namespace

HttpResponse ReceiveHandler::answerPairing(const HttpRequest& request, const RemotePeer& peer)
{
    const QJsonObject body = QJsonDocument::fromJson(request.body).object();
    if (!request.target.startsWith(pairPrefix))
        return beginPairing(body, peer);
    const QByteArray id = request.target.sliced(pairPrefix.size());
    if (body.contains("says"_L1))
        return comparePairing(id, body["says"_L1].toString(), peer);
    if (body["differs"_L1].toBool()) { // an older sender: they were, or it gave up
        static_cast<void>(m_context.admission().compare(id, peer, CodeAnswer::Stopped, steady_clock::now()));
        return jsonResponse({});
    }
    const std::optional<QByteArray> nonce = hexOf32Bytes(body["nonce"_L1]);
    if (!nonce)
        return refusal(peer, missing(u"nonce"_s));
    const Result<void> revealed =
        m_context.admission().reveal(id, peer, QByteArray::fromHex(*nonce), steady_clock::now());
    return revealed ? jsonResponse({}) : refusal(peer, revealed.error());
}

HttpResponse ReceiveHandler::comparePairing(const QByteArray& id, const QString& word, const RemotePeer& peer)
{
    const std::optional<CodeAnswer> there = codeAnswerFromWord(word);
    if (!there)
        return refusal(peer, {ErrorCode::ProtocolError, u"“says” is a word that is not known here."_s});
    const Result<CodeAnswer> here = m_context.admission().compare(id, peer, *there, steady_clock::now());
    return here ? jsonResponse({{u"says"_s, codeAnswerWord(here.value())}}) : refusal(peer, here.error());
}

HttpResponse ReceiveHandler::beginPairing(const QJsonObject& body, const RemotePeer& peer)
{
    const std::optional<QByteArray> commitment = hexOf32Bytes(body["commitment"_L1]);
    if (!commitment)
        return refusal(peer, missing(u"commitment"_s));
    const QString sender = firstCharacters(body["sender"_L1].toString(), m_context.limits().nameCharacters);
    const Result<Pairings::Pairing> pairing =
        m_context.admission().beginPairing(peer, sender, *commitment, steady_clock::now());
    if (!pairing)
        return refusal(peer, pairing.error());
    return jsonResponse({{u"pairing"_s, QString::fromLatin1(pairing->id)},
                         {u"name"_s, m_context.service().name},
                         {u"nonce"_s, QString::fromLatin1(pairing->nonce.toHex())},
                         {u"compares"_s, true}});
}

} // namespace sockdrop
