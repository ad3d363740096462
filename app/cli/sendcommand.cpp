#include "sendcommand.h"

#include "distinctpaths.h"
#include "identity.h"
#include "knownpeers.h"
#include "messages.h"
#include "output.h"
#include "settings.h"

#include <QDir>
#include <QFile>
#include <QUuid>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

SendOptions optionsFor(const SendArguments& arguments, Output& output)
{
    SendOptions options;
    options.jobs = arguments.jobs;
    options.tellsFiles = arguments.format == OutputFormat::Json;
    options.retryFor = arguments.retryFor;
    // Each path is an upload of its own then.
    if (arguments.jobs > 1)
        options.together = QUuid::createUuid().toRfc4122().toHex();
    options.comparesDigests = arguments.comparesDigests;
    options.knownPeers = std::make_shared<KnownPeers>(arguments.profile.dataFolder());
    options.fingerprint = arguments.fingerprint;
    options.newPeers = arguments.trustsNew              ? NewPeers::Trust
                       : TerminalQuestion::isPossible() ? NewPeers::Ask
                                                        : NewPeers::Refuse;
    const Result<DeviceIdentity> identity = loadIdentity(arguments.profile, output);
    options.deviceName =
        Settings(arguments.profile).deviceName(identity ? identity->fingerprint() : QString());
    if (!identity) {
        output.warning(identity.error().text);
        return options;
    }
    options.trustHint = Cli::tr("Compare it with what that device shows, and name it with --fingerprint.");
    if (const Result<void> set = options.setIdentity(identity.value()); !set)
        output.warning(set.error().text);
    return options;
}

/// Why what was typed is nothing that could be sent.
std::optional<Error> problemWith(const QString& typed)
{
    struct stat status = {};
    errno = ENOENT; // for an empty name
    if (!typed.isEmpty() && ::lstat(QFile::encodeName(typed).constData(), &status) == 0)
        return std::nullopt;
    if (typed == "-"_L1)
        return Error{ErrorCode::Unsupported,
                     Cli::tr("Streams cannot be sent. Save standard input to a file first.")};
    if (errno == ENOENT || errno == ENOTDIR)
        return Error{ErrorCode::SourceUnreadable, Cli::tr("There is no such file or folder.")};
    return Error{ErrorCode::SourceUnreadable,
                 Cli::tr("It cannot be read: %1.").arg(QString::fromLocal8Bit(std::strerror(errno)))};
}

} // namespace

SendCommand::SendCommand(SendArguments arguments, Output& output)
    : m_arguments(std::move(arguments)), m_output(output), m_report(output, m_arguments.format),
      m_options(optionsFor(m_arguments, output)), m_queue(m_options)
{
    connect(&m_queue, &UploadQueue::filesChanged, this,
            [this](const QList<FileSnapshot>& files) { m_report.update(files); });
    connect(&m_queue, &UploadQueue::uploadsChanged, this, &SendCommand::showUploads);
    connect(&m_queue, &UploadQueue::finished, this, &SendCommand::end);
    connect(&m_queue, &UploadQueue::trustAsked, this, &SendCommand::ask);
    connect(&m_terminal, &TerminalQuestion::answered, this, &SendCommand::answer);
    connect(&m_terminal, &TerminalQuestion::ended, this, [this] { answer(u"n"_s); });
}

QStringList SendCommand::existingPaths()
{
    QStringList paths;
    for (const QString& typed : std::as_const(m_arguments.paths)) {
        if (const std::optional<Error> problem = problemWith(typed))
            m_report.addFailure(typed, *problem);
        else
            paths += QDir::cleanPath(QDir().absoluteFilePath(typed));
    }
    return distinctPaths(paths);
}

void SendCommand::start()
{
    if (m_state != State::Idle)
        return; // interrupted before it began
    m_state = State::Sending;
    if (m_arguments.peer.isPlain)
        m_output.warning(Cli::tr("The transfer is not encrypted."));
    const QStringList paths = existingPaths();
    if (paths.isEmpty())
        end();
    else
        send(paths);
}

void SendCommand::send(const QStringList& paths)
{
    if (m_arguments.jobs == 1) {
        m_queue.send(paths, m_arguments.peer);
        return;
    }
    for (const QString& path : paths)
        m_queue.send({path}, m_arguments.peer);
}

void SendCommand::showUploads(const QList<TransferSnapshot>& uploads)
{
    m_report.update(uploads, std::chrono::steady_clock::now());
    QList<TransferId> ended;
    for (const TransferSnapshot& upload : uploads) {
        if (isFinal(upload.state))
            ended += upload.id;
    }
    m_queue.forget(ended);
}

void SendCommand::interrupt()
{
    if (m_state == State::Ended)
        return;
    const bool isIdle = std::exchange(m_state, State::Interrupted) == State::Idle;
    m_queue.leaveAll();
    if (isIdle)
        end(); // the queue tells the end only of what it was given
}

void SendCommand::ask(const TrustQuestion& question)
{
    const auto isIt = [&question](const TrustQuestion& one) { return one.upload == question.upload; };
    if (question.state == ContactState::Open) {
        m_questions.append(question);
        if (m_questions.size() == 1)
            askNext();
        return;
    }
    showContact(question);
    const bool isAsked = !m_questions.isEmpty() && isIt(m_questions.constFirst());
    if (question.state == ContactState::SameThere || m_questions.removeIf(isIt) == 0)
        return;
    if (isAsked)
        askNext();
}

/// What became of a first contact; how one failed is told by the report.
void SendCommand::showContact(const TrustQuestion& question)
{
    if (question.state == ContactState::SameThere)
        m_output.warning(Cli::tr("%1 has confirmed the code.").arg(question.name));
    else if (question.state == ContactState::SameHere)
        m_output.warning(
            Cli::tr("Waiting for %1 (%2) to confirm the code and to accept. Verification code: %3")
                .arg(question.name, question.address, question.code));
}

void SendCommand::askNext()
{
    if (m_questions.isEmpty()) {
        m_terminal.ignore();
        m_output.holdProgress(false);
        return;
    }
    const TrustQuestion& question = m_questions.constFirst();
    m_output.warning(Cli::tr("First contact with %1 (%2).").arg(question.name, question.address));
    m_output.warning(Cli::tr("Verification code: %1").arg(question.code));
    m_output.warning(Cli::tr("Does the other screen show the same code? Type yes or no."));
    m_terminal.listen();
    m_output.holdProgress(true);
}

/// Only a whole word counts: a stray Enter trusts nobody.
void SendCommand::answer(const QString& line)
{
    if (m_questions.isEmpty())
        return;
    const QString word = line.toLower();
    const bool isSame = word == Cli::tr("yes") || word == Cli::tr("y");
    if (!isSame && word != Cli::tr("no") && word != Cli::tr("n")) {
        m_output.warning(Cli::tr("Type yes or no."));
        return;
    }
    m_queue.answerTrust(m_questions.takeFirst().upload, isSame);
    askNext();
}

void SendCommand::end()
{
    if (m_state == State::Ended)
        return;
    const bool isInterrupted = m_state == State::Interrupted;
    m_state = State::Ended;
    m_report.finish(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                          m_startedAt));
    if (isInterrupted)
        m_output.warning(Cli::tr("Stopped. Repeat the command to go on."));
    Q_EMIT finished(isInterrupted ? ExitCode::Interrupted : exitCodeFor(m_report.totals()));
}

} // namespace sockdrop
