#pragma once

#include "rowmap.h"

#include <QAbstractItemView>

#include <optional>

namespace sockdrop {

/// A list whose rows have one of two heights. Nothing is laid out: where a row lies is worked out when it is
/// asked for, so that neither rows that come nor rows that change cost more where there are a hundred
/// thousand of them (QListView lays out all of them anew). What is in sight stays where it is when rows come
/// or go above it.
class RowView : public QAbstractItemView
{
    Q_OBJECT

public:
    /// `map` is that of the model, which is set later.
    explicit RowView(const RowMap& map, QWidget* parent = nullptr);

    void setModel(QAbstractItemModel* model) override;
    void setRowHeights(RowMap::Heights heights);
    [[nodiscard]] bool isAtEnd() const;
    /// Whether a part of it is to be seen.
    [[nodiscard]] bool isInSight(const QModelIndex& index) const;

    /// Whether a row that can be opened is; nothing for others.
    [[nodiscard]] virtual std::optional<bool> isOpen(const QModelIndex& index) const = 0;
    /// Opens or closes it.
    virtual void toggle(const QModelIndex& index) = 0;

    [[nodiscard]] QModelIndex indexAt(const QPoint& point) const override;
    [[nodiscard]] QRect visualRect(const QModelIndex& index) const override;
    void scrollTo(const QModelIndex& index, ScrollHint hint = EnsureVisible) override;
    void dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                     const QList<int>& roles = {}) override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void updateGeometries() override;
    void rowsInserted(const QModelIndex& parent, int start, int end) override;
    void rowsAboutToBeRemoved(const QModelIndex& parent, int start, int end) override;
    [[nodiscard]] QModelIndex moveCursor(CursorAction action, Qt::KeyboardModifiers modifiers) override;
    [[nodiscard]] int horizontalOffset() const override { return 0; }
    [[nodiscard]] int verticalOffset() const override;
    [[nodiscard]] bool isIndexHidden(const QModelIndex&) const override { return false; }
    void setSelection(const QRect& rect, QItemSelectionModel::SelectionFlags command) override;
    [[nodiscard]] QRegion visualRegionForSelection(const QItemSelection& selection) const override;
    void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

private:
    [[nodiscard]] int rowTop(int row) const { return m_map.top(row, m_heights) - verticalOffset(); }
    /// Of rows that are next to each other, on the viewport.
    [[nodiscard]] QRect rectOf(int first, int last) const;
    void rowsWereRemoved();
    void paintRow(QPainter& painter, QStyleOptionViewItem option, int row) const;

    const RowMap& m_map;
    RowMap::Heights m_heights;
    int m_scrollAfterRemoval = 0;
};

} // namespace sockdrop
