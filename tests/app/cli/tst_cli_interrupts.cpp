#include "cliprocess.h"

#include <QDir>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// How a signal ends sockdrop-cli.
class TestCliInterrupts final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void receiver_data();
    void receiver();
    void sender_data();
    void sender();
    void senderThatReconnects_data();
    void senderThatReconnects();

private:
    [[nodiscard]] QString home(const QString& name) const { return m_folder->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_inbox;
};

void TestCliInterrupts::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_inbox = m_folder->filePath(u"inbox"_s);
    QVERIFY(m_folder->isValid() && QDir().mkpath(m_inbox) && QDir().mkpath(home(u"a"_s)) &&
            QDir().mkpath(home(u"b"_s)));
}

void TestCliInterrupts::receiver_data()
{
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("code");
    QTest::newRow("SIGINT") << SIGINT << 130;
    QTest::newRow("SIGTERM") << SIGTERM << 0;
}

/// Which manager of services calls a receiver failed that did what it was told?
void TestCliInterrupts::receiver()
{
    QFETCH(int, number);
    QFETCH(int, code);
    CliProcess receiver(home(u"a"_s));
    QVERIFY(!receiver.startReceiver(m_inbox).isEmpty());
    receiver.signal(number);
    QCOMPARE(receiver.finish(), code);
    QVERIFY(!receiver.waitForEvent(u"done"_s).isEmpty());
}

void TestCliInterrupts::sender_data()
{
    QTest::addColumn<int>("number");
    QTest::newRow("SIGINT") << SIGINT;
    QTest::newRow("SIGTERM") << SIGTERM;
}

void TestCliInterrupts::sender()
{
    QFETCH(int, number);
    QVERIFY(write(home(u"out/a.txt"_s), "a"));
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    CliProcess sender(home(u"b"_s));
    sender.start({u"send"_s, u"--json"_s, u"--to"_s, u"127.0.0.1:%1"_s.arg(silent.serverPort()),
                  home(u"out/a.txt"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(silent.hasPendingConnections(), CliProcess::patience);
    sender.signal(number);
    QCOMPARE(sender.finish(), 130);
    QCOMPARE(sender.waitForEvent(u"failed"_s).value(u"code"_s), QJsonValue(u"cancelled"_s));
    QVERIFY(!sender.waitForEvent(u"done"_s).isEmpty());
    QVERIFY(sender.error().contains("Stopped. Repeat the command to go on."));
}

void TestCliInterrupts::senderThatReconnects_data()
{
    sender_data();
}

void TestCliInterrupts::senderThatReconnects()
{
    QFETCH(int, number);
    QVERIFY(write(home(u"out/a.bin"_s), "a"));
    QVERIFY(QFile::resize(home(u"out/a.bin"_s), 1LL << 30));
    CliProcess receiver(home(u"a"_s));
    const QString address = receiver.startReceiver(m_inbox);
    CliProcess sender(home(u"b"_s));
    sender.start({u"send"_s, u"--json"_s, u"--to"_s, address, home(u"out/a.bin"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(!QDir(m_inbox + u"/.sockdrop-partial"_s).isEmpty(QDir::Files),
                             CliProcess::patience);
    receiver.signal(SIGKILL);
    QCOMPARE(sender.waitForEvent(u"reconnecting"_s).value(u"code"_s), QJsonValue(u"connection-lost"_s));
    sender.signal(number);
    QCOMPARE(sender.finish(), 130);
    QCOMPARE(sender.waitForEvent(u"failed"_s).value(u"code"_s), QJsonValue(u"cancelled"_s));
    QVERIFY(!sender.waitForEvent(u"done"_s).isEmpty());
}

QTEST_GUILESS_MAIN(TestCliInterrupts)
#include "tst_cli_interrupts.moc"
