#pragma once

#include "result.h"

#include <QString>

namespace sockdrop {

/// What the receiver says once a file has its final name; its last text message before it closes.
struct Receipt
{
    QString path; ///< relative to the receiver's folder, with `/`
    qint64 bytes = 0;
    QString digest; ///< as FileDigest::text(); empty for a folder
    QString note;   ///< empty, or why the name differs from the offered one, and the like

    bool operator==(const Receipt&) const = default;
};

/// The receipt, or the error the receiver sends in its place, as one JSON text message.
[[nodiscard]] QString encodeReceipt(const Result<Receipt>& outcome);

/// Reads what encodeReceipt() wrote: the receipt, or the receiver's own error; ProtocolError for neither.
[[nodiscard]] Result<Receipt> decodeReceipt(const QString& message);

} // namespace sockdrop
