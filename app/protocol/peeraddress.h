#pragma once

#include "result.h"

#include <QHostAddress>
#include <QString>
#include <QUrl>

namespace sockdrop {

/// Port of a Sockdrop where none is named; the original demo's.
constexpr quint16 defaultPort = 54321;

/// Where a peer listens: host name or IP address, and port.
struct PeerAddress
{
    QString host; ///< without brackets
    quint16 port = defaultPort;
    bool isPlain = false; ///< without encryption, as the person asked for it: http:// or ws://
    bool isUrl = false;   ///< the person typed a URL: its host name may mean something to the server

    /// Reads "HOST", "HOST:PORT", "[V6]:PORT", a bare IPv6 address, or an http(s) or ws(s) URL of these. A
    /// link-local IPv6 address has its interface behind it, "fe80::1%eth0"; so a port is told from it there.
    [[nodiscard]] static Result<PeerAddress> parse(const QString& text);

    /// "host" where the port is the default one, else "host:port"; IPv6 in brackets then. With "http://" in
    /// front where it is plain.
    [[nodiscard]] QString toString() const;
    /// "host:port", for both kinds.
    [[nodiscard]] QString hostAndPort() const;

    /// "https://host:port/path", "http:" where it is plain
    [[nodiscard]] QUrl httpUrl(const QString& path) const;
    /// However it was typed.
    [[nodiscard]] bool operator==(const PeerAddress& other) const
    {
        return host == other.host && port == other.port && isPlain == other.isPlain;
    }
};

/// A link-local IPv6 address (RFC 4007) without the interface it is to be reached by.
[[nodiscard]] bool lacksScope(const QHostAddress& address);

} // namespace sockdrop
