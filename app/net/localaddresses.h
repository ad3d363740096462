#pragma once

#include <QHostAddress>
#include <QList>

namespace sockdrop {

/// The addresses at which other machines reach who listens on `listening`, the likeliest first: IPv4 before
/// IPv6, real interfaces before bridges of virtual machines. At least one: loopback where there is nothing
/// else.
[[nodiscard]] QList<QHostAddress> reachableAddresses(const QHostAddress& listening);

/// Whether an address of this kind can be reached from another machine as it is written.
[[nodiscard]] bool isReachable(const QHostAddress& address);

/// "192.168.1.7:54321", "[2001:db8::7]:54321"
[[nodiscard]] QString addressText(const QHostAddress& address, quint16 port);

} // namespace sockdrop
