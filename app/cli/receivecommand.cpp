#include "receivecommand.h"

#include "identity.h"
#include "knownpeers.h"
#include "localaddresses.h"
#include "messages.h"
#include "output.h"
#include "qrtext.h"
#include "settings.h"
#include "terminalquestion.h"
#include "tlscontext.h"

#include <QDir>
#include <QJsonArray>
#include <QStandardPaths>
#include <QTimer>

#include <csignal>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds lingerTime{1};

PeerAddress addressOf(const QHostAddress& address, quint16 port, bool isPlain = false)
{
    return {address.toString(), port, isPlain};
}

} // namespace

ReceiveCommand::ReceiveCommand(ReceiveArguments arguments, Output& output)
    : m_arguments(std::move(arguments)), m_output(output), m_report(output, m_arguments.format),
      m_prompt(output, m_arguments.format)
{
    connect(&m_receiver, &Receiver::stateChanged, this, &ReceiveCommand::followReceiver);
    connect(&m_receiver, &Receiver::startFailed, this, &ReceiveCommand::fail);
    connect(&m_receiver, &Receiver::uploadsChanged, this, &ReceiveCommand::showUploads);
    connect(&m_receiver, &Receiver::filesChanged, this,
            [this](const QList<FileSnapshot>& files) { m_report.update(files); });
    connect(&m_receiver, &Receiver::folderStatusChanged, this, &ReceiveCommand::showFolderStatus);
    connect(&m_receiver, &Receiver::firstContact, this, &ReceiveCommand::showContact);
    connect(&m_receiver, &Receiver::offersChanged, &m_prompt, &OfferPrompt::update);
    connect(&m_receiver, &Receiver::answerFailed, &m_prompt, &OfferPrompt::takeBack);
    connect(&m_prompt, &OfferPrompt::answered, this,
            [this](OfferId offer, OfferAnswer answer) { m_receiver.answer(offer, answer); });
    connect(&m_receiver, &Receiver::logged, this, &ReceiveCommand::showLogEntry);
}

Result<QString> ReceiveCommand::destination() const
{
    if (!m_arguments.folder.isEmpty())
        return QDir::cleanPath(QDir::current().absoluteFilePath(m_arguments.folder));
    const QString folder = Settings(m_arguments.profile).destination();
    // Only the folder nobody chose is made: a chosen one that is missing may be a disk that is not there.
    if (folder == QStandardPaths::writableLocation(QStandardPaths::DownloadLocation) &&
        !QDir().mkpath(folder))
        return Error{ErrorCode::PermissionDenied, Cli::tr("Cannot create the folder %1.").arg(folder)};
    return folder;
}

void ReceiveCommand::start()
{
    if (m_state != State::Idle)
        return; // interrupted before it began
    m_state = State::Starting;
    const Result<QString> folder = destination();
    if (!folder)
        return fail(folder.error(), 0);
    m_folder = folder.value();
    const Result<ReceiveOptions> chosen = receiveOptions();
    if (!chosen)
        return fail(chosen.error(), 0);
    m_takesPlain = chosen->takesPlain;
    warn(chosen.value());
    m_receiver.start(chosen.value());
}

Result<ReceiveOptions> ReceiveCommand::receiveOptions() const
{
    const QString profile = m_arguments.profile.dataFolder();
    const Result<DeviceIdentity> identity = loadIdentity(m_arguments.profile, m_output);
    if (!identity)
        return identity.error();
    const Result<std::shared_ptr<const TlsContext>> tls = TlsContext::make(identity.value());
    if (!tls)
        return tls.error();
    const Settings settings(m_arguments.profile);
    ReceiveOptions options;
    options.folder = m_folder;
    options.address = m_arguments.address;
    options.port = m_arguments.port.value_or(settings.port());
    options.conflict = m_arguments.conflict.value_or(settings.conflictPolicy());
    options.mostUploads = m_arguments.isOnce ? 1 : 0;
    options.tellsFiles = m_arguments.format == OutputFormat::Json;
    options.readsBack = m_arguments.readsBack;
    options.keepsExecutable = m_arguments.keepsExecutable;
    options.deviceName = m_arguments.deviceName.isEmpty() ? settings.deviceName(identity->fingerprint())
                                                          : m_arguments.deviceName;
    options.accept = m_arguments.accept.value_or(settings.acceptPolicy());
    options.allowedHosts = m_arguments.allowedHosts;
    options.takesPlain = m_arguments.takesPlain.value_or(settings.takesPlain());
    options.hasPerson = TerminalQuestion::isPossible();
    options.identity = tls.value();
    options.knownPeers = std::make_shared<KnownPeers>(profile);
    return options;
}

void ReceiveCommand::warn(const ReceiveOptions& options)
{
    if (options.accept == AcceptPolicy::Everyone)
        m_output.warning(Cli::tr("Everyone who reaches this device may upload."));
    if (options.takesPlain)
        m_output.warning(
            Cli::tr("Uploads without encryption are taken, too: others in the network can read them."));
    if (options.accept == AcceptPolicy::Ask && !options.hasPerson)
        m_output.warning(Cli::tr("Nobody can be asked here, as this is no terminal: only devices that are "
                                 "always accepted may upload."));
}

void ReceiveCommand::followReceiver(Receiver::State state)
{
    if (state == Receiver::State::On && m_state == State::Starting) {
        m_state = State::Listening;
        announce();
    } else if (state == Receiver::State::Off && m_state == State::Stopping) {
        end(m_exitCode);
    }
}

void ReceiveCommand::fail(const Error& error, quint16 freePort)
{
    if (m_state == State::Ended)
        return;
    QString text = withRemedy(error);
    if (freePort != 0)
        text = Cli::tr("%1 Port %2 is free: --port %2").arg(text, QString::number(freePort));
    m_output.warning(text);
    m_state = State::Ended;
    Q_EMIT finished(ExitCode::SomethingFailed);
}

void ReceiveCommand::announce()
{
    const QList<QHostAddress> addresses = reachableAddresses(m_arguments.address);
    if (m_arguments.format == OutputFormat::Json) {
        QJsonArray texts;
        for (const QHostAddress& address : addresses)
            texts += address.toString();
        m_output.event(u"listening"_s, {{u"port"_s, m_receiver.port()},
                                        {u"addresses"_s, texts},
                                        {u"folder"_s, m_folder},
                                        {u"plain"_s, m_takesPlain},
                                        {u"pid"_s, QCoreApplication::applicationPid()}});
        return;
    }
    m_output.line(Cli::tr("Receiving into %1").arg(m_folder));
    for (const QHostAddress& address : addresses)
        m_output.line(addressOf(address, m_receiver.port()).hostAndPort());
    if (lacksScope(addresses.constFirst()))
        m_output.warning(Cli::tr("Behind such an address belongs the network interface of the device that "
                                 "sends: %1%eth0, for example.")
                             .arg(addresses.constFirst().toString()));
    // For browsers, which do not know our certificate either.
    const QString url =
        addressOf(addresses.first(), m_receiver.port(), m_takesPlain).httpUrl(u"/"_s).toString();
    if (m_takesPlain)
        m_output.line(url);
    const Result<QrCode> code = QrCode::encode(url);
    if (code && m_output.terminalWidth() >= code->size + 2 * QrCode::quietZone)
        m_output.verbatim(qrText(code.value()));
}

void ReceiveCommand::showUploads(const QList<TransferSnapshot>& uploads)
{
    m_report.update(uploads, std::chrono::steady_clock::now());
    if (m_arguments.isOnce && m_state == State::Listening)
        endOnce();
}

void ReceiveCommand::endOnce()
{
    if (m_report.totals().ended == 0)
        return;
    const bool isFailed = exitCodeFor(m_report.totals()) != ExitCode::AllLanded;
    // The sender may still be reading its receipt.
    m_state = State::Lingering;
    QTimer::singleShot(lingerTime, this, [this, isFailed] {
        stop(isFailed ? ExitCode::SomethingFailed : ExitCode::AllLanded);
    });
}

void ReceiveCommand::showContact(const OfferSnapshot& contact)
{
    if (m_arguments.format == OutputFormat::Json) {
        m_output.event(u"pairing"_s, {{u"name"_s, contact.sender},
                                      {u"address"_s, contact.address},
                                      {u"fingerprint"_s, contact.fingerprint},
                                      {u"impostor"_s, contact.isImpostor},
                                      {u"code"_s, contact.code}});
        return;
    }
    if (contact.id != 0)
        return; // it is asked about
    m_output.line(Cli::tr("Verification code for %1: %2")
                      .arg(contact.sender.isEmpty() ? contact.address : contact.sender, contact.code));
}

void ReceiveCommand::showFolderStatus(const FolderStatus& status)
{
    // From a folder that cannot be used at all follows startFailed().
    if (status.error && m_state == State::Listening)
        m_output.warning(withRemedy(*status.error));
}

void ReceiveCommand::showLogEntry(const LogEntry& entry)
{
    // How uploads end is told by the report.
    if (entry.result == LogEntry::Result::Refused)
        m_output.warning(entry.peer + u": "_s + entry.text);
}

/// A service that is told to end has done what it was for.
void ReceiveCommand::interrupt(int signal)
{
    stop(signal == SIGTERM ? ExitCode::AllLanded : ExitCode::Interrupted);
}

void ReceiveCommand::stop(ExitCode code)
{
    if (m_state == State::Stopping || m_state == State::Ended)
        return;
    m_exitCode = code;
    m_state = State::Stopping;
    m_receiver.stop();
    if (m_receiver.state() == Receiver::State::Off)
        end(code);
}

void ReceiveCommand::end(ExitCode code)
{
    if (m_state == State::Ended)
        return;
    m_state = State::Ended;
    m_report.finish(std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                          m_startedAt));
    Q_EMIT finished(code);
}

} // namespace sockdrop
