#include "transfertotals.h"

#include "format.h"
#include "sums.h"
#include "transferactions.h"

#include <algorithm>

namespace sockdrop {

namespace {

struct Files
{
    qint64 total = 1;
    qint64 landed = 0;
    qint64 failed = 0;
};

Files filesOf(const TransferSnapshot& transfer)
{
    const bool isLost = transfer.state == TransferState::Failed || transfer.state == TransferState::Cancelled;
    if (!transfer.isBatch)
        return {1, isFinal(transfer.state) && !isLost ? 1 : 0, isLost ? 1 : 0};
    const qint64 there = filesArrived(transfer);
    if (isLost)
        return {transfer.filesTotal, there, transfer.filesTotal - there};
    const qint64 landed = isFinal(transfer.state) ? transfer.filesTotal - transfer.filesFailed : there;
    return {transfer.filesTotal, landed, transfer.filesFailed};
}

} // namespace

std::optional<int> TransferTotals::percent() const
{
    if (runCount == 0 || runFailed == runCount)
        return std::nullopt;
    // Files without bytes, or of unknown size, count by their number.
    const bool byBytes = runBytesTotal > 0;
    const double done =
        byBytes ? static_cast<double>(runBytesDone) : static_cast<double>(runFinished - runFailed);
    const double total =
        byBytes ? static_cast<double>(runBytesTotal) : static_cast<double>(runCount - runFailed);
    return static_cast<int>(std::clamp(done / total, 0.0, 1.0) * 100.0);
}

std::optional<std::chrono::seconds> TransferTotals::timeLeft() const
{
    if (active == 0 || bytesPerSecond < 1 || runBytesTotal <= runBytesDone)
        return std::nullopt;
    const double seconds = static_cast<double>(wrappingSum(runBytesTotal, -runBytesDone)) / bytesPerSecond;
    return std::chrono::seconds(static_cast<qint64>(std::min(seconds, 1e9)) + 1);
}

void TransferTotals::add(const TransferSnapshot& transfer, bool isInRun, int sign)
{
    const bool ended = isFinal(transfer.state);
    const bool failedNow =
        transfer.state == TransferState::Failed || transfer.state == TransferState::Cancelled;
    (ended ? finished : active) += sign;
    failed += failedNow || (ended && transfer.filesFailed > 0) ? sign : 0;
    clearable += isClearable(transfer) ? sign : 0;
    bytesPerSecond += ended ? 0.0 : sign * transfer.bytesPerSecond;
    if (!isInRun)
        return;
    const Files files = filesOf(transfer);
    runUploads += sign;
    runCount += sign * files.total;
    runFinished += sign * (files.landed + files.failed);
    runFailed += sign * files.failed;
    if (failedNow)
        return; // its bytes are neither progress nor still to come
    runBytesDone = wrappingSum(runBytesDone, sign * transfer.bytesDone);
    runBytesTotal = wrappingSum(runBytesTotal, sign * std::max(transfer.bytesTotal, transfer.bytesDone));
}

void TransferTotals::endRun()
{
    runUploads = 0;
    runCount = 0;
    runFinished = 0;
    runFailed = 0;
    runBytesDone = 0;
    runBytesTotal = 0;
    bytesPerSecond = 0;
}

TransferTotals TransferTotals::plus(const TransferTotals& other) const
{
    TransferTotals sum = *this;
    sum.active += other.active;
    sum.finished += other.finished;
    sum.failed += other.failed;
    sum.clearable += other.clearable;
    sum.bytesPerSecond += other.bytesPerSecond;
    sum.runUploads += other.runUploads;
    sum.runCount += other.runCount;
    sum.runFinished += other.runFinished;
    sum.runFailed += other.runFailed;
    sum.runBytesDone = wrappingSum(sum.runBytesDone, other.runBytesDone);
    sum.runBytesTotal = wrappingSum(sum.runBytesTotal, other.runBytesTotal);
    return sum;
}

} // namespace sockdrop
