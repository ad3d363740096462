#pragma once

#include <QHostAddress>
#include <QList>
#include <QNetworkInterface>

namespace sockdrop {

/// The addresses of this machine that another one can use, the likeliest first: IPv4 before IPv6, real
/// interfaces before bridges of virtual machines; loopback only where there is nothing else.
[[nodiscard]] QList<QHostAddress> localAddresses();

/// Whether an address of this kind can be reached from another machine as it is written.
[[nodiscard]] bool isReachable(const QHostAddress& address);

/// "192.168.1.7:54321", "[2001:db8::7]:54321"
[[nodiscard]] QString addressText(const QHostAddress& address, quint16 port);

} // namespace sockdrop
