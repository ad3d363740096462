#include "progressline.h"

#include "icons.h"

#include <QPainter>
#include <QStyle>

namespace sockdrop {

ProgressLine::ProgressLine(QWidget* parent) : QWidget(parent)
{
    setFixedHeight(std::max(3, fontMetrics().height() / 4));
}

void ProgressLine::setPercent(int percent)
{
    m_percent = percent;
    setAccessibleName(tr("%1 percent of all").arg(percent));
    update();
}

void ProgressLine::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const double radius = height() / 2.0;
    painter.setBrush(faintColor(palette()));
    painter.drawRoundedRect(rect(), radius, radius);
    QRect done = rect();
    done.setWidth(width() * m_percent / 100);
    painter.setBrush(accentColor(palette()));
    if (m_percent > 0)
        painter.drawRoundedRect(QStyle::visualRect(layoutDirection(), rect(), done), radius, radius);
}

} // namespace sockdrop
