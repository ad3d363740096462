#pragma once

#include "logring.h"
#include "transfer.h"

#include <QHash>
#include <QList>
#include <QMutex>

#include <functional>

namespace sockdrop {

/// Where the engine threads leave what the window shall see, and where the window's cancel reaches them.
/// Thread-safe.
class UploadBoard final
{
public:
    struct News
    {
        QList<TransferSnapshot> uploads; ///< in the order they first appeared
        QList<LogEntry> entries;
    };

    /// A new upload's id. `cancel` is called from any thread, until remove().
    [[nodiscard]] TransferId add(const std::function<void()>& cancel);
    /// After this no cancel() of that upload is running or will run.
    void remove(TransferId id);
    void cancel(TransferId id);

    /// The newest state of an upload; replaces one that was not taken yet.
    void publish(const TransferSnapshot& snapshot);
    /// At most `mostEntries` are kept until they are taken; further ones are counted in one last entry.
    void log(const LogEntry& entry);

    /// All that came since the last call.
    [[nodiscard]] News take();

private:
    static constexpr int mostEntries = 10'000;

    QMutex m_mutex;
    TransferId m_lastId = 0;
    QHash<TransferId, std::function<void()>> m_cancels;
    QHash<TransferId, qsizetype> m_positions; ///< in m_news.uploads
    News m_news;
    qint64 m_dropped = 0;
};

} // namespace sockdrop
