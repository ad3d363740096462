#include "rowstyle.h"

#include <QFontMetrics>

namespace sockdrop {

using namespace Qt::StringLiterals;

RowMetrics::RowMetrics(const QFont& font)
    : line(QFontMetrics(font).height()), padding(line * 6 / 10), gap(line / 4), icon(line * 2),
      sign(line * 9 / 10), chevron(line), button(line * 17 / 10), fileButton(line * 14 / 10)
{}

QFont nameFont(const QFont& font)
{
    QFont bold = font;
    bold.setWeight(QFont::DemiBold);
    return bold;
}

bool isSelected(const QStyleOptionViewItem& option)
{
    return option.state.testFlag(QStyle::State_Selected);
}

QColor textColor(const QStyleOptionViewItem& option)
{
    return option.palette.color(isSelected(option) ? QPalette::HighlightedText : QPalette::Text);
}

QColor secondColor(const QStyleOptionViewItem& option)
{
    return isSelected(option) ? textColor(option) : mutedColor(option.palette);
}

QColor signColor(const QStyleOptionViewItem& option, Tone tone)
{
    return isSelected(option) ? textColor(option) : toneColor(option.palette, tone);
}

QString joined(const QStringList& texts)
{
    return texts.join(u" · "_s);
}

QString fitting(QStringList texts, const QFontMetrics& metrics, int width)
{
    while (texts.size() > 1 && metrics.horizontalAdvance(joined(texts)) > width)
        texts.removeLast();
    return metrics.elidedText(joined(texts), Qt::ElideRight, width);
}

int lineFlags(const QStyleOptionViewItem& option, Qt::AlignmentFlag side)
{
    const auto alignment = QStyle::visualAlignment(option.direction, side | Qt::AlignVCenter);
    return static_cast<int>(alignment) | Qt::TextSingleLine;
}

} // namespace sockdrop
