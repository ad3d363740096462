#pragma once

#include "arguments.h"
#include "exitcode.h"
#include "transferreport.h"
#include "uploadqueue.h"

#include <QObject>

namespace sockdrop {

/// `sockdrop-cli send`: uploads the paths and ends.
class SendCommand final : public QObject
{
    Q_OBJECT

public:
    SendCommand(SendArguments arguments, Output& output);

    void start();
    void interrupt();

Q_SIGNALS:
    /// Told once; nothing is printed after it.
    void finished(sockdrop::ExitCode code);

private:
    enum class State { Idle, Sending, Interrupted, Ended };

    [[nodiscard]] QStringList existingPaths();
    void send(const QStringList& paths);
    void showUploads(const QList<TransferSnapshot>& uploads);
    void end();

    SendArguments m_arguments;
    Output& m_output;
    TransferReport m_report;
    UploadQueue m_queue;
    const std::chrono::steady_clock::time_point m_startedAt = std::chrono::steady_clock::now();
    State m_state = State::Idle;
};

} // namespace sockdrop
