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

/// Nobody reads the output.
class TestCliUnread final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void endsAtOnce_data();
    void endsAtOnce();
    void fullOutputIsAFailure();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    int m_end = -1; ///< of a full pipe
};

void TestCliUnread::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    const QByteArray pipe = QFile::encodeName(m_folder->filePath(u"pipe"_s));
    QVERIFY(QDir().mkpath(m_folder->filePath(u"inbox"_s)));
    QCOMPARE(::mkfifo(pipe.constData(), 0600), 0);
    m_end = ::open(pipe.constData(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    QVERIFY(m_end >= 0);
    while (::write(m_end, "x", 1) == 1) { // full
    }
}

void TestCliUnread::cleanup()
{
    ::close(m_end);
}

void TestCliUnread::endsAtOnce_data()
{
    QTest::addColumn<int>("signal");
    QTest::newRow("INT") << SIGINT;
    QTest::newRow("TERM") << SIGTERM;
}

/// Whoever does not read is not waited for when an end is asked for.
void TestCliUnread::endsAtOnce()
{
    QFETCH(int, signal);
    CliProcess receiver(m_folder->path());
    receiver.process().setStandardOutputFile(m_folder->filePath(u"pipe"_s), QIODevice::Append);
    receiver.start(
        {u"receive"_s, u"--json"_s, u"--port"_s, u"0"_s, u"--dir"_s, m_folder->filePath(u"inbox"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(receiver.error().contains("Everyone"), CliProcess::patience);
    receiver.signal(signal);
    QVERIFY(receiver.process().waitForFinished(CliProcess::patience));
    QCOMPARE(receiver.process().exitStatus(), QProcess::NormalExit);
}

void TestCliUnread::fullOutputIsAFailure()
{
    for (const bool isJson : {false, true}) {
        CliProcess cli(m_folder->path());
        cli.process().setStandardOutputFile(u"/dev/full"_s);
        QCOMPARE(cli.run(isJson ? QStringList{u"id"_s, u"--json"_s} : QStringList{u"id"_s}), 1);
        QVERIFY(cli.error().contains("standard output"));
    }
}

QTEST_GUILESS_MAIN(TestCliUnread)
#include "tst_cli_unread.moc"
