#include "retries.h"

#include <algorithm>

namespace sockdrop {

namespace {

/// Protocol errors in a row, with nothing brought over in between, that may be damage on the line.
constexpr int mostViolations = 5;
/// Somebody is there, but the line broke before anything was agreed.
constexpr int mostEarlyLosses = 3;

/// Another try may bring what this one did not. A protocol error is one, too: it is what damage on the line
/// looks like when it hits the frames themselves.
bool isWorthAnotherTry(ErrorCode code)
{
    switch (code) {
    case ErrorCode::ConnectionLost:
    case ErrorCode::TimedOut:
    case ErrorCode::Unreachable:
    case ErrorCode::Refused:
    case ErrorCode::Busy:
    case ErrorCode::ProtocolError:
        return true;
    default:
        return false;
    }
}

bool isFurther(const TransferSnapshot& now, const TransferSnapshot& before)
{
    const auto concluded = [](const TransferSnapshot& batch) {
        return batch.filesDone + batch.filesSkipped + batch.filesFailed;
    };
    return now.bytesDone > before.bytesDone || concluded(now) > concluded(before);
}

} // namespace

Retries::Retries(const Limits& limits, std::chrono::milliseconds patience, const TransferSnapshot& start)
    : m_limits(limits), m_patience(patience), m_pause(limits.firstBackoff), m_deadline(patience),
      m_farthest(start)
{}

bool Retries::allow(ErrorCode code, bool hasBegun, const TransferSnapshot& now)
{
    if (!isWorthAnotherTry(code))
        return false;
    const bool isLost = code == ErrorCode::ConnectionLost;
    if (!hasBegun && (!isLost || ++m_earlyLosses > mostEarlyLosses))
        return false;
    noteProgress(now);
    m_violations += code == ErrorCode::ProtocolError ? 1 : 0;
    return !m_deadline.hasExpired() && m_violations <= mostViolations;
}

/// What went over the line and was forgotten there is none.
void Retries::noteProgress(const TransferSnapshot& now)
{
    if (!isFurther(now, m_farthest))
        return;
    m_farthest = now;
    m_pause = m_limits.firstBackoff;
    m_deadline = QDeadlineTimer(m_patience);
    m_violations = 0;
}

std::chrono::milliseconds Retries::takePause()
{
    const std::chrono::milliseconds timeLeft(m_deadline.remainingTime());
    const std::chrono::milliseconds pause = std::min(m_pause, timeLeft);
    m_pause = std::min(2 * m_pause, m_limits.mostBackoff);
    return pause;
}

} // namespace sockdrop
