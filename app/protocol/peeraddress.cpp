#include "peeraddress.h"

#include <QHostAddress>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

Error badAddress(const QString& text)
{
    return {ErrorCode::InvalidArgument,
            u"“%1” is not an address. Use a name or IP address, with “:port” where it is not %2."_s.arg(
                text, QString::number(defaultPort))};
}

bool isIpv6(const QString& host)
{
    return QHostAddress(host).protocol() == QAbstractSocket::IPv6Protocol;
}

QUrl url(const QString& scheme, const PeerAddress& peer, const QString& path)
{
    QUrl result;
    result.setScheme(scheme);
    result.setHost(peer.host);
    result.setPort(peer.port);
    result.setPath(path);
    return result;
}

} // namespace

Result<PeerAddress> PeerAddress::parse(const QString& text)
{
    QString rest = text.trimmed();
    for (const QString& prefix : {u"http://"_s, u"ws://"_s}) {
        if (rest.startsWith(prefix, Qt::CaseInsensitive))
            rest = rest.sliced(prefix.size());
    }
    while (rest.endsWith(u'/'))
        rest.chop(1);
    if (isIpv6(rest))
        return PeerAddress{rest, defaultPort};

    const bool bracketed = rest.startsWith(u'[');
    const qsizetype hostEnd = bracketed ? rest.indexOf(u']') : rest.indexOf(u':');
    const QString host = bracketed ? rest.mid(1, hostEnd - 1) : rest.left(hostEnd);
    const QString tail = hostEnd < 0 ? QString() : rest.mid(hostEnd + (bracketed ? 1 : 0));
    if (bracketed && (hostEnd < 0 || !isIpv6(host)))
        return badAddress(text);

    PeerAddress peer{host, defaultPort};
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
    if (port == defaultPort)
        return host;
    return (isIpv6(host) ? u"[%1]:%2"_s : u"%1:%2"_s).arg(host, QString::number(port));
}

QUrl PeerAddress::httpUrl(const QString& path) const
{
    return url(u"http"_s, *this, path);
}

QUrl PeerAddress::webSocketUrl(const QString& path) const
{
    return url(u"ws"_s, *this, path);
}

} // namespace sockdrop
