// How a TransferModel keeps and shows the files of batches.
#include "transfermodel.h"

#include <algorithm>
#include <map>

namespace sockdrop {

void TransferModel::applyFiles(const QList<FileSnapshot>& files)
{
    std::map<int, std::vector<int>> touched; // by upload: places of its files
    for (const FileSnapshot& file : files) {
        const int place = placeOf(file.batch);
        if (place < 0 || !upload(place).transfer.isBatch)
            continue;
        Upload& batch = upload(place);
        if (!batch.files)
            batch.files = std::make_unique<BatchFiles>();
        if (const int touchedFile = batch.files->put(file); touchedFile >= 0)
            touched[place].push_back(touchedFile);
    }
    for (const auto& [place, places] : touched)
        applyTouched(place, places);
}

/// Shows what changed of an upload's files, and those that came.
void TransferModel::applyTouched(int place, const std::vector<int>& files)
{
    Upload& batch = upload(place);
    std::vector<int> changed;
    const int before = m_map.files(place);
    const int first = m_map.rowOf(place) + 1;
    for (const int file : files) {
        if (const int row = batch.files->rowOf(file); row >= 0 && row < before)
            changed.push_back(first + row);
    }
    if (const int now = batch.files->rows(); now > before) {
        beginInsertRows({}, first + before, first + now - 1);
        m_map.setFiles(place, now);
        endInsertRows();
    }
    emitChanged(std::move(changed));
}

void TransferModel::emitFilesChanged(int place)
{
    const int first = m_map.rowOf(place) + 1;
    if (const int files = m_map.files(place); files > 0)
        Q_EMIT dataChanged(index(first), index(first + files - 1));
}

void TransferModel::showFiles(TransferId id, ShownFiles shown)
{
    const int place = placeOf(id);
    if (place < 0 || (!upload(place).transfer.isBatch && shown != ShownFiles::None))
        return;
    Upload& batch = upload(place);
    if (!batch.files && shown != ShownFiles::None)
        batch.files = std::make_unique<BatchFiles>();
    if (!batch.files || batch.files->shown() == shown)
        return;
    const int row = m_map.rowOf(place);
    if (const int before = m_map.files(place); before > 0) {
        beginRemoveRows({}, row + 1, row + before);
        batch.files->show(ShownFiles::None);
        m_map.setFiles(place, 0);
        endRemoveRows();
    }
    batch.files->show(shown);
    if (const int now = batch.files->rows(); now > 0) {
        beginInsertRows({}, row + 1, row + now);
        m_map.setFiles(place, now);
        endInsertRows();
    }
    Q_EMIT dataChanged(index(row), index(row));
}

int TransferModel::rowOf(TransferId id) const
{
    const int place = placeOf(id);
    return place < 0 ? -1 : m_map.rowOf(place);
}

int TransferModel::rowOf(const RowId& id) const
{
    const int place = placeOf(id.upload);
    if (place < 0 || id.file == 0)
        return place < 0 ? -1 : m_map.rowOf(place);
    const BatchFiles* files = upload(place).files.get();
    const int file = files ? files->table().placeOf(id.file) : -1;
    const int row = file < 0 ? -1 : files->rowOf(file);
    return row < 0 ? -1 : m_map.rowOf(place) + 1 + row;
}

RowId TransferModel::idAt(int row) const
{
    const RowMap::Place place = m_map.at(row);
    const Upload& shown = upload(place.upload);
    if (place.file < 0)
        return {shown.transfer.id, 0};
    return {shown.transfer.id, shown.files->table().number(shown.files->placeAt(place.file))};
}

const TransferSnapshot& TransferModel::at(int row) const
{
    return upload(m_map.at(row).upload).transfer;
}

FileSnapshot TransferModel::fileAt(int row) const
{
    const RowMap::Place place = m_map.at(row);
    const Upload& batch = upload(place.upload);
    FileSnapshot file = batch.files->table().at(batch.files->placeAt(place.file));
    file.peer = batch.transfer.peer;
    if (isFinal(batch.transfer.state) && !isFinal(file.state))
        file.state = TransferState::Cancelled; // the batch ended before it came to this one
    return file;
}

QString TransferModel::landedItem(const Upload& upload)
{
    const TransferSnapshot& transfer = upload.transfer;
    const bool hasItems =
        upload.files && transfer.direction == Direction::Receiving && isFinal(transfer.state);
    return hasItems && transfer.destination.isEmpty() ? upload.files->landedItem() : QString();
}

TransferActions TransferModel::actionsOf(const Upload& upload)
{
    const TransferActions actions = actionsFor(upload.transfer);
    return landedItem(upload).isEmpty() ? actions : actions | TransferAction::ShowInFolder;
}

TransferActions TransferModel::actionsAt(int row) const
{
    if (!isFile(row))
        return actionsOf(upload(m_map.at(row).upload));
    const FileSnapshot file = fileAt(row);
    TransferActions actions = actionsFor(file);
    if (file.state == TransferState::Failed) // with all others that failed
        actions |= actionsFor(at(row)) & TransferAction::Retry;
    return actions;
}

ShownFiles TransferModel::shownAt(int row) const
{
    const Upload& shown = upload(m_map.at(row).upload);
    return shown.files ? shown.files->shown() : ShownFiles::None;
}

} // namespace sockdrop
