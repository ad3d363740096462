#include "symbollabel.h"

#include <QPainter>

namespace sockdrop {

SymbolLabel::SymbolLabel(QWidget* parent) : QWidget(parent)
{
    const int side = fontMetrics().height() * 5 / 4;
    setFixedSize(side, side);
}

void SymbolLabel::setSymbol(const QString& name, Tone tone)
{
    m_name = name;
    m_tone = tone;
    update();
}

void SymbolLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    if (!m_name.isEmpty())
        paintSymbol(painter, rect(), m_name, toneColor(palette(), m_tone));
}

} // namespace sockdrop
