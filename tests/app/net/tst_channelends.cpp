#include "../../support/memory.h"
#include "rawclient.h"

#include <QTcpSocket>
#include <QTest>
#include <QWebSocket>

#include <sys/socket.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// How a channel ends from this side or by time, and what goes on around that.
class TestChannelEnds : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void closeFromThisSide();
    void closeFromThisSideWithoutAnswer();
    void closeFromThisSideBoundsWhatStillComes();
    void refusalReachesABusySender();
    void violationReachesABusySender();
    void destroyedInItsSignals_data();
    void destroyedInItsSignals();
    void idle_data();
    void idle();
    void slowFrameIsNotIdle();
    void dribbleIsTooSlow();
    void pingsAreNoUpload();
    void fastEnoughStays();
    void pingsWithoutEar();
    void frameDuringTheHandshake();
    void framesRightAfterTheAnswer();
};

void TestChannelEnds::closeFromThisSide()
{
    const TestService service;
    RawClient client(service.port(), "/upload/refuse");
    client.send(clientFrame(finalBinary, "abc"));
    QTRY_COMPARE(client.frames(), QStringList({u"text no"_s, u"close 1011"_s}));
    QVERIFY(!client.isClosed()); // it waits for the answer
    client.send(clientFrame(finalBinary, "more") + clientFrame(closeFrame, closePayload(1011)));
    QTRY_VERIFY(client.isClosed());
    QTRY_COMPARE(service.record().lines(),
                 QStringList({u"upgrade"_s, u"open"_s, u"received 3"_s, u"closed"_s}));
    QCOMPARE(client.frames().size(), 2);
}

void TestChannelEnds::closeFromThisSideWithoutAnswer()
{
    Limits limits;
    limits.closeTimeout = 50ms;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/refuse");
    client.send(clientFrame(finalBinary, "abc"));
    QTRY_VERIFY(client.isClosed());
    QTRY_COMPARE(service.record().count(u"closed"_s), 1);
    QCOMPARE(service.record().count(u"ended"_s), 0);
}

void TestChannelEnds::closeFromThisSideBoundsWhatStillComes()
{
    Limits limits;
    limits.closeTimeout = 60s;
    limits.drainBytes = 1000;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/refuse");
    client.send(clientFrame(finalBinary, "abc"));
    QTRY_COMPARE(client.frames().size(), 2);
    client.send(clientFrame(finalBinary, QByteArray(10'000, 'x')));
    QTRY_VERIFY(client.isClosed());
}

/// A sender that is still writing megabytes when it is refused gets the reason, not a reset.
void TestChannelEnds::refusalReachesABusySender()
{
    const TestService service;
    QWebSocket client;
    QStringList texts;
    connect(&client, &QWebSocket::textMessageReceived, this,
            [&](const QString& text) { texts.append(text); });
    client.open(QUrl(u"ws://127.0.0.1:%1/upload/refuse"_s.arg(service.port())));
    QTRY_COMPARE(client.state(), QAbstractSocket::ConnectedState);
    for (int i = 0; i < 40; ++i)
        client.sendBinaryMessage(QByteArray(512 * 1024, 'x'));
    QTRY_COMPARE(client.state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(texts, QStringList({u"no"_s}));
    QCOMPARE(client.closeCode(), QWebSocketProtocol::CloseCodeBadOperation);
}

/// What still comes after a frame over the limit is dropped, so that the close frame is not lost to a reset.
void TestChannelEnds::violationReachesABusySender()
{
    Limits limits;
    limits.frameBytes = 1000;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/a");
    client.send(clientFrame(finalBinary, QByteArray(20'000'000, 'x')));
    QTRY_VERIFY(client.isClosed());
    QCOMPARE(client.frames(), QStringList({u"close 1009"_s}));
    QVERIFY(client.socket().bytesToWrite() == 0 ||
            client.socket().error() == QAbstractSocket::RemoteHostClosedError);
}

void TestChannelEnds::destroyedInItsSignals_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::newRow("received") << QByteArray("/upload/drop");
    QTest::newRow("closing") << QByteArray("/upload/drop-on-close");
}

void TestChannelEnds::destroyedInItsSignals()
{
    QFETCH(QByteArray, target);
    const TestService service;
    RawClient client(service.port(), target);
    client.send(clientFrame(firstBinary, "abc") + clientFrame(last, "d") + clientFrame(closeFrame, {}));
    QTRY_VERIFY(client.isClosed());
    QCOMPARE(service.record().count(u"closed"_s), 0);
    QCOMPARE(service.record().count(u"ended"_s), 0);
}

void TestChannelEnds::idle_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::newRow("nothing sent") << QByteArray();
    QTest::newRow("inside a header") << clientFrame(finalBinary, "abc").first(3);
    QTest::newRow("inside a frame") << clientFrame(finalBinary, "abc").chopped(3);
}

void TestChannelEnds::idle()
{
    QFETCH(QByteArray, wire);
    Limits limits;
    limits.idleTimeout = 50ms;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/a");
    client.send(wire);
    QTRY_VERIFY(client.isClosed());
    QCOMPARE(client.frames(), QStringList({u"close 1008"_s}));
    QTRY_COMPARE(service.record().lines(),
                 QStringList({u"upgrade"_s, u"open"_s, u"ended Idle"_s, u"closed"_s}));
}

/// Each byte restarts the idle time.
void TestChannelEnds::slowFrameIsNotIdle()
{
    Limits limits;
    limits.idleTimeout = 300ms;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/a");
    const QByteArray frame = clientFrame(finalBinary, QByteArray(12, 'x'));
    QElapsedTimer time;
    time.start();
    for (qsizetype at = 0; at < frame.size(); ++at) {
        QTRY_VERIFY(time.hasExpired(at * 50));
        client.send(frame.sliced(at, 1));
    }
    QTRY_COMPARE(service.record().count(u"message"_s), 1);
}

void TestChannelEnds::dribbleIsTooSlow()
{
    Limits limits;
    limits.rateWindow = 100ms;
    limits.minimumRate = 1'000'000;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/a");
    const QByteArray frame = clientFrame(finalBinary, QByteArray(100'000, 'x'));
    qsizetype at = 0;
    QTRY_VERIFY((client.send(frame.sliced(at++, 1)), client.isClosed()));
    QTRY_COMPARE(client.frames(), QStringList({u"close 1008"_s}));
    QTRY_COMPARE(service.record().count(u"ended TooSlow"_s), 1);
}

void TestChannelEnds::pingsAreNoUpload()
{
    Limits limits;
    limits.rateWindow = 100ms;
    limits.minimumRate = 1000;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/a");
    const QByteArray pings = clientFrame(pingFrame, QByteArray(100, 'x')).repeated(100);
    QTRY_VERIFY((client.send(pings), client.isClosed()));
    QTRY_COMPARE(service.record().count(u"ended TooSlow"_s), 1);
}

void TestChannelEnds::fastEnoughStays()
{
    Limits limits;
    limits.rateWindow = 100ms;
    limits.minimumRate = 1;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/a");
    const QByteArray frame = clientFrame(finalBinary, "x");
    QElapsedTimer time;
    time.start();
    QTRY_VERIFY((client.send(frame), time.hasExpired(500)));
    client.send(clientFrame(closeFrame, closePayload(1000)));
    QTRY_COMPARE(service.record().count(u"closing"_s), 1);
}

/// A peer that pings and never reads gets its answers in a little memory; its upload goes on.
void TestChannelEnds::pingsWithoutEar()
{
    const TestService service;
    RawClient client(service.port(), "/upload/count");
    client.socket().setReadBufferSize(1);
    const QByteArray pings = clientFrame(pingFrame, QByteArray(125, 'x')).repeated(10'000);
    const qint64 before = residentBytes();
    for (int i = 0; i < 60; ++i) {
        client.send(pings);
        QTRY_COMPARE(client.socket().bytesToWrite(), 0);
    }
    client.send(clientFrame(finalBinary, "abc"));
    QTRY_COMPARE(service.record().bytesCounted(), 3);
    if (isMemoryTelling)
        QVERIFY2(residentBytes() - before < 32LL * 1024 * 1024, QByteArray::number(residentBytes() - before));
}

/// While the handler decides, a client that does not wait for the 101 sends its frames.
void TestChannelEnds::frameDuringTheHandshake()
{
    TestService service;
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, service.port());
    QVERIFY(socket.waitForConnected());
    const int descriptor = static_cast<int>(socket.socketDescriptor());
    service.record().whileUpgrading([descriptor] {
        const QByteArray frame = clientFrame(finalBinary, "abc");
        [[maybe_unused]] const ssize_t sent =
            ::send(descriptor, frame.data(), static_cast<size_t>(frame.size()), 0);
    });
    socket.write(upgradeRequest("/upload/a"));
    QTRY_COMPARE(service.record().count(u"message"_s), 1);
    QCOMPARE(service.record().bytes(), QByteArray("abc"));
}

/// Frames that come before the server's side has turned from HTTP to WebSocket are not lost: a client that
/// does not wait for the 101 has its request peeked, then the kernel keeps the rest.
void TestChannelEnds::framesRightAfterTheAnswer()
{
    const TestService service;
    int whole = 0;
    for (int i = 0; i < 40; ++i) {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, service.port());
        QVERIFY(socket.waitForConnected());
        socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
        const qsizetype before = service.record().bytes().size();
        socket.write(upgradeRequest("/upload/a"));
        socket.flush();
        socket.write(clientFrame(finalBinary, "abc"));
        socket.flush();
        socket.write(clientFrame(closeFrame, {}));
        QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
        const QByteArray answer = socket.readAll();
        const bool isTaken = answer.startsWith("HTTP/1.1 101");
        QVERIFY2(isTaken || answer.startsWith("HTTP/1.1 400"), answer.constData());
        QTRY_COMPARE(service.record().bytes().size() - before, isTaken ? 3 : 0);
        whole += isTaken ? 1 : 0;
    }
    qInfo("%d of 40 eager clients were in time", whole);
}

QTEST_GUILESS_MAIN(TestChannelEnds)
#include "tst_channelends.moc"
