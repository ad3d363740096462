#include "transfertext.h"

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

} // namespace

QString stateIconName(const TransferSnapshot& transfer)
{
    if (isCancelledByPeer(transfer))
        return u"cancelled"_s;
    switch (transfer.state) {
    case TransferState::Waiting:
    case TransferState::Preparing:
        return u"waiting"_s;
    case TransferState::Transferring:
        return transfer.direction == Direction::Sending ? u"send"_s : u"receive"_s;
    case TransferState::Verifying:
        return u"verifying"_s;
    case TransferState::Done:
        return u"done"_s;
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
        return transfer.note.isEmpty() ? Tone::Success : Tone::Warning;
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
    return (transfer.direction == Direction::Sending ? Text::tr("to %1") : Text::tr("from %1"))
        .arg(singleLine(transfer.peer));
}

QStringList detailTexts(const TransferSnapshot& transfer)
{
    QStringList details{stateText(transfer)};
    if (transfer.isFolder && !transfer.error) { // it has no bytes to speak of
        details << singleLine(transfer.note);
        details.removeAll(QString());
        return details;
    }
    switch (transfer.state) {
    case TransferState::Failed:
        if (isCancelledByPeer(transfer))
            details << progressText(transfer.bytesDone, transfer.bytesTotal);
        else if (transfer.error)
            details.front() = Text::tr("Failed: %1").arg(singleLine(transfer.error->text));
        break;
    case TransferState::Transferring:
        details << progressText(transfer.bytesDone, transfer.bytesTotal) << timeLeftText(transfer.timeLeft)
                << speedText(transfer.bytesPerSecond);
        break;
    case TransferState::Cancelled:
        details << progressText(transfer.bytesDone, transfer.bytesTotal);
        break;
    default:
        details << bytesText(transfer.bytesTotal < 0 ? transfer.bytesDone : transfer.bytesTotal)
                << singleLine(transfer.note);
        break;
    }
    details.removeAll(QString());
    return details;
}

QString footnoteText(const TransferSnapshot& transfer)
{
    if (transfer.error && !isCancelledByPeer(transfer))
        return remedyFor(transfer);
    if (transfer.destination.isEmpty())
        return singleLine(transfer.source);
    const QString place = singleLine(transfer.destination);
    return transfer.direction == Direction::Receiving ? place : Text::tr("Landed as %1").arg(place);
}

QString toolTipText(const TransferSnapshot& transfer)
{
    QStringList lines{singleLine(transfer.name), peerText(transfer)};
    if (transfer.error)
        lines << singleLine(transfer.error->text) << remedyFor(transfer);
    lines << singleLine(transfer.note) << singleLine(transfer.source) << singleLine(transfer.destination)
          << transfer.digest;
    lines.removeAll(QString());
    return plainToolTip(lines.join(u'\n'));
}

QVariant progressOf(const TransferSnapshot& transfer)
{
    if (transfer.state == TransferState::Waiting || isFinal(transfer.state))
        return {};
    if (transfer.state == TransferState::Verifying)
        return 1.0;
    if (transfer.state == TransferState::Preparing || transfer.bytesTotal == 0)
        return 0.0;
    if (transfer.bytesTotal < 0)
        return -1.0;
    const double share = static_cast<double>(transfer.bytesDone) / static_cast<double>(transfer.bytesTotal);
    return std::clamp(share, 0.0, 1.0);
}

} // namespace sockdrop
