#pragma once

#include "httpmessage.h"
#include "ownnames.h"

#include <QByteArray>
#include <QString>

namespace sockdrop {

/// Whether a `Host` value names this device: an IP address (no DNS answer can point that at us), `localhost`,
/// or one of `names`, with or without a port. Everything else could be a foreign name that was made to
/// resolve to this device (DNS rebinding).
[[nodiscard]] bool isOwnHost(const QByteArray& host, const OwnNames& names);

/// Whether a request says things that only browsers say.
[[nodiscard]] bool isFromBrowser(const HttpRequest& request);

/// Whether a request may come from whoever sent it: from no browser, from a page of the very host and scheme
/// it is for, or by following a link. Pages of any other origin could upload behind a person's back.
[[nodiscard]] bool isOwnPage(const HttpRequest& request, bool isEncrypted);

} // namespace sockdrop
