#pragma once

#include "httpmessage.h"

#include <QByteArray>
#include <QString>

namespace sockdrop {

/// Whether a `Host` value names this machine: an IP address (no DNS answer can point that at us),
/// `localhost`, `hostName` or `hostName`.local, in any case, with or without a port. Everything else could be
/// a foreign name that was made to resolve to this machine (DNS rebinding).
[[nodiscard]] bool isOwnHost(const QByteArray& host, const QString& hostName);

/// Whether a request may come from whoever sent it: from no browser, from a page of the very host and scheme
/// it is for, or by following a link. Pages of any other origin could upload behind a person's back.
[[nodiscard]] bool isOwnPage(const HttpRequest& request, bool isEncrypted);

} // namespace sockdrop
