#include "folderprobe.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QPointer>
#include <QStorageInfo>
#include <QThreadPool>

namespace sockdrop {

namespace {

/// The folder that a missing one would be made in.
QString folderAbove(const QString& folder)
{
    QString above = folder;
    while (!QFileInfo::exists(above) && above != QFileInfo(above).path())
        above = QFileInfo(above).path();
    return above;
}

FolderStatus statusOf(const QString& folder, bool isMade)
{
    const QFileInfo info(isMade ? folderAbove(folder) : folder);
    if (!info.isDir())
        return {folder, -1,
                Error{ErrorCode::NotFound, FolderProbe::tr("The folder %1 does not exist.").arg(folder)}};
    if (!info.isWritable())
        return {folder, -1,
                Error{ErrorCode::PermissionDenied, FolderProbe::tr("You may not write to %1.").arg(folder)}};
    return {folder, QStorageInfo(info.filePath()).bytesAvailable(), std::nullopt};
}

} // namespace

FolderProbe::FolderProbe(QObject* parent) : QObject(parent) {}

void FolderProbe::look(const QString& folder, bool isMade)
{
    m_folder = folder;
    QThreadPool::globalInstance()->start([folder, isMade, probe = QPointer(this)] {
        const FolderStatus status = statusOf(folder, isMade);
        QMetaObject::invokeMethod(qApp, [status, probe] {
            if (probe && probe->m_folder == status.path)
                Q_EMIT probe->found(status);
        });
    });
}

} // namespace sockdrop
