#pragma once

#include "messagebar.h"
#include "openpath.h"
#include "transfermodel.h"
#include "transferview.h"

#include <QTimer>
#include <QWidget>

class QAction;

namespace sockdrop {

class ElidedLabel;
class ProgressLine;

/// The lower part of both pages: the sums, the list, and what can be done to all of it. Knows no engine.
class TransferPanel final : public QWidget
{
    Q_OBJECT

public:
    explicit TransferPanel(Direction direction, QWidget* parent = nullptr);
    ~TransferPanel() override;

    void apply(const QList<TransferSnapshot>& transfers);
    void applyFiles(const QList<FileSnapshot>& files);
    /// The next new rows come of what the person does now: they are shown wherever the list was scrolled to.
    void showNewRows() { m_showsNewRows = true; }
    void setEmptyText(const QString& text) { m_view.setEmptyText(text); }

    [[nodiscard]] TransferModel& model() { return m_model; }
    [[nodiscard]] TransferView& view() { return m_view; }
    [[nodiscard]] MessageBar& messageBar() { return m_bar; }
    [[nodiscard]] QAction& clearAction() { return *m_clear; }
    /// Visible only where something can be tried again.
    [[nodiscard]] QAction& retryAction() { return *m_retry; }

Q_SIGNALS:
    void cancelRequested(const QList<sockdrop::TransferId>& ids);
    /// After the person was asked.
    void discardRequested(const QList<sockdrop::TransferId>& ids);
    void retryRequested(const QList<sockdrop::TransferId>& ids);
    void pauseRequested(const QList<sockdrop::TransferId>& ids);
    void resumeRequested(const QList<sockdrop::TransferId>& ids);
    void knownPeersRequested();
    /// These were removed from the list, and nobody can undo it any more.
    void forgotten(const QList<sockdrop::TransferId>& ids);

private:
    void perform(TransferAction action, const QList<RowId>& rows);
    void askToDiscard(const QList<TransferId>& ids);
    void remove(const QList<TransferId>& ids);
    void undoRemove();
    void endUndo();
    [[nodiscard]] int rowToShow(const QList<TransferSnapshot>& transfers, int rowsBefore) const;
    void forgetRemoved();
    void open(const QList<RowId>& rows, TransferAction action);
    void showOpening(const QString& path, Opening opening);
    void copyPaths(const QList<RowId>& rows) const;
    void showTotals();
    [[nodiscard]] QString totalsText() const;

    Direction m_direction;
    TransferModel m_model;
    TransferView m_view;
    MessageBar m_bar;
    ElidedLabel* m_totals;
    ProgressLine* m_progress;
    QAction* m_clear;
    QAction* m_retry;
    QTimer m_runEnd; // uploads of one batch may come in one by one
    QTimer m_undoEnd;
    std::vector<TransferModel::Removed> m_removed; // for as long as the bar offers Undo
    RowId m_runningFile;
    bool m_showsNewRows = false;
};

} // namespace sockdrop
