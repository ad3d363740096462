#include "logring.h"

#include "jsonvalues.h"
#include "programlimits.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

LogEntry::Result resultOf(TransferState state)
{
    switch (state) {
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

} // namespace

LogEntry logEntryFor(const TransferSnapshot& snapshot)
{
    LogEntry entry;
    entry.time = snapshot.finishedAt;
    entry.result = resultOf(snapshot.state);
    entry.direction = snapshot.direction;
    entry.peer =
        snapshot.peerName.isEmpty() ? snapshot.peer : u"%1 (%2)"_s.arg(snapshot.peerName, snapshot.peer);
    entry.name = shortened(snapshot.name, Limits().textCharacters);
    entry.bytes = snapshot.bytesDone;
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
    entry.result = resultOf(snapshot.state);
    entry.direction = snapshot.direction;
    entry.peer = snapshot.peer;
    entry.name = shortened(snapshot.name, Limits().textCharacters);
    entry.bytes = snapshot.bytesDone;
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
