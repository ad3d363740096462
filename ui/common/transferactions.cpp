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
    TransferActions actions;
    if (!localPath(transfer).isEmpty())
        actions |= TransferAction::Open | TransferAction::ShowInFolder | TransferAction::CopyPath;
    const bool isUnsuccessful =
        transfer.state == TransferState::Failed || transfer.state == TransferState::Cancelled;
    // Only the sender can begin again.
    actions.setFlag(TransferAction::Retry, isUnsuccessful && transfer.direction == Direction::Sending);
    actions.setFlag(isFinal(transfer.state) ? TransferAction::Remove : TransferAction::Cancel);
    return actions;
}

bool isClearable(const TransferSnapshot& transfer)
{
    return isFinal(transfer.state) &&
           (transfer.state != TransferState::Failed || !actionsFor(transfer).testFlag(TransferAction::Retry));
}

TransferActions buttonsFor(const TransferSnapshot& transfer)
{
    TransferActions buttons = TransferAction::Cancel | TransferAction::Retry;
    if (transfer.direction == Direction::Receiving)
        buttons |= TransferAction::Open | TransferAction::ShowInFolder;
    if (transfer.state == TransferState::Failed) // “Clear finished” may leave it
        buttons |= TransferAction::Remove;
    return actionsFor(transfer) & buttons;
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
    case TransferAction::Remove:
        return Actions::tr("Remove from list");
    }
    Q_UNREACHABLE();
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
    case TransferAction::Remove:
        return u"clear"_s;
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
    }
    Q_UNREACHABLE();
}

QString localPath(const TransferSnapshot& transfer)
{
    return transfer.direction == Direction::Sending ? transfer.source : transfer.destination;
}

} // namespace sockdrop
