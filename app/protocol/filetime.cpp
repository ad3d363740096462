#include "filetime.h"

#include <algorithm>
#include <chrono>

namespace sockdrop {

namespace {

/// What a file system keeps of a time's last digits, by the zeros there: of some it is microseconds, of those
/// of Windows hundreds of nanoseconds.
qint32 stepOf(const FileTime& time)
{
    constexpr qint32 millisecond = 1'000'000;
    const qint32 rest = time.nanoseconds.value_or(0);
    for (const qint32 step : {millisecond, 1'000, 100}) {
        if (rest % step == 0)
            return step;
    }
    return 1;
}

} // namespace

FileTime FileTime::of(const timespec& time)
{
    // Seconds reach further than the nanoseconds of std::chrono, which end in 2262.
    constexpr qint64 perSecond = 1000;
    constexpr qint64 mostSeconds = most / perSecond;
    if (time.tv_sec >= mostSeconds)
        return {most, 0};
    if (time.tv_sec < -mostSeconds)
        return {-most, 0};
    constexpr qint64 perMillisecond = 1'000'000;
    return {time.tv_sec * perSecond + time.tv_nsec / perMillisecond,
            static_cast<qint32>(time.tv_nsec % perMillisecond)};
}

timespec FileTime::toTimespec() const
{
    const auto time = std::chrono::milliseconds(milliseconds);
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest =
        std::chrono::nanoseconds(time - whole) + std::chrono::nanoseconds(nanoseconds.value_or(0));
    return {whole.count(), rest.count()};
}

bool FileTime::isSameAs(const FileTime& other) const
{
    const qint32 step = std::max(stepOf(*this), stepOf(other));
    return milliseconds == other.milliseconds &&
           nanoseconds.value_or(0) / step == other.nanoseconds.value_or(0) / step;
}

} // namespace sockdrop
