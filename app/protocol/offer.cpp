#include "offer.h"

#include "jsonvalues.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringDecoder>
#include <QTimeZone>

#include <optional>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

Error badOffer(const QString& text)
{
    return {ErrorCode::ProtocolError, text};
}

Result<QStringList> readPath(const QJsonValue& value, const Limits& limits)
{
    const QJsonArray array = value.toArray();
    if (array.isEmpty())
        return badOffer(u"The offer names no path."_s);
    if (array.size() > limits.pathComponents)
        return Error{ErrorCode::TooLarge,
                     u"The path has more than %1 components."_s.arg(limits.pathComponents)};
    QStringList path;
    qsizetype characters = 0;
    for (const auto component : array) {
        if (!component.isString())
            return badOffer(u"A path component is not a string."_s);
        path.append(component.toString());
        characters += path.constLast().size();
    }
    if (characters > limits.pathBytes)
        return Error{ErrorCode::TooLarge, u"The path is longer than %1 bytes."_s.arg(limits.pathBytes)};
    return path;
}

} // namespace

Result<Offer> Offer::fromText(const QByteArray& body, const Limits& limits)
{
    QStringDecoder decoder(QStringDecoder::Utf8);
    QString name = decoder(body);
    if (decoder.hasError())
        return badOffer(u"The upload name is not UTF-8."_s);
    if (name.endsWith(u'\n'))
        name.chop(1);
    if (name.endsWith(u'\r'))
        name.chop(1);
    if (name.isEmpty())
        return badOffer(u"The upload has no name."_s);
    if (body.size() > limits.pathBytes)
        return Error{ErrorCode::TooLarge,
                     u"The upload name is longer than %1 bytes."_s.arg(limits.pathBytes)};
    Offer offer;
    offer.path = {name};
    return offer;
}

Result<Offer> Offer::fromJson(const QByteArray& body, const Limits& limits)
{
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(body, &problem);
    if (!document.isObject())
        return badOffer(u"The offer is not a JSON object: %1."_s.arg(problem.errorString()));
    const QJsonObject json = document.object();

    Result<QStringList> path = readPath(json["path"_L1], limits);
    if (!path)
        return path.error();
    Offer offer;
    offer.path = std::move(path).value();
    offer.isNative = true;

    const QString kind = json["kind"_L1].toString(u"file"_s);
    if (kind == "folder"_L1)
        offer.kind = Kind::Folder;
    else if (kind != "file"_L1)
        return badOffer(u"The offer is neither a file nor a folder."_s);

    if (offer.kind == Kind::File) {
        const std::optional<qint64> size = wholeNumber(json["size"_L1]);
        if (!size || *size < 0)
            return badOffer(u"The offer's size is not a whole number of bytes."_s);
        offer.size = *size;
    } else {
        offer.size = 0;
    }
    if (json.contains("mtime"_L1)) {
        const std::optional<qint64> modified = wholeNumber(json["mtime"_L1]);
        if (!modified)
            return badOffer(u"The offer's mtime is not a whole number of milliseconds."_s);
        offer.modifiedAt = QDateTime::fromMSecsSinceEpoch(*modified, QTimeZone::utc());
    }
    return offer;
}

QByteArray Offer::toJson() const
{
    QJsonObject json{
        {u"kind"_s, kind == Kind::Folder ? u"folder"_s : u"file"_s},
        {u"path"_s, QJsonArray::fromStringList(path)},
    };
    if (kind == Kind::File)
        json[u"size"_s] = size;
    if (modifiedAt.isValid())
        json[u"mtime"_s] = modifiedAt.toMSecsSinceEpoch();
    return QJsonDocument(json).toJson(QJsonDocument::Compact);
}

} // namespace sockdrop
