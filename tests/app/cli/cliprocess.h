#pragma once

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QList>
#include <QProcess>
#include <QStringList>

#include <csignal>
#include <sys/types.h>

namespace sockdrop {

/// Writes a file and makes the folders above it.
inline bool write(const QString& path, const QByteArray& content)
{
    QFile file(path);
    return QDir().mkpath(QFileInfo(path).path()) && file.open(QIODevice::WriteOnly) &&
           file.write(content) == content.size();
}

/// sockdrop-cli as a person's shell or script runs it, with a home of its own.
class CliProcess final
{
public:
    static constexpr int patience = 30'000; ///< milliseconds; only ever waited for when something is broken

    explicit CliProcess(const QString& home)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("HOME"), home);
        environment.insert(QStringLiteral("XDG_CONFIG_HOME"), home + QStringLiteral("/config"));
        environment.insert(QStringLiteral("XDG_DATA_HOME"), home + QStringLiteral("/data"));
        environment.remove(QStringLiteral("DISPLAY"));
        for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
            environment.remove(QString::fromLatin1(name));
        m_process.setProcessEnvironment(environment);
        m_process.setWorkingDirectory(home);
    }

    ~CliProcess()
    {
        if (m_process.state() != QProcess::NotRunning) {
            m_process.kill();
            m_process.waitForFinished();
        }
    }
    Q_DISABLE_COPY_MOVE(CliProcess)

    /// As it is where it says whom it trusts; else between strangers, without encryption.
    void start(const QStringList& arguments) { startAsIs(arguments + openness(arguments)); }
    void startAsIs(const QStringList& arguments)
    {
        m_process.start(QCoreApplication::applicationDirPath() + QStringLiteral("/sockdrop-cli"), arguments);
    }

    /// Runs to the end; the exit code, -1 for a crash or none.
    int run(const QStringList& arguments)
    {
        start(arguments);
        return finish();
    }

    int runAsIs(const QStringList& arguments)
    {
        startAsIs(arguments);
        return finish();
    }

    int finish()
    {
        if (m_process.state() != QProcess::NotRunning && !m_process.waitForFinished(patience))
            return -1;
        collect();
        if (error().contains("Sanitizer"))
            qWarning("%s", error().constData());
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }

    /// `receive --json` into a folder; "HOST:PORT" once it listens, empty if it does not.
    QString startReceiver(const QString& folder, const QStringList& more = {})
    {
        start(QStringList{QStringLiteral("receive"), QStringLiteral("--json"), QStringLiteral("--listen"),
                          QStringLiteral("127.0.0.1"), QStringLiteral("--port"), QStringLiteral("0"),
                          QStringLiteral("--dir"), folder} +
              more);
        const int port = waitForEvent(QStringLiteral("listening")).value(QStringLiteral("port")).toInt();
        return port > 0 ? QStringLiteral("127.0.0.1:%1").arg(port) : QString();
    }

    /// Waits for the next event of that name; empty when the process ends without it.
    QJsonObject waitForEvent(const QString& name)
    {
        const QDeadlineTimer deadline(patience);
        while (true) {
            collect();
            while (m_seen < m_lines.size()) {
                QJsonObject event = QJsonDocument::fromJson(m_lines.at(m_seen++)).object();
                if (event.value(QStringLiteral("event")).toString() == name)
                    return event;
            }
            if (deadline.hasExpired() || m_process.state() == QProcess::NotRunning)
                return {};
            m_process.waitForReadyRead(100);
        }
    }

    /// All events so far; an empty object for a line that is none.
    QList<QJsonObject> events()
    {
        collect();
        QList<QJsonObject> objects;
        for (const QByteArray& line : std::as_const(m_lines))
            objects += QJsonDocument::fromJson(line).object();
        return objects;
    }

    QByteArray out()
    {
        collect();
        return m_out;
    }
    QByteArray error()
    {
        m_error += m_process.readAllStandardError();
        return m_error;
    }

    void signal(int number) { ::kill(static_cast<pid_t>(m_process.processId()), number); }
    QProcess& process() { return m_process; }

private:
    static QStringList openness(const QStringList& arguments)
    {
        const auto says = [&arguments](const char* option) {
            return arguments.contains(QString::fromLatin1(option));
        };
        const QString command = arguments.value(0);
        if (says("--help") || says("--plain") || says("--no-plain") || says("--fingerprint") ||
            says("--trust-new") || says("--accept"))
            return {};
        if (command == QStringLiteral("receive"))
            return {QStringLiteral("--plain"), QStringLiteral("--accept"), QStringLiteral("all")};
        return command == QStringLiteral("send") ? QStringList{QStringLiteral("--plain")} : QStringList();
    }

    void collect()
    {
        m_out += m_process.readAllStandardOutput();
        m_lines = m_out.split('\n');
        m_lines.removeLast(); // what has no line feed yet
    }

    QProcess m_process;
    QByteArray m_out;
    QByteArray m_error;
    QList<QByteArray> m_lines;
    qsizetype m_seen = 0;
};

} // namespace sockdrop
