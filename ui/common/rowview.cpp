#include "rowview.h"

#include "rowviewaccessible.h"

#include <QPaintEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>

namespace sockdrop {

RowView::RowView(const RowMap& map, QWidget* parent) : QAbstractItemView(parent), m_map(map)
{
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSelectionMode(ExtendedSelection);
    QAccessible::installFactory(&RowViewAccessible::make); // more than once is none more
}

void RowView::setModel(QAbstractItemModel* model)
{
    QAbstractItemView::setModel(model);
    connect(model, &QAbstractItemModel::rowsRemoved, this, &RowView::rowsWereRemoved);
}

void RowView::setRowHeights(RowMap::Heights heights)
{
    if (m_heights == heights)
        return;
    m_heights = heights;
    scheduleDelayedItemsLayout();
}

bool RowView::isAtEnd() const
{
    return verticalScrollBar()->value() == verticalScrollBar()->maximum();
}

bool RowView::isInSight(const QModelIndex& index) const
{
    return viewport()->rect().intersects(visualRect(index));
}

int RowView::verticalOffset() const
{
    return verticalScrollBar()->value();
}

QModelIndex RowView::indexAt(const QPoint& point) const
{
    const int y = point.y() + verticalOffset();
    if (!model() || y < 0)
        return {};
    return model()->index(m_map.rowAt(y, m_heights), 0); // none below the last row
}

QRect RowView::rectOf(int first, int last) const
{
    const int top = rowTop(first);
    return {0, top, viewport()->width(), rowTop(last + 1) - top};
}

QRect RowView::visualRect(const QModelIndex& index) const
{
    return index.isValid() ? rectOf(index.row(), index.row()) : QRect();
}

void RowView::scrollTo(const QModelIndex& index, ScrollHint hint)
{
    if (!index.isValid())
        return;
    updateGeometries(); // rows may have come that the scroll bar does not know of
    const QRect rect = visualRect(index);
    const int space = viewport()->height() - rect.height();
    int place = rect.top();
    if (hint == PositionAtTop || (hint == EnsureVisible && (place < 0 || space < 0)))
        place = 0;
    else if (hint == PositionAtBottom || (hint == EnsureVisible && place > space))
        place = space;
    else if (hint == PositionAtCenter)
        place = space / 2;
    verticalScrollBar()->setValue(verticalOffset() + rect.top() - place);
}

void RowView::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight, const QList<int>&)
{
    // Past QAbstractItemView, which asks for the place of each row in between.
    const QRect changed = rectOf(topLeft.row(), bottomRight.row()).intersected(viewport()->rect());
    if (!changed.isEmpty())
        viewport()->update(changed);
}

void RowView::paintEvent(QPaintEvent* event)
{
    QPainter painter(viewport());
    QStyleOptionViewItem option;
    initViewItemOption(&option);
    const QModelIndex pointed =
        viewport()->underMouse() ? indexAt(viewport()->mapFromGlobal(QCursor::pos())) : QModelIndex();
    const QRect region = event->region().boundingRect();
    const int end = m_map.rows();
    for (int row = m_map.rowAt(std::max(0, region.top() + verticalOffset()), m_heights);
         row < end && rowTop(row) <= region.bottom(); ++row) {
        option.state.setFlag(QStyle::State_MouseOver, pointed.row() == row);
        paintRow(painter, option, row);
    }
}

void RowView::paintRow(QPainter& painter, QStyleOptionViewItem option, int row) const
{
    const QModelIndex index = model()->index(row, 0);
    option.rect = rectOf(row, row);
    option.state.setFlag(QStyle::State_Selected, selectionModel()->isSelected(index));
    option.state.setFlag(QStyle::State_HasFocus, hasFocus() && currentIndex() == index);
    itemDelegate()->paint(&painter, option, index);
}

void RowView::scrollContentsBy(int dx, int dy)
{
    viewport()->scroll(dx, dy);
    if (viewport()->underMouse()) { // the pointer is at another row now
        const QRect pointed = visualRect(indexAt(viewport()->mapFromGlobal(QCursor::pos())));
        viewport()->update(pointed.united(pointed.translated(0, dy)));
    }
}

void RowView::updateGeometries()
{
    const int height = m_map.top(m_map.rows(), m_heights);
    QScrollBar* bar = verticalScrollBar();
    bar->setRange(0, std::max(0, height - viewport()->height()));
    bar->setPageStep(viewport()->height());
    bar->setSingleStep(m_heights.file);
    QAbstractItemView::updateGeometries();
}

void RowView::rowsInserted(const QModelIndex& parent, int start, int end)
{
    const QRect inserted = rectOf(start, end);
    updateGeometries();
    if (inserted.top() < 0)
        verticalScrollBar()->setValue(verticalOffset() + inserted.height());
    viewport()->update();
    QAbstractItemView::rowsInserted(parent, start, end);
}

void RowView::rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end)
{
    const QRect removed = rectOf(start, end);
    m_scrollAfterRemoval = removed.top() < 0 ? std::min(0, removed.bottom() + 1) - removed.top() : 0;
    QAbstractItemView::rowsAboutToBeRemoved(parent, start, end);
}

void RowView::rowsWereRemoved()
{
    const int value = verticalOffset() - std::exchange(m_scrollAfterRemoval, 0);
    updateGeometries();
    verticalScrollBar()->setValue(value);
    viewport()->update();
}

QModelIndex RowView::moveCursor(CursorAction action, Qt::KeyboardModifiers)
{
    const int last = m_map.rows() - 1;
    const QModelIndex current = currentIndex();
    if (last < 0 || (!current.isValid() && action != MoveEnd))
        return model()->index(0, 0);
    const int page = viewport()->height() - m_heights.file;
    const int top = m_map.top(current.row(), m_heights);
    const auto bounded = [this, last](int row) { return model()->index(std::clamp(row, 0, last), 0); };
    switch (action) {
    case MoveUp:
    case MovePrevious:
        return bounded(current.row() - 1);
    case MoveDown:
    case MoveNext:
        return bounded(current.row() + 1);
    case MoveHome:
        return bounded(0);
    case MoveEnd:
        return bounded(last);
    case MovePageUp:
        return bounded(std::min(current.row() - 1,
                                m_map.rowAt(std::max(0, top - page + m_heights.file - 1), m_heights)));
    case MovePageDown:
        return bounded(std::max(current.row() + 1, m_map.rowAt(top + page, m_heights)));
    case MoveLeft:
    case MoveRight:
        break;
    }
    return current;
}

void RowView::setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command)
{
    const QRect area = rect.normalized().translated(0, verticalOffset());
    const int first = m_map.rowAt(std::max(0, area.top()), m_heights);
    const int last = std::min(m_map.rowAt(std::max(0, area.bottom()), m_heights), m_map.rows() - 1);
    QItemSelection selection;
    if (first <= last)
        selection.select(model()->index(first, 0), model()->index(last, 0));
    selectionModel()->select(selection, command);
}

QRegion RowView::visualRegionForSelection(const QItemSelection& selection) const
{
    QRegion region;
    for (const QItemSelectionRange& range : selection)
        region += rectOf(range.top(), range.bottom()).intersected(viewport()->rect());
    return region;
}

void RowView::currentChanged(const QModelIndex& current, const QModelIndex& previous)
{
    QAbstractItemView::currentChanged(current, previous);
    if (QAccessible::isActive() && current.isValid() && hasFocus()) {
        QAccessibleEvent event(this, QAccessible::Focus);
        event.setChild(current.row());
        QAccessible::updateAccessibility(&event);
    }
}

} // namespace sockdrop
