#pragma once

#include "transferactions.h"

#include <QList>
#include <QStyledItemDelegate>

namespace sockdrop {

/// Which roles of the model say what a row shows; see TransferModel::Role.
struct TransferDelegateRoles
{
    int icon = 0;
    int stateIcon = 0;
    int tone = 0;
    int peer = 0;
    int details = 0;
    int footnote = 0;
    int progress = 0;
    int buttons = 0;
};

/// Paints a transfer in three lines of fixed height: name and peer, state and figures, progress bar or
/// footnote; the file's icon before them, buttons behind. Reads roles, looks nothing up.
class TransferDelegate final : public QStyledItemDelegate
{
    Q_OBJECT

public:
    explicit TransferDelegate(const TransferDelegateRoles& roles, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

    void setButtonColumns(int count) { m_buttonColumns = count; }

    /// The button of the row under `position`, in the view's coordinates.
    [[nodiscard]] std::optional<TransferAction>
    buttonAt(const QStyleOptionViewItem& option, const QModelIndex& index, const QPoint& position) const;
    /// The button that is drawn as under the pointer.
    void setHot(const QModelIndex& index, std::optional<TransferAction> action, bool isPressed);

private:
    struct Layout
    {
        QRect icon;
        QRect name;
        QRect peer;
        QRect stateIcon;
        QRect details;
        QRect footnote;
        QRect bar;
        QList<std::pair<TransferAction, QRect>> buttons;
    };

    [[nodiscard]] Layout layout(const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintTexts(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                    const Layout& layout) const;
    void paintBar(QPainter& painter, const QStyleOptionViewItem& option, const QRect& rect,
                  double share) const;
    void paintButtons(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                      const Layout& layout) const;

    TransferDelegateRoles m_roles;
    int m_buttonColumns = 1;
    QPersistentModelIndex m_hotIndex;
    std::optional<TransferAction> m_hotAction;
    bool m_isPressed = false;
};

} // namespace sockdrop
