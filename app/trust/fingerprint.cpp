#include "fingerprint.h"

#include <QRegularExpression>

namespace sockdrop {

using namespace Qt::StringLiterals;

Result<QString> normalisedFingerprint(const QString& text)
{
    static const QRegularExpression shape(
        u"\\A(?:sha256 fingerprint=)?([0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})\\z"_s,
        QRegularExpression::CaseInsensitiveOption);
    const QRegularExpressionMatch match = shape.match(text.trimmed());
    if (!match.hasMatch())
        return Error{ErrorCode::InvalidArgument,
                     u"“%1” is not a SHA-256 fingerprint: that has 64 hexadecimal digits."_s.arg(text)};
    return match.captured(1).remove(u':').toLower();
}

QString fingerprintWithColons(const QString& fingerprint)
{
    QStringList pairs;
    for (qsizetype i = 0; i < fingerprint.size(); i += 2)
        pairs += fingerprint.mid(i, 2).toUpper();
    return pairs.join(u':');
}

} // namespace sockdrop
