#include "filetext.h"

#include "format.h"
#include "transferactions.h"

#include <QCoreApplication>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct FileText final
{
    Q_DECLARE_TR_FUNCTIONS(FileText)
};

} // namespace

TransferSnapshot asUpload(const FileSnapshot& file)
{
    TransferSnapshot upload;
    upload.id = file.batch;
    upload.direction = file.direction;
    upload.isFolder = file.isFolder;
    upload.filesSkipped = file.isSkipped ? 1 : 0;
    upload.state = file.state;
    upload.name = file.name;
    upload.peer = file.peer;
    upload.isEncrypted = true; // its batch says where that is not so
    upload.bytesDone = file.bytesDone;
    upload.bytesTotal = file.bytesTotal;
    upload.source = file.source;
    upload.destination = file.destination;
    upload.digest = file.digest;
    upload.note = file.note;
    upload.error = file.error;
    return upload;
}

QString nameInBatch(const QString& name, const QString& batchName)
{
    const bool isInside = !batchName.isEmpty() && name.size() > batchName.size() + 1 &&
                          name.startsWith(batchName) && name[batchName.size()] == u'/';
    return isInside ? name.sliced(batchName.size() + 1) : name;
}

QString fileSideText(const FileSnapshot& file)
{
    QString size = file.isFolder ? QString() : bytesText(file.bytesTotal);
    switch (file.state) {
    case TransferState::Transferring:
        if (const auto percent = percentDone(asUpload(file)))
            return FileText::tr("%1% of %2").arg(*percent).arg(size);
        return size;
    case TransferState::Failed:
        return {}; // the reason needs the room
    case TransferState::Cancelled:
        return file.direction == Direction::Sending ? FileText::tr("Not sent") : FileText::tr("Not received");
    default:
        return size;
    }
}

QStringList fileDetailTexts(const FileSnapshot& file)
{
    QStringList details;
    if (file.state == TransferState::Failed) {
        const TransferSnapshot upload = asUpload(file);
        details << (isCancelledByPeer(upload) || !file.error ? stateText(upload)
                                                             : singleLine(file.error->text));
        if (!isCancelledByPeer(upload))
            details << remedyFor(upload);
    } else if (file.state == TransferState::Verifying || file.state == TransferState::SentNotConfirmed) {
        details << stateText(file.state);
    } else if (file.isSkipped) {
        details << FileText::tr("Already there");
    } else {
        details << singleLine(file.note);
    }
    details.removeAll(QString());
    return details;
}

QString pathToCopy(const FileSnapshot& file)
{
    const QString path = localPath(file);
    return path.isEmpty() ? file.name : path;
}

} // namespace sockdrop
