#pragma once

#include "holder.h"
#include "remotepeer.h"

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace sockdrop {

/// An upload that somebody asks to be let in.
struct UploadRequest
{
    RemotePeer peer;
    QString sender;   ///< what the device calls itself; empty for a basic client
    QByteArray batch; ///< the id of a native batch; empty for a basic upload
    qint64 files = 1;
    qint64 bytes = -1; ///< -1: not declared
    QStringList names;
    qint64 dropped = 1;

    [[nodiscard]] HeldBatch heldBatch() const { return {peer.fingerprint, batch}; }
};

} // namespace sockdrop
