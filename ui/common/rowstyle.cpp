#include "rowstyle.h"

#include "format.h"

#include <QFontMetrics>
#include <QTextLayout>

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

QString joined(QStringList texts)
{
    for (QString& text : texts)
        text = isolated(text);
    return texts.join(u" · "_s);
}

QString fitting(QStringList texts, const QFontMetrics& metrics, int width, Qt::TextElideMode elide)
{
    while (texts.size() > 1 && metrics.horizontalAdvance(joined(texts)) > width)
        texts.removeLast();
    return metrics.elidedText(joined(texts), elide, width);
}

QStringList inTwoLines(const QString& text, const QString& more, const QFont& font, int width)
{
    const QFontMetrics metrics(font);
    const QString all = more.isEmpty() ? text : text + u' ' + more;
    QTextLayout layout(all, font);
    layout.beginLayout();
    QTextLine line = layout.createLine();
    line.setLineWidth(width);
    const int first = line.textLength();
    layout.endLayout();
    QString second = all.sliced(first).trimmed();
    // The reason stands at the end of `text`: rather its middle goes than that.
    if (const QString own = text.sliced(std::min<qsizetype>(first, text.size())).trimmed();
        metrics.horizontalAdvance(own) > width)
        second = metrics.elidedText(own, Qt::ElideMiddle, width);
    return {all.first(first).trimmed(), metrics.elidedText(second, Qt::ElideRight, width)};
}

int lineFlags(const QStyleOptionViewItem& option, Qt::AlignmentFlag side)
{
    const auto alignment = QStyle::visualAlignment(option.direction, side | Qt::AlignVCenter);
    return static_cast<int>(alignment) | Qt::TextSingleLine;
}

} // namespace sockdrop
