#include "cliprocess.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <sys/resource.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// What the system does not let a receiver or a sender do.
class TestCliLimits final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void fileOverTheLimitOfTheReceiver();
    void morePathsThanDescriptors();

private:
    [[nodiscard]] QString path(const QString& name) const { return m_folder->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestCliLimits::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir().mkpath(path(u"inbox"_s)) && QDir().mkpath(path(u"a"_s)) && QDir().mkpath(path(u"b"_s)));
}

/// As a file that its file system cannot hold: by default the system ends the process (SIGXFSZ).
void TestCliLimits::fileOverTheLimitOfTheReceiver()
{
    QVERIFY(write(path(u"large"_s), QByteArray(3'000'000, 'x')) && write(path(u"small"_s), "abc"));
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

/// Each takes what it needs when it runs.
void TestCliLimits::morePathsThanDescriptors()
{
    constexpr int paths = 80;
    CliProcess receiver(path(u"a"_s));
    const QString address = receiver.startReceiver(path(u"inbox"_s));
    QStringList arguments{u"send"_s, u"--jobs"_s, u"4"_s, u"--json"_s, u"--to"_s, address};
    for (int i = 0; i < paths; ++i) {
        arguments += path(u"out/%1"_s.arg(i));
        QVERIFY(write(arguments.constLast(), "abc"));
    }
    CliProcess sender(path(u"b"_s));
    sender.process().setChildProcessModifier([] {
        const rlimit limit{64, 64};
        ::setrlimit(RLIMIT_NOFILE, &limit);
    });
    QCOMPARE(sender.run(arguments), 0);
    QCOMPARE(sender.waitForEvent(u"done"_s).value(u"landed"_s), QJsonValue(paths));
    QCOMPARE(QDir(path(u"inbox"_s)).entryList(QDir::Files).size(), paths);
}

QTEST_GUILESS_MAIN(TestCliLimits)
#include "tst_cli_limits.moc"
