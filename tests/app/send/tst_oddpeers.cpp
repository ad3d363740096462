#include "fakeserver.h"
#include "queuefixture.h"
#include "serviceinfo.h"

#include <QDir>
#include <QTcpSocket>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The queue against servers that are no Sockdrop, or no good one before the upload begins.
class TestOddPeers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void nobodyListens();
    void unknownHost();
    void otherServer();
    void noHttpServer();
    void silentServer();
    void originalServer();
    void originalServerGetsEachFileInOneFrame();
    void originalServerRefusesLargeFiles();
    void originalServerTakesNoFolders();
    void originalServerGetsFilesOfFolders();
    void originalServerIsSentOnlyWhatFailed();
    void originalServerHangs();
    void answers_data();
    void answers();

private:
    [[nodiscard]] static PeerAddress addressOf(const FakeServer& server)
    {
        return {u"127.0.0.1"_s, server.port(), true};
    }

    std::unique_ptr<QueueFixture> m_queue;
};

void TestOddPeers::init()
{
    m_queue = std::make_unique<QueueFixture>();
}

void TestOddPeers::cleanup()
{
    m_queue.reset();
}

void TestOddPeers::nobodyListens()
{
    quint16 port = 0;
    {
        const FakeServer server;
        port = server.port();
    }
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a"), m_queue->makeFile(u"b"_s, "b")},
                                 {u"127.0.0.1"_s, port, true}));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Failed);
    QCOMPARE(upload.error->code, ErrorCode::Refused);
    QVERIFY(upload.error->text.contains(QString::number(port)));
    QVERIFY(!upload.startedAt.isValid());
    QCOMPARE(upload.filesTotal, 2);
    QCOMPARE(m_queue->entries().size(), 1);
    QVERIFY(!m_queue->states().contains(TransferState::Reconnecting));
}

void TestOddPeers::unknownHost()
{
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a")}, {u"no-such-host.invalid"_s, 1}));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::Unreachable);
}

void TestOddPeers::otherServer()
{
    FakeServer server;
    server.description = "<html>It works!</html>";
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a")}, addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ProtocolError);
    QVERIFY(server.names.isEmpty());
}

void TestOddPeers::noHttpServer()
{
    QTcpServer mail;
    QVERIFY(mail.listen(QHostAddress::LocalHost));
    connect(&mail, &QTcpServer::newConnection, this, [&mail] {
        QTcpSocket* socket = mail.nextPendingConnection();
        connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
        socket->write("220 mail.example ESMTP\r\n");
        socket->disconnectFromHost();
    });
    QVERIFY(
        m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a")}, {u"127.0.0.1"_s, mail.serverPort(), true}));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QVERIFY(m_queue->first().error->code == ErrorCode::ProtocolError ||
            m_queue->first().error->code == ErrorCode::ConnectionLost);
}

void TestOddPeers::silentServer()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    SendOptions options = QueueFixture::impatient();
    options.limits.connectTimeout = 50ms;
    m_queue->makeQueue(options);
    QVERIFY(
        m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a")}, {u"127.0.0.1"_s, silent.serverPort(), true}));
    QCOMPARE(m_queue->first().error->code, ErrorCode::TimedOut);
}

void TestOddPeers::originalServer()
{
    FakeServer server;
    const QByteArray bytes(3'000'000, 'o');
    QVERIFY(m_queue->sendAndWait(
        {m_queue->makeFile(u"data%20.bin"_s, bytes), m_queue->makeFile(u"empty"_s, "")}, addressOf(server)));
    QCOMPARE(server.names, QList({"data%20.bin"_ba, "empty"_ba}));
    QCOMPARE(server.messages, QList({bytes, ""_ba}));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::SentNotConfirmed);
    QCOMPARE(upload.filesUnconfirmed, 2);
    QCOMPARE(upload.filesDone, 0);
    QCOMPARE(upload.bytesDone, bytes.size());
    for (const QString& name : {u"data%20.bin"_s, u"empty"_s}) {
        const FileSnapshot file = m_queue->file(name);
        QCOMPARE(file.state, TransferState::SentNotConfirmed);
        QVERIFY(file.note.startsWith(u"Sent, not confirmed"_s));
        QVERIFY(file.destination.isEmpty() && file.digest.isEmpty());
    }
    QCOMPARE(m_queue->entries().size(), 2);
    QCOMPARE(m_queue->entries().constFirst().result, LogEntry::Result::NotConfirmed);
}

void TestOddPeers::originalServerGetsEachFileInOneFrame()
{
    FakeServer server;
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, QByteArray(2'000'001, 'a'))}, addressOf(server)));
    QCOMPARE(server.messages.size(), 1);
    QCOMPARE(server.frames, 1);
    QCOMPARE(m_queue->first().state, TransferState::SentNotConfirmed);
    QVERIFY(m_queue->first().note.startsWith(u"Sent, not confirmed"_s));
}

void TestOddPeers::originalServerRefusesLargeFiles()
{
    FakeServer server;
    SendOptions options = QueueFixture::impatient();
    options.limits.originalServerFileBytes = 1000;
    m_queue->makeQueue(options);
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"fits"_s, QByteArray(1000, 'x')),
                                  m_queue->makeFile(u"large"_s, QByteArray(1001, 'x'))},
                                 addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::SentNotConfirmed);
    QCOMPARE(m_queue->first().filesFailed, 1);
    QCOMPARE(m_queue->file(u"fits"_s).state, TransferState::SentNotConfirmed);
    QCOMPARE(m_queue->file(u"large"_s).error->code, ErrorCode::TooLarge);
    QCOMPARE(server.names, QList({"fits"_ba}));
}

void TestOddPeers::originalServerTakesNoFolders()
{
    FakeServer server;
    QDir().mkpath(m_queue->path(u"empty"_s));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"empty"_s)}, addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::Unsupported);
}

void TestOddPeers::originalServerGetsFilesOfFolders()
{
    FakeServer server;
    (void)m_queue->makeFile(u"tree/sub/a"_s, "a");
    QDir().mkpath(m_queue->path(u"tree/empty"_s));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::SentNotConfirmed);
    QCOMPARE(server.names, QList({"a"_ba}));
    QCOMPARE(m_queue->names(TransferState::Failed), QStringList{u"tree/empty"_s});
}

void TestOddPeers::originalServerIsSentOnlyWhatFailed()
{
    FakeServer server;
    SendOptions options = QueueFixture::impatient();
    options.limits.originalServerFileBytes = 1000;
    m_queue->makeQueue(options);
    const QString large = m_queue->makeFile(u"large"_s, QByteArray(1001, 'x'));
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"fits"_s, "f"), large}, addressOf(server)));
    QVERIFY(QFile::resize(large, 1000));
    QVERIFY(m_queue->retryAndWait(m_queue->first().id));
    QCOMPARE(server.names, QList({"fits"_ba, "large"_ba}));
    QCOMPARE(m_queue->first().state, TransferState::SentNotConfirmed);
    QCOMPARE(m_queue->first().filesUnconfirmed, 2);
    QCOMPARE(m_queue->first().filesDone, 0);
    QCOMPARE(m_queue->first().filesFailed, 0);
    QCOMPARE(m_queue->first().bytesDone, 1001);
}

void TestOddPeers::originalServerHangs()
{
    FakeServer server;
    server.isSilent = true;
    SendOptions options = QueueFixture::impatient();
    options.limits.closeTimeout = 50ms;
    m_queue->makeQueue(options);
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a")}, addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::SentNotConfirmed);
    QCOMPARE(server.messages, QList({"a"_ba}));
}

void TestOddPeers::answers_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("bad name") << 400 << "no\n"_ba << ErrorCode::UnsafeName;
    QTest::newRow("declined") << 403 << "no\n"_ba << ErrorCode::Declined;
    QTest::newRow("too large") << 413 << "no\n"_ba << ErrorCode::TooLarge;
    QTest::newRow("busy") << 429 << "no\n"_ba << ErrorCode::Busy;
    QTest::newRow("full") << 507 << "no\n"_ba << ErrorCode::NoSpace;
    QTest::newRow("broken") << 500 << ""_ba << ErrorCode::ProtocolError;
    QTest::newRow("redirect") << 302 << ""_ba << ErrorCode::ProtocolError;
    QTest::newRow("no token") << 200 << ""_ba << ErrorCode::ProtocolError;
    QTest::newRow("path as token") << 200 << R"({"token":"../../x"})"_ba << ErrorCode::ProtocolError;
    QTest::newRow("query as token") << 200 << R"({"token":"1?x=1"})"_ba << ErrorCode::ProtocolError;
    QTest::newRow("endless token") << 200 << R"({"token":")"_ba + QByteArray(257, 'a') + R"("})"
                                   << ErrorCode::ProtocolError;
}

void TestOddPeers::answers()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(ErrorCode, code);
    FakeServer server;
    server.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    server.tokenStatus = status;
    server.token = body;
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a")}, addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, code);
    QVERIFY(!m_queue->first().error->text.isEmpty());
}

QTEST_GUILESS_MAIN(TestOddPeers)
#include "tst_oddpeers.moc"
