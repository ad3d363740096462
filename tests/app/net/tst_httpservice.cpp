#include "testhandler.h"

#include <QCoreApplication>
#include <QTcpSocket>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Requests over a raw socket: what is answered, refused and told to the handler.
class TestHttpService : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void answers_data();
    void answers();
    void refuses_data();
    void refuses();
    void bodyInPieces();
    void sendsContinueOnce();
    void headHasNoBody();
    void replyAfterTheConnectionWent();
    void answerSurvivesAnEndlessSender();
    void timesOut();
    void tlsIsToldAndClosed();
    void silentClientIsNoRefusal();

private:
    [[nodiscard]] static QByteArray exchange(quint16 port, const QByteArray& request);
};

/// Sends the request and reads until the service closes.
QByteArray TestHttpService::exchange(quint16 port, const QByteArray& request)
{
    QTcpSocket socket;
    QByteArray answer;
    connect(&socket, &QIODevice::readyRead, &socket, [&] { answer += socket.readAll(); });
    socket.connectToHost(QHostAddress::LocalHost, port);
    socket.write(request);
    [[maybe_unused]] const bool isClosed =
        QTest::qWaitFor([&] { return socket.state() == QAbstractSocket::UnconnectedState; }, 5000);
    return answer;
}

void TestHttpService::answers_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("get") << QByteArray("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") << QByteArray("body:");
    QTest::newRow("post") << QByteArray("POST /upload HTTP/1.1\r\nHost: desk:1\r\nContent-Length: 1\r\n\r\na")
                          << QByteArray("body:a");
    QTest::newRow("later") << QByteArray("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n")
                           << QByteArray("body:");
    QTest::newRow("own origin")
        << QByteArray("GET / HTTP/1.1\r\nHost: desk.local:5\r\nOrigin: http://desk.local:5\r\n\r\n")
        << QByteArray("body:");
    QTest::newRow("other upgrade") << QByteArray("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\n"
                                                 "Connection: Upgrade\r\n\r\n")
                                   << QByteArray("body:");
    QTest::newRow("post with upgrade")
        << QByteArray("POST / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\n\r\n")
        << QByteArray("body:");
    QTest::newRow("refused upgrade") << upgradeRequest("/nothing") << QByteArray("none");
}

void TestHttpService::answers()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, body);
    const TestService service;
    const QByteArray answer = exchange(service.port(), request);
    QVERIFY2(answer.startsWith("HTTP/1.1 "), answer.constData());
    QVERIFY2(answer.endsWith("\r\n\r\n" + body), answer.constData());
    QCOMPARE(answer.count("HTTP/1.1"), 1);
    QCOMPARE(service.record().count(u"refused"_s), 0);
    QVERIFY(service.record().count(u"request"_s) == 0 ||
            service.record().lines().constFirst().endsWith(u"from 127.0.0.1"_s));
}

void TestHttpService::refuses_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    const QByteArray get = "GET / HTTP/1.1\r\n";
    QTest::newRow("broken") << QByteArray("hello\r\n\r\n") << 400;
    QTest::newRow("old version") << QByteArray("GET / HTTP/1.0\r\n\r\n") << 505;
    QTest::newRow("huge head") << QByteArray(get + "A: 123456789\r\n" +
                                             QByteArray("B: 12345678901234\r\n").repeated(2000))
                               << 431;
    QTest::newRow("huge body")
        << QByteArray("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n") +
               QByteArray(999999, 'x')
        << 413;
    QTest::newRow("foreign host") << QByteArray(get + "Host: example.com\r\n\r\n") << 421;
    QTest::newRow("foreign origin") << QByteArray(get +
                                                  "Host: localhost:1\r\nOrigin: http://example.com\r\n\r\n")
                                    << 403;
    QTest::newRow("null origin") << QByteArray(get + "Host: localhost:1\r\nOrigin: null\r\n\r\n") << 403;
    QTest::newRow("upgrade for a foreign host") << upgradeRequest("/upload/a", "example.com") << 421;
    QTest::newRow("upgrade from a foreign origin")
        << upgradeRequest("/upload/a").replace("Upgrade:", "Origin: http://example.com\r\nUpgrade:") << 403;
    QTest::newRow("old WebSocket") << upgradeRequest("/upload/a").replace("Version: 13", "Version: 8") << 426;
    QTest::newRow("no WebSocket version")
        << upgradeRequest("/upload/a").replace("Sec-WebSocket-Version: 13\r\n", "") << 426;
    QTest::newRow("short key") << upgradeRequest("/upload/a").replace("dGhl", "") << 400;
    QTest::newRow("key not base64") << upgradeRequest("/upload/a").replace("dGhl", "!!!!") << 400;
    QTest::newRow("no key") << upgradeRequest("/upload/a").replace("Sec-WebSocket-Key", "X-Key") << 400;
    QTest::newRow("early frame") << upgradeRequest("/upload/a") + clientFrame(0x82, "a") << 400;
    QTest::newRow("upgrade with a body")
        << upgradeRequest("/upload/a").replace("Upgrade: ", "Content-Length: 1\r\nUpgrade: ") + 'a' << 400;
}

void TestHttpService::refuses()
{
    QFETCH(QByteArray, request);
    QFETCH(int, status);
    const TestService service;
    const QByteArray answer = exchange(service.port(), request);
    QVERIFY2(answer.startsWith("HTTP/1.1 " + QByteArray::number(status) + ' '), answer.constData());
    QCOMPARE(answer.contains("Sec-WebSocket-Version: 13\r\n"), status == 426);
    QCOMPARE(service.record().count(u"refused %1 "_s.arg(status)), 1);
    QCOMPARE(service.record().lines().size(), 1);
}

void TestHttpService::bodyInPieces()
{
    const TestService service;
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, service.port());
    QVERIFY(socket.waitForConnected());
    const QByteArray request = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
    for (const char byte : request) {
        socket.write(&byte, 1);
        QVERIFY(socket.flush());
        QCoreApplication::processEvents();
    }
    QTRY_VERIFY(socket.peek(1000).endsWith("body:abc"));
}

void TestHttpService::sendsContinueOnce()
{
    const TestService service;
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, service.port());
    socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    QTRY_COMPARE(socket.peek(1000), QByteArray("HTTP/1.1 100 Continue\r\n\r\n"));
    socket.write("a");
    QVERIFY(socket.flush());
    QCoreApplication::processEvents();
    socket.write("b");
    QTRY_VERIFY(socket.peek(1000).endsWith("body:ab"));
    QCOMPARE(socket.peek(1000).count("100 Continue"), 1);
}

void TestHttpService::headHasNoBody()
{
    const TestService service;
    const QByteArray answer = exchange(service.port(), "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QVERIFY(answer.contains("Content-Length: 5\r\n"));
    QVERIFY(answer.endsWith("\r\n\r\n"));
}

void TestHttpService::replyAfterTheConnectionWent()
{
    const TestService service;
    {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, service.port());
        socket.write("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n");
        QVERIFY(socket.waitForBytesWritten());
    }
    QTRY_COMPARE(service.record().count(u"request"_s), 1);
    QVERIFY(exchange(service.port(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").contains("200"));
}

/// A client that is still sending when it is refused can read why: it is not reset.
void TestHttpService::answerSurvivesAnEndlessSender()
{
    const TestService service;
    QByteArray request = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n\r\n";
    request.append(20'000'000, 'x');
    const QByteArray answer = exchange(service.port(), request);
    QVERIFY2(answer.startsWith("HTTP/1.1 413 "), answer.constData());
    QVERIFY(answer.endsWith("bytes.\n"));
}

void TestHttpService::timesOut()
{
    Limits limits;
    limits.headTimeout = 50ms;
    const TestService service(limits);
    const QByteArray answer = exchange(service.port(), "GET / HTTP/1.1\r\n");
    QVERIFY2(answer.startsWith("HTTP/1.1 408 "), answer.constData());
    QCOMPARE(service.record().lines().size(), 1);
    QCOMPARE(service.record().count(u"refused 408"_s), 1);
}

void TestHttpService::tlsIsToldAndClosed()
{
    const TestService service;
    QCOMPARE(exchange(service.port(), QByteArray::fromHex("1603010200010001fc0303")), QByteArray());
    QCOMPARE(service.record().lines().size(), 1);
    QVERIFY(service.record().lines().constFirst().contains(u"TLS"_s));
}

void TestHttpService::silentClientIsNoRefusal()
{
    const TestService service;
    for (int i = 0; i < 4; ++i) {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, service.port());
        QVERIFY(socket.waitForConnected());
    }
    QVERIFY(exchange(service.port(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").contains("200"));
    QCOMPARE(service.record().lines().size(), 1);
}

QTEST_GUILESS_MAIN(TestHttpService)
#include "tst_httpservice.moc"
