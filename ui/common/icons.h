#pragma once

#include <QColor>
#include <QIcon>
#include <QPalette>
#include <QPixmap>

class QPainter;
class QRect;

namespace sockdrop {

/// Whether Qt has its plugin for SVG. Where it has not, signs of text stand in for the single-colour
/// pictures.
[[nodiscard]] bool canPaintPictures();

/// The program's own icon.
[[nodiscard]] QIcon appIcon();

/// One of the single-colour pictures in resources/icons/symbolic, painted in the application palette's text
/// colour at the time it is painted: it follows light and dark by itself.
[[nodiscard]] QIcon symbolicIcon(const QString& name);

/// The same picture in a colour of the caller's choice.
void paintSymbol(QPainter& painter, const QRect& rect, const QString& name, const QColor& color);

/// What a sign or a line of text means; never told by its colour alone.
enum class Tone { Neutral, Accent, Success, Warning, Error };

/// Colours for text and signs upon `palette`'s base colour, all readable in light and dark.
[[nodiscard]] bool isDark(const QPalette& palette);
[[nodiscard]] QColor mutedColor(const QPalette& palette);
[[nodiscard]] QColor faintColor(const QPalette& palette);
[[nodiscard]] QColor successColor(const QPalette& palette);
[[nodiscard]] QColor warningColor(const QPalette& palette);
[[nodiscard]] QColor errorColor(const QPalette& palette);
[[nodiscard]] QColor accentColor(const QPalette& palette);
[[nodiscard]] QColor toneColor(const QPalette& palette, Tone tone);

} // namespace sockdrop
