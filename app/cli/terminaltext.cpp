#include "terminaltext.h"

#include "messages.h"

#include <QLocale>

#include <algorithm>
#include <array>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct Range
{
    char32_t first;
    char32_t last;
};

// The blocks of East Asian Width W and F (Unicode annex 11), coarsely: a column too many only cuts earlier.
constexpr std::array wideRanges{
    Range{0x1100, 0x115f},   Range{0x2e80, 0x303e},   Range{0x3041, 0xa4cf},   Range{0xa960, 0xa97f},
    Range{0xac00, 0xd7a3},   Range{0xf900, 0xfaff},   Range{0xfe30, 0xfe6f},   Range{0xff00, 0xff60},
    Range{0xffe0, 0xffe6},   Range{0x1f300, 0x1f64f}, Range{0x1f680, 0x1f6ff}, Range{0x1f900, 0x1f9ff},
    Range{0x20000, 0x3fffd},
};

bool isJoiner(char32_t letter)
{
    return letter == 0x200c || letter == 0x200d; // emoji and Persian names need them
}

bool isObeyed(char32_t letter)
{
    switch (QChar::category(letter)) {
    case QChar::Other_Control:
    case QChar::Other_Surrogate:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
        return true;
    case QChar::Other_Format:
        return !isJoiner(letter);
    default:
        return false;
    }
}

int columnsOf(char32_t letter)
{
    const QChar::Category category = QChar::category(letter);
    if (category == QChar::Mark_NonSpacing || category == QChar::Mark_Enclosing || isJoiner(letter))
        return 0;
    const bool isWide = std::ranges::any_of(
        wideRanges, [letter](Range range) { return letter >= range.first && letter <= range.last; });
    return isWide ? 2 : 1;
}

/// The code points; unlike QString::toUcs4() a lone surrogate stays one.
template <typename Visit>
void forEachCodePoint(const QString& text, Visit visit)
{
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QChar unit = text.at(i);
        if (unit.isHighSurrogate() && i + 1 < text.size() && text.at(i + 1).isLowSurrogate())
            visit(QChar::surrogateToUcs4(unit, text.at(++i)));
        else
            visit(static_cast<char32_t>(unit.unicode()));
    }
}

} // namespace

QString printable(const QString& text)
{
    QString result;
    result.reserve(text.size());
    forEachCodePoint(text, [&result](char32_t letter) {
        if (!isObeyed(letter))
            result += QChar::fromUcs4(letter);
        else if (letter <= 0xff)
            result += u"\\x%1"_s.arg(static_cast<uint>(letter), 2, 16, QChar(u'0'));
        else
            result += u"\\u{%1}"_s.arg(static_cast<uint>(letter), 0, 16);
    });
    return result;
}

int displayWidth(const QString& text)
{
    int columns = 0;
    forEachCodePoint(text, [&columns](char32_t letter) { columns += columnsOf(letter); });
    return columns;
}

QString elided(const QString& text, int columns)
{
    if (displayWidth(text) <= columns)
        return text;
    QString result;
    int left = columns - 1; // for the ellipsis
    bool isFull = columns < 1;
    forEachCodePoint(text, [&](char32_t letter) {
        left -= columnsOf(letter);
        isFull = isFull || left < 0;
        if (!isFull)
            result += QChar::fromUcs4(letter);
    });
    return columns < 1 ? QString() : result + u'…';
}

QString sizeText(qint64 bytes)
{
    if (bytes == 1)
        return Cli::tr("1 byte");
    return QLocale().formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat);
}

QString durationText(std::chrono::seconds duration)
{
    const qint64 seconds = qMax<qint64>(duration.count(), 0);
    const QString tail = u"%1:%2"_s.arg(seconds / 60 % 60, seconds >= 3600 ? 2 : 1, 10, QChar(u'0'))
                             .arg(seconds % 60, 2, 10, QChar(u'0'));
    return seconds >= 3600 ? u"%1:%2"_s.arg(seconds / 3600).arg(tail) : tail;
}

} // namespace sockdrop
