#pragma once

#include <QHostAddress>
#include <QString>

namespace sockdrop {

/// Who is at the other end of a connection.
struct RemotePeer
{
    QHostAddress address;
    bool isEncrypted = false;
    QString fingerprint;    ///< of the key that it proved to have (see DeviceIdentity); empty: none
    QString reachedAt = {}; ///< the address of ours that it connected to, with the port
};

/// The same key, or the same address where neither has shown one.
[[nodiscard]] bool isSamePeer(const RemotePeer& one, const RemotePeer& other);

/// Whom to count an address as, where each may have so many of something: whoever has one of IPv6 mostly has
/// all that share its first 64 bits.
[[nodiscard]] QHostAddress countedAddress(const QHostAddress& address);

/// The same for a peer: its key where that is known. Strangers are their address, as another key costs them
/// nothing.
[[nodiscard]] QString countedPeer(const RemotePeer& peer, bool isKnown);

} // namespace sockdrop
