#pragma once

#include "programlimits.h"
#include "result.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace sockdrop {

/// What the sender of a batch says of it before it gets a token: the JSON body of `POST /upload`.
struct BatchOffer
{
    /// The first names that an offer tells.
    static constexpr qsizetype mostNames = 10;

    QString sender;   ///< name of the device, chosen by its owner; plain text only
    QByteArray batch; ///< 32 lower-case hex digits; the same for every attempt at the same batch
    qint64 files = 0; ///< of the whole batch, with empty folders
    qint64 bytes = 0;
    qint64 filesDone = 0; ///< of these, what earlier connections have brought over
    qint64 bytesDone = 0;
    QStringList names;            ///< of what was dropped, the first ones
    qint64 dropped = 0;           ///< how many things were dropped
    QByteArray together;          ///< the same in all batches that were sent at once; empty: only this one
    bool comparesDigests = false; ///< files of the same size are compared by digest, not by time

    [[nodiscard]] QByteArray toJson() const;
    /// ProtocolError names the field. Unknown fields are ignored.
    [[nodiscard]] static Result<BatchOffer> fromJson(const QByteArray& body, const Limits& limits);

    /// "photos", "a.txt and 2 more"
    [[nodiscard]] QString displayName() const;

    bool operator==(const BatchOffer&) const = default;
};

} // namespace sockdrop
