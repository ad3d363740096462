#include "peerclient.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkProxy>
#include <QNetworkReply>
#include <QNetworkRequest>
#include <QRegularExpression>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// What a peer's error line may take of a row.
constexpr qsizetype mostReasonCharacters = 300;

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

ErrorCode codeForNetworkError(QNetworkReply::NetworkError error)
{
    switch (error) {
    case QNetworkReply::ConnectionRefusedError:
        return ErrorCode::Refused;
    case QNetworkReply::TimeoutError:
    case QNetworkReply::OperationCanceledError:
        return ErrorCode::TimedOut;
    case QNetworkReply::RemoteHostClosedError:
        return ErrorCode::ConnectionLost;
    case QNetworkReply::ProtocolFailure:
    case QNetworkReply::ProtocolUnknownError:
        return ErrorCode::ProtocolError;
    default:
        return ErrorCode::Unreachable;
    }
}

Error errorOf(const QNetworkReply& reply, const QByteArray& body)
{
    const QString peer = reply.url().authority();
    const int status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (status >= 400) {
        const QString reason = QString::fromUtf8(body).simplified().left(mostReasonCharacters);
        return {codeForStatus(status),
                reason.isEmpty() ? u"%1 answered with HTTP status %2."_s.arg(peer, QString::number(status))
                                 : u"%1 answered: %2"_s.arg(peer, reason)};
    }
    switch (const ErrorCode code = codeForNetworkError(reply.error()); code) {
    case ErrorCode::Refused:
        return {code, u"%1 refused the connection: nothing receives there."_s.arg(peer)};
    case ErrorCode::TimedOut:
        return {code, u"%1 did not answer in time."_s.arg(peer)};
    case ErrorCode::ConnectionLost:
        return {code, u"%1 closed the connection without an answer."_s.arg(peer)};
    case ErrorCode::ProtocolError:
        return {code, u"What answers at %1 does not speak HTTP."_s.arg(peer)};
    default:
        return {code, u"%1 cannot be reached: %2."_s.arg(peer, reply.errorString())};
    }
}

QNetworkRequest requestFor(QUrl url, const Limits& limits)
{
    url.setScheme(u"http"_s);
    QNetworkRequest request(url);
    request.setTransferTimeout(int(limits.connectTimeout.count()));
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::Http2AllowedAttribute, false);
    return request;
}

/// A token may stand in a URL path as it is.
Result<QByteArray> readToken(const QByteArray& body, ServiceKind kind)
{
    static const QRegularExpression allowed(u"\\A[A-Za-z0-9._~-]{1,256}\\z"_s);
    const QByteArray token = kind == ServiceKind::Sockdrop
                                 ? QJsonDocument::fromJson(body).object()["token"_L1].toString().toLatin1()
                                 : body.trimmed();
    if (!allowed.match(QString::fromLatin1(token)).hasMatch())
        return Error{ErrorCode::ProtocolError, u"The receiver gave no usable token."_s};
    return token;
}

} // namespace

PeerClient::PeerClient(const Limits& limits, QObject* parent)
    : QObject(parent), m_limits(limits), m_manager(new QNetworkAccessManager(this))
{
    m_manager->setProxy(QNetworkProxy::NoProxy);
}

PeerClient::~PeerClient() = default;

void PeerClient::recognise(const PeerAddress& peer, QObject* context,
                           const std::function<void(const Result<ServiceKind>&)>& answer)
{
    QNetworkRequest request = requestFor(peer.httpUrl(u"/"_s), m_limits);
    request.setRawHeader("Accept", "application/json");
    exchange(m_manager->get(request), context, [answer](const Result<QByteArray>& body) {
        answer(body ? recogniseService(body.value()) : body.error());
    });
}

void PeerClient::requestToken(const PeerAddress& peer, const BatchOffer& offer, QObject* context,
                              const std::function<void(const Result<QByteArray>&)>& answer)
{
    post(peer, ServiceKind::Sockdrop, offer.toJson(), context, answer);
}

void PeerClient::requestToken(const PeerAddress& peer, const QString& name, QObject* context,
                              const std::function<void(const Result<QByteArray>&)>& answer)
{
    post(peer, ServiceKind::Original, name.toUtf8(), context, answer);
}

void PeerClient::post(const PeerAddress& peer, ServiceKind kind, const QByteArray& body, QObject* context,
                      const std::function<void(const Result<QByteArray>&)>& answer)
{
    const bool isNative = kind == ServiceKind::Sockdrop;
    QNetworkRequest request = requestFor(peer.httpUrl(u"/upload"_s), m_limits);
    request.setHeader(QNetworkRequest::ContentTypeHeader, isNative ? u"application/json"_s : u"text/plain"_s);
    exchange(m_manager->post(request, body), context, [answer, kind](const Result<QByteArray>& reply) {
        answer(reply ? readToken(reply.value(), kind) : reply);
    });
}

void PeerClient::exchange(QNetworkReply* reply, QObject* context,
                          const std::function<void(const Result<QByteArray>&)>& answer) const
{
    reply->setReadBufferSize(m_limits.httpAnswerBytes);
    connect(reply, &QNetworkReply::finished, context, [reply, answer] {
        const QByteArray body = reply->isOpen() ? reply->readAll() : QByteArray();
        answer(reply->error() == QNetworkReply::NoError ? Result<QByteArray>(body) : errorOf(*reply, body));
    });
    connect(reply, &QNetworkReply::finished, reply, &QObject::deleteLater);
    connect(context, &QObject::destroyed, reply, [reply](QObject* gone) {
        reply->disconnect(gone); // abort() tells finished() at once
        reply->abort();
    });
}

} // namespace sockdrop
