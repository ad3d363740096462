#pragma once

#include "filebacklog.h"
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
    /// To be told in this order.
    struct News
    {
        QList<TransferSnapshot> uploads; ///< that run, in the order they first appeared
        QList<FileSnapshot> files;       ///< each file once, in its newest state, and each final state
        QList<TransferSnapshot> ended;   ///< of whose files nothing is left to tell
        QList<LogEntry> entries;         ///< also of the files that ended
    };

    /// What the person at this machine can do to an upload that runs. Called from any thread, until remove().
    struct Controls
    {
        std::function<void()> cancel;
        std::function<void(bool isPaused)> setPaused; ///< may be empty
        std::function<void()> discard =
            {}; ///< as `cancel`, but nothing is kept; empty: `cancel` keeps nothing
    };

    [[nodiscard]] TransferId newId();
    void add(TransferId id, const Controls& controls);
    /// After this no control of that upload is running or will run.
    void remove(TransferId id);
    void cancel(TransferId id);
    void discard(TransferId id);
    void setPaused(TransferId id, bool isPaused);

    /// The newest state of an upload; replaces one that was not taken yet. A final one comes after all of its
    /// files.
    void publish(const TransferSnapshot& snapshot);
    /// The end of an upload of one file, and that file. They are not logged.
    void publish(const TransferSnapshot& snapshot, const FileSnapshot& onlyFile);
    /// Of batches; those that ended are logged. Waits while there is no room and `isOver` is false: see
    /// FileBacklog.
    void publish(const QList<FileSnapshot>& files, const std::function<bool()>& isOver);
    /// To be called when a thread that may be waiting in publish() shall not.
    void wake() { m_files.wake(); }
    /// At most `mostEntries` are kept until they are taken; further ones are counted in one last entry.
    void log(const LogEntry& entry);

    /// All that came since the last call, but not more files than can be shown at once, and no upload ends
    /// before its files.
    [[nodiscard]] News take();
    /// There is something to take.
    [[nodiscard]] bool hasNews() const;
    [[nodiscard]] bool hasFiles() const { return m_files.size() > 0; }

private:
    static constexpr int mostEntries = 10'000;

    /// The newest states of uploads.
    struct Newest
    {
        QList<TransferSnapshot> uploads;
        QHash<TransferId, qsizetype> positions;

        void put(const TransferSnapshot& upload);
    };

    mutable QMutex m_mutex;
    TransferId m_lastId = 0;
    QHash<TransferId, Controls> m_controls;
    Newest m_running;
    Newest m_ended;
    QList<FileSnapshot> m_onlyFiles; ///< of basic uploads
    QList<LogEntry> m_entries;
    qint64 m_dropped = 0; ///< more entries
    FileBacklog m_files;
};

} // namespace sockdrop
