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
        QList<FileSnapshot> files;       ///< each file once, in its newest state
        QList<LogEntry> entries;
    };

    /// What the person at this machine can do to an upload that runs. Called from any thread, until remove().
    struct Controls
    {
        std::function<void()> cancel;
        std::function<void(bool isPaused)> setPaused; ///< may be empty
    };

    [[nodiscard]] TransferId newId();
    void add(TransferId id, const Controls& controls);
    /// After this no control of that upload is running or will run.
    void remove(TransferId id);
    void cancel(TransferId id);
    void setPaused(TransferId id, bool isPaused);

    /// The newest state of an upload; replaces one that was not taken yet.
    void publish(const TransferSnapshot& snapshot);
    void publish(const QList<FileSnapshot>& files);
    /// At most `mostEntries` are kept until they are taken; further ones are counted in one last entry.
    void log(const LogEntry& entry);

    /// All that came since the last call.
    [[nodiscard]] News take();

private:
    static constexpr int mostEntries = 10'000;

    QMutex m_mutex;
    TransferId m_lastId = 0;
    QHash<TransferId, Controls> m_controls;
    QHash<TransferId, qsizetype> m_positions;                         ///< in m_news.uploads
    QHash<std::pair<TransferId, quint32>, qsizetype> m_filePositions; ///< in m_news.files
    News m_news;
    qint64 m_dropped = 0;
};

} // namespace sockdrop
