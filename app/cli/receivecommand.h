#pragma once

#include "arguments.h"
#include "exitcode.h"
#include "offerprompt.h"
#include "receiver.h"
#include "transferreport.h"

#include <QObject>

namespace sockdrop {

/// `sockdrop-cli receive`: receive mode until it is interrupted, or for one upload.
class ReceiveCommand final : public QObject
{
    Q_OBJECT

public:
    ReceiveCommand(ReceiveArguments arguments, Output& output);

    void start();
    void interrupt(int signal);

Q_SIGNALS:
    /// Told once; nothing is printed after it.
    void finished(sockdrop::ExitCode code);

private:
    /// Lingering: the one upload failed, and its sender shall still read why.
    enum class State { Idle, Starting, Listening, Lingering, Stopping, Ended };

    void followReceiver(Receiver::State state);
    /// What is told of a device before it is let in.
    void showContact(const OfferSnapshot& contact);
    [[nodiscard]] Result<ReceiveOptions> receiveOptions() const;
    void warn(const ReceiveOptions& options);
    void fail(const Error& error, quint16 freePort);
    void announce();
    void showUploads(const QList<TransferSnapshot>& uploads);
    void endOnce();
    void showFolderStatus(const FolderStatus& status);
    void showLogEntry(const LogEntry& entry);
    void stop(ExitCode code);
    void end(ExitCode code);
    [[nodiscard]] Result<QString> destination() const;

    ReceiveArguments m_arguments;
    Output& m_output;
    TransferReport m_report;
    Receiver m_receiver;
    QString m_folder;
    bool m_takesPlain = false;
    OfferPrompt m_prompt;
    const std::chrono::steady_clock::time_point m_startedAt = std::chrono::steady_clock::now();
    State m_state = State::Idle;
    ExitCode m_exitCode = ExitCode::AllLanded; ///< from Stopping on
};

} // namespace sockdrop
