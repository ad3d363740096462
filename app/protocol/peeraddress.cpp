#include "peeraddress.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

Error badAddress(const QString& text)
{
    return {
        ErrorCode::InvalidArgument,
        u"“%1” is not a valid address. Enter a host name or IP address, and a port if it is not %2 (for example 192.0.2.7:6000)."_s
            .arg(text, QString::number(defaultPort))};
}

Error withoutInterface(const QString& host)
{
    return {ErrorCode::InvalidArgument,
            u"“%1” needs the network interface to reach it by: “%1%eth0”, for example."_s.arg(host)};
}

bool isIpv6(const QString& host)
{
    return QHostAddress(host).protocol() == QAbstractSocket::IPv6Protocol;
}

/// Where the host ends in an address without brackets; -1 where nothing follows it. The colons of an IPv6
/// address are its own, but not one behind its interface.
qsizetype bareHostEnd(const QString& address)
{
    const qsizetype scopeAt = address.indexOf(u'%');
    if (scopeAt >= 0 && isIpv6(address.first(scopeAt)))
        return address.indexOf(u':', scopeAt);
    return isIpv6(address) ? -1 : address.indexOf(u':');
}

} // namespace

bool lacksScope(const QHostAddress& address)
{
    return address.protocol() == QAbstractSocket::IPv6Protocol && address.isLinkLocal() &&
           address.scopeId().isEmpty();
}

Result<PeerAddress> PeerAddress::parse(const QString& text)
{
    QString rest = text.trimmed();
    bool isPlain = false;
    const bool isUrl = rest.contains("://"_L1);
    if (const qsizetype end = rest.indexOf("://"_L1); end >= 0) {
        const QString scheme = rest.first(end).toLower();
        isPlain = scheme == "http"_L1 || scheme == "ws"_L1;
        if (!isPlain && scheme != "https"_L1 && scheme != "wss"_L1)
            return badAddress(text);
        rest = rest.sliced(end + 3).replace("%25"_L1, "%"_L1); // RFC 6874
    }
    while (rest.endsWith(u'/'))
        rest.chop(1);
    const bool bracketed = rest.startsWith(u'[');
    const qsizetype hostEnd = bracketed ? rest.indexOf(u']') : bareHostEnd(rest);
    const QString host = bracketed ? rest.mid(1, hostEnd - 1) : rest.left(hostEnd);
    const QString tail = hostEnd < 0 ? QString() : rest.mid(hostEnd + (bracketed ? 1 : 0));
    if (bracketed && (hostEnd < 0 || !isIpv6(host)))
        return badAddress(text);
    if (lacksScope(QHostAddress(host)))
        return withoutInterface(host);

    PeerAddress peer{host, defaultPort, isPlain, isUrl};
    if (!tail.isEmpty()) {
        bool isNumber = false;
        peer.port = tail.sliced(1).toUShort(&isNumber);
        if (!tail.startsWith(u':') || !isNumber || peer.port == 0)
            return badAddress(text);
    }
    if (host.isEmpty() || host.size() > 253 || !peer.httpUrl(u"/"_s).isValid() ||
        peer.httpUrl(u"/"_s).host().isEmpty())
        return badAddress(text);
    return peer;
}

QString PeerAddress::toString() const
{
    const QString scheme = isPlain ? u"http://"_s : QString();
    if (port != defaultPort)
        return scheme + hostAndPort();
    return scheme + (isPlain && isIpv6(host) ? u"[%1]"_s.arg(host) : host);
}

QString PeerAddress::hostAndPort() const
{
    return (isIpv6(host) ? u"[%1]:%2"_s : u"%1:%2"_s).arg(host, QString::number(port));
}

QUrl PeerAddress::httpUrl(const QString& path) const
{
    QUrl result;
    result.setScheme(isPlain ? u"http"_s : u"https"_s);
    result.setHost(host);
    result.setPort(port);
    result.setPath(path);
    return result;
}

} // namespace sockdrop
