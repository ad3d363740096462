#include "transferactions.h"

#include <QCoreApplication>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct Actions final
{
    Q_DECLARE_TR_FUNCTIONS(Actions)
};

} // namespace

TransferActions actionsFor(const TransferSnapshot& transfer)
{
    using State = TransferState;
    const bool isSending = transfer.direction == Direction::Sending;
    const bool isUnsuccessful = transfer.state == State::Failed || transfer.state == State::Cancelled ||
                                (isFinal(transfer.state) && transfer.filesFailed > 0);
    TransferActions actions;
    if (!localPath(transfer).isEmpty())
        actions |= TransferAction::Open | TransferAction::ShowInFolder | TransferAction::CopyPath;
    // Only the sender can begin again.
    actions.setFlag(TransferAction::Retry, isUnsuccessful && isSending);
    // Whom the other side holds may hold it too, but only who paused can resume.
    const bool isPaused = transfer.state == State::Paused;
    const bool isPausedHere = isPaused && transfer.isPausedHere;
    const bool isUnderWay = transfer.state == State::Transferring || isPaused;
    actions.setFlag(TransferAction::Pause, isUnderWay && !isPausedHere && !transfer.isBasic);
    actions.setFlag(TransferAction::Resume, isPausedHere);
    actions.setFlag(TransferAction::Discard, isUnderWay && !transfer.isBasic);
    actions.setFlag(TransferAction::ToggleFiles, transfer.isBatch);
    actions.setFlag(TransferAction::ShowFailed, transfer.isBatch && transfer.filesFailed > 0);
    actions.setFlag(TransferAction::KnownPeers, transfer.state == State::Failed && transfer.error &&
                                                    transfer.error->code == ErrorCode::NotTrusted);
    actions.setFlag(isFinal(transfer.state) ? TransferAction::Remove : TransferAction::Cancel);
    return actions;
}

TransferActions actionsFor(const FileSnapshot& file)
{
    TransferActions actions;
    if (!localPath(file).isEmpty())
        actions |= TransferAction::Open | TransferAction::ShowInFolder;
    return actions | TransferAction::CopyPath; // or its name, where nothing landed
}

bool isClearable(const TransferSnapshot& transfer)
{
    if (!isFinal(transfer.state))
        return false;
    const bool hasFailed = transfer.state == TransferState::Failed || transfer.filesFailed > 0;
    return !hasFailed || !actionsFor(transfer).testFlag(TransferAction::Retry);
}

TransferActions buttonsFor(const TransferSnapshot& transfer)
{
    TransferActions buttons = TransferAction::Cancel | TransferAction::Retry | TransferAction::Pause |
                              TransferAction::Resume | TransferAction::ShowFailed |
                              TransferAction::KnownPeers;
    if (transfer.direction == Direction::Receiving)
        buttons |= TransferAction::Open | TransferAction::ShowInFolder;
    if (transfer.state == TransferState::Failed || !isClearable(transfer)) // “Clear finished” may leave it
        buttons |= TransferAction::Remove;
    return actionsFor(transfer) & buttons;
}

TransferActions buttonsFor(const FileSnapshot& file)
{
    if (file.direction == Direction::Sending)
        return {};
    return actionsFor(file) & (TransferAction::Open | TransferAction::ShowInFolder);
}

QString actionText(TransferAction action)
{
    switch (action) {
    case TransferAction::Retry:
        return Actions::tr("Try again");
    case TransferAction::Open:
        return Actions::tr("Open");
    case TransferAction::ShowInFolder:
        return Actions::tr("Show in folder");
    case TransferAction::CopyPath:
        return Actions::tr("Copy path");
    case TransferAction::Cancel:
        return Actions::tr("Cancel");
    case TransferAction::Discard:
        return Actions::tr("Discard…");
    case TransferAction::Remove:
        return Actions::tr("Remove from list");
    case TransferAction::Pause:
        return Actions::tr("Pause");
    case TransferAction::Resume:
        return Actions::tr("Resume");
    case TransferAction::ToggleFiles:
        return Actions::tr("Show or hide files");
    case TransferAction::ShowFailed:
        return Actions::tr("Show failed files");
    case TransferAction::KnownPeers:
        return Actions::tr("Known devices…");
    }
    Q_UNREACHABLE();
}

QString actionText(TransferAction action, const TransferSnapshot& transfer)
{
    const bool hasLandedInPart = isFinal(transfer.state) && transfer.state != TransferState::Failed &&
                                 transfer.state != TransferState::Cancelled;
    if (action == TransferAction::Retry && hasLandedInPart)
        return Actions::tr("Try failed files again");
    return actionText(action);
}

QString actionIconName(TransferAction action)
{
    switch (action) {
    case TransferAction::Retry:
        return u"retry"_s;
    case TransferAction::Open:
        return u"open"_s;
    case TransferAction::ShowInFolder:
        return u"show-in-folder"_s;
    case TransferAction::CopyPath:
        return u"copy"_s;
    case TransferAction::Cancel:
        return u"cancel"_s;
    case TransferAction::Discard:
        return u"trash"_s;
    case TransferAction::Remove:
        return u"clear"_s;
    case TransferAction::Pause:
        return u"pause"_s;
    case TransferAction::Resume:
        return u"resume"_s;
    case TransferAction::ToggleFiles:
        return u"expand"_s;
    case TransferAction::ShowFailed:
        return u"failed-files"_s;
    case TransferAction::KnownPeers:
        return u"known-devices"_s;
    }
    Q_UNREACHABLE();
}

QList<QKeySequence> actionShortcuts(TransferAction action)
{
    switch (action) {
    case TransferAction::Retry:
        return {QKeySequence(Qt::Key_F5), QKeySequence(Qt::CTRL | Qt::Key_R)};
    case TransferAction::Open:
        return {QKeySequence(Qt::Key_Return), QKeySequence(Qt::Key_Enter)};
    case TransferAction::ShowInFolder:
        return {QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter)};
    case TransferAction::CopyPath:
        return {QKeySequence::Copy};
    case TransferAction::Cancel:
        return {QKeySequence::Delete};
    case TransferAction::Remove:
        return {QKeySequence(Qt::SHIFT | Qt::Key_Delete)};
    case TransferAction::Pause:
        return {QKeySequence(Qt::CTRL | Qt::Key_P), QKeySequence(Qt::Key_Pause)};
    case TransferAction::Resume:
        return {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P)};
    case TransferAction::ToggleFiles: // the arrow keys of the list
    case TransferAction::KnownPeers:  // the window's menu has it
    case TransferAction::Discard:     // nothing to do by a slip
        return {};
    case TransferAction::ShowFailed:
        return {QKeySequence(Qt::CTRL | Qt::Key_E)};
    }
    Q_UNREACHABLE();
}

QString localPath(const TransferSnapshot& transfer)
{
    if (transfer.direction == Direction::Sending)
        return transfer.source;
    return isFinal(transfer.state) ? transfer.destination
                                   : QString(); // a folder is there before all of it is
}

QString localPath(const FileSnapshot& file)
{
    return file.direction == Direction::Sending ? file.source : file.destination;
}

} // namespace sockdrop
