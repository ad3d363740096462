#include "rowviewaccessible.h"

#include "rowview.h"

namespace sockdrop {

RowViewAccessible::RowViewAccessible(RowView& view)
    : QAccessibleWidget(&view, QAccessible::List), m_view(view)
{}

RowViewAccessible::~RowViewAccessible()
{
    for (const QAccessible::Id id : m_rows)
        QAccessible::deleteAccessibleInterface(id);
}

QAccessibleInterface* RowViewAccessible::make(const QString&, QObject* object)
{
    auto* view = qobject_cast<RowView*>(object);
    return view ? new RowViewAccessible(*view) : nullptr;
}

int RowViewAccessible::childCount() const
{
    return m_view.model()->rowCount();
}

QAccessibleInterface* RowViewAccessible::child(int row) const
{
    const QModelIndex index = m_view.model()->index(row, 0);
    if (!index.isValid())
        return nullptr;
    if (const auto known = m_rows.constFind(index); known != m_rows.cend())
        return QAccessible::accessibleInterface(*known);
    forgetRemoved();
    auto* made = new RowAccessible(m_view, index); // QAccessible owns it from now on
    m_rows.insert(index, QAccessible::registerAccessibleInterface(made));
    return made;
}

void RowViewAccessible::forgetRemoved() const
{
    m_rows.removeIf([](const auto& row) {
        const bool isGone = !row.key().isValid();
        if (isGone)
            QAccessible::deleteAccessibleInterface(row.value());
        return isGone;
    });
}

QAccessibleInterface* RowViewAccessible::childAt(int x, int y) const
{
    const QPoint place = m_view.viewport()->mapFromGlobal(QPoint(x, y));
    return m_view.viewport()->rect().contains(place) ? child(m_view.indexAt(place).row()) : nullptr;
}

int RowViewAccessible::indexOfChild(const QAccessibleInterface* child) const
{
    const auto* row = dynamic_cast<const RowAccessible*>(child);
    return row && row->index().isValid() ? row->index().row() : -1;
}

QAccessibleInterface* RowViewAccessible::focusChild() const
{
    return m_view.hasFocus() ? child(m_view.currentIndex().row()) : nullptr;
}

RowAccessible::RowAccessible(RowView& view, const QModelIndex& index) : m_view(&view), m_index(index) {}

bool RowAccessible::isValid() const
{
    return m_view && m_index.isValid();
}

QAccessibleInterface* RowAccessible::parent() const
{
    return QAccessible::queryAccessibleInterface(m_view);
}

QString RowAccessible::text(QAccessible::Text kind) const
{
    if (!isValid())
        return {};
    if (kind == QAccessible::Name)
        return m_index.data(Qt::AccessibleTextRole).toString();
    return kind == QAccessible::Description ? m_index.data(Qt::AccessibleDescriptionRole).toString()
                                            : QString();
}

QRect RowAccessible::rect() const
{
    if (!isValid())
        return {};
    const QRect place = m_view->visualRect(m_index);
    return {m_view->viewport()->mapToGlobal(place.topLeft()), place.size()};
}

QAccessible::State RowAccessible::state() const
{
    QAccessible::State state;
    if (!isValid()) {
        state.invalid = true;
        return state;
    }
    state.selectable = true;
    state.multiSelectable = true;
    state.focusable = true;
    state.selected = m_view->selectionModel()->isSelected(m_index);
    state.focused = m_view->hasFocus() && m_view->currentIndex() == m_index;
    state.offscreen = !m_view->isInSight(m_index);
    state.invisible = state.offscreen;
    const std::optional<bool> isOpen = m_view->isOpen(m_index);
    state.expandable = isOpen.has_value();
    state.expanded = isOpen.value_or(false);
    state.collapsed = isOpen.has_value() && !*isOpen;
    return state;
}

void* RowAccessible::interface_cast(QAccessible::InterfaceType type)
{
    return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
}

QStringList RowAccessible::actionNames() const
{
    if (!isValid())
        return {};
    QStringList names{setFocusAction()};
    if (m_view->isOpen(m_index))
        names.prepend(toggleAction());
    return names;
}

void RowAccessible::doAction(const QString& action)
{
    if (!isValid())
        return;
    if (action == toggleAction())
        m_view->toggle(m_index);
    else if (action == setFocusAction())
        m_view->setCurrentIndex(m_index);
}

} // namespace sockdrop
