#pragma once

#include "filebacklog.h"
#include "ratemeter.h"
#include "steadycount.h"
#include "transfer.h"

#include <atomic>
#include <mutex>
#include <optional>

namespace sockdrop {

/// What is to be seen of a batch that is being sent: its thread writes, the queue's thread takes. What
/// changes of its files goes to the backlog of the queue. Thread-safe.
class BatchNews final
{
public:
    /// `patience`: Limits::ackPatience
    BatchNews(FileBacklog& files, const std::atomic<bool>& isCancelled, std::chrono::milliseconds patience)
        : m_files(files), m_isCancelled(isCancelled), m_patience(patience)
    {}

    /// For people: with its speed by now, progress that a lost line does not take back, and whether the
    /// receiver owes an answer for long.
    [[nodiscard]] TransferSnapshot take();
    /// As it is counted.
    [[nodiscard]] TransferSnapshot batch() const;

    /// Changes the snapshot: `change` gets it by reference.
    template <typename Change>
    void update(Change change)
    {
        const std::lock_guard lock(m_mutex);
        change(m_batch);
    }

    /// Whether the receiver has to say something before it is done; told often.
    void setAwaiting(bool isAwaiting);
    /// It said something, or took some bytes.
    void noteAnswer();
    /// The receiver turned out to have so many bytes of what there is to send: progress, but no speed.
    void addKnown(qint64 bytes);
    /// Counts from `bytes` on, which are over: what came after them may have to be sent again.
    void countAnew(qint64 bytes, bool isRetry);
    /// Waits while there is no room in the backlog and the batch is not cancelled.
    void add(const FileSnapshot& file);
    /// To be called when it was cancelled.
    void wake() { m_files.wake(); }
    /// Why the first file failed that was added since the last forgetFailure().
    [[nodiscard]] std::optional<Error> firstFailure() const;
    void forgetFailure();

private:
    FileBacklog& m_files;
    const std::atomic<bool>& m_isCancelled;
    mutable std::mutex m_mutex;
    TransferSnapshot m_batch;
    std::optional<Error> m_failure;
    RateMeter m_rate;
    const std::chrono::milliseconds m_patience;
    std::optional<std::chrono::steady_clock::time_point> m_silentSince; ///< while an answer is awaited
    SteadyCount m_shown;
};

} // namespace sockdrop
