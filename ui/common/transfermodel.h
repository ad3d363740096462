#pragma once

#include "batchfiles.h"
#include "fileicon.h"
#include "rowmap.h"
#include "transferactions.h"
#include "transfertotals.h"

#include <QAbstractListModel>
#include <QHash>

#include <memory>
#include <vector>

namespace sockdrop {

/// What a row shows: an upload, or one file of it.
struct RowId
{
    TransferId upload = 0;
    quint32 file = 0; ///< 0: the upload itself

    bool operator==(const RowId&) const = default;
};

/// The uploads of one direction, one row each, in the order they were first told, and below a batch that is
/// open the rows of its files. Holds snapshots by id. The files of a closed batch cost memory, no time.
class TransferModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    /// Raw values under …Role; what a row says, ready to be painted, under …TextRole and its like.
    enum Role {
        IdRole = Qt::UserRole,
        FileRole, ///< number of the file in its batch; 0: the row of an upload
        StateRole,
        BytesDoneRole,
        BytesTotalRole,
        SpeedRole,
        ActionsRole,   ///< TransferActions as int
        ButtonsRole,   ///< those of them with a button in the row
        ShownRole,     ///< ShownFiles as int; invalid where there is nothing to open
        IconRole,      ///< name of the symbolic icon for the file
        StateIconRole, ///< … and for the state
        ToneRole,      ///< Tone as int
        SideTextRole,  ///< at the row's end: "to laptop"; of a file its size
        SideIconRole,  ///< name of the symbolic icon before that; invalid: none
        DetailsRole,   ///< QStringList, what matters most first
        FootnoteRole,  ///< third line of a row without a progress bar
        ProgressRole,  ///< 0 to 1; below 0 where the share is unknown; invalid: no bar
    };

    /// An upload that was taken out, with its place among the others.
    struct Removed
    {
        int place = 0;
        TransferSnapshot transfer;
        std::unique_ptr<BatchFiles> files;
    };

    explicit TransferModel(QObject* parent = nullptr);
    ~TransferModel() override;

    /// Updates the rows of these transfers and appends those not known yet.
    void apply(const QList<TransferSnapshot>& transfers);
    /// The same for files of batches; those of uploads that are not here are nobody's.
    void applyFiles(const QList<FileSnapshot>& files);
    /// Opens or closes a batch; nothing for other uploads.
    void showFiles(TransferId id, ShownFiles shown);

    /// Takes ended uploads out; running ones stay. What comes back goes to restore().
    std::vector<Removed> remove(const QList<TransferId>& ids);
    void restore(std::vector<Removed> removed);

    /// What begins from now on belongs to a new run; nothing while something is active.
    void endRun();

    /// -1 for what has no row.
    [[nodiscard]] int rowOf(TransferId id) const;
    [[nodiscard]] int rowOf(const RowId& id) const;
    [[nodiscard]] RowId idAt(int row) const;
    [[nodiscard]] bool isFile(int row) const { return m_map.isFile(row); }
    /// The upload in that row, or that the file there belongs to.
    [[nodiscard]] const TransferSnapshot& at(int row) const;
    /// Only for the row of a file.
    [[nodiscard]] FileSnapshot fileAt(int row) const;
    /// On this machine; empty while there is none.
    [[nodiscard]] QString pathAt(int row) const;
    /// What a file manager shows of it: where it has no path of its own, one of the things that landed.
    [[nodiscard]] QString pathToShow(int row) const;
    [[nodiscard]] TransferActions actionsAt(int row) const;
    [[nodiscard]] ShownFiles shownAt(int row) const;
    [[nodiscard]] const RowMap& map() const { return m_map; }
    /// There is or was something to open.
    [[nodiscard]] bool hasBatches() const { return m_hasBatches; }

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
    struct Upload
    {
        TransferSnapshot transfer;
        int run = 0;                       ///< 0: none
        int standsFor = 0;                 ///< while preparing: so many snapshots told no further file
        std::unique_ptr<BatchFiles> files; ///< of a batch, once there are any or it was opened
    };

    [[nodiscard]] const Upload& upload(int place) const { return m_list[static_cast<size_t>(place)]; }
    [[nodiscard]] Upload& upload(int place) { return m_list[static_cast<size_t>(place)]; }
    [[nodiscard]] int placeOf(TransferId id) const { return m_places.value(id, -1); }
    [[nodiscard]] static bool isCounting(const Upload& upload);
    void count(const Upload& upload, int sign);
    void update(const TransferSnapshot& transfer, int place);
    void append(std::vector<Upload> uploads);
    void emitChanged(std::vector<int> rows);
    void reindex(int from);
    void remap();

    [[nodiscard]] static QString landedItem(const Upload& upload);
    [[nodiscard]] static TransferActions actionsOf(const Upload& upload);
    void applyTouched(int place, const std::vector<int>& files);
    void emitFilesChanged(int place);

    [[nodiscard]] static QVariant commonData(const TransferSnapshot& transfer, int role);
    [[nodiscard]] QVariant uploadData(const Upload& upload, int role) const;
    [[nodiscard]] QVariant fileData(const FileSnapshot& file, const Upload& batch, int role) const;

    std::vector<Upload> m_list;
    QHash<TransferId, int> m_places;
    RowMap m_map;
    TransferTotals m_totals;
    int m_run = 1;
    bool m_hasBatches = false;
    mutable FileIcons m_icons;
};

} // namespace sockdrop
