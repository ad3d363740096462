#include "cliprocess.h"

#include <QTemporaryDir>
#include <QTest>

#include <sys/resource.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// What the system does not let a receiver do.
class TestCliLimits final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void fileOverTheLimitOfTheReceiver();
};

/// As a file that its file system cannot hold: by default the system ends the process (SIGXFSZ).
void TestCliLimits::fileOverTheLimitOfTheReceiver()
{
    const QTemporaryDir folder;
    const auto path = [&folder](const QString& name) { return folder.filePath(name); };
    QVERIFY(write(path(u"large"_s), QByteArray(3'000'000, 'x')) && write(path(u"small"_s), "abc"));
    QVERIFY(QDir().mkpath(path(u"inbox"_s)) && QDir().mkpath(path(u"a"_s)) && QDir().mkpath(path(u"b"_s)));
    CliProcess receiver(path(u"a"_s));
    receiver.process().setChildProcessModifier([] {
        const rlimit limit{1'000'000, 1'000'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    });
    const QString address = receiver.startReceiver(path(u"inbox"_s));
    CliProcess sender(path(u"b"_s));
    QCOMPARE(sender.run({u"send"_s, u"--to"_s, address, path(u"large"_s), path(u"small"_s)}), 1);
    QVERIFY2(sender.error().contains("files of that size"), sender.error().constData());
    QVERIFY(QFile::exists(path(u"inbox/small"_s)));
    QVERIFY(!QFile::exists(path(u"inbox/large"_s)));
    QCOMPARE(receiver.process().state(), QProcess::Running);
}

QTEST_GUILESS_MAIN(TestCliLimits)
#include "tst_cli_limits.moc"
