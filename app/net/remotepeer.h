#pragma once

#include <QHostAddress>
#include <QString>

namespace sockdrop {

/// Who is at the other end of a connection.
struct RemotePeer
{
    QHostAddress address;
    bool isEncrypted = false;
    QString fingerprint; ///< of the key that it proved to have (see DeviceIdentity); empty: none
};

} // namespace sockdrop
