#include "elidedlabel.h"

#include "fieldtexts.h"
#include "format.h"
#include "icons.h"

#include <QPainter>
#include <QStyle>

namespace sockdrop {

ElidedLabel::ElidedLabel(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ElidedLabel::setText(const QString& text)
{
    const QString line = singleLine(text);
    if (m_text == line)
        return;
    m_text = line;
    setPlainToolTip(*this, shortLine(line, mostInToolTip));
    setAccessibleName(line);
    updateGeometry();
    update();
}

void ElidedLabel::setPath(const QString& path)
{
    setText(path);
    m_isPath = true;
}

void ElidedLabel::setMuted(bool isMuted)
{
    m_isMuted = isMuted;
    update();
}

QSize ElidedLabel::sizeHint() const
{
    return {fontMetrics().horizontalAdvance(m_text) + 2, fontMetrics().height() + 2};
}

QSize ElidedLabel::minimumSizeHint() const
{
    return {fontMetrics().averageCharWidth() * 8, fontMetrics().height() + 2};
}

void ElidedLabel::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setPen(m_isMuted ? mutedColor(palette()) : palette().color(QPalette::WindowText));
    const auto alignment = QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft | Qt::AlignVCenter);
    const QString shown = m_isPath ? ltrText(m_text) : isolated(m_text);
    painter.drawText(rect(), static_cast<int>(alignment) | Qt::TextSingleLine,
                     fontMetrics().elidedText(shown, Qt::ElideMiddle, width()));
}

} // namespace sockdrop
