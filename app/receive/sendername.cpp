#include "sendername.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

QString visibleName(const QString& name)
{
    std::u32string visible = name.trimmed().toStdU32String(); // with U+FFFD for half of a pair
    for (char32_t& character : visible) {
        const QChar::Category category = QChar::category(character);
        if (category == QChar::Other_Control || category == QChar::Other_Format ||
            category == QChar::Separator_Line || category == QChar::Separator_Paragraph)
            character = QChar::ReplacementCharacter;
    }
    return QString::fromStdU32String(visible);
}

QString quotedName(const QString& name)
{
    const QString visible = visibleName(name);
    return visible.isEmpty() ? QString() : u" “%1”"_s.arg(visible);
}

} // namespace sockdrop
