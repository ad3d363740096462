#include "localaddresses.h"

#include <QNetworkInterface>

#include <algorithm>

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

bool isCovered(const QHostAddress& address, const QHostAddress& listening)
{
    return listening.protocol() == QAbstractSocket::AnyIPProtocol ||
           listening.protocol() == address.protocol();
}

} // namespace

bool isReachable(const QHostAddress& address)
{
    // A link-local IPv6 address means nothing without the name of the other machine's interface.
    return !address.isNull() && !address.isLoopback() && !address.isMulticast() &&
           !(isIpv6(address) && address.isLinkLocal());
}

QList<QHostAddress> reachableAddresses(const QHostAddress& listening)
{
    if (!isWildcard(listening))
        return {listening};
    struct Candidate
    {
        int rank;
        QHostAddress address;
    };
    QList<Candidate> candidates;
    for (const QNetworkInterface& interface : QNetworkInterface::allInterfaces()) {
        const auto flags = interface.flags();
        if (!flags.testFlag(QNetworkInterface::IsUp) || !flags.testFlag(QNetworkInterface::IsRunning))
            continue;
        for (const QNetworkAddressEntry& entry : interface.addressEntries()) {
            const QHostAddress address = entry.ip();
            if (isReachable(address) && isCovered(address, listening) && !entry.isTemporary())
                candidates.append({(isVirtual(interface) ? 2 : 0) + (isIpv6(address) ? 1 : 0), address});
        }
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
    QList<QHostAddress> addresses;
    for (const Candidate& candidate : candidates)
        addresses << candidate.address;
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
