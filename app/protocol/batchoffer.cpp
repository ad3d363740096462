#include "batchoffer.h"

#include "jsonvalues.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype idDigits = 32;

Error badField(const QString& field)
{
    return {ErrorCode::ProtocolError,
            u"The offer's field “%1” is missing or not as it must be."_s.arg(field)};
}

bool isId(const QString& text)
{
    return text.size() == idDigits && std::all_of(text.begin(), text.end(), [](QChar c) {
               return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f');
           });
}

} // namespace

QByteArray BatchOffer::toJson() const
{
    QJsonObject object{
        {u"protocol"_s, u"sockdrop.v1"_s},
        {u"sender"_s, sender},
        {u"batch"_s, QString::fromLatin1(batch)},
        {u"files"_s, files},
        {u"bytes"_s, bytes},
        {u"filesDone"_s, filesDone},
        {u"bytesDone"_s, bytesDone},
        {u"names"_s, QJsonArray::fromStringList(names.first(std::min(names.size(), mostNames)))},
        {u"dropped"_s, dropped},
        {u"compare"_s, comparesDigests ? u"digest"_s : u"time"_s}};
    if (!together.isEmpty())
        object[u"together"_s] = QString::fromLatin1(together);
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

Result<BatchOffer> BatchOffer::fromJson(const QByteArray& body, const Limits& limits)
{
    const QJsonObject object = QJsonDocument::fromJson(body).object();
    BatchOffer offer;
    offer.sender = firstCharacters(object["sender"_L1].toString(), limits.nameCharacters);
    const QString batch = object["batch"_L1].toString();
    if (!isId(batch))
        return badField(u"batch"_s);
    offer.batch = batch.toLatin1();
    const std::optional<qint64> files = wholeNumber(object["files"_L1]);
    if (!files || *files < 1)
        return badField(u"files"_s);
    offer.files = *files;
    const std::optional<qint64> bytes = wholeNumber(object["bytes"_L1]);
    if (!bytes || *bytes < 0)
        return badField(u"bytes"_s);
    offer.bytes = *bytes;
    offer.filesDone = std::clamp<qint64>(wholeNumber(object["filesDone"_L1]).value_or(0), 0, offer.files);
    offer.bytesDone = std::clamp<qint64>(wholeNumber(object["bytesDone"_L1]).value_or(0), 0, offer.bytes);
    const QJsonArray names = object["names"_L1].toArray();
    if (names.isEmpty() || names.size() > mostNames)
        return badField(u"names"_s);
    for (const auto name : names) {
        if (!name.isString())
            return badField(u"names"_s);
        offer.names += shortened(name.toString(), limits.nameCharacters);
    }
    offer.dropped = std::max<qint64>(offer.names.size(), wholeNumber(object["dropped"_L1]).value_or(0));
    if (const QString together = object["together"_L1].toString(); isId(together))
        offer.together = together.toLatin1();
    offer.comparesDigests = object["compare"_L1].toString() == "digest"_L1;
    return offer;
}

QString BatchOffer::displayName() const
{
    const QString first = names.value(0);
    return dropped <= 1 ? first : u"%1 and %2 more"_s.arg(first, QString::number(dropped - 1));
}

} // namespace sockdrop
