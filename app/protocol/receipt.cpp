#include "receipt.h"

#include <QJsonDocument>
#include <QJsonObject>

namespace sockdrop {

using namespace Qt::StringLiterals;

QString encodeReceipt(const Result<Receipt>& outcome)
{
    QJsonObject json;
    if (outcome) {
        json = {
            {u"type"_s, u"landed"_s},
            {u"path"_s, outcome->path},
            {u"bytes"_s, outcome->bytes},
        };
        if (!outcome->digest.isEmpty())
            json[u"digest"_s] = outcome->digest;
        if (!outcome->note.isEmpty())
            json[u"note"_s] = outcome->note;
    } else {
        json = {
            {u"type"_s, u"failed"_s},
            {u"code"_s, codeName(outcome.error().code)},
            {u"text"_s, outcome.error().text},
        };
    }
    return QString::fromUtf8(QJsonDocument(json).toJson(QJsonDocument::Compact));
}

Result<Receipt> decodeReceipt(const QString& message)
{
    const QJsonObject json = QJsonDocument::fromJson(message.toUtf8()).object();
    const QString type = json["type"_L1].toString();
    if (type == "failed"_L1)
        return Error{codeFromName(json["code"_L1].toString()), json["text"_L1].toString()};
    const QString path = json["path"_L1].toString();
    const qint64 bytes = json["bytes"_L1].toInteger(-1);
    if (type != "landed"_L1 || path.isEmpty() || bytes < 0)
        return Error{ErrorCode::ProtocolError, u"The receiver's receipt makes no sense."_s};
    return Receipt{path, bytes, json["digest"_L1].toString(), json["note"_L1].toString()};
}

} // namespace sockdrop
