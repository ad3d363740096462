#include "transfermodel.h"

#include <algorithm>
#include <utility>

namespace sockdrop {

TransferModel::TransferModel(QObject* parent) : QAbstractListModel(parent) {}

TransferModel::~TransferModel() = default;

void TransferModel::apply(const QList<TransferSnapshot>& transfers)
{
    const TransferTotals before = m_totals;
    std::vector<int> changed; // places, and rows once all is in its place
    std::vector<Upload> added;
    QHash<TransferId, size_t> addedAt; // one signal may tell a new transfer twice
    for (const TransferSnapshot& transfer : transfers) {
        m_hasBatches = m_hasBatches || transfer.isBatch;
        if (const int place = placeOf(transfer.id); place >= 0) {
            update(transfer, place);
            changed.push_back(place);
        } else if (const auto at = addedAt.constFind(transfer.id); at != addedAt.cend()) {
            added[*at].transfer = transfer;
        } else {
            addedAt.insert(transfer.id, added.size());
            added.push_back({transfer, 0, 0, nullptr});
        }
    }
    append(std::move(added));
    for (int& place : changed)
        place = m_map.rowOf(place);
    emitChanged(std::move(changed));
    if (m_totals != before)
        Q_EMIT totalsChanged();
}

void TransferModel::update(const TransferSnapshot& transfer, int place)
{
    Upload& known = upload(place);
    const bool wasActive = !isFinal(known.transfer.state);
    const bool isActive = !isFinal(transfer.state);
    count(known, -1);
    known.standsFor = transfer.filesTotal == known.transfer.filesTotal ? known.standsFor + 1 : 0;
    known.transfer = transfer;
    if (!wasActive && isActive)
        known.run = m_run; // tried again
    count(known, 1);
    if (!transfer.isBatch)
        showFiles(transfer.id, ShownFiles::None); // a folder that had nothing but one file in it
    else if (wasActive != isActive)
        emitFilesChanged(place); // what has not begun never will, or does again
}

void TransferModel::append(std::vector<Upload> uploads)
{
    if (uploads.empty())
        return;
    const int first = static_cast<int>(m_list.size());
    const int firstRow = rowCount();
    beginInsertRows({}, firstRow, firstRow + static_cast<int>(uploads.size()) - 1);
    for (Upload& upload : uploads) {
        upload.run = m_run;
        count(upload, 1);
    }
    m_list.insert(m_list.end(), std::make_move_iterator(uploads.begin()),
                  std::make_move_iterator(uploads.end()));
    m_map.setUploads(static_cast<int>(m_list.size()));
    reindex(first);
    endInsertRows();
}

void TransferModel::endRun()
{
    if (m_totals.active > 0 || m_totals.runUploads == 0)
        return;
    ++m_run;
    m_totals.endRun();
    Q_EMIT totalsChanged();
}

void TransferModel::count(const Upload& upload, int sign)
{
    m_totals.add(upload.transfer, upload.run == m_run, sign);
}

void TransferModel::emitChanged(std::vector<int> rows)
{
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    std::vector<std::pair<int, int>> ranges;
    for (const int row : rows) {
        if (!ranges.empty() && row == ranges.back().second + 1)
            ranges.back().second = row;
        else
            ranges.emplace_back(row, row);
    }
    constexpr size_t mostRanges = 32; // a thousand signals cost more than painting a few rows in vain
    if (ranges.size() > mostRanges)
        ranges = {{rows.front(), rows.back()}};
    for (const auto& [first, last] : ranges)
        Q_EMIT dataChanged(index(first), index(last));
}

void TransferModel::reindex(int from)
{
    for (int place = from; place < static_cast<int>(m_list.size()); ++place)
        m_places.insert(upload(place).transfer.id, place);
}

void TransferModel::remap()
{
    m_map = {};
    m_map.setUploads(static_cast<int>(m_list.size()));
    for (int place = 0; place < static_cast<int>(m_list.size()); ++place) {
        if (upload(place).files)
            m_map.setFiles(place, upload(place).files->rows());
    }
}

std::vector<TransferModel::Removed> TransferModel::remove(const QList<TransferId>& ids)
{
    std::vector<Removed> removed;
    for (const TransferId id : ids) {
        if (const int place = placeOf(id); place >= 0 && isFinal(upload(place).transfer.state))
            removed.push_back({place, upload(place).transfer, nullptr});
    }
    if (removed.empty())
        return removed;
    std::sort(removed.begin(), removed.end(),
              [](const Removed& a, const Removed& b) { return a.place < b.place; });
    const int first = removed.front().place;
    const int last = removed.back().place;
    // Row by row would take for ever where thousands are scattered over the list.
    const bool isContiguous = last - first + 1 == static_cast<int>(removed.size());
    if (isContiguous)
        beginRemoveRows({}, m_map.rowOf(first), m_map.rowOf(last) + m_map.files(last));
    else
        beginResetModel();
    for (Removed& gone : removed) {
        count(upload(gone.place), -1);
        gone.files = std::move(upload(gone.place).files);
        m_places.remove(gone.transfer.id);
    }
    std::erase_if(m_list, [this](const Upload& upload) { return !m_places.contains(upload.transfer.id); });
    reindex(first);
    remap();
    if (isContiguous)
        endRemoveRows();
    else
        endResetModel();
    Q_EMIT totalsChanged();
    return removed;
}

void TransferModel::restore(std::vector<Removed> removed)
{
    if (removed.empty())
        return;
    beginResetModel();
    std::vector<Upload> list;
    list.reserve(m_list.size() + removed.size());
    auto next = m_list.begin();
    for (Removed& gone : removed) {
        if (m_places.contains(gone.transfer.id))
            continue; // it was told again meanwhile
        while (next != m_list.end() && static_cast<int>(list.size()) < gone.place)
            list.push_back(std::move(*next++));
        m_totals.add(gone.transfer, false, 1);
        list.push_back({std::move(gone.transfer), 0, 0, std::move(gone.files)});
    }
    std::move(next, m_list.end(), std::back_inserter(list));
    m_list = std::move(list);
    reindex(0);
    remap();
    endResetModel();
    Q_EMIT totalsChanged();
}

QList<TransferId> TransferModel::idsWith(TransferActions actions) const
{
    QList<TransferId> ids;
    for (const Upload& upload : m_list) {
        if (actionsFor(upload.transfer) & actions)
            ids << upload.transfer.id;
    }
    return ids;
}

QList<TransferId> TransferModel::clearableIds() const
{
    QList<TransferId> ids;
    for (const Upload& upload : m_list) {
        if (isClearable(upload.transfer))
            ids << upload.transfer.id;
    }
    return ids;
}

} // namespace sockdrop
