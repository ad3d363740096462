#pragma once

#include <QByteArray>
#include <QString>

namespace sockdrop {

class SystemCalls;

/// Where a file came from, for setOriginUrl(): “sockdrop://192.0.2.7/”, an IPv6 address in brackets. It holds
/// neither names nor secrets.
[[nodiscard]] QByteArray originUrl(const QString& address);

/// Says in the open file's attribute `user.xdg.origin.url`, where the file system has such, that it came from
/// another machine, so that programs can be as careful with it as with a download. Nothing for an empty
/// `url`.
void setOriginUrl(const SystemCalls& calls, int file, const QByteArray& url);

} // namespace sockdrop
