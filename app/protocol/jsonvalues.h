#pragma once

#include <QByteArray>
#include <QJsonValue>
#include <QString>

#include <optional>

namespace sockdrop {

/// A whole number that JSON carries exactly, of at most 2^53 - 1 either way; nothing for anything else.
[[nodiscard]] std::optional<qint64> wholeNumber(const QJsonValue& value);

/// The first characters of `text`, at most `most` UTF-16 units; never half of a surrogate pair at the end.
[[nodiscard]] QString firstCharacters(const QString& text, qsizetype most);

/// The same with "…" at the end where something is missing.
[[nodiscard]] QString shortened(const QString& text, qsizetype most);

/// Appends `text` as a JSON string (RFC 8259 §7) in UTF-8, quotes included.
void appendJsonString(QByteArray& json, QStringView text);

} // namespace sockdrop
