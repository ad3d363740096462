#pragma once

#include "transfer.h"

#include <chrono>
#include <optional>

namespace sockdrop {

/// Sums over the uploads of a model. A run counts everything that came since the last one was declared over,
/// so that progress goes from 0 to 100 once a run, however the uploads of one batch come in.
struct TransferTotals
{
    int active = 0;          ///< uploads not ended
    int finished = 0;        ///< uploads ended, however
    int failed = 0;          ///< uploads that can be tried again, if only some of their files
    int clearable = 0;       ///< uploads nobody needs any more; see isClearable()
    int runUploads = 0;      ///< of the run: uploads
    qint64 runCount = 0;     ///< … and their files,
    qint64 runFinished = 0;  ///< … ended, however
    qint64 runFailed = 0;    ///< … ended without having landed
    qint64 runBytesDone = 0; ///< of the run, without what failed
    qint64 runBytesTotal = 0;
    double bytesPerSecond = 0;

    /// 0 to 100 of the run; nothing when there is none, or none of it landed.
    [[nodiscard]] std::optional<int> percent() const;
    [[nodiscard]] std::optional<std::chrono::seconds> timeLeft() const;

    /// Counts `transfer` in (`sign` 1) or out (-1).
    void add(const TransferSnapshot& transfer, bool isInRun, int sign);
    void endRun();

    /// Of two models taken together.
    [[nodiscard]] TransferTotals plus(const TransferTotals& other) const;

    bool operator==(const TransferTotals&) const = default;
};

} // namespace sockdrop
