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
};
Q_DECLARE_FLAGS(TransferActions, TransferAction)
Q_DECLARE_OPERATORS_FOR_FLAGS(TransferActions)

/// All of them, in the order of menus and buttons.
inline constexpr std::array allTransferActions{TransferAction::Retry,        TransferAction::Open,
                                               TransferAction::ShowInFolder, TransferAction::CopyPath,
                                               TransferAction::Cancel,       TransferAction::Remove};

/// What makes sense for this transfer now.
[[nodiscard]] TransferActions actionsFor(const TransferSnapshot& transfer);
/// Over, and nothing about it waits for the person: a failed upload does while it can be tried again.
[[nodiscard]] bool isClearable(const TransferSnapshot& transfer);
/// Those that stand as a button in the row.
[[nodiscard]] TransferActions buttonsFor(const TransferSnapshot& transfer);

[[nodiscard]] QString actionText(TransferAction action);
[[nodiscard]] QString actionIconName(TransferAction action);
[[nodiscard]] QList<QKeySequence> actionShortcuts(TransferAction action);

/// The file on this machine: where it landed, or what is sent; empty while there is none.
[[nodiscard]] QString localPath(const TransferSnapshot& transfer);

} // namespace sockdrop
