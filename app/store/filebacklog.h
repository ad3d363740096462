#pragma once

#include "transfer.h"

#include <QHash>
#include <QList>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace sockdrop {

/// What is new of files, on its way from the threads that transfer them to the thread that shows it. It is
/// bounded: who brings more than is taken waits. Thread-safe.
class FileBacklog final
{
public:
    static constexpr size_t capacity = 16'384;
    /// What a thread that shows them copes with at once, and stays responsive.
    static constexpr size_t mostAtOnce = 2'000;
    /// From one take() of such a thread to the next: a frame.
    static constexpr std::chrono::milliseconds interval{16};

    /// Each file is kept once, in its newest state, but each final state is kept. Waits for room while
    /// `isOver`, called under a lock and again after each wake(), is false; then there is always room.
    void add(const QList<FileSnapshot>& files, const std::function<bool()>& isOver);
    /// Something may be over.
    void wake();

    /// The oldest ones, at most mostAtOnce. Never waits.
    [[nodiscard]] QList<FileSnapshot> take();
    [[nodiscard]] size_t size() const;
    /// There are some of this upload.
    [[nodiscard]] bool contains(TransferId batch) const;

private:
    using FileId = std::pair<TransferId, quint32>;

    [[nodiscard]] bool replace(const FileSnapshot& file);
    void append(const FileSnapshot& file);

    mutable std::mutex m_mutex;
    std::condition_variable m_room;
    std::deque<FileSnapshot> m_files;
    QHash<FileId, quint64>
        m_numbers;       ///< of the newest of each file, counted from the first one that ever came
    quint64 m_taken = 0; ///< the number of m_files.front()
    QHash<TransferId, qsizetype> m_ofBatch;
};

} // namespace sockdrop
