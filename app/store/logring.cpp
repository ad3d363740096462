#include "logring.h"

#include "jsonvalues.h"
#include "programlimits.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

template <typename Snapshot>
LogEntry::Result resultOf(const Snapshot& snapshot)
{
    // Somebody wanted it so, here or there.
    if (snapshot.error && snapshot.error->code == ErrorCode::Cancelled)
        return LogEntry::Result::Cancelled;
    switch (snapshot.state) {
    case TransferState::Done:
        return LogEntry::Result::Landed;
    case TransferState::SentNotConfirmed:
        return LogEntry::Result::NotConfirmed;
    case TransferState::Cancelled:
        return LogEntry::Result::Cancelled;
    default:
        return LogEntry::Result::Failed;
    }
}

/// What became of an upload or a file, and whether others could read it on its way.
template <typename Snapshot>
QString textOf(const Snapshot& snapshot)
{
    const QString text = snapshot.error ? snapshot.error->text : snapshot.note;
    const QString kept = shortened(text, Limits().textCharacters);
    return snapshot.isEncrypted ? kept : (kept + u" Not encrypted."_s).trimmed();
}

template <typename Snapshot>
QString peerOf(const Snapshot& snapshot)
{
    return snapshot.peerName.isEmpty() ? snapshot.peer : u"%1 (%2)"_s.arg(snapshot.peerName, snapshot.peer);
}

} // namespace

LogEntry logEntryFor(const TransferSnapshot& snapshot)
{
    LogEntry entry;
    entry.time = snapshot.finishedAt;
    entry.result = resultOf(snapshot);
    entry.direction = snapshot.direction;
    entry.peer = peerOf(snapshot);
    entry.name = shortened(snapshot.name, Limits().textCharacters);
    entry.bytes = std::max(snapshot.bytesDone, snapshot.bytesTotal);
    const qint64 milliseconds = snapshot.startedAt.msecsTo(snapshot.finishedAt);
    if (milliseconds > 0)
        entry.bytesPerSecond =
            1000.0 * static_cast<double>(snapshot.bytesDone) / static_cast<double>(milliseconds);
    entry.digest = snapshot.digest;
    entry.destination = snapshot.destination;
    entry.text = textOf(snapshot);
    return entry;
}

LogEntry logEntryFor(const FileSnapshot& snapshot)
{
    LogEntry entry;
    entry.time = QDateTime::currentDateTimeUtc();
    entry.result = resultOf(snapshot);
    entry.direction = snapshot.direction;
    entry.peer = peerOf(snapshot);
    entry.name = shortened(snapshot.name, Limits().textCharacters);
    const bool isUnknown = snapshot.state == TransferState::Failed && snapshot.bytesTotal == 0;
    entry.bytes = isUnknown ? -1 : snapshot.bytesTotal;
    entry.digest = snapshot.digest;
    entry.destination = snapshot.destination;
    entry.text = textOf(snapshot);
    return entry;
}

void LogRing::append(LogEntry entry)
{
    m_entries.push_back(std::move(entry));
    if (size() > m_capacity)
        m_entries.pop_front();
}

} // namespace sockdrop
