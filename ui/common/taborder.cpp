#include "taborder.h"

#include <QApplication>
#include <QLayout>
#include <QScrollArea>
#include <QWidget>

namespace sockdrop {

namespace {

void collect(const QLayout& layout, QList<QWidget*>& found);

void collect(QWidget& widget, QList<QWidget*>& found)
{
    if (const auto* area = qobject_cast<QScrollArea*>(&widget); area && area->widget())
        collect(*area->widget(), found);
    else if ((widget.focusPolicy() & Qt::TabFocus) != 0)
        found << &widget;
    else if (widget.layout())
        collect(*widget.layout(), found);
}

void collect(const QLayout& layout, QList<QWidget*>& found)
{
    for (int i = 0; i < layout.count(); ++i) {
        QLayoutItem* item = layout.itemAt(i);
        if (item->widget())
            collect(*item->widget(), found);
        else if (const QLayout* inner = item->layout())
            collect(*inner, found);
    }
}

} // namespace

void tabInLayoutOrder(QWidget& page)
{
    QList<QWidget*> widgets;
    if (page.layout())
        collect(*page.layout(), widgets);
    for (qsizetype i = 1; i < widgets.size(); ++i)
        QWidget::setTabOrder(widgets.at(i - 1), widgets.at(i));
}

void handFocusOver(const QWidget& leaving, QWidget* heir)
{
    const QWidget* focus = QApplication::focusWidget();
    if (!heir || (focus != &leaving && !leaving.isAncestorOf(focus)))
        return;
    QWidget* next = heir->isVisible() ? heir : leaving.parentWidget();
    next->setFocus(Qt::OtherFocusReason);
}

void tabBefore(QWidget& widget, QWidget& next)
{
    QWidget* previous = next.previousInFocusChain();
    if (previous != &widget)
        QWidget::setTabOrder(previous, &widget);
}

} // namespace sockdrop
