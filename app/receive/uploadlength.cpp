#include "uploadlength.h"

#include <algorithm>

namespace sockdrop {

std::optional<qint64> declaredLength(const QByteArray& text)
{
    constexpr qint64 largest = 1LL << 62;
    const bool isDigits = !text.isEmpty() && std::all_of(text.cbegin(), text.cend(), [](char character) {
        return character >= '0' && character <= '9';
    });
    bool isNumber = false;
    const qint64 length = text.toLongLong(&isNumber);
    if (!isDigits || !isNumber || length > largest)
        return std::nullopt;
    return length;
}

} // namespace sockdrop
