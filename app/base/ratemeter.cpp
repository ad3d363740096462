#include "ratemeter.h"

#include <algorithm>
#include <cmath>

namespace sockdrop {

using namespace std::chrono_literals;

namespace {
constexpr double smoothingSeconds = 3.0;
constexpr auto shortestStep = 50ms;
} // namespace

void RateMeter::update(qint64 bytes, TimePoint now)
{
    if (!m_last) {
        m_last = now;
        m_bytes = bytes;
        return;
    }
    const auto elapsed = now - *m_last;
    if (elapsed < shortestStep)
        return;
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const double current = static_cast<double>(bytes - m_bytes) / seconds;
    const double weight = m_rate == 0 ? 1.0 : 1.0 - std::exp(-seconds / smoothingSeconds);
    m_rate += weight * (current - m_rate);
    m_last = now;
    m_bytes = bytes;
}

std::optional<std::chrono::seconds> RateMeter::timeLeft(qint64 total) const
{
    if (total < 0 || m_rate < 1.0)
        return std::nullopt;
    const double seconds = static_cast<double>(total - m_bytes) / m_rate;
    constexpr double longest = 1e9;
    return std::chrono::seconds(static_cast<qint64>(std::ceil(std::clamp(seconds, 0.0, longest))));
}

} // namespace sockdrop
