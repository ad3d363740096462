#include "sendername.h"

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

QString visibleName(const QString& name)
{
    QString visible = name.trimmed();
    for (QChar& character : visible) {
        const QChar::Category category = character.category();
        if (category == QChar::Other_Control || category == QChar::Other_Format ||
            category == QChar::Separator_Line || category == QChar::Separator_Paragraph)
            character = QChar::ReplacementCharacter;
    }
    return visible;
}

QString quotedName(const QString& name)
{
    const QString visible = visibleName(name);
    return visible.isEmpty() ? QString() : u" “%1”"_s.arg(visible);
}

} // namespace sockdrop
