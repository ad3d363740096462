#include "program.h"

#include "arguments.h"
#include "helptext.h"
#include "homefolder.h"
#include "idcommand.h"
#include "interrupts.h"
#include "messages.h"
#include "output.h"
#include "patientdevice.h"
#include "peerscommand.h"
#include "receivecommand.h"
#include "sendcommand.h"

#include <QCoreApplication>

#include <sys/ioctl.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

int terminalWidth()
{
    if (::isatty(STDOUT_FILENO) == 0)
        return 0;
    winsize size{};
    constexpr int usualWidth = 80;
    return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usualWidth;
}

/// Runs a command that takes time in the event loop.
template <typename Command, typename CommandArguments>
ExitCode runInLoop(const CommandArguments& arguments, Output& output)
{
    const Interrupts interrupts;
    Command command(arguments, output);
    QObject::connect(&interrupts, &Interrupts::interrupted, &command, [&output] { output.hurry(); });
    QObject::connect(&interrupts, &Interrupts::interrupted, &command, &Command::interrupt);
    QObject::connect(
        &command, &Command::finished, qApp,
        [](ExitCode code) { QCoreApplication::exit(static_cast<int>(code)); }, Qt::QueuedConnection);
    QMetaObject::invokeMethod(&command, &Command::start, Qt::QueuedConnection);
    return static_cast<ExitCode>(QCoreApplication::exec());
}

// For those who do not read what is left to say in the end.
constexpr std::chrono::milliseconds hurriedPatience = 1s;
constexpr std::chrono::milliseconds endless{-1};

/// Picks the command for what was typed.
struct Run
{
    Output& output;

    ExitCode operator()(const ReceiveArguments& arguments) const
    {
        return runInLoop<ReceiveCommand>(arguments, output);
    }
    ExitCode operator()(const SendArguments& arguments) const
    {
        return runInLoop<SendCommand>(arguments, output);
    }
    ExitCode operator()(const PeersArguments& arguments) const { return runPeersCommand(arguments, output); }
    ExitCode operator()(const IdArguments& arguments) const { return runIdCommand(arguments, output); }
    ExitCode operator()(const HelpArguments& arguments) const
    {
        output.verbatim(helpText(arguments.command));
        return ExitCode::AllLanded;
    }
    ExitCode operator()(const VersionArguments&) const
    {
        output.line(u"sockdrop-cli "_s + QCoreApplication::applicationVersion());
        return ExitCode::AllLanded;
    }
};

ExitCode run(const Arguments& arguments, Output& output)
{
    if (const Result<void> home = findHomeFolder(); !home) {
        output.warning(home.error().text);
        return ExitCode::SomethingFailed;
    }
    return std::visit(Run{output}, arguments);
}

} // namespace

ExitCode runProgram(const QStringList& arguments)
{
    PatientDevice out(STDOUT_FILENO);
    PatientDevice error(STDERR_FILENO);
    Output output(out, error, terminalWidth);
    QObject::connect(&out, &PatientDevice::missed, &out,
                     [&output](qint64 lines) { output.tellMissed(lines); });
    ExitCode code = ExitCode::Usage;
    const Result<Arguments> parsed = parseArguments(arguments);
    if (parsed)
        code = run(parsed.value(), output);
    else
        output.warning(parsed.error().text);
    output.end();
    const std::chrono::milliseconds patience = output.isHurried() ? hurriedPatience : endless;
    out.flush(patience);
    if (out.hasFailed())
        output.warning(Cli::tr("Not all of this could be written to standard output."));
    error.flush(patience);
    return code == ExitCode::AllLanded && out.hasFailed() ? ExitCode::SomethingFailed : code;
}

} // namespace sockdrop
