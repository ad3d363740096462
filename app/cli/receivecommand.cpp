#include "receivecommand.h"

#include "localaddresses.h"
#include "messages.h"
#include "output.h"
#include "qrtext.h"
#include "settings.h"

#include <QDir>
#include <QJsonArray>
#include <QStandardPaths>
#include <QTimer>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds lingerTime{1};

QString urlOf(const QHostAddress& address, quint16 port)
{
    return PeerAddress{address.toString(), port, true}.httpUrl(u"/"_s).toString();
}

} // namespace

ReceiveCommand::ReceiveCommand(ReceiveArguments arguments, Output& output)
    : m_arguments(std::move(arguments)), m_output(output), m_report(output, m_arguments.format)
{
    connect(&m_receiver, &Receiver::stateChanged, this, &ReceiveCommand::followReceiver);
    connect(&m_receiver, &Receiver::startFailed, this, &ReceiveCommand::fail);
    connect(&m_receiver, &Receiver::uploadsChanged, this, &ReceiveCommand::showUploads);
    connect(&m_receiver, &Receiver::filesChanged, this,
            [this](const QList<FileSnapshot>& files) { m_report.update(files); });
    connect(&m_receiver, &Receiver::folderStatusChanged, this, &ReceiveCommand::showFolderStatus);
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
    m_output.warning(Cli::tr("Everyone who reaches this machine may upload, and nothing is encrypted."));

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
    options.deviceName = m_arguments.deviceName.isEmpty() ? settings.deviceName() : m_arguments.deviceName;
    m_receiver.start(options);
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
    if (error.code == ErrorCode::PortInUse && freePort != 0)
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
                                        {u"pid"_s, QCoreApplication::applicationPid()}});
        return;
    }
    m_output.line(Cli::tr("Receiving into %1").arg(m_folder));
    for (const QHostAddress& address : addresses)
        m_output.line(urlOf(address, m_receiver.port()));
    const Result<QrCode> code = QrCode::encode(urlOf(addresses.first(), m_receiver.port()));
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
    const RunTotals& totals = m_report.totals();
    if (totals.ended == 0)
        return;
    const bool isFailed = totals.failed + totals.cancelled > 0;
    // The sender may still be reading its receipt.
    m_state = State::Lingering;
    QTimer::singleShot(lingerTime, this, [this, isFailed] {
        stop(isFailed ? ExitCode::SomethingFailed : ExitCode::AllLanded);
    });
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

void ReceiveCommand::interrupt()
{
    stop(ExitCode::Interrupted);
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
