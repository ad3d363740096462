#include "peerclient.h"

#include "jsonvalues.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr int misdirected = 421; // RFC 9110 §15.5.20

ErrorCode codeForStatus(int status)
{
    switch (status) {
    case 400:
        return ErrorCode::UnsafeName;
    case 403:
        return ErrorCode::Declined;
    case 413:
        return ErrorCode::TooLarge;
    case 429:
    case 503:
        return ErrorCode::Busy;
    case 507:
        return ErrorCode::NoSpace;
    default:
        return ErrorCode::ProtocolError;
    }
}

QByteArray jsonOf(const QJsonObject& object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

/// A token may stand in a URL path as it is.
Result<QByteArray> readToken(const QByteArray& token)
{
    static const QRegularExpression allowed(u"\\A[A-Za-z0-9._~-]{1,256}\\z"_s);
    if (!allowed.match(QString::fromLatin1(token)).hasMatch())
        return Error{ErrorCode::ProtocolError, u"The receiver gave no usable token."_s};
    return token;
}

bool isHex(const QByteArray& text, qsizetype digits)
{
    return text.size() == digits && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

} // namespace

Result<ServiceKind> PeerClient::recognise() const
{
    HttpRequest request;
    request.method = "GET";
    request.target = "/";
    request.headers = {{"Accept", "application/json"}};
    const Result<QByteArray> answer = ask(request, m_limits.connectTimeout);
    return answer ? recogniseService(answer.value()) : answer.error();
}

Result<QByteArray> PeerClient::requestToken(const BatchOffer& offer, std::chrono::milliseconds timeout) const
{
    const Result<QByteArray> answer = post("/upload", "application/json", offer.toJson(), timeout);
    if (!answer)
        return answer.error();
    return readToken(QJsonDocument::fromJson(answer.value()).object()["token"_L1].toString().toLatin1());
}

Result<QByteArray> PeerClient::requestToken(const QString& name) const
{
    const Result<QByteArray> answer = post("/upload", "text/plain", name.toUtf8(), m_limits.answerTimeout);
    return answer ? readToken(answer->trimmed()) : answer;
}

Result<PeerClient::Pairing> PeerClient::pair(const QString& sender, const QByteArray& commitment) const
{
    constexpr qsizetype idDigits = 32;
    constexpr qsizetype nonceDigits = 64;
    const QJsonObject body{{u"sender"_s, sender}, {u"commitment"_s, QString::fromLatin1(commitment)}};
    const Result<QByteArray> answer =
        post("/pair", "application/json", jsonOf(body), m_limits.connectTimeout);
    if (!answer)
        return answer.error();
    const QJsonObject json = QJsonDocument::fromJson(answer.value()).object();
    const QByteArray nonce = json["nonce"_L1].toString().toLatin1();
    Pairing pairing{json["pairing"_L1].toString().toLatin1(),
                    firstCharacters(json["name"_L1].toString().simplified(), m_limits.nameCharacters),
                    QByteArray::fromHex(nonce), json["compares"_L1].toBool()};
    if (!isHex(pairing.id, idDigits) || !isHex(nonce, nonceDigits))
        return Error{ErrorCode::ProtocolError, u"The receiver's answer to a first contact is no such."_s};
    return pairing;
}

Result<void> PeerClient::reveal(const QByteArray& pairing, const QByteArray& nonce) const
{
    const QJsonObject body{{u"nonce"_s, QString::fromLatin1(nonce.toHex())}};
    const Result<QByteArray> answer =
        post("/pair/" + pairing, "application/json", jsonOf(body), m_limits.connectTimeout);
    return answer ? Result<void>() : answer.error();
}

Result<CodeAnswer> PeerClient::compare(const QByteArray& pairing, CodeAnswer here) const
{
    QJsonObject body{{u"says"_s, codeAnswerWord(here)}};
    if (here != CodeAnswer::Open && here != CodeAnswer::Same)
        body.insert(u"differs"_s, true); // the only end that an older receiver knows
    const Result<QByteArray> answer =
        post("/pair/" + pairing, "application/json", jsonOf(body), m_limits.connectTimeout);
    if (!answer)
        return answer.error();
    const QString word = QJsonDocument::fromJson(answer.value()).object()["says"_L1].toString();
    return codeAnswerFromWord(word).value_or(CodeAnswer::Stopped);
}

Result<QByteArray> PeerClient::post(const QByteArray& target, const QByteArray& type, const QByteArray& body,
                                    std::chrono::milliseconds timeout) const
{
    HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.headers = {{"Content-Type", type}};
    request.body = body;
    return ask(request, timeout);
}

Result<HttpAnswer> PeerClient::askOnce(const HttpRequest& request, std::chrono::milliseconds timeout) const
{
    Result<PeerLine> line = openLine(m_route, m_limits, m_interruption);
    if (!line)
        return line.error();
    return exchange(std::move(line).value(), m_route.address, request, timeout, m_limits, m_interruption);
}

Result<QByteArray> PeerClient::ask(const HttpRequest& request, std::chrono::milliseconds timeout) const
{
    const PeerAddress& peer = m_route.address;
    Result<HttpAnswer> answer = askOnce(request, timeout);
    if (answer && answer->status == misdirected && peer.isUrl && !m_route.isNameRefused->exchange(true))
        answer = askOnce(request, timeout); // by its address
    if (!answer)
        return answer.error();
    if (answer->status == 200)
        return answer->body;
    const ErrorCode code = codeForStatus(answer->status);
    const QString reason =
        firstCharacters(QString::fromUtf8(answer->body).simplified(), m_limits.reasonCharacters);
    if (reason.isEmpty() || answer->status < 400)
        return Error{code, u"%1 answered with HTTP status %2."_s.arg(peer.toString(),
                                                                     QString::number(answer->status))};
    return Error{code, u"%1 answered: %2"_s.arg(peer.toString(), reason)};
}

} // namespace sockdrop
