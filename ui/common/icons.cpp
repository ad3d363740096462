#include "icons.h"

#include "textsign.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QImageReader>
#include <QPainter>
#include <QPixmapCache>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QImage paintedText(const QString& text, const QSize& size)
{
    if (size.isEmpty())
        return {};
    QImage image(size, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    QFont font = QGuiApplication::font();
    font.setPixelSize(std::max(1, size.height() * 9 / 10));
    font.setBold(true);
    painter.setFont(font);
    painter.drawText(image.rect(), Qt::AlignCenter, text);
    return image;
}

/// `size` in device pixels.
QPixmap symbol(const QString& name, const QSize& size, const QColor& color)
{
    const QString key = u"sockdrop/%1/%2x%3/%4"_s.arg(name)
                            .arg(size.width())
                            .arg(size.height())
                            .arg(color.rgba(), 8, 16, QLatin1Char('0'));
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    QImageReader reader(u":/icons/symbolic/%1.svg"_s.arg(name));
    reader.setScaledSize(size);
    QImage image = reader.read().convertToFormat(QImage::Format_ARGB32_Premultiplied);
    if (image.isNull())
        image = paintedText(textSign(name), size);
    if (image.isNull())
        return {};
    QPainter painter(&image);
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(image.rect(), color);
    painter.end();
    pixmap = QPixmap::fromImage(std::move(image));
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

class SymbolicIconEngine final : public QIconEngine
{
public:
    explicit SymbolicIconEngine(QString name) : m_name(std::move(name)) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        paintSymbol(*painter, rect, m_name, color(mode));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override
    {
        const int side = std::min(size.width(), size.height());
        return symbol(m_name, QSize(side, side), color(mode));
    }

    [[nodiscard]] QIconEngine* clone() const override { return new SymbolicIconEngine(m_name); }

private:
    [[nodiscard]] static QColor color(QIcon::Mode mode)
    {
        const QPalette palette = QGuiApplication::palette();
        if (mode == QIcon::Disabled)
            return palette.color(QPalette::Disabled, QPalette::WindowText);
        return palette.color(mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::WindowText);
    }

    QString m_name;
};

QColor mix(const QColor& over, const QColor& under, double share)
{
    const double rest = 1.0 - share;
    return QColor::fromRgbF(static_cast<float>(over.redF() * share + under.redF() * rest),
                            static_cast<float>(over.greenF() * share + under.greenF() * rest),
                            static_cast<float>(over.blueF() * share + under.blueF() * rest));
}

} // namespace

bool canPaintPictures()
{
    return QImageReader::supportedImageFormats().contains("svg");
}

QIcon appIcon()
{
    return QIcon(u":/icons/sockdrop.svg"_s);
}

QIcon symbolicIcon(const QString& name)
{
    return QIcon(new SymbolicIconEngine(name));
}

void paintSymbol(QPainter& painter, const QRect& rect, const QString& name, const QColor& color)
{
    const int side = std::min(rect.width(), rect.height());
    const qreal scale = painter.device()->devicePixelRatioF();
    QPixmap pixmap = symbol(name, QSize(side, side) * scale, color);
    pixmap.setDevicePixelRatio(scale);
    QRect square(0, 0, side, side);
    square.moveCenter(rect.center());
    painter.drawPixmap(square, pixmap);
}

bool isDark(const QPalette& palette)
{
    return palette.color(QPalette::Base).lightness() < palette.color(QPalette::Text).lightness();
}

QColor mutedColor(const QPalette& palette)
{
    return mix(palette.color(QPalette::Text), palette.color(QPalette::Base), 0.68);
}

QColor faintColor(const QPalette& palette)
{
    return mix(palette.color(QPalette::Text), palette.color(QPalette::Base), 0.14);
}

QColor successColor(const QPalette& palette)
{
    return isDark(palette) ? QColor(0x5f, 0xd0, 0x8a) : QColor(0x1b, 0x7a, 0x3d);
}

QColor warningColor(const QPalette& palette)
{
    return isDark(palette) ? QColor(0xf2, 0xb8, 0x4b) : QColor(0x95, 0x5d, 0x00);
}

QColor errorColor(const QPalette& palette)
{
    return isDark(palette) ? QColor(0xff, 0x8a, 0x80) : QColor(0xb3, 0x26, 0x1e);
}

QColor accentColor(const QPalette& palette)
{
    return isDark(palette) ? QColor(0x3d, 0xbd, 0xae) : QColor(0x14, 0x7d, 0x8c);
}

QColor toneColor(const QPalette& palette, Tone tone)
{
    switch (tone) {
    case Tone::Neutral:
        return mutedColor(palette);
    case Tone::Accent:
        return accentColor(palette);
    case Tone::Success:
        return successColor(palette);
    case Tone::Warning:
        return warningColor(palette);
    case Tone::Error:
        return errorColor(palette);
    }
    Q_UNREACHABLE();
}

} // namespace sockdrop
