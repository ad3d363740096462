#pragma once

#include "programlimits.h"
#include "result.h"
#include "transfer.h"

#include <QDeadlineTimer>

#include <chrono>

namespace sockdrop {

/// Whether an upload is tried once more, and when: for as long as `patience` from its last progress, with
/// pauses that grow until there is some.
class Retries final
{
public:
    Retries(const Limits& limits, std::chrono::milliseconds patience, const TransferSnapshot& start);

    /// After a try that failed so, and brought the upload to `now`. `hasBegun` says whether the receiver ever
    /// took it: before that hardly anything is worth another try.
    [[nodiscard]] bool allow(ErrorCode code, bool hasBegun, const TransferSnapshot& now);
    /// How long to wait before the next try; longer each time.
    [[nodiscard]] std::chrono::milliseconds takePause();

private:
    void noteProgress(const TransferSnapshot& now);

    const Limits m_limits;
    const std::chrono::milliseconds m_patience;
    std::chrono::milliseconds m_pause;
    QDeadlineTimer m_deadline;
    TransferSnapshot m_farthest;
    int m_violations = 0;
    int m_earlyLosses = 0;
};

} // namespace sockdrop
