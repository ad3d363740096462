#include "fakeserver.h"
#include "filedigest.h"
#include "queuefixture.h"
#include "receipt.h"
#include "serviceinfo.h"

#include <QDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The queue against servers that are no Sockdrop, or a broken or hostile one.
class TestOddPeers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void nobodyListens();
    void unknownHost();
    void otherServer();
    void originalServer();
    void originalServerRefusesLargeFiles();
    void originalServerTakesNoFolders();
    void answers_data();
    void answers();
    void wrongReceipts_data();
    void wrongReceipts();
    void silentReceiver();

private:
    void makeQueue(const Limits& limits = {}, int jobs = 1);
    [[nodiscard]] static PeerAddress addressOf(const FakeServer& server)
    {
        return {u"127.0.0.1"_s, server.port()};
    }

    std::unique_ptr<QueueFixture> m_queue;
};

void TestOddPeers::init()
{
    makeQueue();
}

void TestOddPeers::cleanup()
{
    m_queue.reset();
}

void TestOddPeers::makeQueue(const Limits& limits, int jobs)
{
    m_queue = std::make_unique<QueueFixture>(limits, jobs);
}

void TestOddPeers::nobodyListens()
{
    quint16 port = 0;
    {
        const FakeServer server;
        port = server.port();
    }
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a"), m_queue->makeFile(u"b"_s, "b")},
                                 {u"127.0.0.1"_s, port}));
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads())) {
        QCOMPARE(upload.state, TransferState::Failed);
        QCOMPARE(upload.error->code, ErrorCode::Refused);
        QVERIFY(upload.error->text.contains(QString::number(port)));
    }
    QCOMPARE(m_queue->uploads().size(), 2);
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

void TestOddPeers::originalServer()
{
    FakeServer server;
    const QByteArray bytes(3'000'000, 'o');
    QVERIFY(m_queue->sendAndWait(
        {m_queue->makeFile(u"data%20.bin"_s, bytes), m_queue->makeFile(u"empty"_s, "")}, addressOf(server)));
    QCOMPARE(server.names, QList({"data%20.bin"_ba, "empty"_ba}));
    QCOMPARE(server.messages, QList({bytes, ""_ba}));
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads())) {
        QCOMPARE(upload.state, TransferState::SentNotConfirmed);
        QVERIFY(upload.note.startsWith(u"Sent, not confirmed"_s));
        QVERIFY(upload.destination.isEmpty());
    }
    QCOMPARE(m_queue->entries().constFirst().result, LogEntry::Result::NotConfirmed);
}

void TestOddPeers::originalServerRefusesLargeFiles()
{
    FakeServer server;
    Limits limits;
    limits.originalServerFileBytes = 1000;
    makeQueue(limits);
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"fits"_s, QByteArray(1000, 'x')),
                                  m_queue->makeFile(u"large"_s, QByteArray(1001, 'x'))},
                                 addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::SentNotConfirmed);
    QCOMPARE(m_queue->last().state, TransferState::Failed);
    QCOMPARE(m_queue->last().error->code, ErrorCode::TooLarge);
    QCOMPARE(server.names, QList({"fits"_ba}));
}

void TestOddPeers::originalServerTakesNoFolders()
{
    FakeServer server;
    QDir().mkpath(m_queue->path(u"empty"_s));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"empty"_s)}, addressOf(server)));
    QCOMPARE(m_queue->first().error->code, ErrorCode::Unsupported);
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

void TestOddPeers::wrongReceipts_data()
{
    QTest::addColumn<QByteArray>("reply");
    QTest::addColumn<ErrorCode>("code");
    FileDigest right;
    right.add("abc");
    FileDigest wrong;
    wrong.add("abd");
    const auto receipt = [](qint64 bytes, const QString& digest) {
        return encodeReceipt(Receipt{u"a"_s, bytes, digest, {}}).toUtf8();
    };
    QTest::newRow("other digest") << receipt(3, wrong.text()) << ErrorCode::DigestMismatch;
    QTest::newRow("no digest") << receipt(3, {}) << ErrorCode::DigestMismatch;
    QTest::newRow("other size") << receipt(4, right.text()) << ErrorCode::DigestMismatch;
    QTest::newRow("nonsense") << "what?"_ba << ErrorCode::ProtocolError;
    QTest::newRow("failure") << encodeReceipt(Error{ErrorCode::NoSpace, u"full"_s}).toUtf8()
                             << ErrorCode::NoSpace;
    QTest::newRow("flood") << QByteArray(100'000, 'x') << ErrorCode::ConnectionLost;
}

void TestOddPeers::wrongReceipts()
{
    QFETCH(QByteArray, reply);
    QFETCH(ErrorCode, code);
    FakeServer server;
    server.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    server.token = R"({"token":"1"})";
    server.reply = reply;
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "abc")}, addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, code);
}

void TestOddPeers::silentReceiver()
{
    FakeServer server;
    server.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    server.token = R"({"token":"1"})";
    server.isSilent = true;
    Limits limits;
    limits.receiptTimeout = 50ms;
    makeQueue(limits);
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "abc")}, addressOf(server)));
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::TimedOut);
}

QTEST_GUILESS_MAIN(TestOddPeers)
#include "tst_oddpeers.moc"
