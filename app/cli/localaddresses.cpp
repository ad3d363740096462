#include "localaddresses.h"

#include <QNetworkInterface>

#include <algorithm>

namespace sockdrop {

namespace {

bool isWildcard(const QHostAddress& address)
{
    return address == QHostAddress(QHostAddress::Any) || address == QHostAddress(QHostAddress::AnyIPv4) ||
           address == QHostAddress(QHostAddress::AnyIPv6);
}

bool isCovered(const QHostAddress& address, const QHostAddress& listening)
{
    return listening.protocol() == QAbstractSocket::AnyIPProtocol ||
           listening.protocol() == address.protocol();
}

bool isIpv4(const QHostAddress& address)
{
    return address.protocol() == QAbstractSocket::IPv4Protocol;
}

} // namespace

QList<QHostAddress> reachableAddresses(const QHostAddress& listening)
{
    if (!isWildcard(listening))
        return {listening};
    QList<QHostAddress> addresses;
    const auto interfaces = QNetworkInterface::allInterfaces();
    for (const QNetworkInterface& interface : interfaces) {
        if (!interface.flags().testFlag(QNetworkInterface::IsRunning) ||
            interface.flags().testFlag(QNetworkInterface::IsLoopBack))
            continue;
        const auto entries = interface.addressEntries();
        for (const QNetworkAddressEntry& entry : entries) {
            // Link-local ones need a scope that means nothing on the other machine.
            if (isCovered(entry.ip(), listening) && !entry.ip().isLinkLocal())
                addresses += entry.ip();
        }
    }
    std::stable_partition(addresses.begin(), addresses.end(), isIpv4);
    if (addresses.isEmpty())
        addresses += isCovered(QHostAddress(QHostAddress::LocalHost), listening)
                         ? QHostAddress(QHostAddress::LocalHost)
                         : QHostAddress(QHostAddress::LocalHostIPv6);
    return addresses;
}

} // namespace sockdrop
