#pragma once

#include <QByteArray>
#include <QStringList>

namespace sockdrop {

struct PeerAddress;

/// The id of a batch (PROTOCOL.md): the same for the same command, so that a sender that was killed goes on
/// where it was. Nobody without the `secret` can guess it, and no receiver learns the one that another gets.
[[nodiscard]] QByteArray batchIdFor(const QByteArray& secret, const PeerAddress& peer,
                                    const QStringList& paths);

} // namespace sockdrop
