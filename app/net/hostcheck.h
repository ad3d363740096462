#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace sockdrop {

/// Whether a `Host` value names this machine: an IP address (no DNS answer can point that at us),
/// `localhost`, `hostName` or `hostName`.local, in any case, with or without a port. Everything else could be
/// a foreign name that was made to resolve to this machine (DNS rebinding).
[[nodiscard]] bool isOwnHost(const QByteArray& host, const QString& hostName);

/// Whether a request may come from a page of this origin: of none (no browser), or of the very host it is
/// for.
[[nodiscard]] bool isOwnOrigin(const std::optional<QByteArray>& origin, const QByteArray& host);

} // namespace sockdrop
