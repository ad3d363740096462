#include "localaddresses.h"

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

} // namespace

bool isReachable(const QHostAddress& address)
{
    // A link-local IPv6 address means nothing without the name of the other machine's interface.
    return !address.isNull() && !address.isLoopback() && !address.isMulticast() &&
           !(address.protocol() == QAbstractSocket::IPv6Protocol && address.isLinkLocal());
}

QList<QHostAddress> localAddresses()
{
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
            const bool isIpv6 = entry.ip().protocol() == QAbstractSocket::IPv6Protocol;
            if (isReachable(entry.ip()) && !entry.isTemporary())
                candidates.append({(isVirtual(interface) ? 2 : 0) + (isIpv6 ? 1 : 0), entry.ip()});
        }
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
    QList<QHostAddress> addresses;
    for (const Candidate& candidate : candidates)
        addresses << candidate.address;
    if (addresses.isEmpty())
        addresses << QHostAddress(QHostAddress::LocalHost);
    return addresses;
}

QString addressText(const QHostAddress& address, quint16 port)
{
    const bool isIpv6 = address.protocol() == QAbstractSocket::IPv6Protocol;
    return (isIpv6 ? u"[%1]:%2"_s : u"%1:%2"_s).arg(address.toString()).arg(port);
}

} // namespace sockdrop
