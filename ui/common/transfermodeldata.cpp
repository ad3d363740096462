// What the rows of a TransferModel say.
#include "filetext.h"
#include "format.h"
#include "transfermodel.h"
#include "transfertext.h"

#include <QMimeData>
#include <QUrl>

namespace sockdrop {

using namespace Qt::StringLiterals;

int TransferModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_map.rows();
}

QVariant TransferModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const Upload& shown = upload(m_map.at(index.row()).upload);
    return isFile(index.row()) ? fileData(fileAt(index.row()), shown, role) : uploadData(shown, role);
}

/// A walk may stand for a moment; asking the peer takes longer.
bool TransferModel::isCounting(const Upload& upload)
{
    constexpr int longest = 10; // snapshots come ten times a second
    return upload.transfer.isBatch && upload.transfer.state == TransferState::Preparing &&
           upload.standsFor < longest;
}

QVariant TransferModel::uploadData(const Upload& upload, int role) const
{
    const TransferSnapshot& transfer = upload.transfer;
    switch (role) {
    case Qt::DisplayRole:
        return singleLine(transfer.name);
    case Qt::ToolTipRole:
        return toolTipText(transfer);
    case Qt::AccessibleTextRole:
        return accessibleText(transfer);
    case Qt::AccessibleDescriptionRole:
        return !transfer.isBatch ? QVariant()
               : upload.files && upload.files->shown() != ShownFiles::None
                   ? tr("Its files are shown. Left hides them.")
                   : tr("Right shows its files.");
    case FileRole:
        return 0U;
    case ActionsRole:
        return static_cast<int>(actionsOf(upload));
    case ButtonsRole:
        return static_cast<int>(buttonsFor(transfer) | (actionsOf(upload) & ~actionsFor(transfer)));
    case ShownRole:
        return !transfer.isBatch ? QVariant()
                                 : static_cast<int>(upload.files ? upload.files->shown() : ShownFiles::None);
    case IconRole:
        return transfer.isFolder || transfer.isBatch ? u"folder"_s : m_icons.iconName(transfer.name);
    case SideTextRole:
        return peerText(transfer);
    case SideIconRole:
        return isPlain(transfer) ? u"not-encrypted"_s : QVariant();
    case DetailsRole:
        return detailTexts(transfer, isCounting(upload));
    case FootnoteRole:
        if (const QString item = landedItem(upload); !item.isEmpty())
            return ltrText(singleLine(item.section(u'/', 0, -2)));
        return footnoteText(transfer);
    default:
        return commonData(transfer, role);
    }
}

QVariant TransferModel::fileData(const FileSnapshot& file, const Upload& batch, int role) const
{
    switch (role) {
    case Qt::DisplayRole:
        return singleLine(nameInBatch(file.name, batch.transfer.name));
    case Qt::ToolTipRole:
        return toolTipText(asUpload(file));
    case Qt::AccessibleTextRole:
        return accessibleText(asUpload(file));
    case FileRole:
        return file.file;
    case ActionsRole:
        return static_cast<int>(actionsFor(file));
    case ButtonsRole:
        return static_cast<int>(buttonsFor(file));
    case IconRole:
        return file.isFolder ? u"folder"_s : m_icons.iconName(file.name);
    case SideTextRole:
        return fileSideText(file);
    case DetailsRole:
        return fileDetailTexts(file);
    default:
        return commonData(asUpload(file), role);
    }
}

QVariant TransferModel::commonData(const TransferSnapshot& transfer, int role)
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
    case StateIconRole:
        return stateIconName(transfer);
    case ToneRole:
        return static_cast<int>(toneOf(transfer));
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
    flags.setFlag(Qt::ItemIsDragEnabled, !pathAt(index.row()).isEmpty());
    return flags;
}

QString TransferModel::pathAt(int row) const
{
    return isFile(row) ? localPath(fileAt(row)) : localPath(at(row));
}

QString TransferModel::pathToShow(int row) const
{
    const QString path = pathAt(row);
    return path.isEmpty() && !isFile(row) ? landedItem(upload(m_map.at(row).upload)) : path;
}

QStringList TransferModel::mimeTypes() const
{
    return {u"text/uri-list"_s};
}

QMimeData* TransferModel::mimeData(const QModelIndexList& indexes) const
{
    QList<QUrl> urls;
    for (const QModelIndex& index : indexes) {
        if (const QString path = pathAt(index.row()); !path.isEmpty())
            urls << QUrl::fromLocalFile(path);
    }
    if (urls.isEmpty())
        return nullptr;
    auto data = std::make_unique<QMimeData>();
    data->setUrls(urls);
    return data.release();
}

} // namespace sockdrop
