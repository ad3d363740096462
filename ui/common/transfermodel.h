#pragma once

#include "fileicon.h"
#include "transferactions.h"
#include "transfertotals.h"

#include <QAbstractListModel>
#include <QHash>
#include <QSet>

#include <vector>

namespace sockdrop {

/// The uploads of one direction, one row each, in the order they were first told. Holds snapshots by id.
class TransferModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    /// Raw values under …Role; what a row says, ready to be painted, under …TextRole and its like.
    enum Role {
        IdRole = Qt::UserRole,
        StateRole,
        BytesDoneRole,
        BytesTotalRole,
        SpeedRole,
        ActionsRole,   ///< TransferActions as int
        ButtonsRole,   ///< those of them with a button in the row
        IconRole,      ///< name of the symbolic icon for the file
        StateIconRole, ///< … and for the state
        ToneRole,      ///< Tone as int
        PeerTextRole,  ///< "to laptop"
        DetailsRole,   ///< QStringList, what matters most first
        FootnoteRole,  ///< third line of a row without a progress bar
        ProgressRole,  ///< 0 to 1; below 0 where the share is unknown; invalid: no bar
    };

    /// Rows that were taken out, with their places.
    struct Removed
    {
        int row = 0;
        TransferSnapshot transfer;
    };

    explicit TransferModel(QObject* parent = nullptr);

    /// Updates the rows of these transfers and appends those not known yet.
    void apply(const QList<TransferSnapshot>& transfers);

    /// Takes ended rows out; running ones stay. What comes back goes to restore().
    std::vector<Removed> remove(const QList<TransferId>& ids);
    void restore(const std::vector<Removed>& removed);

    /// What begins from now on belongs to a new run; nothing while something is active.
    void endRun();

    /// -1 for an id that is not here.
    [[nodiscard]] int rowOf(TransferId id) const { return m_rows.value(id, -1); }
    [[nodiscard]] const TransferSnapshot& at(int row) const { return rowAt(row).transfer; }
    [[nodiscard]] QList<TransferId> idsWith(TransferActions actions) const;
    [[nodiscard]] QList<TransferId> clearableIds() const;
    [[nodiscard]] const TransferTotals& totals() const { return m_totals; }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    [[nodiscard]] QStringList mimeTypes() const override;
    [[nodiscard]] QMimeData* mimeData(const QModelIndexList& indexes) const override;
    [[nodiscard]] Qt::DropActions supportedDragActions() const override { return Qt::CopyAction; }

Q_SIGNALS:
    void totalsChanged();

private:
    struct Row
    {
        TransferSnapshot transfer;
        int run = 0; ///< 0: none
    };

    [[nodiscard]] const Row& rowAt(int row) const { return m_list[static_cast<size_t>(row)]; }
    void count(const Row& row, int sign);
    void update(const TransferSnapshot& transfer, int row);
    void append(std::vector<Row> rows);
    void emitChanged(std::vector<int> rows);
    void reindex(int from);
    [[nodiscard]] QVariant rawData(const TransferSnapshot& transfer, int role) const;
    [[nodiscard]] QVariant paintData(const TransferSnapshot& transfer, int role) const;

    std::vector<Row> m_list;
    QHash<TransferId, int> m_rows;
    TransferTotals m_totals;
    int m_run = 1;
    mutable FileIcons m_icons;
};

} // namespace sockdrop
