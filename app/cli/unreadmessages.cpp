#include "unreadmessages.h"

#include <QLoggingCategory>

#include <algorithm>
#include <climits>
#include <poll.h>
#include <unistd.h>

namespace sockdrop {

namespace {

void writeIfRead(QtMsgType type, const QMessageLogContext& context, const QString& text)
{
    const QByteArray line = qFormatLogMessage(type, context, text).toLocal8Bit() + '\n';
    pollfd ready{STDERR_FILENO, POLLOUT, 0};
    if (::poll(&ready, 1, 0) > 0)
        static_cast<void>(::write(STDERR_FILENO, line.constData(),
                                  std::min(static_cast<size_t>(line.size()), size_t{PIPE_BUF})));
}

} // namespace

void dropUnreadMessages()
{
    qInstallMessageHandler(writeIfRead);
}

} // namespace sockdrop
