#pragma once

#include "transferactions.h"
#include "transferdelegate.h"
#include "transfermodel.h"

#include <QListView>

class QAction;

namespace sockdrop {

/// The list of uploads: rows with buttons, the same actions by context menu and keyboard, rows dragged out as
/// files, a line of text while it is empty.
class TransferView final : public QListView
{
    Q_OBJECT

public:
    explicit TransferView(TransferModel& model, QWidget* parent = nullptr);

    void setEmptyText(const QString& text);

    /// Keeps room for so many buttons in every row, so that the rows' columns end alike.
    void setButtonColumns(int count) { m_delegate.setButtonColumns(count); }

    /// Keeps `row` in sight as long as the row followed before is: whoever scrolled away is left in peace.
    void follow(int row);
    /// Brings `row` into sight and follows it from now on; nothing for a row that is not there.
    void showRow(int row);
    [[nodiscard]] bool isAtEnd() const;

    /// Does `action` to the selected rows that allow it, as a shortcut does.
    void perform(TransferAction action);

    [[nodiscard]] QSize minimumSizeHint() const override;

    void dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                     const QList<int>& roles = {}) override;

Q_SIGNALS:
    /// Somebody asked for `action` on these transfers; each allows it.
    void actionTriggered(sockdrop::TransferAction action, const QList<sockdrop::TransferId>& ids);

protected:
    void paintEvent(QPaintEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    struct Button
    {
        QPersistentModelIndex index;
        std::optional<TransferAction> action;

        bool operator==(const Button&) const = default;
    };

    [[nodiscard]] Button buttonAt(const QPoint& position) const;
    void setHot(const Button& button);
    [[nodiscard]] QList<TransferId> selectedFor(TransferAction action) const;

    TransferModel& m_model;
    TransferDelegate m_delegate;
    QString m_emptyText;
    Button m_hot;
    std::optional<Button> m_pressed;
    QHash<TransferAction, QAction*> m_actions;
    QPersistentModelIndex m_followed;
};

} // namespace sockdrop
