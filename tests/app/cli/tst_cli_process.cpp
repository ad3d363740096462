#include "chunk.h"
#include "cliprocess.h"
#include "serviceinfo.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QRandomGenerator>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTemporaryDir>
#include <QTest>

#include <memory>
#include <pwd.h>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(not there)");
}

QByteArray noise(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    QRandomGenerator generator(1);
    std::generate(bytes.begin(), bytes.end(),
                  [&generator] { return static_cast<char>(generator.generate()); });
    return bytes;
}

QString text(const QJsonObject& event, const QString& member)
{
    return event.value(member).toString();
}

} // namespace

class TestCliProcess final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void printsHelpAndVersion_data();
    void printsHelpAndVersion();
    void refusesBadUsage_data();
    void refusesBadUsage();
    void filesAndFoldersLand();
    void textForPeopleIsPlainLines();
    void textOfFoldersIsOneLine();
    void severalJobs();
    void sameCommandAgain();
    void onceEndsWithTheUpload();
    void onceFailsWithTheUpload();
    void otherPathsGoOn();
    void unreachableIsThree();
    void declinedIsFour();
    void missingFolderIsAnError();
    void downloadsFolderIsMade();
    void portInUseIsSaid();
    void writesNoSettings();
    void homeIsFoundWithoutItsVariable();

private:
    [[nodiscard]] QString home(const QString& name) const { return m_folder->filePath(name); }
    QString startReceiver(CliProcess& receiver, const QStringList& more = {})
    {
        return receiver.startReceiver(m_inbox, more);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_inbox;
};

void TestCliProcess::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_inbox = m_folder->filePath(u"inbox"_s);
    QVERIFY(m_folder->isValid() && QDir().mkpath(m_inbox) && QDir().mkpath(home(u"a"_s)) &&
            QDir().mkpath(home(u"b"_s)));
}

void TestCliProcess::printsHelpAndVersion_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("start");
    QTest::newRow("--help") << QStringList{u"--help"_s} << QByteArray("Usage: sockdrop-cli COMMAND");
    QTest::newRow("send --help") << QStringList{u"send"_s, u"--help"_s}
                                 << QByteArray("Usage: sockdrop-cli send");
    QTest::newRow("--version") << QStringList{u"--version"_s}
                               << QByteArray("sockdrop-cli " SOCKDROP_VERSION "\n");
}

void TestCliProcess::printsHelpAndVersion()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, start);
    CliProcess cli(home(u"a"_s));
    QCOMPARE(cli.run(arguments), 0);
    QVERIFY(cli.out().startsWith(start));
    QCOMPARE(cli.error(), QByteArray());
}

void TestCliProcess::refusesBadUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::newRow("nothing") << QStringList();
    QTest::newRow("option") << QStringList{u"receive"_s, u"--nonsense"_s};
    QTest::newRow("later feature") << QStringList{u"send"_s, u"--limit"_s, u"1M"_s};
    QTest::newRow("no path") << QStringList{u"send"_s, u"--to"_s, u"127.0.0.1"_s};
}

void TestCliProcess::refusesBadUsage()
{
    QFETCH(QStringList, arguments);
    CliProcess cli(home(u"a"_s));
    QCOMPARE(cli.run(arguments), 2);
    QCOMPARE(cli.out(), QByteArray());
    QCOMPARE(cli.error().count('\n'), 1);
    QVERIFY(cli.error().startsWith("sockdrop-cli: "));
}

void TestCliProcess::filesAndFoldersLand()
{
    const QByteArray big = noise(20'000'000);
    QVERIFY(write(home(u"out/big.bin"_s), big));
    QVERIFY(write(home(u"out/tree/deep/empty.txt"_s), {}));
    QVERIFY(write(home(u"out/tree/ünïcode 日本 100%.txt"_s), "text"));

    CliProcess receiver(home(u"a"_s));
    const QString address = startReceiver(receiver);
    QVERIFY2(!address.isEmpty(), receiver.error().constData());
    CliProcess sender(home(u"b"_s));
    const int code = sender.run({u"send"_s, u"--json"_s, u"--plain"_s, u"--to"_s, address,
                                 home(u"out/big.bin"_s), home(u"out/tree"_s)});
    QVERIFY2(code == 0, (sender.out() + sender.error()).constData());

    QCOMPARE(contentOf(m_inbox + u"/big.bin"_s), big);
    QCOMPARE(contentOf(m_inbox + u"/tree/deep/empty.txt"_s), QByteArray());
    QCOMPARE(contentOf(m_inbox + u"/tree/ünïcode 日本 100%.txt"_s), QByteArray("text"));

    for (int i = 0; i < 3; ++i)
        QVERIFY(!receiver.waitForEvent(u"landed"_s).isEmpty());
    receiver.signal(SIGTERM);
    QCOMPARE(receiver.finish(), 0);

    ChainDigest digest;
    for (qint64 at = 0; at < big.size(); at += chunkBytes)
        digest.add(Hash128::of(QByteArrayView(big).sliced(at, std::min(chunkBytes, big.size() - at))));
    for (CliProcess* process : {&sender, &receiver}) {
        const QList<QJsonObject> events = process->events();
        for (const QJsonObject& event : events)
            QVERIFY2(event.contains(u"event"_s), process->out().constData());
        QCOMPARE(events.last().value(u"event"_s), QJsonValue(u"done"_s));
        QCOMPARE(events.last().value(u"landed"_s), QJsonValue(3));
        QCOMPARE(events.last().value(u"failed"_s), QJsonValue(0));
        QCOMPARE(events.last().value(u"bytes"_s), QJsonValue(20'000'004));
        QCOMPARE(events.last().value(u"skipped"_s), QJsonValue(0));
        const auto landed = std::find_if(events.begin(), events.end(), [](const QJsonObject& event) {
            return text(event, u"event"_s) == "landed"_L1 && text(event, u"name"_s) == "big.bin"_L1;
        });
        QVERIFY(landed != events.end());
        QCOMPARE(text(*landed, u"digest"_s), digest.text());
        QCOMPARE(text(*landed, u"path"_s), process == &sender ? u"big.bin"_s : m_inbox + u"/big.bin"_s);
    }
    QVERIFY(sender.error().contains("not encrypted"));
    QVERIFY(receiver.error().contains("Everyone"));
}

void TestCliProcess::textForPeopleIsPlainLines()
{
    QVERIFY(write(home(u"out/a\x1b[2Jb.txt"_s), "x"));
    CliProcess receiver(home(u"a"_s));
    receiver.start({u"receive"_s, u"--listen"_s, u"127.0.0.1"_s, u"--port"_s, u"0"_s, u"--dir"_s, m_inbox});
    QTRY_VERIFY_WITH_TIMEOUT(receiver.out().contains("http://127.0.0.1:"), CliProcess::patience);
    QByteArray address = receiver.out().mid(receiver.out().indexOf("127.0.0.1:"));
    address.truncate(address.indexOf('\n'));

    CliProcess sender(home(u"b"_s));
    QCOMPARE(sender.run({u"send"_s, u"--to"_s, QString::fromLatin1(address), home(u"out/a\x1b[2Jb.txt"_s)}),
             0);
    QVERIFY(sender.out().startsWith("landed a\\x1b[2Jb.txt "));
    QTRY_VERIFY_WITH_TIMEOUT(receiver.out().contains("landed "), CliProcess::patience);
    receiver.signal(SIGINT);
    QCOMPARE(receiver.finish(), 130);
    for (CliProcess* process : {&sender, &receiver}) {
        const QByteArray all = process->out() + process->error();
        QVERIFY2(!all.contains('\x1b') && !all.contains('\r'), all.toPercentEncoding().constData());
        QVERIFY(process->out().endsWith(" s\n"));
    }
}

/// However many files a folder has, a person reads one line.
void TestCliProcess::textOfFoldersIsOneLine()
{
    for (const QString& name : {u"a"_s, u"b"_s, u"c"_s})
        QVERIFY(write(home(u"out/"_s + name), "x"));
    QVERIFY(QFile::link(u"nowhere"_s, home(u"out/link"_s)));
    CliProcess receiver(home(u"a"_s));
    const QString address = startReceiver(receiver);
    CliProcess sender(home(u"b"_s));
    QCOMPARE(sender.run({u"send"_s, u"--to"_s, address, home(u"out"_s)}), 1);
    QVERIFY2(sender.out().startsWith("landed out "), sender.out().constData());
    QVERIFY(sender.out().contains("3 files landed, 1 failed"));
    QCOMPARE(sender.out().count('\n'), 2);
    QVERIFY(sender.error().contains("failed link: "));
}

void TestCliProcess::severalJobs()
{
    QStringList arguments{u"send"_s, u"--json"_s, u"--jobs"_s, u"3"_s, u"--to"_s};
    CliProcess receiver(home(u"a"_s));
    arguments += startReceiver(receiver);
    for (int i = 0; i < 12; ++i) {
        arguments += home(u"out/%1"_s.arg(i));
        QVERIFY(write(arguments.last(), QByteArray(i, 'x')));
    }
    CliProcess sender(home(u"b"_s));
    QCOMPARE(sender.run(arguments), 0);
    QCOMPARE(sender.waitForEvent(u"done"_s).value(u"landed"_s), QJsonValue(12));
    QSet<qint64> ids;
    for (const QJsonObject& event : sender.events()) {
        if (text(event, u"event"_s) == "landed"_L1)
            ids += event.value(u"id"_s).toInteger();
    }
    QCOMPARE(ids.size(), 12);
}

/// Repeating a command sends what is missing or another version, and nothing else.
void TestCliProcess::sameCommandAgain()
{
    QVERIFY(write(home(u"out/same"_s), "same"));
    QVERIFY(write(home(u"out/longer"_s), "short"));
    CliProcess receiver(home(u"a"_s));
    const QStringList arguments{u"send"_s, u"--json"_s, u"--to"_s, startReceiver(receiver), home(u"out"_s)};
    CliProcess first(home(u"b"_s));
    QCOMPARE(first.run(arguments), 0);
    QVERIFY(write(home(u"out/longer"_s), "longer now"));
    CliProcess second(home(u"b"_s));
    QCOMPARE(second.run(arguments), 0);
    QCOMPARE(text(second.waitForEvent(u"skipped"_s), u"name"_s), u"out/same"_s);
    const QJsonObject done = second.waitForEvent(u"done"_s);
    QCOMPARE(done.value(u"landed"_s), QJsonValue(1));
    QCOMPARE(done.value(u"skipped"_s), QJsonValue(1));
    QCOMPARE(done.value(u"sent"_s), QJsonValue(10));
    QCOMPARE(contentOf(m_inbox + u"/out/longer (1)"_s), QByteArray("longer now"));
}

void TestCliProcess::onceEndsWithTheUpload()
{
    QVERIFY(write(home(u"out/a.txt"_s), "a"));
    CliProcess receiver(home(u"a"_s));
    const QString address = startReceiver(receiver, {u"--once"_s});
    CliProcess sender(home(u"b"_s));
    QCOMPARE(sender.run({u"send"_s, u"--to"_s, address, home(u"out/a.txt"_s)}), 0);
    QCOMPARE(receiver.finish(), 0);
    QCOMPARE(contentOf(m_inbox + u"/a.txt"_s), QByteArray("a"));
}

void TestCliProcess::onceFailsWithTheUpload()
{
    QVERIFY(write(home(u"out/a.txt"_s), "newer"));
    QVERIFY(write(m_inbox + u"/a.txt"_s, "old"));
    CliProcess receiver(home(u"a"_s));
    const QString address = startReceiver(receiver, {u"--once"_s, u"--conflict"_s, u"skip"_s});
    CliProcess sender(home(u"b"_s));
    QCOMPARE(sender.run({u"send"_s, u"--json"_s, u"--to"_s, address, home(u"out/a.txt"_s)}), 1);
    QCOMPARE(text(sender.waitForEvent(u"failed"_s), u"code"_s), u"already-exists"_s);
    QCOMPARE(receiver.finish(), 1);
    QCOMPARE(contentOf(m_inbox + u"/a.txt"_s), QByteArray("old"));
}

void TestCliProcess::otherPathsGoOn()
{
    QVERIFY(write(home(u"out/a.txt"_s), "a"));
    CliProcess receiver(home(u"a"_s));
    const QString address = startReceiver(receiver);
    CliProcess sender(home(u"b"_s));
    QCOMPARE(sender.run(
                 {u"send"_s, u"--json"_s, u"--to"_s, address, home(u"out/no such"_s), home(u"out/a.txt"_s)}),
             1);
    QCOMPARE(contentOf(m_inbox + u"/a.txt"_s), QByteArray("a"));
    const QJsonObject failed = sender.waitForEvent(u"failed"_s);
    QCOMPARE(text(failed, u"name"_s), home(u"out/no such"_s));
    QCOMPARE(text(failed, u"code"_s), u"source-unreadable"_s);
    QCOMPARE(sender.waitForEvent(u"done"_s).value(u"landed"_s), QJsonValue(1));

    CliProcess nothing(home(u"b"_s));
    QCOMPARE(nothing.run({u"send"_s, u"--to"_s, address, u""_s}), 1);
}

void TestCliProcess::unreachableIsThree()
{
    QVERIFY(write(home(u"out/a.txt"_s), "a"));
    QVERIFY(write(home(u"out/b.txt"_s), "b"));
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const quint16 port = server.serverPort();
    server.close();
    CliProcess sender(home(u"b"_s));
    QCOMPARE(sender.run({u"send"_s, u"--to"_s, u"127.0.0.1:%1"_s.arg(port), home(u"out"_s)}), 3);
    QCOMPARE(sender.error().count("failed"), 1);
    QVERIFY(sender.error().contains("failed out: "));
    CliProcess json(home(u"b"_s));
    QCOMPARE(json.run({u"send"_s, u"--json"_s, u"--to"_s, u"127.0.0.1:%1"_s.arg(port), home(u"out"_s)}), 3);
    QCOMPARE(json.waitForEvent(u"done"_s).value(u"failed"_s), QJsonValue(2));
}

void TestCliProcess::declinedIsFour()
{
    QVERIFY(write(home(u"out/a.txt"_s), "a"));
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    connect(&server, &QTcpServer::newConnection, &server, [&server] {
        QTcpSocket* socket = server.nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [socket] {
            const QByteArray request = socket->readAll();
            if (request.startsWith("GET ")) {
                const QByteArray body = ServiceInfo{u"Strict"_s, u"1"_s}.toJson();
                socket->write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
                              "Content-Length: " +
                              QByteArray::number(body.size()) + "\r\n\r\n" + body);
            } else {
                socket->write("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 3\r\n\r\nNo.");
            }
            socket->disconnectFromHost();
        });
    });
    CliProcess sender(home(u"b"_s));
    sender.start({u"send"_s, u"--to"_s, u"127.0.0.1:%1"_s.arg(server.serverPort()), home(u"out/a.txt"_s)});
    QTRY_COMPARE_WITH_TIMEOUT(sender.process().state(), QProcess::NotRunning, CliProcess::patience);
    QVERIFY2(sender.finish() == 4, (QByteArray::number(sender.finish()) + sender.error()).constData());
}

void TestCliProcess::missingFolderIsAnError()
{
    CliProcess receiver(home(u"a"_s));
    QCOMPARE(receiver.run({u"receive"_s, u"--port"_s, u"0"_s, u"--dir"_s, u"no/such"_s}), 1);
    QVERIFY(receiver.error().contains("a/no/such"));
    QCOMPARE(receiver.out(), QByteArray());
    QVERIFY(!QFile::exists(home(u"a/no"_s)));
}

void TestCliProcess::downloadsFolderIsMade()
{
    CliProcess receiver(home(u"a"_s));
    receiver.start({u"receive"_s, u"--json"_s, u"--port"_s, u"0"_s});
    const QJsonObject listening = receiver.waitForEvent(u"listening"_s);
    QVERIFY2(!listening.isEmpty(), receiver.error().constData());
    const QString folder = text(listening, u"folder"_s);
    QVERIFY2(folder.startsWith(home(u"a"_s)) && QDir(folder).exists(), qPrintable(folder));
    QVERIFY(!listening.value(u"addresses"_s).toArray().isEmpty());
    QCOMPARE(listening.value(u"pid"_s).toInteger(), receiver.process().processId());
}

void TestCliProcess::portInUseIsSaid()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QByteArray port = QByteArray::number(server.serverPort());
    CliProcess receiver(home(u"a"_s));
    QCOMPARE(receiver.run({u"receive"_s, u"--listen"_s, u"127.0.0.1"_s, u"--port"_s,
                           QString::fromLatin1(port), u"--dir"_s, m_inbox}),
             1);
    const QByteArray error = receiver.error();
    QVERIFY2(error.contains(port) && error.contains("tst_cli_process") && error.contains("--port "),
             error.constData());
}

void TestCliProcess::writesNoSettings()
{
    CliProcess receiver(home(u"a"_s));
    QVERIFY(!startReceiver(receiver, {u"--name"_s, u"Other"_s, u"--conflict"_s, u"replace"_s}).isEmpty());
    receiver.signal(SIGINT);
    QCOMPARE(receiver.finish(), 130);
    QVERIFY(!QFile::exists(home(u"a/config"_s)));
    const QDir data(home(u"a/data/sockdrop"_s));
    QCOMPARE(data.entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList{u"identity.pem"_s});
}

/// The user of this test may have none at all, which is said then. Never is it the root folder.
void TestCliProcess::homeIsFoundWithoutItsVariable()
{
    CliProcess cli(home(u"a"_s));
    QProcessEnvironment environment = cli.process().processEnvironment();
    environment.remove(u"HOME"_s);
    cli.process().setProcessEnvironment(environment);
    QVERIFY(!cli.startReceiver(m_inbox).isEmpty()); // its keys have a place of their own
    environment.remove(u"XDG_CONFIG_HOME"_s);
    environment.remove(u"XDG_DATA_HOME"_s);
    CliProcess homeless(home(u"a"_s));
    homeless.process().setProcessEnvironment(environment);
    const passwd* user = ::getpwuid(::getuid());
    QCOMPARE(homeless.run({u"peers"_s}), user && *user->pw_dir != '\0' ? 0 : 1);
}

QTEST_GUILESS_MAIN(TestCliProcess)
#include "tst_cli_process.moc"
