#pragma once

#include "arguments.h"
#include "exitcode.h"
#include "terminalquestion.h"
#include "transferreport.h"
#include "uploadqueue.h"

#include <QObject>

#include <memory>

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
    void ask(const TrustQuestion& question);
    void askNext();
    void showContact(const TrustQuestion& question);
    void answer(const QString& line);
    void end();

    SendArguments m_arguments;
    Output& m_output;
    TransferReport m_report;
    SendOptions m_options;
    UploadQueue m_queue;
    TerminalQuestion m_terminal;
    QList<TrustQuestion> m_questions; ///< the first one is being asked
    const std::chrono::steady_clock::time_point m_startedAt = std::chrono::steady_clock::now();
    State m_state = State::Idle;
};

} // namespace sockdrop
