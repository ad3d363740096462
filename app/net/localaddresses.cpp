#include "localaddresses.h"

#include <QNetworkInterface>

#include <map>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

bool isVirtual(const QNetworkInterface& interface)
{
    const QString name = interface.name();
    for (const QString& prefix : {u"docker"_s, u"br-"_s, u"veth"_s, u"virbr"_s, u"vmnet"_s, u"vboxnet"_s}) {
        if (name.startsWith(prefix))
            return true;
    }
    return false;
}

bool isIpv6(const QHostAddress& address)
{
    return address.protocol() == QAbstractSocket::IPv6Protocol;
}

bool isWildcard(const QHostAddress& address)
{
    return address == QHostAddress(QHostAddress::Any) || address == QHostAddress(QHostAddress::AnyIPv4) ||
           address == QHostAddress(QHostAddress::AnyIPv6);
}

bool isScoped(const QHostAddress& address)
{
    return isIpv6(address) && address.isLinkLocal();
}

/// Of a network that other machines can be in.
bool isOfNetwork(const QHostAddress& address)
{
    return !address.isNull() && !address.isLoopback() && !address.isMulticast();
}

int rankOf(const LocalAddress& local)
{
    return (isScoped(local.address) ? 4 : 0) + (local.isVirtual ? 2 : 0) + (isIpv6(local.address) ? 1 : 0);
}

QHostAddress withoutScope(QHostAddress address)
{
    address.setScopeId({});
    return address;
}

QList<LocalAddress> foundAddresses()
{
    QList<LocalAddress> found;
    for (const QNetworkInterface& interface : QNetworkInterface::allInterfaces()) {
        const auto flags = interface.flags();
        if (!flags.testFlag(QNetworkInterface::IsUp) || !flags.testFlag(QNetworkInterface::IsRunning))
            continue;
        for (const QNetworkAddressEntry& entry : interface.addressEntries()) {
            if (!entry.isTemporary())
                found.append({entry.ip(), isVirtual(interface)});
        }
    }
    return found;
}

bool isCovered(const QHostAddress& address, const QHostAddress& listening)
{
    return listening.protocol() == QAbstractSocket::AnyIPProtocol ||
           listening.protocol() == address.protocol();
}

} // namespace

bool isReachable(const QHostAddress& address)
{
    // A link-local IPv6 address means nothing without the name of the other machine's interface.
    return isOfNetwork(address) && !isScoped(address);
}

QList<QHostAddress> reachableAddresses(const QHostAddress& listening)
{
    return isWildcard(listening) ? reachableAddresses(foundAddresses(), listening) : QList{listening};
}

QList<QHostAddress> reachableAddresses(const QList<LocalAddress>& found, const QHostAddress& listening)
{
    std::multimap<int, QHostAddress> ranked;
    for (const LocalAddress& local : found) {
        if (isOfNetwork(local.address) && isCovered(local.address, listening))
            ranked.emplace(rankOf(local), withoutScope(local.address));
    }
    QList<QHostAddress> addresses;
    for (const auto& [rank, address] : ranked) {
        if (isReachable(address) || addresses.isEmpty() || !isReachable(addresses.constFirst()))
            addresses << address;
    }
    if (addresses.isEmpty())
        addresses << (listening == QHostAddress(QHostAddress::AnyIPv6) ? QHostAddress::LocalHostIPv6
                                                                       : QHostAddress::LocalHost);
    return addresses;
}

QString addressText(const QHostAddress& address, quint16 port)
{
    return (isIpv6(address) ? u"[%1]:%2"_s : u"%1:%2"_s).arg(address.toString()).arg(port);
}

} // namespace sockdrop
