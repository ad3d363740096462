#include "transferview.h"

#include "format.h"
#include "icons.h"

#include <QAccessible>
#include <QAction>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace sockdrop {

namespace {

TransferDelegateRoles roles()
{
    return {.file = TransferModel::FileRole,
            .shown = TransferModel::ShownRole,
            .icon = TransferModel::IconRole,
            .stateIcon = TransferModel::StateIconRole,
            .tone = TransferModel::ToneRole,
            .side = TransferModel::SideTextRole,
            .sideIcon = TransferModel::SideIconRole,
            .details = TransferModel::DetailsRole,
            .footnote = TransferModel::FootnoteRole,
            .progress = TransferModel::ProgressRole,
            .buttons = TransferModel::ButtonsRole};
}

} // namespace

TransferView::TransferView(TransferModel& model, QWidget* parent)
    : RowView(model.map(), parent), m_model(model), m_delegate(roles())
{
    setModel(&model);
    setItemDelegate(&m_delegate);
    setRowHeights(TransferDelegate::heights(font()));
    setMouseTracking(true);
    setDragEnabled(true);
    setDragDropMode(DragOnly);
    setDefaultDropAction(Qt::CopyAction);
    makeActions();
    connect(selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex& current) {
        if (current.isValid() && !m_model.isFile(current.row()))
            m_followed = current;
    });
}

void TransferView::makeActions()
{
    for (const TransferAction action : allTransferActions) {
        auto* item = new QAction(symbolicIcon(actionIconName(action)), actionText(action), this);
        item->setShortcuts(actionShortcuts(action));
        item->setShortcutContext(Qt::WidgetShortcut);
        connect(item, &QAction::triggered, this, [this, action] { perform(action); });
        addAction(item);
        m_actions.insert(action, item);
    }
}

void TransferView::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

void TransferView::follow(int row)
{
    const bool wasInSight = !m_followed.isValid() || isInSight(m_followed);
    if (wasInSight && m_followed != m_model.index(row))
        showRow(row);
}

void TransferView::showRow(int row)
{
    const QModelIndex index = m_model.index(row);
    if (!index.isValid())
        return;
    m_followed = index;
    scrollTo(index, EnsureVisible);
}

QSize TransferView::minimumSizeHint() const
{
    return {fontMetrics().height() * 12, fontMetrics().height() * 6};
}

QList<int> TransferView::selectedRows() const
{
    QList<int> rows;
    const QItemSelection selection = selectionModel()->selection();
    for (const QItemSelectionRange& range : selection) {
        for (int row = range.top(); row <= range.bottom(); ++row)
            rows << row;
    }
    std::sort(rows.begin(), rows.end());
    return rows;
}

TransferActions TransferView::actionsFor(const QList<int>& rows) const
{
    const TransferActions ofFiles = TransferAction::Open | TransferAction::ShowInFolder |
                                    TransferAction::CopyPath | TransferAction::Retry;
    TransferActions actions;
    for (const int row : rows) {
        // A hundred thousand files have nothing to add to what the first ones can.
        if (!actions.testFlags(ofFiles) || !m_model.isFile(row))
            actions |= m_model.actionsAt(row);
    }
    return actions;
}

void TransferView::perform(TransferAction action)
{
    QList<int> rows = selectedRows();
    rows.removeIf([this, action](int row) { return !m_model.actionsAt(row).testFlag(action); });
    trigger(action, rows);
}

void TransferView::trigger(TransferAction action, const QList<int>& rows)
{
    if (rows.isEmpty())
        return;
    if (action == TransferAction::ToggleFiles || action == TransferAction::ShowFailed) {
        // From the end on: what opens moves those behind it.
        for (auto row = rows.crbegin(); row != rows.crend(); ++row)
            action == TransferAction::ShowFailed ? showFailed(*row) : toggleFiles(*row);
        return;
    }
    QList<RowId> ids;
    for (const int row : rows)
        ids << m_model.idAt(row);
    Q_EMIT actionTriggered(action, ids);
}

/// Selects it alone, whichever keys are held for the shortcut that leads here.
void TransferView::setCurrentRow(int row)
{
    selectionModel()->setCurrentIndex(m_model.index(row), QItemSelectionModel::ClearAndSelect);
}

std::optional<bool> TransferView::isOpen(const QModelIndex& index) const
{
    if (m_model.isFile(index.row()) || !m_model.at(index.row()).isBatch)
        return std::nullopt;
    return m_model.shownAt(index.row()) != ShownFiles::None;
}

void TransferView::toggle(const QModelIndex& index)
{
    if (isOpen(index))
        toggleFiles(index.row());
}

void TransferView::toggleFiles(int row)
{
    const TransferId id = m_model.idAt(row).upload;
    if (m_model.shownAt(row) == ShownFiles::None) {
        m_model.showFiles(id, ShownFiles::All);
        constexpr int first = 4; // of the files, so that one sees what has opened
        const int files = m_model.map().files(m_model.map().at(row).upload);
        scrollTo(m_model.index(row + std::min(first, files)));
    } else {
        const QModelIndex current = currentIndex();
        if (current.isValid() && m_model.idAt(current.row()).upload == id)
            setCurrentRow(row);
        m_model.showFiles(id, ShownFiles::None);
    }
    scrollTo(m_model.index(row));
    tellToggled(row);
}

/// A screen reader says it.
void TransferView::tellToggled(int row)
{
    if (!QAccessible::isActive())
        return;
    QAccessible::State changed;
    changed.expanded = true;
    QAccessibleStateChangeEvent event(this, changed);
    event.setChild(row);
    QAccessible::updateAccessibility(&event);
}

/// Shows only them, or all again: what was looked at stays in sight.
void TransferView::showFailed(int row)
{
    const TransferId id = m_model.idAt(row).upload;
    const RowId looked = currentIndex().isValid() ? m_model.idAt(currentIndex().row()) : RowId();
    if (m_model.shownAt(row) == ShownFiles::Failed) {
        m_model.showFiles(id, ShownFiles::All);
        const int found = looked.upload == id ? m_model.rowOf(looked) : row;
        setCurrentRow(found);
        scrollTo(m_model.index(found), found == row ? EnsureVisible : PositionAtCenter);
        return;
    }
    m_model.showFiles(id, ShownFiles::Failed);
    const bool isAny = row + 1 < m_model.rowCount() && m_model.isFile(row + 1);
    setCurrentRow(isAny ? row + 1 : row);
    scrollTo(m_model.index(row), PositionAtTop);
    tellToggled(row);
}

QString TransferView::textOf(TransferAction action, int row) const
{
    const ShownFiles shown = m_model.shownAt(row);
    if (action == TransferAction::ToggleFiles)
        return shown == ShownFiles::None ? tr("Show files") : tr("Hide files");
    if (action == TransferAction::ShowFailed && shown == ShownFiles::Failed)
        return tr("Show all files");
    return actionText(action, m_model.at(row));
}

bool TransferView::stepSideways(bool isInwards)
{
    const QModelIndex current = currentIndex();
    if (!current.isValid())
        return false;
    const int row = current.row();
    const int uploadRow = m_model.rowOf(m_model.idAt(row).upload);
    const bool isOpen = m_model.shownAt(row) != ShownFiles::None;
    if (!m_model.at(row).isBatch || (isInwards && m_model.isFile(row)) ||
        (!isInwards && row == uploadRow && !isOpen))
        return false;
    if (row != uploadRow)
        setCurrentRow(uploadRow);
    else if (isInwards == !isOpen)
        toggleFiles(row);
    else if (row + 1 < m_model.rowCount() && m_model.isFile(row + 1))
        setCurrentRow(row + 1);
    return true;
}

TransferView::Button TransferView::buttonAt(const QPoint& position) const
{
    const QModelIndex index = indexAt(position);
    if (!index.isValid())
        return {};
    QStyleOptionViewItem option;
    initViewItemOption(&option);
    option.rect = visualRect(index);
    const auto action = m_delegate.buttonAt(option, index, position);
    return action ? Button{index, action} : Button{};
}

void TransferView::setHot(const Button& button)
{
    m_delegate.setHot(button.index, button.action, m_pressed == button);
    for (const auto& index : {m_hot.index, button.index}) {
        if (index.isValid())
            update(index);
    }
    m_hot = button;
}

void TransferView::paintEvent(QPaintEvent* event)
{
    m_delegate.setChevrons(m_model.hasBatches());
    RowView::paintEvent(event);
    if (m_model.rowCount() > 0 || m_emptyText.isEmpty())
        return;
    QPainter painter(viewport());
    painter.setPen(mutedColor(palette()));
    const int margin = fontMetrics().height();
    painter.drawText(viewport()->rect().adjusted(margin, margin, -margin, -margin),
                     Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
}

void TransferView::changeEvent(QEvent* event)
{
    RowView::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        setRowHeights(TransferDelegate::heights(font()));
}

bool TransferView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave)
        setHot({});
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        if (const Button button = buttonAt(help->pos()); button.action) {
            const QString text = textOf(*button.action, button.index.row());
            QToolTip::showText(help->globalPos(), plainToolTip(text), this);
            return true;
        }
    }
    return RowView::viewportEvent(event);
}

void TransferView::keyPressEvent(QKeyEvent* event)
{
    const bool isArrow = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
    const bool isInwards = event->key() == (isRightToLeft() ? Qt::Key_Left : Qt::Key_Right);
    const bool isPlain = (event->modifiers() & ~Qt::KeypadModifier) == Qt::NoModifier;
    if (!isArrow || !isPlain || !stepSideways(isInwards))
        RowView::keyPressEvent(event);
}

void TransferView::mouseMoveEvent(QMouseEvent* event)
{
    setHot(buttonAt(event->pos()));
    if (!m_pressed) // else it would begin a drag or a selection
        RowView::mouseMoveEvent(event);
}

void TransferView::mousePressEvent(QMouseEvent* event)
{
    const Button button = buttonAt(event->pos());
    if (event->button() != Qt::LeftButton || !button.action) {
        RowView::mousePressEvent(event);
        return;
    }
    m_pressed = button;
    setHot(button);
}

void TransferView::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_pressed) {
        RowView::mouseReleaseEvent(event);
        return;
    }
    const Button pressed = *m_pressed;
    m_pressed.reset();
    const Button button = buttonAt(event->pos());
    setHot(button);
    // The row may have changed under the pointer: only what was pressed and is still there is meant.
    if (button == pressed && button.index.isValid())
        trigger(*button.action, {button.index.row()});
}

void TransferView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (buttonAt(event->pos()).action) {
        mousePressEvent(event); // a quick second click on a button
        return;
    }
    RowView::mouseDoubleClickEvent(event);
    const QModelIndex index = indexAt(event->pos());
    if (event->button() != Qt::LeftButton || !index.isValid())
        return;
    if (!m_model.isFile(index.row()) && m_model.at(index.row()).isBatch)
        toggleFiles(index.row());
    else
        perform(TransferAction::Open);
}

void TransferView::contextMenuEvent(QContextMenuEvent* event)
{
    const QList<int> rows = selectedRows();
    const TransferActions actions = actionsFor(rows);
    QMenu menu(this);
    for (const TransferAction action : allTransferActions) {
        if (!actions.testFlag(action))
            continue;
        m_actions.value(action)->setText(textOf(action, rows.first()));
        menu.addAction(m_actions.value(action));
    }
    if (!menu.isEmpty())
        menu.exec(event->globalPos());
}

} // namespace sockdrop
