#pragma once

#include "programlimits.h"
#include "result.h"

#include <QByteArray>
#include <QDateTime>
#include <QStringList>

namespace sockdrop {

/// What a sender wants to upload: the body of `POST /upload`.
struct Offer
{
    enum class Kind { File, Folder };

    Kind kind = Kind::File;
    QStringList path;      ///< components as the sender gave them, at least one; not yet made safe
    qint64 size = -1;      ///< bytes; -1: not declared
    QDateTime modifiedAt;  ///< invalid: not told
    bool isNative = false; ///< came as JSON, from another Sockdrop

    /// Body of a `text/plain` request: one literal name (a `%` in it is a `%`), UTF-8, no line end needed.
    [[nodiscard]] static Result<Offer> fromText(const QByteArray& body, const Limits& limits);

    /// Body of an `application/json` request. Unknown fields are ignored.
    [[nodiscard]] static Result<Offer> fromJson(const QByteArray& body, const Limits& limits);

    [[nodiscard]] QByteArray toJson() const;

    /// The components joined by `/`, for people.
    [[nodiscard]] QString displayName() const { return path.join(u'/'); }

    bool operator==(const Offer&) const = default;
};

} // namespace sockdrop
