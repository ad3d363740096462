#pragma once

#include <QHostAddress>
#include <QList>

namespace sockdrop {

/// An address of a network interface of this machine that is up.
struct LocalAddress
{
    QHostAddress address;
    bool isVirtual = false; ///< of a bridge of virtual machines
};

/// The addresses at which other machines reach who listens on `listening`, the likeliest first: IPv4 before
/// IPv6, real interfaces before virtual ones. Link-local ones of IPv6 only where there is nothing else, and
/// without our interface, as theirs is needed there. At least one: loopback in the end.
[[nodiscard]] QList<QHostAddress> reachableAddresses(const QHostAddress& listening);
/// The same, of what was found.
[[nodiscard]] QList<QHostAddress> reachableAddresses(const QList<LocalAddress>& found,
                                                     const QHostAddress& listening);

/// Whether an address of this kind can be reached from another machine as it is written.
[[nodiscard]] bool isReachable(const QHostAddress& address);

/// "192.168.1.7:54321", "[2001:db8::7]:54321"
[[nodiscard]] QString addressText(const QHostAddress& address, quint16 port);

} // namespace sockdrop
