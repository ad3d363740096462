#include "folderprobe.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QPointer>
#include <QStorageInfo>
#include <QThreadPool>

namespace sockdrop {

namespace {

FolderStatus statusOf(const QString& folder)
{
    const QFileInfo info(folder);
    if (!info.isDir())
        return {folder, -1,
                Error{ErrorCode::NotFound, FolderProbe::tr("There is no folder %1.").arg(folder)}};
    if (!info.isWritable())
        return {folder, -1,
                Error{ErrorCode::PermissionDenied, FolderProbe::tr("You may not write to %1.").arg(folder)}};
    return {folder, QStorageInfo(folder).bytesAvailable(), std::nullopt};
}

} // namespace

FolderProbe::FolderProbe(QObject* parent) : QObject(parent) {}

void FolderProbe::look(const QString& folder)
{
    m_folder = folder;
    QThreadPool::globalInstance()->start([folder, probe = QPointer(this)] {
        const FolderStatus status = statusOf(folder);
        QMetaObject::invokeMethod(qApp, [status, probe] {
            if (probe && probe->m_folder == status.path)
                Q_EMIT probe->found(status);
        });
    });
}

} // namespace sockdrop
