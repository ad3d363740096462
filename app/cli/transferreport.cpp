#include "transferreport.h"

#include "messages.h"
#include "output.h"
#include "sums.h"
#include "terminaltext.h"

#include <QJsonObject>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QJsonObject fieldsOf(const TransferSnapshot& upload)
{
    return {{u"id"_s, static_cast<qint64>(upload.id)}, {u"name"_s, upload.name}};
}

/// An upload that never began for want of an answer. Once it began, the same codes mean that the peer closed
/// the door or went silent.
bool isUnreachable(const TransferSnapshot& upload, ErrorCode code)
{
    return !upload.startedAt.isValid() &&
           (code == ErrorCode::Unreachable || code == ErrorCode::Refused || code == ErrorCode::TimedOut);
}

QJsonObject fieldsOf(const FileSnapshot& file)
{
    return {{u"id"_s, static_cast<qint64>(file.batch)}, {u"name"_s, file.name}, {u"peer"_s, file.peer}};
}

/// " (note)" or nothing
QString inBrackets(const QString& note)
{
    return note.isEmpty() ? QString() : u" (%1)"_s.arg(note);
}

} // namespace

ExitCode exitCodeFor(const RunTotals& totals)
{
    if (totals.failed + totals.cancelled + totals.unfinished == 0)
        return ExitCode::AllLanded;
    const bool isNothingOver = totals.landed + totals.skipped + totals.unconfirmed == 0 && totals.failed > 0;
    if (isNothingOver && totals.unreachable == totals.failed)
        return ExitCode::Unreachable;
    if (isNothingOver && totals.declined == totals.failed)
        return ExitCode::Declined;
    if (isNothingOver && totals.notTrusted == totals.failed)
        return ExitCode::NotTrusted;
    return ExitCode::SomethingFailed;
}

void TransferReport::update(const QList<TransferSnapshot>& uploads, RateMeter::TimePoint now)
{
    for (const TransferSnapshot& upload : uploads) {
        if (isFinal(upload.state))
            ended(upload);
        else
            running(upload, now);
    }
    if (m_format == OutputFormat::Text)
        showProgress(now);
}

void TransferReport::remember(const TransferSnapshot& upload, RateMeter::TimePoint now)
{
    Open open = m_open.value(upload.id);
    forget(upload);
    if (open.state != upload.state) {
        open.since = now;
        open.isWaitTold = false;
    }
    open.done = upload.bytesDone;
    open.total = upload.bytesTotal;
    open.state = upload.state;
    open.isBatch = upload.isBatch;
    open.isAwaited = upload.isAwaited;
    m_open.insert(upload.id, open);
    m_openSum.done = wrappingSum(m_openSum.done, upload.bytesDone);
    m_openSum.total = wrappingSum(m_openSum.total, std::max<qint64>(0, upload.bytesTotal));
    m_openUnsized += upload.bytesTotal < 0 ? 1 : 0;
    if (upload.state != TransferState::Waiting)
        m_current = upload.name;
}

void TransferReport::forget(const TransferSnapshot& upload)
{
    const auto known = m_open.constFind(upload.id);
    if (known == m_open.cend())
        return;
    m_openSum.done = wrappingSum(m_openSum.done, -known->done);
    m_openSum.total = wrappingSum(m_openSum.total, -std::max<qint64>(0, known->total));
    m_openUnsized -= known->total < 0 ? 1 : 0;
    m_open.erase(known);
    if (m_current == upload.name)
        m_current.clear();
}

void TransferReport::running(const TransferSnapshot& upload, RateMeter::TimePoint now)
{
    const Open before = m_open.value(upload.id);
    remember(upload, now);
    if (upload.state != before.state || (upload.isAwaited && !before.isAwaited))
        tellInterruption(upload);
    if (upload.state == TransferState::Asking)
        tellWaiting(upload, now);
    if (m_format == OutputFormat::Text || upload.state == TransferState::Waiting ||
        upload.state == TransferState::Preparing || upload.state == TransferState::Asking)
        return;
    QJsonObject fields = fieldsOf(upload);
    fields[u"bytes"_s] = upload.bytesDone;
    fields[u"total"_s] = upload.bytesTotal >= 0 ? QJsonValue(upload.bytesTotal) : QJsonValue();
    fields[u"rate"_s] = qRound64(upload.bytesPerSecond);
    m_output.event(u"progress"_s, fields);
}

/// Whoever waits wants to know for what.
void TransferReport::tellInterruption(const TransferSnapshot& upload)
{
    const bool isPaused = upload.state == TransferState::Paused || upload.isAwaited;
    if (!isPaused && upload.state != TransferState::Reconnecting)
        return;
    const Error error = upload.error.value_or(Error{ErrorCode::ConnectionLost, {}});
    const QString text = upload.isAwaited ? Cli::tr("Waiting for the receiver.")
                         : isPaused       ? upload.note
                                          : error.text;
    if (m_format == OutputFormat::Text) {
        m_output.warning(isPaused ? Cli::tr("waiting with %1: %2").arg(upload.name, text)
                                  : Cli::tr("connecting again for %1: %2").arg(upload.name, text));
        return;
    }
    QJsonObject fields = fieldsOf(upload);
    if (!isPaused)
        fields[u"code"_s] = codeName(error.code);
    fields[u"text"_s] = text;
    m_output.event(isPaused ? u"paused"_s : u"reconnecting"_s, fields);
}

/// A person over there takes their time. Not while our own is being asked.
void TransferReport::tellWaiting(const TransferSnapshot& upload, RateMeter::TimePoint now)
{
    constexpr std::chrono::seconds usualAnswer{1};
    Open& open = m_open[upload.id];
    if (open.isWaitTold || now - open.since < usualAnswer || m_output.isProgressHeld())
        return;
    open.isWaitTold = true;
    if (m_format == OutputFormat::Text) {
        m_output.warning(Cli::tr("waiting for %1 to accept %2").arg(upload.peer, upload.name));
        return;
    }
    QJsonObject fields = fieldsOf(upload);
    fields[u"text"_s] = upload.note;
    m_output.event(u"waiting"_s, fields);
}

void TransferReport::update(const QList<FileSnapshot>& files)
{
    for (const FileSnapshot& file : files) {
        if (isFinal(file.state))
            tellEnd(file);
    }
}

void TransferReport::tellEnd(const FileSnapshot& file)
{
    if (file.state == TransferState::Failed) {
        const Error error = file.error.value_or(Error{ErrorCode::IoError, Cli::tr("It failed.")});
        TransferSnapshot failed;
        failed.id = file.batch;
        failed.name = file.name;
        failed.peer = file.peer;
        failed.direction = file.direction;
        failed.error = error;
        tellFailure(failed, error);
    }
    if (m_format == OutputFormat::Text && m_open.value(file.batch).isBatch && isRenamed(file))
        tellRenamed(file);
    if (m_format == OutputFormat::Text || file.state == TransferState::Failed ||
        file.state == TransferState::Cancelled)
        return;
    QJsonObject fields = fieldsOf(file);
    fields[u"bytes"_s] = file.bytesTotal;
    fields[u"note"_s] = file.note;
    if (file.state == TransferState::SentNotConfirmed) {
        m_output.event(u"sent"_s, fields);
        return;
    }
    fields[u"path"_s] = file.destination;
    fields[u"digest"_s] = file.digest;
    m_output.event(file.isSkipped ? u"skipped"_s : u"landed"_s, fields);
}

/// The one line of a batch does not tell names; who looks for this file does not find it.
void TransferReport::tellRenamed(const FileSnapshot& file)
{
    const bool isSending = file.direction == Direction::Sending;
    const QString place = isSending ? file.peer + u": "_s + file.destination : file.destination;
    m_output.line(Cli::tr("renamed %1 → %2").arg(file.name, place) + inBrackets(file.note));
}

void TransferReport::ended(const TransferSnapshot& upload)
{
    forget(upload);
    m_endedBytes = wrappingSum(m_endedBytes, upload.bytesDone);
    count(upload);
    if (m_format == OutputFormat::Text)
        tellEnd(upload);
}

void TransferReport::count(const TransferSnapshot& upload)
{
    ++m_totals.ended;
    m_totals.landed += upload.filesDone;
    m_totals.skipped += upload.filesSkipped;
    m_totals.unconfirmed += upload.filesUnconfirmed;
    m_totals.failed += upload.filesFailed;
    m_totals.bytes += upload.bytesDone;
    m_totals.sent += upload.bytesSent;
    const qint64 named = upload.filesDone + upload.filesSkipped + upload.filesUnconfirmed;
    const qint64 rest = std::max<qint64>(0, upload.filesTotal - named - upload.filesFailed);
    if (upload.state == TransferState::Cancelled) {
        m_totals.cancelled += rest;
        if (m_format == OutputFormat::Json)
            tellFailure(upload, {ErrorCode::Cancelled, Cli::tr("Cancelled.")});
        return;
    }
    if (upload.state != TransferState::Failed || !upload.error || (rest == 0 && upload.filesFailed > 0))
        return;
    // What failed here is the upload as a whole.
    if (rest == 0 && named > 0) {
        ++m_totals.unfinished;
        tellFailure(upload, *upload.error);
        return;
    }
    m_totals.failed += std::max<qint64>(rest, 1);
    m_totals.unreachable += isUnreachable(upload, upload.error->code) ? std::max<qint64>(rest, 1) : 0;
    m_totals.declined += upload.error->code == ErrorCode::Declined ? std::max<qint64>(rest, 1) : 0;
    m_totals.notTrusted += upload.error->code == ErrorCode::NotTrusted ? std::max<qint64>(rest, 1) : 0;
    tellFailure(upload, *upload.error);
}

/// In text: one line for an upload, however many files it has.
void TransferReport::tellEnd(const TransferSnapshot& upload)
{
    const bool isSending = upload.direction == Direction::Sending;
    if (upload.filesUnconfirmed > 0) {
        m_output.line(Cli::tr("sent, not confirmed %1 → %2 (%3)")
                          .arg(upload.name, upload.peer, sizeText(upload.bytesDone)) +
                      inBrackets(upload.isBatch ? QString() : upload.note));
        return;
    }
    if (upload.state != TransferState::Done)
        return;
    if (!upload.isBatch) {
        const QString place = isSending ? upload.peer + u": "_s + upload.destination : upload.destination;
        const QString how =
            upload.filesSkipped > 0 ? Cli::tr("skipped %1 → %2 (%3)") : Cli::tr("landed %1 → %2 (%3)");
        m_output.line(how.arg(upload.name, place, sizeText(upload.bytesDone)) + inBrackets(upload.note));
        return;
    }
    QStringList parts{upload.filesDone == 1 ? Cli::tr("1 file landed")
                                            : Cli::tr("%1 files landed").arg(upload.filesDone)};
    if (upload.filesSkipped > 0)
        parts += Cli::tr("%1 already there").arg(upload.filesSkipped);
    if (upload.filesFailed > 0)
        parts += Cli::tr("%1 failed").arg(upload.filesFailed);
    m_output.line(
        (isSending ? Cli::tr("landed %1 → %2") : Cli::tr("landed %1 from %2")).arg(upload.name, upload.peer) +
        inBrackets(parts.join(u", "_s)));
}

void TransferReport::tellFailure(const TransferSnapshot& upload, const Error& error)
{
    if (m_format == OutputFormat::Json) {
        QJsonObject fields = fieldsOf(upload);
        fields[u"code"_s] = codeName(error.code);
        fields[u"text"_s] = error.text;
        fields[u"peer"_s] = upload.peer;
        m_output.event(u"failed"_s, fields);
        return;
    }
    TransferSnapshot shown = upload;
    shown.error = error;
    m_output.warning(Cli::tr("failed %1: %2 %3").arg(upload.name, error.text, remedyFor(shown)).trimmed());
}

void TransferReport::addFailure(const QString& name, const Error& error)
{
    TransferSnapshot upload;
    upload.name = name;
    ++m_totals.failed;
    tellFailure(upload, error);
}

void TransferReport::showProgress(RateMeter::TimePoint now)
{
    if (m_open.isEmpty())
        return;
    const qint64 done = wrappingSum(m_endedBytes, m_openSum.done);
    const qint64 total = m_openUnsized > 0 ? -1 : wrappingSum(m_endedBytes, m_openSum.total);
    m_meter.update(done, now);

    QStringList parts;
    if (total > 0)
        parts +=
            u"%1 %"_s.arg(static_cast<int>(100.0 * static_cast<double>(done) / static_cast<double>(total)));
    parts += total > 0 ? Cli::tr("%1 of %2").arg(sizeText(done), sizeText(total)) : sizeText(done);
    parts += Cli::tr("%1/s").arg(sizeText(qRound64(m_meter.bytesPerSecond())));
    if (const auto left = m_meter.timeLeft(total))
        parts += Cli::tr("%1 left").arg(durationText(*left));
    if (m_open.size() > 1)
        parts += Cli::tr("%1 to go").arg(m_open.size());
    parts += m_current;
    m_output.setProgress(parts.join("  "_L1));
}

void TransferReport::finish(std::chrono::milliseconds elapsed)
{
    const double seconds = static_cast<double>(elapsed.count()) / 1000.0;
    if (m_format == OutputFormat::Json) {
        m_output.event(u"done"_s, {{u"landed"_s, m_totals.landed},
                                   {u"skipped"_s, m_totals.skipped},
                                   {u"unconfirmed"_s, m_totals.unconfirmed},
                                   {u"failed"_s, m_totals.failed + m_totals.cancelled},
                                   {u"unfinished"_s, m_totals.unfinished},
                                   {u"bytes"_s, m_totals.bytes},
                                   {u"sent"_s, m_totals.sent},
                                   {u"seconds"_s, seconds}});
        return;
    }
    QStringList parts{Cli::tr("%1 landed").arg(m_totals.landed)};
    if (m_totals.skipped > 0)
        parts += Cli::tr("%1 already there").arg(m_totals.skipped);
    if (m_totals.unconfirmed > 0)
        parts += Cli::tr("%1 sent, not confirmed").arg(m_totals.unconfirmed);
    if (m_totals.unfinished > 0)
        parts += Cli::tr("%1 without the last word of the receiver").arg(m_totals.unfinished);
    if (m_totals.failed > 0)
        parts += Cli::tr("%1 failed").arg(m_totals.failed);
    if (m_totals.cancelled > 0)
        parts += Cli::tr("%1 cancelled").arg(m_totals.cancelled);
    m_output.line(Cli::tr("%1; %2 in %3 s")
                      .arg(parts.join(u", "_s), sizeText(m_totals.bytes), QString::number(seconds, 'f', 1)));
}

} // namespace sockdrop
