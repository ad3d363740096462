#include "cliprocess.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

/// Whether the process has a handler for SIGINT (proc(5), SigCgt): ours is gone once it was called.
bool catchesInterrupts(qint64 process)
{
    QFile status(u"/proc/%1/status"_s.arg(process));
    if (!status.open(QIODevice::ReadOnly))
        return false;
    const QByteArray text = status.readAll();
    const qsizetype from = text.indexOf("SigCgt:") + 7;
    const quint64 caught =
        text.sliced(from, text.indexOf('\n', from) - from).trimmed().toULongLong(nullptr, 16);
    return (caught >> (SIGINT - 1) & 1) != 0;
}

} // namespace

class TestCliSecondSignal final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kills();
};

/// Nobody reads the output: the main thread waits in a write and cannot stop cleanly.
void TestCliSecondSignal::kills()
{
    const QTemporaryDir folder;
    const QString pipe = folder.filePath(u"pipe"_s);
    QVERIFY(QDir().mkpath(folder.filePath(u"inbox"_s)));
    QCOMPARE(::mkfifo(QFile::encodeName(pipe).constData(), 0600), 0);
    const int end = ::open(QFile::encodeName(pipe).constData(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    QVERIFY(end >= 0);
    while (::write(end, "x", 1) == 1) { // full
    }
    CliProcess receiver(folder.path());
    receiver.process().setStandardOutputFile(pipe, QIODevice::Append);
    receiver.start({u"receive"_s, u"--json"_s, u"--port"_s, u"0"_s, u"--dir"_s, folder.filePath(u"inbox"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(receiver.error().contains("Everyone"), CliProcess::patience);
    receiver.signal(SIGINT);
    QTRY_VERIFY_WITH_TIMEOUT(!catchesInterrupts(receiver.process().processId()), CliProcess::patience);
    QCOMPARE(receiver.process().state(), QProcess::Running);
    receiver.signal(SIGINT);
    QVERIFY(receiver.process().waitForFinished(CliProcess::patience));
    ::close(end);
    QCOMPARE(receiver.process().exitStatus(), QProcess::CrashExit);
}

QTEST_GUILESS_MAIN(TestCliSecondSignal)
#include "tst_cli_secondsignal.moc"
