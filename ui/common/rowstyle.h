#pragma once

#include "icons.h"

#include <QStringList>
#include <QStyleOptionViewItem>

namespace sockdrop {

// What the rows of the transfer list have in common: measures and colours.

/// Everything is measured in the height of a line of text.
struct RowMetrics
{
    explicit RowMetrics(const QFont& font);

    int line;
    int padding; ///< around a row
    int gap;     ///< between what belongs together
    int icon;    ///< of an upload
    int sign;    ///< icon of a state
    int chevron; ///< column before the icons
    int button;
    int fileButton;

    [[nodiscard]] int uploadHeight() const { return 3 * line + 2 * gap + 2 * padding; }
    [[nodiscard]] int fileHeight() const { return line + 2 * (padding * 3 / 5); }
};

[[nodiscard]] QFont nameFont(const QFont& font);

[[nodiscard]] bool isSelected(const QStyleOptionViewItem& option);
[[nodiscard]] QColor textColor(const QStyleOptionViewItem& option);
[[nodiscard]] QColor secondColor(const QStyleOptionViewItem& option);
[[nodiscard]] QColor signColor(const QStyleOptionViewItem& option, Tone tone);

[[nodiscard]] QString joined(QStringList texts);
/// As many of the texts as fit, the most important ones; the last one left is elided.
[[nodiscard]] QString fitting(QStringList texts, const QFontMetrics& metrics, int width,
                              Qt::TextElideMode elide = Qt::ElideRight);
/// A text that is too long for one line, and what goes before its end does: `more`.
[[nodiscard]] QStringList inTwoLines(const QString& text, const QString& more, const QFont& font, int width);

/// For QPainter::drawText(): one line, at the leading or the trailing end.
[[nodiscard]] int lineFlags(const QStyleOptionViewItem& option, Qt::AlignmentFlag side = Qt::AlignLeft);

} // namespace sockdrop
