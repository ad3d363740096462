#pragma once

#include "transfer.h"

#include <QStringList>

namespace sockdrop {

// What the row of a file in a batch says.

/// The file as if it were an upload of its own: what is said of both is said alike.
[[nodiscard]] TransferSnapshot asUpload(const FileSnapshot& file);

/// Without the folder that the batch is named for.
[[nodiscard]] QString nameInBatch(const QString& name, const QString& batchName);

/// At the row's end: its size and how far it is.
[[nodiscard]] QString fileSideText(const FileSnapshot& file);
/// Behind the name: why it failed and what helps; of others a note, if any.
[[nodiscard]] QStringList fileDetailTexts(const FileSnapshot& file);

/// What "Copy path" copies: of a file that did not land, its name.
[[nodiscard]] QString pathToCopy(const FileSnapshot& file);

} // namespace sockdrop
