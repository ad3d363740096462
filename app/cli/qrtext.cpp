#include "qrtext.h"

#include <array>

namespace sockdrop {

using namespace Qt::StringLiterals;

QString qrText(const QrCode& code)
{
    constexpr int quietZone = QrCode::quietZone;
    constexpr std::array glyphs{u' ', u'▀', u'▄', u'█'};
    QString text;
    for (int y = -quietZone; y < code.size + quietZone; y += 2) {
        text += "\x1b[30;107m"_L1;
        for (int x = -quietZone; x < code.size + quietZone; ++x) {
            const size_t glyph = (code.isDark(x, y) ? 1U : 0U) + (code.isDark(x, y + 1) ? 2U : 0U);
            text += QChar(glyphs.at(glyph));
        }
        text += "\x1b[0m\n"_L1;
    }
    return text;
}

} // namespace sockdrop
