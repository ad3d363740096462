#include "transfermodel.h"

#include "format.h"
#include "transfertext.h"

#include <QMimeData>
#include <QUrl>

#include <algorithm>
#include <utility>

namespace sockdrop {

using namespace Qt::StringLiterals;

TransferModel::TransferModel(QObject* parent) : QAbstractListModel(parent) {}

void TransferModel::apply(const QList<TransferSnapshot>& transfers)
{
    const TransferTotals before = m_totals;
    std::vector<int> changed;
    std::vector<Row> added;
    QHash<TransferId, size_t> addedAt; // one batch may tell a new transfer twice
    for (const TransferSnapshot& transfer : transfers) {
        if (const int row = rowOf(transfer.id); row >= 0) {
            update(transfer, row);
            changed.push_back(row);
        } else if (const auto at = addedAt.constFind(transfer.id); at != addedAt.cend()) {
            added[*at].transfer = transfer;
        } else {
            addedAt.insert(transfer.id, added.size());
            added.push_back({transfer, 0});
        }
    }
    append(std::move(added));
    emitChanged(std::move(changed));
    if (m_totals != before)
        Q_EMIT totalsChanged();
}

void TransferModel::update(const TransferSnapshot& transfer, int row)
{
    Row& known = m_list[static_cast<size_t>(row)];
    const bool wasActive = !isFinal(known.transfer.state);
    count(known, -1);
    known.transfer = transfer;
    if (!wasActive && !isFinal(transfer.state))
        known.run = m_run; // tried again
    count(known, 1);
}

void TransferModel::append(std::vector<Row> rows)
{
    if (rows.empty())
        return;
    const int first = static_cast<int>(m_list.size());
    beginInsertRows({}, first, first + static_cast<int>(rows.size()) - 1);
    for (Row& row : rows) {
        row.run = m_run;
        count(row, 1);
    }
    m_list.insert(m_list.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    reindex(first);
    endInsertRows();
}

void TransferModel::endRun()
{
    if (m_totals.active > 0 || m_totals.runCount == 0)
        return;
    ++m_run;
    m_totals.endRun();
    Q_EMIT totalsChanged();
}

void TransferModel::count(const Row& row, int sign)
{
    m_totals.add(row.transfer, row.run == m_run, sign);
}

void TransferModel::emitChanged(std::vector<int> rows)
{
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    for (size_t first = 0; first < rows.size();) {
        size_t last = first;
        while (last + 1 < rows.size() && rows[last + 1] == rows[last] + 1)
            ++last;
        Q_EMIT dataChanged(index(rows[first]), index(rows[last]));
        first = last + 1;
    }
}

void TransferModel::reindex(int from)
{
    for (int row = from; row < static_cast<int>(m_list.size()); ++row)
        m_rows.insert(at(row).id, row);
}

std::vector<TransferModel::Removed> TransferModel::remove(const QList<TransferId>& ids)
{
    std::vector<Removed> removed;
    for (const TransferId id : ids) {
        if (const int row = rowOf(id); row >= 0 && isFinal(at(row).state))
            removed.push_back({row, at(row)});
    }
    if (removed.empty())
        return removed;
    std::sort(removed.begin(), removed.end(),
              [](const Removed& a, const Removed& b) { return a.row < b.row; });
    // Row by row would take for ever where thousands are scattered over the list.
    const bool isContiguous =
        removed.back().row - removed.front().row + 1 == static_cast<int>(removed.size());
    if (isContiguous)
        beginRemoveRows({}, removed.front().row, removed.back().row);
    else
        beginResetModel();
    for (const Removed& gone : removed) {
        count(rowAt(gone.row), -1);
        m_rows.remove(gone.transfer.id);
    }
    std::erase_if(m_list, [this](const Row& row) { return !m_rows.contains(row.transfer.id); });
    reindex(removed.front().row);
    if (isContiguous)
        endRemoveRows();
    else
        endResetModel();
    Q_EMIT totalsChanged();
    return removed;
}

void TransferModel::restore(const std::vector<Removed>& removed)
{
    if (removed.empty())
        return;
    beginResetModel();
    std::vector<Row> list;
    list.reserve(m_list.size() + removed.size());
    auto next = m_list.begin();
    for (const Removed& gone : removed) {
        if (m_rows.contains(gone.transfer.id))
            continue; // it was told again meanwhile
        while (next != m_list.end() && static_cast<int>(list.size()) < gone.row)
            list.push_back(std::move(*next++));
        list.push_back({gone.transfer, 0});
        m_totals.add(gone.transfer, false, 1);
    }
    std::move(next, m_list.end(), std::back_inserter(list));
    m_list = std::move(list);
    reindex(0);
    endResetModel();
    Q_EMIT totalsChanged();
}

QList<TransferId> TransferModel::idsWith(TransferActions actions) const
{
    QList<TransferId> ids;
    for (const Row& row : m_list) {
        if (actionsFor(row.transfer) & actions)
            ids << row.transfer.id;
    }
    return ids;
}

QList<TransferId> TransferModel::clearableIds() const
{
    QList<TransferId> ids;
    for (const Row& row : m_list) {
        if (isClearable(row.transfer))
            ids << row.transfer.id;
    }
    return ids;
}

int TransferModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_list.size());
}

QVariant TransferModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const TransferSnapshot& transfer = at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return singleLine(transfer.name);
    case Qt::ToolTipRole:
        return toolTipText(transfer);
    case Qt::AccessibleTextRole:
        return accessibleText(transfer);
    default:
        return role < IconRole ? rawData(transfer, role) : paintData(transfer, role);
    }
}

QVariant TransferModel::rawData(const TransferSnapshot& transfer, int role) const
{
    switch (role) {
    case IdRole:
        return QVariant::fromValue(transfer.id);
    case StateRole:
        return QVariant::fromValue(static_cast<int>(transfer.state));
    case BytesDoneRole:
        return transfer.bytesDone;
    case BytesTotalRole:
        return transfer.bytesTotal;
    case SpeedRole:
        return transfer.bytesPerSecond;
    case ActionsRole:
        return static_cast<int>(actionsFor(transfer));
    case ButtonsRole:
        return static_cast<int>(buttonsFor(transfer));
    default:
        return {};
    }
}

QVariant TransferModel::paintData(const TransferSnapshot& transfer, int role) const
{
    switch (role) {
    case IconRole:
        return transfer.isFolder ? u"folder"_s : m_icons.iconName(transfer.name);
    case StateIconRole:
        return stateIconName(transfer);
    case ToneRole:
        return static_cast<int>(toneOf(transfer));
    case PeerTextRole:
        return peerText(transfer);
    case DetailsRole:
        return detailTexts(transfer);
    case FootnoteRole:
        return footnoteText(transfer);
    case ProgressRole:
        return progressOf(transfer);
    default:
        return {};
    }
}

Qt::ItemFlags TransferModel::flags(const QModelIndex& index) const
{
    if (!index.isValid())
        return Qt::NoItemFlags;
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemNeverHasChildren;
    flags.setFlag(Qt::ItemIsDragEnabled, !localPath(at(index.row())).isEmpty());
    return flags;
}

QStringList TransferModel::mimeTypes() const
{
    return {u"text/uri-list"_s};
}

QMimeData* TransferModel::mimeData(const QModelIndexList& indexes) const
{
    QList<QUrl> urls;
    for (const QModelIndex& index : indexes) {
        if (const QString path = localPath(at(index.row())); !path.isEmpty())
            urls << QUrl::fromLocalFile(path);
    }
    if (urls.isEmpty())
        return nullptr;
    auto data = std::make_unique<QMimeData>();
    data->setUrls(urls);
    return data.release();
}

} // namespace sockdrop
