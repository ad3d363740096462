#pragma once

#include <QFile>

#include <unistd.h>

namespace sockdrop {

/// Resident memory of this process or another one, in bytes; -1 when it is not there.
inline qint64 residentBytes(qint64 process = 0)
{
    const QString id = process == 0 ? QStringLiteral("self") : QString::number(process);
    QFile file(QStringLiteral("/proc/%1/statm").arg(id));
    if (!file.open(QIODevice::ReadOnly))
        return -1;
    return file.readAll().split(' ').value(1).toLongLong() * ::sysconf(_SC_PAGESIZE);
}

/// Sanitizers keep freed memory for a while: with them it says nothing.
inline constexpr bool isMemoryTelling =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    false;
#else
    true;
#endif

} // namespace sockdrop
