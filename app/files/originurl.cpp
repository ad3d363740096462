#include "originurl.h"

#include "systemcalls.h"

namespace sockdrop {

namespace {
constexpr char attribute[] = "user.xdg.origin.url"; // freedesktop.org: common extended attributes
} // namespace

QByteArray originUrl(const QString& address)
{
    QByteArray host = address.section(u'%', 0, 0).toUtf8(); // the interface is of this machine
    if (host.contains(':'))
        host = '[' + host + ']';
    return "sockdrop://" + host + '/';
}

void setOriginUrl(const SystemCalls& calls, int file, const QByteArray& url)
{
    if (!url.isEmpty())
        static_cast<void>(calls.fsetxattr(file, attribute, url.constData(), static_cast<size_t>(url.size())));
}

} // namespace sockdrop
