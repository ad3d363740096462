#include "transferview.h"

#include "format.h"
#include "icons.h"

#include <QAction>
#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

namespace sockdrop {

namespace {

TransferDelegateRoles roles()
{
    return {.icon = TransferModel::IconRole,
            .stateIcon = TransferModel::StateIconRole,
            .tone = TransferModel::ToneRole,
            .peer = TransferModel::PeerTextRole,
            .details = TransferModel::DetailsRole,
            .footnote = TransferModel::FootnoteRole,
            .progress = TransferModel::ProgressRole,
            .buttons = TransferModel::ButtonsRole};
}

} // namespace

TransferView::TransferView(TransferModel& model, QWidget* parent)
    : QListView(parent), m_model(model), m_delegate(roles())
{
    setModel(&model);
    setItemDelegate(&m_delegate);
    setUniformItemSizes(true);
    setSelectionMode(ExtendedSelection);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setResizeMode(Adjust);
    setMouseTracking(true);
    setDragEnabled(true);
    setDragDropMode(DragOnly);
    setDefaultDropAction(Qt::CopyAction);
    for (const TransferAction action : allTransferActions) {
        auto* item = new QAction(symbolicIcon(actionIconName(action)), actionText(action), this);
        item->setShortcuts(actionShortcuts(action));
        item->setShortcutContext(Qt::WidgetShortcut);
        connect(item, &QAction::triggered, this, [this, action] { perform(action); });
        addAction(item);
        m_actions.insert(action, item);
    }
    connect(selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex& current) { m_followed = current; });
}

void TransferView::setEmptyText(const QString& text)
{
    m_emptyText = text;
    viewport()->update();
}

void TransferView::follow(int row)
{
    const bool wasInSight = !m_followed.isValid() || viewport()->rect().intersects(visualRect(m_followed));
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

bool TransferView::isAtEnd() const
{
    return verticalScrollBar()->value() == verticalScrollBar()->maximum();
}

void TransferView::perform(TransferAction action)
{
    const QList<TransferId> ids = selectedFor(action);
    if (!ids.isEmpty())
        Q_EMIT actionTriggered(action, ids);
}

QSize TransferView::minimumSizeHint() const
{
    return {fontMetrics().height() * 12, fontMetrics().height() * 6};
}

void TransferView::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                               const QList<int>& roles)
{
    // Past QListView, which would lay out all rows anew, a hundred thousand of them, ten times a second: they
    // are all of one height, whatever they say.
    QAbstractItemView::dataChanged(topLeft, bottomRight, roles); // NOLINT(bugprone-parent-virtual-call)
}

QList<TransferId> TransferView::selectedFor(TransferAction action) const
{
    QList<TransferId> ids;
    for (const QModelIndex& index : selectionModel()->selectedRows()) {
        const TransferSnapshot& transfer = m_model.at(index.row());
        if (actionsFor(transfer).testFlag(action))
            ids << transfer.id;
    }
    return ids;
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
    QListView::paintEvent(event);
    if (m_model.rowCount() > 0 || m_emptyText.isEmpty())
        return;
    QPainter painter(viewport());
    painter.setPen(mutedColor(palette()));
    const int margin = fontMetrics().height();
    painter.drawText(viewport()->rect().adjusted(margin, margin, -margin, -margin),
                     Qt::AlignCenter | Qt::TextWordWrap, m_emptyText);
}

bool TransferView::viewportEvent(QEvent* event)
{
    if (event->type() == QEvent::Leave)
        setHot({});
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        if (const Button button = buttonAt(help->pos()); button.action) {
            QToolTip::showText(help->globalPos(), plainToolTip(actionText(*button.action)), this);
            return true;
        }
    }
    return QListView::viewportEvent(event);
}

void TransferView::mouseMoveEvent(QMouseEvent* event)
{
    setHot(buttonAt(event->pos()));
    if (!m_pressed) // else it would begin a drag or a selection
        QListView::mouseMoveEvent(event);
}

void TransferView::mousePressEvent(QMouseEvent* event)
{
    const Button button = buttonAt(event->pos());
    if (event->button() != Qt::LeftButton || !button.action) {
        QListView::mousePressEvent(event);
        return;
    }
    m_pressed = button;
    setHot(button);
}

void TransferView::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_pressed) {
        QListView::mouseReleaseEvent(event);
        return;
    }
    const Button pressed = *m_pressed;
    m_pressed.reset();
    const Button button = buttonAt(event->pos());
    setHot(button);
    // The row may have changed under the pointer: only what was pressed and is still there is meant.
    if (button == pressed && button.index.isValid())
        Q_EMIT actionTriggered(*button.action, {m_model.at(button.index.row()).id});
}

void TransferView::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (buttonAt(event->pos()).action) {
        mousePressEvent(event); // a quick second click on a button
        return;
    }
    QListView::mouseDoubleClickEvent(event);
    if (event->button() == Qt::LeftButton && indexAt(event->pos()).isValid())
        perform(TransferAction::Open);
}

void TransferView::contextMenuEvent(QContextMenuEvent* event)
{
    QMenu menu(this);
    for (const TransferAction action : allTransferActions) {
        if (!selectedFor(action).isEmpty())
            menu.addAction(m_actions.value(action));
    }
    if (!menu.isEmpty())
        menu.exec(event->globalPos());
}

} // namespace sockdrop
