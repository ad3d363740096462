#pragma once

#include "knownpeers.h"

namespace sockdrop {

inline QString key(int number)
{
    return QStringLiteral("%1").arg(number, 64, 16, QChar(u'0'));
}

inline KnownPeer peer(int number, const QString& name, const QString& address = {})
{
    return {.fingerprint = key(number),
            .name = name,
            .address = address,
            .addedAt = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123),
            .seenAt = QDateTime::fromMSecsSinceEpoch(1'700'000'001'000)};
}

inline QString nameOf(KnownPeers& peers, int number)
{
    const Result<std::optional<KnownPeer>> found = peers.find(key(number));
    return found && found.value() ? found.value()->name : QStringLiteral("(unknown)");
}

inline QString addressOf(KnownPeers& peers, int number)
{
    const Result<std::optional<KnownPeer>> found = peers.find(key(number));
    return found && found.value() ? found.value()->address : QStringLiteral("(unknown)");
}

} // namespace sockdrop
