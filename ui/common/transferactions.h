#pragma once

#include "transfer.h"

#include <QFlags>
#include <QKeySequence>
#include <QString>

#include <array>

namespace sockdrop {

/// What a person can do with a row.
enum class TransferAction {
    Retry = 1,
    Open = 2,
    ShowInFolder = 4,
    CopyPath = 8,
    Cancel = 16,
    Remove = 32, ///< from the list; the file stays
    Pause = 64,
    Resume = 128,
    ToggleFiles = 256, ///< shows or hides the files of a batch
    ShowFailed = 512,  ///< shows those of them that failed
    KnownPeers = 1024, ///< looks after the known devices: this one failed over a key
    Discard = 2048,    ///< cancels it, and what arrived of it is removed
};
Q_DECLARE_FLAGS(TransferActions, TransferAction)
Q_DECLARE_OPERATORS_FOR_FLAGS(TransferActions)

/// All of them, in the order of menus and buttons.
inline constexpr std::array allTransferActions{
    TransferAction::ToggleFiles,  TransferAction::ShowFailed, TransferAction::Resume,
    TransferAction::Pause,        TransferAction::Retry,      TransferAction::Open,
    TransferAction::ShowInFolder, TransferAction::CopyPath,   TransferAction::KnownPeers,
    TransferAction::Cancel,       TransferAction::Discard,    TransferAction::Remove};

/// What makes sense for this transfer now.
[[nodiscard]] TransferActions actionsFor(const TransferSnapshot& transfer);
/// … for this file of a batch: what is done to the whole batch is none of its actions.
[[nodiscard]] TransferActions actionsFor(const FileSnapshot& file);
/// Over, and nothing about it waits for the person: what failed of an upload does while it can be tried
/// again.
[[nodiscard]] bool isClearable(const TransferSnapshot& transfer);
/// Those that stand as a button in the row.
[[nodiscard]] TransferActions buttonsFor(const TransferSnapshot& transfer);
[[nodiscard]] TransferActions buttonsFor(const FileSnapshot& file);

[[nodiscard]] QString actionText(TransferAction action);
/// … in the words for this transfer: "Try failed files again".
[[nodiscard]] QString actionText(TransferAction action, const TransferSnapshot& transfer);
[[nodiscard]] QString actionIconName(TransferAction action);
[[nodiscard]] QList<QKeySequence> actionShortcuts(TransferAction action);

/// The file on this machine: where it landed, or what is sent; empty while there is none.
[[nodiscard]] QString localPath(const TransferSnapshot& transfer);
[[nodiscard]] QString localPath(const FileSnapshot& file);

} // namespace sockdrop
