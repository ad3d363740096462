#include "timegrain.h"

#include "filedescriptor.h"
#include "systemcalls.h"

#include <array>
#include <fcntl.h>

namespace sockdrop {

namespace {

/// What a file system makes of a time that holds it so exactly.
timespec floored(const timespec& time, qint64 grain)
{
    constexpr qint64 second = 1'000'000'000;
    if (grain < second)
        return {time.tv_sec, time.tv_nsec - time.tv_nsec % grain};
    const qint64 rest = time.tv_sec % (grain / second);
    return {time.tv_sec - (rest < 0 ? rest + grain / second : rest), 0};
}

bool isSame(const timespec& a, const timespec& b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
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
    if (FileTime::of(held).isSameAs(file.modified()))
        return true;
    if (!m_nanoseconds)
        m_nanoseconds = find(folder);
    return isSame(held, floored(file.modified().toTimespec(), *m_nanoseconds));
}

/// What becomes of an odd second and all that can follow it.
qint64 TimeGrain::find(int folder) const
{
    constexpr timespec told{1'000'000'001, 999'999'999};
    const std::array<timespec, 2> times{told, told};
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const FileDescriptor file(m_calls.openat(folder, m_fileName.constData(), flags, 0600), m_calls);
    struct stat status = {};
    const bool isKnown = file.isOpen() && m_calls.futimens(file.number(), times.data()) == 0 &&
                         m_calls.fstat(file.number(), &status) == 0;
    if (file.isOpen())
        static_cast<void>(m_calls.unlinkat(folder, m_fileName.constData()));
    for (const qint64 grain :
         {1LL, 100LL, 1000LL, 1'000'000LL, 10'000'000LL, 1'000'000'000LL, 2'000'000'000LL}) {
        if (isKnown && isSame(status.st_mtim, floored(told, grain)))
            return grain;
    }
    return 1;
}

} // namespace sockdrop
