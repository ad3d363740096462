#pragma once

#include <QByteArray>

#include <optional>

namespace sockdrop {

/// The value of an `Upload-Length` header: digits only; nothing for anything else or more than 2^62.
[[nodiscard]] std::optional<qint64> declaredLength(const QByteArray& text);

} // namespace sockdrop
