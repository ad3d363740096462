#pragma once

#include <QtGlobal>

#include <chrono>
#include <optional>

namespace sockdrop {

/// Smoothed speed of one transfer: an exponential average over about three seconds. Pure: time is given.
class RateMeter final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Says that `bytes` in all had been transferred at `now`; calls go forward in time.
    void update(qint64 bytes, TimePoint now);

    /// So many of the bytes that the next update() tells of came by no transfer: they were there already.
    void skip(qint64 bytes) { m_bytes += bytes; }

    /// Bytes per second; 0 until two updates at least 50 ms apart came in.
    [[nodiscard]] double bytesPerSecond() const { return m_rate; }

    /// Time until `total` is reached at this speed; nothing while the speed is unknown or `total` negative.
    [[nodiscard]] std::optional<std::chrono::seconds> timeLeft(qint64 total) const;

private:
    std::optional<TimePoint> m_last;
    qint64 m_bytes = 0;
    double m_rate = 0;
};

} // namespace sockdrop
