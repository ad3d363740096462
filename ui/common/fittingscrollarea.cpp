#include "fittingscrollarea.h"

#include <QEvent>

namespace sockdrop {

FittingScrollArea::FittingScrollArea(QWidget* content, int leastLines, QWidget* parent)
    : QScrollArea(parent), m_leastLines(leastLines)
{
    setFrameShape(NoFrame);
    setFocusPolicy(Qt::NoFocus); // Tab goes to what is in it, and it scrolls along
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    setWidget(content);
    // On the page's own ground, like everything around it.
    viewport()->setAutoFillBackground(false);
    content->setAutoFillBackground(false);
    content->installEventFilter(this);
}

QSize FittingScrollArea::sizeHint() const
{
    const int height = widget()->hasHeightForWidth() && width() > 0
                           ? widget()->heightForWidth(viewport()->width())
                           : widget()->sizeHint().height();
    return {widget()->sizeHint().width(), height};
}

QSize FittingScrollArea::minimumSizeHint() const
{
    return {widget()->minimumSizeHint().width(),
            std::min(sizeHint().height(), fontMetrics().height() * m_leastLines)};
}

bool FittingScrollArea::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == widget() && event->type() == QEvent::LayoutRequest)
        updateGeometry();
    return QScrollArea::eventFilter(watched, event);
}

} // namespace sockdrop
