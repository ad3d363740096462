#include "switch.h"

#include "icons.h"

#include <QPainter>
#include <QStyleOptionFocusRect>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

int margin(const QWidget& widget)
{
    return std::max(3, widget.fontMetrics().height() / 5);
}

} // namespace

Switch::Switch(QWidget* parent) : QCheckBox(parent)
{
    QFont font = this->font();
    font.setPointSizeF(font.pointSizeF() * 1.25);
    font.setWeight(QFont::DemiBold);
    setFont(font);
    setAttribute(Qt::WA_Hover);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QRect Switch::trackRect() const
{
    const int height = fontMetrics().height() * 3 / 2;
    return {margin(*this), (this->height() - height) / 2, height * 15 / 8, height};
}

QRect Switch::textRect() const
{
    const int left = trackRect().right() + 1 + 2 * margin(*this);
    return {left, 0, std::max(0, width() - left - margin(*this)), height()};
}

QSize Switch::sizeHint() const
{
    const int height = fontMetrics().height() * 3 / 2;
    const int text = fontMetrics().horizontalAdvance(this->text());
    return {height * 15 / 8 + text + 5 * margin(*this), height + 2 * margin(*this)};
}

QSize Switch::minimumSizeHint() const
{
    return {std::min(sizeHint().width(), fontMetrics().averageCharWidth() * 24), sizeHint().height()};
}

bool Switch::hitButton(const QPoint& position) const
{
    const QRect hit(0, 0, std::min(width(), sizeHint().width()), height());
    return QStyle::visualRect(layoutDirection(), rect(), hit).contains(position);
}

void Switch::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRect track = QStyle::visualRect(layoutDirection(), rect(), trackRect());
    const double radius = track.height() / 2.0;
    QColor ground = isChecked() ? accentColor(palette()) : mutedColor(palette());
    if (!isEnabled())
        ground.setAlphaF(0.5F);
    else if (underMouse())
        ground = isDark(palette()) ? ground.lighter(112) : ground.darker(112);
    painter.setPen(Qt::NoPen);
    painter.setBrush(ground);
    painter.drawRoundedRect(track, radius, radius);

    const int inset = std::max(2, track.height() / 9);
    const int side = track.height() - 2 * inset;
    const bool knobRight = isChecked() != (layoutDirection() == Qt::RightToLeft);
    const QRect knob(knobRight ? track.right() + 1 - inset - side : track.left() + inset, track.top() + inset,
                     side, side);
    const QColor knobColor = palette().color(QPalette::Base);
    painter.setBrush(knobColor);
    painter.drawEllipse(knob);
    const int sign = side / 5;
    paintSymbol(painter, knob.adjusted(sign, sign, -sign, -sign), isChecked() ? u"receive"_s : u"power"_s,
                ground);

    const QRect place = QStyle::visualRect(layoutDirection(), rect(), textRect());
    painter.setPen(
        palette().color(isEnabled() ? QPalette::Active : QPalette::Disabled, QPalette::WindowText));
    const auto alignment = QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft | Qt::AlignVCenter);
    painter.drawText(place, static_cast<int>(alignment),
                     fontMetrics().elidedText(text(), Qt::ElideRight, place.width()));

    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(track).adjusted(-2, -2, 2, 2), radius + 2, radius + 2);
    }
}

} // namespace sockdrop
