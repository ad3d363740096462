#pragma once

#include "transfer.h"

#include <QDateTime>
#include <QString>

#include <deque>

namespace sockdrop {

/// One line of the log: an upload that ended, or an event worth keeping.
struct LogEntry
{
    enum class Result { Landed, NotConfirmed, Failed, Cancelled, Refused, Information };

    QDateTime time;
    Result result = Result::Information;
    std::optional<Direction> direction; ///< nothing: about the program, not an upload
    QString peer;
    QString name;
    qint64 bytes = -1;
    double bytesPerSecond = 0; ///< mean over the whole upload
    QString digest;
    QString destination;
    QString text; ///< one line; for people

    bool operator==(const LogEntry&) const = default;
};

/// The log entry that says how this upload ended. `snapshot.state` is final.
[[nodiscard]] LogEntry logEntryFor(const TransferSnapshot& snapshot);

/// The same for a file of a batch, which has no speed of its own.
[[nodiscard]] LogEntry logEntryFor(const FileSnapshot& snapshot);

/// The newest log entries, oldest first; an entry over the capacity drops the oldest.
class LogRing final
{
public:
    explicit LogRing(int capacity) : m_capacity(capacity) {}

    void append(LogEntry entry);
    void clear() { m_entries.clear(); }
    [[nodiscard]] int capacity() const { return m_capacity; }
    [[nodiscard]] int size() const { return static_cast<int>(m_entries.size()); }
    /// `index` from 0 (oldest) to size() - 1.
    [[nodiscard]] const LogEntry& at(int index) const { return m_entries.at(static_cast<size_t>(index)); }

private:
    int m_capacity;
    std::deque<LogEntry> m_entries;
};

} // namespace sockdrop

Q_DECLARE_METATYPE(sockdrop::LogEntry)
