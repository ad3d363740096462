#pragma once

#include "arguments.h"
#include "exitcode.h"
#include "ratemeter.h"
#include "transfer.h"

#include <QHash>
#include <QList>

namespace sockdrop {

class Output;

/// How the files of one run ended.
struct RunTotals
{
    qint64 landed = 0;
    qint64 skipped = 0;     ///< there already
    qint64 unconfirmed = 0; ///< sent to an original server
    qint64 failed = 0;      ///< without `cancelled`
    qint64 unreachable = 0; ///< of `failed`
    qint64 declined = 0;    ///< of `failed`
    qint64 notTrusted = 0;  ///< of `failed`
    qint64 unfinished =
        0; ///< uploads with names for all their files, but not the last word of their receiver
    qint64 cancelled = 0;
    qint64 bytes = 0; ///< of what came over
    qint64 sent = 0;  ///< bytes that were put on the wire for it
    qint64 ended = 0; ///< uploads

    bool operator==(const RunTotals&) const = default;
};

/// Unreachable, Declined and NotTrusted say that nothing else happened; a mixture is SomethingFailed.
[[nodiscard]] ExitCode exitCodeFor(const RunTotals& totals);

/// Prints what happens to uploads, as text or as JSON, and counts it. Remembers only what has not ended.
class TransferReport final
{
public:
    TransferReport(Output& output, OutputFormat format) : m_output(output), m_format(format) {}

    void update(const QList<TransferSnapshot>& uploads, RateMeter::TimePoint now);
    /// Their files.
    void update(const QList<FileSnapshot>& files);
    /// A failure without an upload: a path that is not there.
    void addFailure(const QString& name, const Error& error);
    /// The last line.
    void finish(std::chrono::milliseconds elapsed);

    [[nodiscard]] const RunTotals& totals() const { return m_totals; }

private:
    /// What is to be remembered of an upload that has not ended.
    struct Open
    {
        qint64 done = 0;
        qint64 total = -1;
        TransferState state = TransferState::Waiting;
        bool isAwaited = false;
        bool isBatch = false;
        RateMeter::TimePoint since{}; ///< in that state
        bool isWaitTold = false;
    };

    void remember(const TransferSnapshot& upload, RateMeter::TimePoint now);
    void forget(const TransferSnapshot& upload);
    void running(const TransferSnapshot& upload, RateMeter::TimePoint now);
    void ended(const TransferSnapshot& upload);
    void count(const TransferSnapshot& upload);
    void tellInterruption(const TransferSnapshot& upload);
    void tellWaiting(const TransferSnapshot& upload, RateMeter::TimePoint now);
    void tellEnd(const TransferSnapshot& upload);
    void tellEnd(const FileSnapshot& file);
    void tellRenamed(const FileSnapshot& file);
    void tellFailure(const TransferSnapshot& upload, const Error& error);
    void showProgress(RateMeter::TimePoint now);

    Output& m_output;
    OutputFormat m_format;
    RunTotals m_totals;
    RateMeter m_meter;
    QHash<TransferId, Open> m_open;
    Open m_openSum{0, 0, {}, false}; ///< over m_open, as adding up thousands at each update takes time
    qint64 m_openUnsized = 0;        ///< of m_open: with unknown total
    QString m_current;               ///< name of one that is under way
    qint64 m_endedBytes = 0;         ///< transferred by uploads that ended, however
};

} // namespace sockdrop
