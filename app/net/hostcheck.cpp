#include "hostcheck.h"

#include <QHostAddress>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// The host without brackets and port; nothing for what is no host with an optional port.
std::optional<QString> withoutPort(const QString& host)
{
    qsizetype end = host.indexOf(u':');
    if (host.startsWith(u'[')) {
        end = host.indexOf(u']') + 1;
        if (end == 0)
            return std::nullopt;
    }
    if (end < 0 || end == host.size())
        return host;
    const QStringView port = QStringView(host).sliced(end + 1);
    const bool isNumber = !port.isEmpty() && std::all_of(port.begin(), port.end(),
                                                         [](QChar c) { return c >= u'0' && c <= u'9'; });
    bool isInRange = false;
    [[maybe_unused]] const ushort number = port.toUShort(&isInRange);
    if (host[end] != u':' || !isNumber || !isInRange)
        return std::nullopt;
    return host.left(end);
}

bool isAddress(const QString& host)
{
    if (host.startsWith(u'[')) {
        const QString address = host.sliced(1, host.size() - 2).section(u'%', 0, 0);
        return QHostAddress(address).protocol() == QAbstractSocket::IPv6Protocol;
    }
    const QHostAddress address(host);
    return address.protocol() == QAbstractSocket::IPv4Protocol && address.toString() == host;
}

} // namespace

bool isOwnHost(const QByteArray& host, const OwnNames& names)
{
    const std::optional<QString> name = withoutPort(QString::fromLatin1(host));
    if (!name || name->isEmpty())
        return false;
    return isAddress(*name) || name->compare("localhost"_L1, Qt::CaseInsensitive) == 0 ||
           names.contains(*name);
}

bool isFromBrowser(const HttpRequest& request)
{
    return request.header("Origin") || request.header("Sec-Fetch-Site") || request.header("Sec-Fetch-Mode");
}

bool isOwnPage(const HttpRequest& request, bool isEncrypted)
{
    const QByteArray host = request.header("Host").value_or(QByteArray());
    const std::optional<QByteArray> origin = request.header("Origin");
    if (origin && origin->compare((isEncrypted ? "https://" : "http://") + host, Qt::CaseInsensitive) != 0)
        return false;
    // Fetch Metadata, for what browsers send without an Origin.
    const QByteArray site = request.header("Sec-Fetch-Site").value_or("none");
    const bool isNavigation = request.header("Sec-Fetch-Mode") == QByteArray("navigate") &&
                              (request.method == "GET" || request.method == "HEAD");
    return site == "none" || site == "same-origin" || isNavigation;
}

} // namespace sockdrop
