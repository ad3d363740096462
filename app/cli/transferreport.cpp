#include "transferreport.h"

#include "messages.h"
#include "output.h"
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

/// " (note)" or nothing
QString inBrackets(const QString& note)
{
    return note.isEmpty() ? QString() : u" (%1)"_s.arg(note);
}

} // namespace

ExitCode exitCodeFor(const RunTotals& totals)
{
    if (totals.failed + totals.cancelled == 0)
        return ExitCode::AllLanded;
    const bool isNothingOver = totals.landed + totals.unconfirmed == 0 && totals.failed > 0;
    if (isNothingOver && totals.unreachable == totals.failed)
        return ExitCode::Unreachable;
    if (isNothingOver && totals.declined == totals.failed)
        return ExitCode::Declined;
    return ExitCode::SomethingFailed;
}

void TransferReport::update(const QList<TransferSnapshot>& uploads, RateMeter::TimePoint now)
{
    for (const TransferSnapshot& upload : uploads) {
        if (isFinal(upload.state))
            ended(upload);
        else
            running(upload);
    }
    if (m_format == OutputFormat::Text)
        showProgress(now);
}

void TransferReport::remember(const TransferSnapshot& upload)
{
    forget(upload);
    m_open.insert(upload.id, {upload.bytesDone, upload.bytesTotal});
    m_openSum.done += upload.bytesDone;
    m_openSum.total += std::max<qint64>(0, upload.bytesTotal);
    m_openUnsized += upload.bytesTotal < 0 ? 1 : 0;
    if (upload.state != TransferState::Waiting)
        m_current = upload.name;
}

void TransferReport::forget(const TransferSnapshot& upload)
{
    const auto known = m_open.constFind(upload.id);
    if (known == m_open.cend())
        return;
    m_openSum.done -= known->done;
    m_openSum.total -= std::max<qint64>(0, known->total);
    m_openUnsized -= known->total < 0 ? 1 : 0;
    m_open.erase(known);
    if (m_current == upload.name)
        m_current.clear();
}

void TransferReport::running(const TransferSnapshot& upload)
{
    remember(upload);
    if (m_format == OutputFormat::Text || upload.state == TransferState::Waiting ||
        upload.state == TransferState::Preparing)
        return;
    QJsonObject fields = fieldsOf(upload);
    fields[u"bytes"_s] = upload.bytesDone;
    fields[u"total"_s] = upload.bytesTotal >= 0 ? QJsonValue(upload.bytesTotal) : QJsonValue();
    fields[u"rate"_s] = qRound64(upload.bytesPerSecond);
    m_output.event(u"progress"_s, fields);
}

void TransferReport::ended(const TransferSnapshot& upload)
{
    forget(upload);
    m_endedBytes += upload.bytesDone;
    switch (upload.state) {
    case TransferState::Done:
        return landed(upload);
    case TransferState::SentNotConfirmed:
        return sent(upload);
    case TransferState::Cancelled:
        return failed(upload, {ErrorCode::Cancelled, Cli::tr("Cancelled.")});
    default:
        return failed(upload, upload.error.value_or(Error{ErrorCode::IoError, Cli::tr("It failed.")}));
    }
}

void TransferReport::landed(const TransferSnapshot& upload)
{
    ++m_totals.landed;
    m_totals.bytes += upload.bytesDone;
    if (m_format == OutputFormat::Text) {
        const QString place = upload.direction == Direction::Sending
                                  ? upload.peer + u": "_s + upload.destination
                                  : upload.destination;
        m_output.line(Cli::tr("landed %1 → %2 (%3)").arg(upload.name, place, sizeText(upload.bytesDone)) +
                      inBrackets(upload.note));
        return;
    }
    QJsonObject fields = fieldsOf(upload);
    fields[u"path"_s] = upload.destination;
    fields[u"bytes"_s] = upload.bytesDone;
    fields[u"digest"_s] = upload.digest;
    fields[u"peer"_s] = upload.peer;
    fields[u"note"_s] = upload.note;
    m_output.event(u"landed"_s, fields);
}

void TransferReport::sent(const TransferSnapshot& upload)
{
    ++m_totals.unconfirmed;
    m_totals.bytes += upload.bytesDone;
    if (m_format == OutputFormat::Text) {
        m_output.line(Cli::tr("sent, not confirmed %1 → %2 (%3)")
                          .arg(upload.name, upload.peer, sizeText(upload.bytesDone)) +
                      inBrackets(upload.note));
        return;
    }
    QJsonObject fields = fieldsOf(upload);
    fields[u"bytes"_s] = upload.bytesDone;
    fields[u"peer"_s] = upload.peer;
    fields[u"note"_s] = upload.note;
    m_output.event(u"sent"_s, fields);
}

void TransferReport::failed(const TransferSnapshot& upload, const Error& error)
{
    const bool isCancelled = error.code == ErrorCode::Cancelled;
    ++(isCancelled ? m_totals.cancelled : m_totals.failed);
    if (isUnreachable(upload, error.code))
        ++m_totals.unreachable;
    if (error.code == ErrorCode::Declined)
        ++m_totals.declined;

    if (m_format == OutputFormat::Json) {
        QJsonObject fields = fieldsOf(upload);
        fields[u"code"_s] = codeName(error.code);
        fields[u"text"_s] = error.text;
        fields[u"peer"_s] = upload.peer;
        m_output.event(u"failed"_s, fields);
    } else if (!isCancelled) {
        // Whoever cancels thousands of waiting uploads wants no line for each; the last one counts them.
        m_output.warning(
            Cli::tr("failed %1: %2 %3").arg(upload.name, error.text, remedyFor(upload)).trimmed());
    }
}

void TransferReport::addFailure(const QString& name, const Error& error)
{
    TransferSnapshot upload;
    upload.name = name;
    upload.error = error;
    failed(upload, error);
}

void TransferReport::showProgress(RateMeter::TimePoint now)
{
    if (m_open.isEmpty())
        return;
    const qint64 done = m_endedBytes + m_openSum.done;
    const qint64 total = m_openUnsized > 0 ? -1 : m_endedBytes + m_openSum.total;
    m_meter.update(done, now);

    QStringList parts;
    if (total > 0)
        parts += u"%1 %"_s.arg(done * 100 / total);
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
                                   {u"unconfirmed"_s, m_totals.unconfirmed},
                                   {u"failed"_s, m_totals.failed + m_totals.cancelled},
                                   {u"bytes"_s, m_totals.bytes},
                                   {u"seconds"_s, seconds}});
        return;
    }
    QStringList parts{Cli::tr("%1 landed").arg(m_totals.landed)};
    if (m_totals.unconfirmed > 0)
        parts += Cli::tr("%1 sent, not confirmed").arg(m_totals.unconfirmed);
    if (m_totals.failed > 0)
        parts += Cli::tr("%1 failed").arg(m_totals.failed);
    if (m_totals.cancelled > 0)
        parts += Cli::tr("%1 cancelled").arg(m_totals.cancelled);
    m_output.line(Cli::tr("%1; %2 in %3 s")
                      .arg(parts.join(u", "_s), sizeText(m_totals.bytes), QString::number(seconds, 'f', 1)));
}

} // namespace sockdrop
