#pragma once

#include "rowview.h"
#include "transferactions.h"
#include "transferdelegate.h"
#include "transfermodel.h"

class QAction;

namespace sockdrop {

/// The list of uploads: rows with buttons, batches that open, the same actions by context menu and keyboard,
/// rows dragged out as files, a line of text while it is empty.
class TransferView final : public RowView
{
    Q_OBJECT

public:
    explicit TransferView(TransferModel& model, QWidget* parent = nullptr);

    void setEmptyText(const QString& text);

    /// Keeps room for so many buttons in every row, so that the rows' columns end alike.
    void setButtonColumns(int ofUploads, int ofFiles) { m_delegate.setButtonColumns(ofUploads, ofFiles); }

    /// Keeps `row` in sight as long as the row followed before is: whoever scrolled away is left in peace.
    void follow(int row);
    /// Brings `row` into sight and follows it from now on; nothing for a row that is not there.
    void showRow(int row);

    /// Does `action` to the selected rows that allow it, as a shortcut does.
    void perform(TransferAction action);

    [[nodiscard]] std::optional<bool> isOpen(const QModelIndex& index) const override;
    void toggle(const QModelIndex& index) override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// Somebody asked for `action` on these rows; each allows it. What only concerns the list is done
    /// already.
    void actionTriggered(sockdrop::TransferAction action, const QList<sockdrop::RowId>& rows);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool viewportEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
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

    void makeActions();
    [[nodiscard]] Button buttonAt(const QPoint& position) const;
    void setHot(const Button& button);
    [[nodiscard]] QList<int> selectedRows() const;
    [[nodiscard]] TransferActions actionsFor(const QList<int>& rows) const;
    void trigger(TransferAction action, const QList<int>& rows);
    void setCurrentRow(int row);
    void toggleFiles(int row);
    void tellToggled(int row);
    void showFailed(int row);
    [[nodiscard]] QString textOf(TransferAction action, int row) const;
    /// Opens, closes or walks into or out of a batch; false: nothing of that.
    bool stepSideways(bool isInwards);

    TransferModel& m_model;
    TransferDelegate m_delegate;
    QString m_emptyText;
    Button m_hot;
    std::optional<Button> m_pressed;
    QHash<TransferAction, QAction*> m_actions;
    QPersistentModelIndex m_followed;
};

} // namespace sockdrop
