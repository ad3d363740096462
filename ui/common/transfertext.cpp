#include "transfertext.h"

#include "filetable.h"
#include "format.h"

#include <QCoreApplication>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct Text final
{
    Q_DECLARE_TR_FUNCTIONS(Text)
};

double shareOf(qint64 done, qint64 total)
{
    return total <= 0 ? 0.0 : std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
}

/// A single file that was there already.
bool isSkipped(const TransferSnapshot& transfer)
{
    return !transfer.isBatch && transfer.filesSkipped > 0;
}

bool hasFailedFiles(const TransferSnapshot& transfer)
{
    return transfer.isBatch && transfer.filesFailed > 0;
}

/// How far a batch has come, in files.
QStringList batchTexts(const TransferSnapshot& transfer)
{
    if (!transfer.isBatch || transfer.filesTotal <= 0)
        return {};
    const qint64 there = filesArrived(transfer);
    const bool isSent = transfer.state == TransferState::SentNotConfirmed;
    const bool isUntouched = there == 0 && transfer.state <= TransferState::Preparing;
    QStringList texts;
    const bool isLost = transfer.state == TransferState::Failed || transfer.state == TransferState::Cancelled;
    if (isUntouched || isSent || (isLost && there == 0))
        texts << filesText(transfer.filesTotal);
    else if (isLost)
        texts << Text::tr("%1 landed").arg(filesProgressText(there, transfer.filesTotal));
    else if (transfer.state != TransferState::Done || !hasFailedFiles(transfer)) // else the state says it
        texts << filesProgressText(there, transfer.filesTotal);
    if (hasFailedFiles(transfer) && !isFinal(transfer.state))
        texts << Text::tr("%1 failed").arg(countText(transfer.filesFailed));
    if (transfer.filesSkipped > 0 && isFinal(transfer.state))
        texts << Text::tr("%1 already there").arg(countText(transfer.filesSkipped));
    return texts;
}

} // namespace

QString stateIconName(const TransferSnapshot& transfer)
{
    if (isCancelledByPeer(transfer))
        return u"cancelled"_s;
    switch (transfer.state) {
    case TransferState::Waiting:
    case TransferState::Preparing:
    case TransferState::Asking:
        return u"waiting"_s;
    case TransferState::Transferring:
        return transfer.direction == Direction::Sending ? u"send"_s : u"receive"_s;
    case TransferState::Paused:
        return u"paused"_s;
    case TransferState::Reconnecting:
        return u"reconnecting"_s;
    case TransferState::Verifying:
        return u"verifying"_s;
    case TransferState::Done:
        return isSkipped(transfer) ? u"skipped"_s : hasFailedFiles(transfer) ? u"warning"_s : u"done"_s;
    case TransferState::SentNotConfirmed:
        return u"not-confirmed"_s;
    case TransferState::Failed:
        return u"error"_s;
    case TransferState::Cancelled:
        return u"cancelled"_s;
    }
    Q_UNREACHABLE();
}

Tone toneOf(const TransferSnapshot& transfer)
{
    switch (transfer.state) {
    case TransferState::Transferring:
    case TransferState::Verifying:
        return Tone::Accent;
    case TransferState::Done:
        if (isSkipped(transfer))
            return Tone::Neutral;
        return transfer.note.isEmpty() && !hasFailedFiles(transfer) ? Tone::Success : Tone::Warning;
    case TransferState::Reconnecting:
    case TransferState::SentNotConfirmed:
        return Tone::Warning;
    case TransferState::Failed:
        return isCancelledByPeer(transfer) ? Tone::Neutral : Tone::Error;
    default:
        return Tone::Neutral;
    }
}

QString peerText(const TransferSnapshot& transfer)
{
    if (transfer.peer.isEmpty())
        return {};
    const QString peer = transfer.peerName.isEmpty() ? ltrText(singleLine(transfer.peer))
                                                     : isolated(singleLine(transfer.peerName));
    const bool isSending = transfer.direction == Direction::Sending;
    if (!isPlain(transfer))
        return (isSending ? Text::tr("to %1") : Text::tr("from %1")).arg(peer);
    return (isSending ? Text::tr("to %1, not encrypted") : Text::tr("from %1, not encrypted")).arg(peer);
}

QStringList detailTexts(const TransferSnapshot& transfer, bool isCounting)
{
    QStringList details{stateText(transfer)};
    if (isCounting)
        details.front() = transfer.filesTotal > 0
                              ? Text::tr("Calculating… %1").arg(filesText(transfer.filesTotal))
                              : Text::tr("Calculating…");
    if (transfer.isFolder && !transfer.error) { // it has no bytes to speak of
        details << singleLine(transfer.note);
        details.removeAll(QString());
        return details;
    }
    if (!isCounting)
        details << batchTexts(transfer);
    switch (transfer.state) {
    case TransferState::Failed:
        if (isCancelledByPeer(transfer))
            details << progressText(transfer.bytesDone, transfer.bytesTotal);
        else if (transfer.error)
            details.front() = singleLine(transfer.error->text); // its sign and colour say the rest
        break;
    case TransferState::Reconnecting:
        if (transfer.error)
            details.front() = Text::tr("Reconnecting: %1").arg(singleLine(transfer.error->text));
        [[fallthrough]];
    case TransferState::Transferring:
    case TransferState::Paused:
    case TransferState::Cancelled:
        details << progressText(transfer.bytesDone, transfer.bytesTotal);
        if (transfer.state != TransferState::Transferring)
            break;
        details.removeFirst(); // the sign and the bar say it, and there is little room
        if (transfer.isAwaited)
            details << Text::tr("Waiting for the receiver");
        else
            details << timeLeftText(transfer.timeLeft) << speedText(transfer.bytesPerSecond);
        break;
    default:
        if (transfer.bytesTotal >= 0 || transfer.bytesDone > 0)
            details << bytesText(std::max(transfer.bytesTotal, transfer.bytesDone));
        if (isSkipped(transfer))
            details.front() = Text::tr("Already there");
        else
            details << singleLine(transfer.note);
        break;
    }
    details.removeAll(QString());
    return details;
}

QString footnoteText(const TransferSnapshot& transfer)
{
    if (transfer.error && !isCancelledByPeer(transfer))
        return remedyFor(transfer);
    if (hasFailedFiles(transfer) && isFinal(transfer.state) && transfer.destination.isEmpty())
        return transfer.direction == Direction::Sending
                   ? Text::tr("Each failed file says why. Try them again.")
                   : Text::tr("Each failed file says why.");
    const bool isThere =
        transfer.state == TransferState::Done || transfer.state == TransferState::SentNotConfirmed;
    if (transfer.destination.isEmpty() || !isFinal(transfer.state))
        return isThere ? QString()
                       : ltrText(singleLine(transfer.source)); // where it is here says nothing of there
    QString place = ltrText(singleLine(transfer.destination));
    if (transfer.direction == Direction::Receiving)
        return place;
    return isSkipped(transfer) ? Text::tr("Already there as %1").arg(place)
                               : Text::tr("Saved as %1").arg(place);
}

QString toolTipText(const TransferSnapshot& transfer)
{
    QStringList lines;
    if (!transfer.peerName.isEmpty())
        lines << transfer.peer;
    if (transfer.error)
        lines << transfer.error->text << remedyFor(transfer);
    lines << transfer.note << transfer.source << transfer.destination << transfer.digest;
    if (transfer.isBatch && transfer.filesTotal > FileTable::most)
        lines << Text::tr("The first %1 are listed, and further ones that failed.")
                     .arg(filesText(FileTable::most));
    lines.prepend(transfer.name);
    for (QString& line : lines)
        line = shortLine(line, mostInToolTip);
    lines.insert(1, peerText(transfer).left(mostInToolTip)); // which is plain already
    lines.removeAll(QString());
    return plainToolTip(lines.join(u'\n'));
}

QVariant progressOf(const TransferSnapshot& transfer)
{
    if (transfer.state == TransferState::Waiting || isFinal(transfer.state))
        return {};
    if (transfer.state == TransferState::Verifying)
        return 1.0;
    if (transfer.state == TransferState::Preparing || transfer.state == TransferState::Asking)
        return 0.0;
    if (transfer.bytesTotal < 0)
        return -1.0;
    if (transfer.bytesTotal == 0) // files without bytes count by their number
        return shareOf(transfer.isBatch ? filesArrived(transfer) : 0, transfer.filesTotal);
    return shareOf(transfer.bytesDone, transfer.bytesTotal);
}

} // namespace sockdrop
