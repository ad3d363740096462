#include "streamclient.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QTimer>

#include <thread>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Opening a WebSocket at servers that answer oddly. The server runs in the event loop of the
/// test, the client on a thread.
class TestStreamClient : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void opens();
    void asks_data();
    void asks();
    void refuses_data();
    void refuses();
    void readsOddHeads_data();
    void readsOddHeads();
    void keepsWhatCameEarly();
    void answerInPieces();
    void nothingListens();
    void silentServer_data();
    void silentServer();
    void interrupted();
    void interruptedFromAnotherThread();

private:
    using Answer = std::function<void(QTcpSocket&, const QByteArray& request)>;

    void serve(const QHostAddress& address = QHostAddress(QHostAddress::LocalHost))
    {
        QVERIFY(m_server->listen(address));
        connect(m_server.get(), &QTcpServer::newConnection, m_server.get(), [this] {
            QTcpSocket* socket = m_server->nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
                m_request += socket->readAll();
                if (m_request.endsWith("\r\n\r\n"))
                    m_answer(*socket, m_request);
            });
        });
    }
    [[nodiscard]] Result<std::unique_ptr<FrameStream>>
    open(const QByteArray& protocol = "sockdrop.v1", const QString& host = u"127.0.0.1"_s, quint16 port = 0)
    {
        m_isOver = false;
        Result<std::unique_ptr<FrameStream>> stream = Error{};
        std::thread client([&] {
            const PeerAddress peer{host, port != 0 ? port : m_server->serverPort(), true};
            Result<PeerLine> line = openLine({peer, nullptr, {}}, m_limits, m_interruption);
            if (line)
                stream = openStream(std::move(line).value(), peer, "/upload/token", protocol, m_limits,
                                    m_interruption);
            else
                stream = line.error();
            m_isOver = true;
        });
        [[maybe_unused]] const bool isOver = QTest::qWaitFor([this] { return m_isOver.load(); }, 60'000);
        client.join();
        return stream;
    }
    [[nodiscard]] static QByteArray keyOf(const QByteArray& request)
    {
        const QByteArray name = "Sec-WebSocket-Key: ";
        return request.sliced(request.indexOf(name) + name.size()).split('\r').constFirst();
    }
    /// The head of a right answer, with one line in it replaced.
    [[nodiscard]] static QByteArray head(const QByteArray& request, const QByteArray& line = {},
                                         const QByteArray& with = {})
    {
        const QByteArray whole =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            webSocketAccept(keyOf(request)) + "\r\nSec-WebSocket-Protocol: sockdrop.v1\r\n\r\n";
        if (line.isEmpty())
            return whole;
        const qsizetype start = whole.indexOf(line);
        return whole.first(start) + with +
               whole.sliced(whole.indexOf("\r\n", start) + (with.isEmpty() ? 2 : 0));
    }

    std::unique_ptr<QTcpServer> m_server;
    std::atomic<bool> m_isOver = false;
    QByteArray m_request;
    Answer m_answer;
    Limits m_limits;
    Interruption m_interruption;
};

void TestStreamClient::init()
{
    m_server = std::make_unique<QTcpServer>();
    m_request.clear();
    m_answer = [](QTcpSocket& socket, const QByteArray& request) { socket.write(head(request)); };
    m_limits = Limits();
    m_interruption.reset();
}

void TestStreamClient::opens()
{
    serve();
    const auto stream = open();
    QVERIFY2(stream, stream ? "" : qPrintable(stream.error().text));
    // It is a client: it masks, and it goes on without an event loop.
    QVERIFY(stream.value()->sendText("hello"));
    QTRY_VERIFY(m_request.size() > 11 && m_request.sliced(m_request.size() - 11).startsWith("\x81\x85"));
    m_server.reset(); // its sockets too
    QCOMPARE(stream.value()->receive(20s).error().code, ErrorCode::ConnectionLost);
}

void TestStreamClient::asks_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QByteArray>("protocol");
    QTest::addColumn<QByteArray>("shown");
    QTest::newRow("for a batch") << u"127.0.0.1"_s << "sockdrop.v1"_ba
                                 << "127.0.0.1"_ba;
    QTest::newRow("for a file") << u"127.0.0.1"_s << ""_ba
                                << "127.0.0.1"_ba;
    QTest::newRow("at IPv6") << u"::1"_s << ""_ba
                             << "[::1]"_ba;
}

void TestStreamClient::asks()
{
    QFETCH(QString, host);
    QFETCH(QByteArray, protocol);
    QFETCH(QByteArray, shown);
    serve(QHostAddress(host));
    QVERIFY(open(protocol, host));
    QVERIFY(m_request.startsWith("GET /upload/token HTTP/1.1\r\n"));
    QVERIFY(
        m_request.contains("\r\nHost: " + shown + ':' + QByteArray::number(m_server->serverPort()) + "\r\n"));
    QVERIFY(m_request.contains("\r\nSec-WebSocket-Version: 13\r\n"));
    QCOMPARE(m_request.contains("\r\nSec-WebSocket-Protocol: " + protocol + "\r\n"), !protocol.isEmpty());
    QCOMPARE(m_request.count("Sec-WebSocket-Protocol"), protocol.isEmpty() ? 0 : 1);
    QCOMPARE(QByteArray::fromBase64(keyOf(m_request)).size(), 16);
    const QByteArray key = keyOf(m_request);
    m_request.clear();
    QVERIFY(open(protocol, host));
    QVERIFY(keyOf(m_request) != key);
}

void TestStreamClient::refuses_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("with");
    QTest::addColumn<QString>("shown");
    QTest::newRow("404") << "HTTP/1.1"_ba
                         << "HTTP/1.1 404 Not Found"_ba << u"404 Not Found"_s;
    QTest::newRow("200") << "HTTP/1.1"_ba
                         << "HTTP/1.1 200 OK"_ba << u"200 OK"_s;
    QTest::newRow("no HTTP") << "HTTP/1.1"_ba
                             << "SSH-2.0-OpenSSH_9.2"_ba << u"does not speak HTTP"_s;
    QTest::newRow("old HTTP") << "HTTP/1.1"_ba
                              << "HTTP/1.0 101 Switching"_ba << u"HTTP/1.0"_s;
    QTest::newRow("bytes") << "HTTP/1.1"_ba << QByteArray(500, '\xff') << u"does not speak HTTP"_s;
    QTest::newRow("no accept") << "Sec-WebSocket-Accept"_ba
                               << ""_ba << u"does not fit"_s;
    QTest::newRow("another's accept")
        << "Sec-WebSocket-Accept"_ba
        << "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="_ba << u"does not fit"_s;
    QTest::newRow("no protocol") << "Sec-WebSocket-Protocol"_ba
                                 << ""_ba << u"does not speak"_s;
    QTest::newRow("another protocol") << "Sec-WebSocket-Protocol"_ba
                                      << "Sec-WebSocket-Protocol: sockdrop.v2"_ba << u"does not speak"_s;
    QTest::newRow("endless head") << "Upgrade"_ba
                                  << "X: " + QByteArray(20'000, 'x') << u"too long"_s;
}

void TestStreamClient::refuses()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, with);
    QFETCH(QString, shown);
    serve();
    m_answer = [&](QTcpSocket& socket, const QByteArray& request) {
        QByteArray answer = head(request, line, with);
        if (with.size() > 16'384)
            answer.replace("\r\n\r\n", "\r\n"); // it never ends
        socket.write(answer);
    };
    const auto stream = open();
    QVERIFY(!stream);
    QCOMPARE(stream.error().code, ErrorCode::ProtocolError); // it was reached, and is no Sockdrop
    QVERIFY2(stream.error().text.contains(shown), qPrintable(stream.error().text));
    QVERIFY(stream.error().text.contains(u"127.0.0.1"_s));
    QVERIFY(stream.error().text.size() < 300);
}

void TestStreamClient::readsOddHeads_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<QByteArray>("with");
    QTest::addColumn<QByteArray>("protocol");
    QTest::newRow("names in other letters") << "Sec-WebSocket-Protocol"_ba
                                            << "SEC-webSocket-PROTOCOL: sockdrop.v1"_ba
                                            << "sockdrop.v1"_ba;
    QTest::newRow("no space") << "Sec-WebSocket-Protocol"_ba
                              << "Sec-WebSocket-Protocol:sockdrop.v1"_ba
                              << "sockdrop.v1"_ba;
    QTest::newRow("more space") << "Sec-WebSocket-Protocol"_ba
                                << "Sec-WebSocket-Protocol: \t sockdrop.v1  "_ba
                                << "sockdrop.v1"_ba;
    QTest::newRow("a longer name before it") << "Upgrade"_ba
                                             << "Sec-WebSocket-Protocol-X: y\r\nUpgrade: websocket"_ba
                                             << "sockdrop.v1"_ba;
    QTest::newRow("no reason") << "HTTP/1.1"_ba
                               << "HTTP/1.1 101"_ba
                               << "sockdrop.v1"_ba;
    QTest::newRow("a protocol nobody asked for") << "HTTP/1.1"_ba
                                                 << "HTTP/1.1 101 Fine"_ba
                                                 << ""_ba;
    QTest::newRow("no protocol, none asked for") << "Sec-WebSocket-Protocol"_ba
                                                 << ""_ba
                                                 << ""_ba;
}

void TestStreamClient::readsOddHeads()
{
    QFETCH(QByteArray, line);
    QFETCH(QByteArray, with);
    QFETCH(QByteArray, protocol);
    serve();
    m_answer = [&](QTcpSocket& socket, const QByteArray& request) {
        socket.write(head(request, line, with));
    };
    const auto stream = open(protocol);
    QVERIFY2(stream, stream ? "" : qPrintable(stream.error().text));
}

/// Frames right behind the answer, and an end right behind those.
void TestStreamClient::keepsWhatCameEarly()
{
    serve();
    m_answer = [](QTcpSocket& socket, const QByteArray& request) {
        socket.write(head(request) + WebSocketFrame{WebSocketFrame::Opcode::Text, true, {}, 5}.encode() +
                     "early" + WebSocketFrame{WebSocketFrame::Opcode::Text, true, {}, 4}.encode() + "next");
        socket.disconnectFromHost();
    };
    const auto stream = open();
    QVERIFY2(stream, stream ? "" : qPrintable(stream.error().text));
    QCOMPARE(stream.value()->receive(20s)->bytes().toByteArray(), "early"_ba);
    QCOMPARE(stream.value()->receive(20s)->bytes().toByteArray(), "next"_ba);
    QCOMPARE(stream.value()->receive(20s).error().code, ErrorCode::ConnectionLost);
}

void TestStreamClient::answerInPieces()
{
    serve();
    QTimer timer;
    QByteArray left;
    m_answer = [&](QTcpSocket& socket, const QByteArray& request) {
        left = head(request) + WebSocketFrame{WebSocketFrame::Opcode::Text, true, {}, 2}.encode() + "hi";
        connect(&timer, &QTimer::timeout, &socket, [&left, &socket] {
            socket.write(left.first(std::min<qsizetype>(left.size(), 5)));
            socket.flush();
            left.remove(0, 5);
        });
        timer.start(0);
    };
    const auto stream = open();
    QVERIFY2(stream, stream ? "" : qPrintable(stream.error().text));
    QTRY_VERIFY(left.isEmpty());
    QTRY_VERIFY(stream.value()->hasMessage());
    QCOMPARE(stream.value()->receive(20s)->bytes().toByteArray(), "hi"_ba);
}

void TestStreamClient::nothingListens()
{
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
    const quint16 port = m_server->serverPort();
    m_server->close();
    const auto stream = open({}, u"127.0.0.1"_s, port);
    QVERIFY(!stream);
    QCOMPARE(stream.error().code, ErrorCode::Refused);
}

void TestStreamClient::silentServer_data()
{
    QTest::addColumn<QByteArray>("says");
    QTest::addColumn<bool>("hangsUp");
    QTest::newRow("nothing") << ""_ba << false;
    QTest::newRow("half an answer") << "HTTP/1.1 101 Switching Protocols\r\n"_ba << false;
    QTest::newRow("ends without an answer") << ""_ba << true;
    QTest::newRow("ends inside the answer") << "HTTP/1.1 101 Switching Protocols\r\nUpg"_ba << true;
}

void TestStreamClient::silentServer()
{
    QFETCH(QByteArray, says);
    QFETCH(bool, hangsUp);
    serve();
    m_limits.connectTimeout = hangsUp ? 20s : 300ms;
    m_answer = [&](QTcpSocket& socket, const QByteArray&) {
        socket.write(says);
        if (hangsUp)
            socket.disconnectFromHost();
    };
    const auto stream = open();
    QVERIFY(!stream);
    QCOMPARE(stream.error().code, hangsUp ? ErrorCode::ConnectionLost : ErrorCode::TimedOut);
}

void TestStreamClient::interrupted()
{
    serve();
    m_answer = [this](QTcpSocket&, const QByteArray&) { m_interruption.set(); };
    QCOMPARE(open().error().code, ErrorCode::Cancelled);
    QCOMPARE(open().error().code, ErrorCode::Cancelled); // until it is reset
    m_interruption.reset();
    m_request.clear();
    m_answer = [](QTcpSocket& socket, const QByteArray& request) { socket.write(head(request)); };
    QVERIFY(open());
}

void TestStreamClient::interruptedFromAnotherThread()
{
    serve();
    std::thread other;
    m_answer = [&](QTcpSocket&, const QByteArray&) { other = std::thread([this] { m_interruption.set(); }); };
    QCOMPARE(open().error().code, ErrorCode::Cancelled);
    other.join();
}

QTEST_GUILESS_MAIN(TestStreamClient)
#include "tst_streamclient.moc"
