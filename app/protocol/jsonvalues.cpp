#include "jsonvalues.h"

#include <cmath>

namespace sockdrop {

std::optional<qint64> wholeNumber(const QJsonValue& value)
{
    constexpr double largest = 9007199254740991.0;
    const double number = value.toDouble();
    if (!value.isDouble() || std::abs(number) > largest || std::floor(number) != number)
        return std::nullopt;
    return static_cast<qint64>(number);
}

QString firstCharacters(const QString& text, qsizetype most)
{
    const bool isInPair = most > 0 && most < text.size() && text[most - 1].isHighSurrogate();
    return text.left(isInPair ? most - 1 : most);
}

QString shortened(const QString& text, qsizetype most)
{
    return text.size() <= most ? text : firstCharacters(text, most - 1) + u'…';
}

void appendJsonString(QByteArray& json, QStringView text)
{
    constexpr char digits[] = "0123456789abcdef";
    json += '"';
    for (const char c : text.toUtf8()) {
        const auto code = static_cast<uchar>(c);
        if (c == '"' || c == '\\') {
            json += '\\';
            json += c;
        } else if (code < 0x20) {
            json += "\\u00";
            json += digits[code >> 4];
            json += digits[code & 0x0f];
        } else {
            json += c;
        }
    }
    json += '"';
}

} // namespace sockdrop
