#include "remotepeer.h"

#include <algorithm>

namespace sockdrop {

bool isSamePeer(const RemotePeer& one, const RemotePeer& other)
{
    if (one.isEncrypted != other.isEncrypted || one.fingerprint != other.fingerprint)
        return false;
    return !one.fingerprint.isEmpty() || one.address == other.address;
}

QHostAddress countedAddress(const QHostAddress& address)
{
    if (address.protocol() != QAbstractSocket::IPv6Protocol)
        return address;
    constexpr int hostBytes = 8;
    Q_IPV6ADDR bytes = address.toIPv6Address();
    std::fill(std::end(bytes.c) - hostBytes, std::end(bytes.c), quint8{0});
    return QHostAddress(bytes);
}

QString countedPeer(const RemotePeer& peer, bool isKnown)
{
    return isKnown ? peer.fingerprint : countedAddress(peer.address).toString();
}

} // namespace sockdrop
