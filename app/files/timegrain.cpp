#include "timegrain.h"

#include "filedescriptor.h"
#include "systemcalls.h"

#include <array>
#include <fcntl.h>

namespace sockdrop {

namespace {

qint64 floored(qint64 value, qint64 grain)
{
    const qint64 rest = value % grain;
    return value - (rest < 0 ? rest + grain : rest);
}

} // namespace

qint64 timeBetween(const AnnouncedFile& file, const timespec& held)
{
    constexpr qint64 most = std::numeric_limits<qint64>::max();
    qint64 difference = 0;
    if (__builtin_sub_overflow(file.modifiedAt, FileTime::of(held).milliseconds, &difference) ||
        difference == -most - 1)
        return most;
    return std::abs(difference);
}

bool TimeGrain::isHeldAs(int folder, const AnnouncedFile& file, const timespec& held)
{
    const FileTime there = FileTime::of(held);
    if (there.isSameAs(file.modified()))
        return true;
    if (!m_milliseconds)
        m_milliseconds = find(folder);
    return *m_milliseconds > 1 && there.milliseconds == floored(file.modifiedAt, *m_milliseconds);
}

/// What becomes of an odd second and all that can follow it.
qint64 TimeGrain::find(int folder) const
{
    constexpr timespec told{1'000'000'001, 999'000'000};
    const std::array<timespec, 2> times{told, told};
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const FileDescriptor file(m_calls.openat(folder, m_fileName.constData(), flags, 0600), m_calls);
    struct stat status = {};
    const bool isKnown = file.isOpen() && m_calls.futimens(file.number(), times.data()) == 0 &&
                         m_calls.fstat(file.number(), &status) == 0;
    if (file.isOpen())
        static_cast<void>(m_calls.unlinkat(folder, m_fileName.constData()));
    for (const qint64 grain : {1, 10, 1000, 2000}) {
        if (isKnown &&
            FileTime::of(status.st_mtim).milliseconds == floored(FileTime::of(told).milliseconds, grain))
            return grain;
    }
    return 1;
}

} // namespace sockdrop
