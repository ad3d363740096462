#include "tintedframe.h"

#include "taborder.h"

#include <QPainter>

namespace sockdrop {

TintedFrame::TintedFrame(QWidget* parent) : QFrame(parent) {}

void TintedFrame::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void TintedFrame::leave()
{
    handFocusOver(*this, m_heir);
    hide();
}

void TintedFrame::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor strong = toneColor(palette(), m_tone);
    QColor ground = strong;
    ground.setAlphaF(0.12F);
    const double radius = fontMetrics().height() / 3.0;
    painter.setPen(QPen(strong, 1));
    painter.setBrush(ground);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius);
}

} // namespace sockdrop
