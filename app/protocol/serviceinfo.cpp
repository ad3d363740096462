#include "serviceinfo.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace sockdrop {

using namespace Qt::StringLiterals;

QByteArray ServiceInfo::toJson() const
{
    const QJsonObject json{
        {u"service"_s, u"sockdrop"_s},
        {u"name"_s, name},
        {u"version"_s, version},
    };
    return QJsonDocument(json).toJson(QJsonDocument::Compact) + '\n';
}

QByteArray ServiceInfo::toText() const
{
    return u"Sockdrop %1 on %2: an upload server.\n"
           "GET  /                   this text; facts as JSON with Accept: application/json\n"
           "POST /upload             body: the upload's name; the answer is a token\n"
           "WebSocket /upload/TOKEN  the file's bytes, then a normal close\n"_s.arg(version, name)
               .toUtf8();
}

Result<ServiceKind> recogniseService(const QByteArray& body)
{
    const QJsonObject json = QJsonDocument::fromJson(body).object();
    if (json["service"_L1].toString() == "sockdrop"_L1)
        return ServiceKind::Sockdrop;
    if (body.contains("/upload"))
        return ServiceKind::Original;
    return Error{ErrorCode::ProtocolError, u"What answers there is not an upload server."_s};
}

} // namespace sockdrop
