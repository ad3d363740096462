#include "transfer.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

bool isRenamed(const FileSnapshot& file)
{
    if (file.isSkipped || file.destination.isEmpty())
        return false;
    const QString name = file.name.normalized(QString::NormalizationForm_C);
    return file.destination != name && !file.destination.endsWith(u'/' + name);
}

QString remedyFor(const TransferSnapshot& transfer)
{
    if (!transfer.error)
        return {};
    if (transfer.direction == Direction::Sending) {
        // A sender's own files have codes of their own: these speak of the receiver's folder.
        switch (transfer.error->code) {
        case ErrorCode::PermissionDenied:
        case ErrorCode::NotFound:
            return u"Ask the receiver to choose another folder, then retry."_s;
        case ErrorCode::IoError:
            return u"Ask the receiver to check the disk, then retry."_s;
        default:
            return remedy(transfer.error->code);
        }
    }
    switch (transfer.error->code) {
    case ErrorCode::NoSpace:
        return u"Free some space; then the sender can send it again."_s;
    case ErrorCode::PermissionDenied:
    case ErrorCode::NotFound:
        return u"Choose a folder you may write to; then the sender can send it again."_s;
    case ErrorCode::IoError:
        return u"Check the disk; then the sender can send it again."_s;
    case ErrorCode::AlreadyExists:
        return u"What is there was kept. The sender can rename the file and send it again."_s;
    case ErrorCode::UnsafeName:
        return u"The sender can rename the file and send it again."_s;
    default:
        return u"The sender can send it again."_s;
    }
}

} // namespace sockdrop
