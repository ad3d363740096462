#include "testhandler.h"

#include <QTcpSocket>
#include <QTest>

#include <thread>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// Echoes messages on threads of its own, as sessions of batches are.
class Echoes final
{
public:
    ~Echoes() { stop(); }
    void start(SocketDescriptor socket, std::shared_ptr<void> permit)
    {
        FrameStream::Options options;
        options.mostMessageBytes = 1000;
        options.idleTimeout = options.pingInterval = 60s;
        options.closeTimeout = 5s;
        options.permit = std::move(permit);
        const std::lock_guard lock(m_mutex);
        auto stream = std::make_unique<FrameStream>(std::move(socket), options);
        m_threads.emplace_back([stream = stream.get()] {
            for (;;) {
                const Result<FrameStream::Message> message = stream->receive(60s);
                if (!message || !stream->sendText(message->bytes()))
                    return;
            }
        });
        m_streams.push_back(std::move(stream));
    }
    void stop()
    {
        const std::lock_guard lock(m_mutex);
        for (const auto& stream : m_streams)
            stream->cut();
        for (std::thread& thread : m_threads)
            thread.join();
        m_threads.clear();
        m_streams.clear();
    }
    [[nodiscard]] size_t count() const
    {
        const std::lock_guard lock(m_mutex);
        return m_streams.size();
    }

private:
    mutable std::mutex m_mutex;
    std::vector<std::unique_ptr<FrameStream>> m_streams;
    std::vector<std::thread> m_threads;
};

/// Takes the sockets of all upgrades.
class TakingHandler final : public ConnectionHandler
{
public:
    explicit TakingHandler(Echoes& echoes) : m_echoes(echoes) {}
    Withdrawn request(const HttpRequest&, const RemotePeer&, const Reply& reply) override
    {
        reply({});
        return {};
    }
    Decision upgrade(const HttpRequest&, const RemotePeer&) override
    {
        return TakeSocket{"test.v1", [this](SocketDescriptor socket, std::shared_ptr<void> permit) {
                              m_echoes.start(std::move(socket), std::move(permit));
                          }};
    }
    void refused(const QHostAddress&, int, const QString&) override {}

private:
    Echoes& m_echoes;
};

} // namespace

/// From an upgrade request to a stream that has nothing to do with the engine thread any more.
class TestTakeSocket : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void answersAndHandsOver();
    void framesRightBehindTheAnswer();
    void dataBeforeTheAnswerIsRefused();
    void holdsThePermit();
    void outlivesTheListener();
    void clientsThatDie();

private:
    void listen(const Limits& limits = {})
    {
        const Result<quint16> port = m_listener->listen(
            {.address = QHostAddress(QHostAddress::LocalHost), .names = {}, .limits = limits},
            [this] { return std::make_unique<TakingHandler>(m_echoes); });
        QVERIFY(port);
        m_port = port.value();
    }
    [[nodiscard]] std::unique_ptr<QTcpSocket> connected() const
    {
        auto socket = std::make_unique<QTcpSocket>();
        socket->connectToHost(QHostAddress::LocalHost, m_port);
        socket->waitForConnected();
        return socket;
    }
    /// The head of the answer.
    static QByteArray upgraded(QTcpSocket& socket)
    {
        socket.write(upgradeRequest("/upload/a"));
        QByteArray head;
        const bool isWhole = QTest::qWaitFor(
            [&] {
                while (!head.endsWith("\r\n\r\n") && socket.bytesAvailable() > 0)
                    head += socket.read(1);
                return head.endsWith("\r\n\r\n");
            },
            20'000);
        return isWhole ? head : QByteArray();
    }
    static bool echoes(QTcpSocket& socket, const QByteArray& text)
    {
        constexpr int finalText = 0x81;
        socket.write(clientFrame(finalText, text));
        const QByteArray expected =
            WebSocketFrame{WebSocketFrame::Opcode::Text, true, {}, text.size()}.encode() + text;
        return QTest::qWaitFor([&] { return socket.bytesAvailable() >= expected.size(); }, 20'000) &&
               socket.readAll() == expected;
    }

    Echoes m_echoes;
    std::unique_ptr<Listener> m_listener;
    quint16 m_port = 0;
};

void TestTakeSocket::init()
{
    m_listener = std::make_unique<Listener>();
}

void TestTakeSocket::cleanup()
{
    m_listener.reset();
    m_echoes.stop();
}

void TestTakeSocket::answersAndHandsOver()
{
    listen();
    const auto socket = connected();
    const QByteArray head = upgraded(*socket);
    QVERIFY(head.startsWith("HTTP/1.1 101 "));
    QVERIFY(head.contains("\r\nUpgrade: websocket\r\n"));
    QVERIFY(head.contains("\r\nConnection: Upgrade\r\n"));
    QVERIFY(head.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")); // RFC 6455 §1.3
    QVERIFY(head.contains("\r\nSec-WebSocket-Protocol: test.v1\r\n"));
    for (const QByteArray& text : {"a"_ba, ""_ba, QByteArray(1000, 'x')})
        QVERIFY(echoes(*socket, text));
    m_echoes.stop();
    QTRY_COMPARE(socket->state(), QAbstractSocket::UnconnectedState);
}

/// The client need not wait for anybody to be ready.
void TestTakeSocket::framesRightBehindTheAnswer()
{
    listen();
    for (int i = 0; i < 30; ++i) {
        const auto socket = connected();
        socket->write(upgradeRequest("/upload/a"));
        QVERIFY(socket->waitForReadyRead());
        socket->write(clientFrame(0x81, "one") + clientFrame(0x81, "two"));
        QByteArray received;
        QTRY_VERIFY((received += socket->readAll()).endsWith("\x81\x03one\x81\x03two"));
    }
}

void TestTakeSocket::dataBeforeTheAnswerIsRefused()
{
    listen();
    const auto socket = connected();
    socket->write(upgradeRequest("/upload/a") + clientFrame(0x81, "early"));
    QTRY_VERIFY(socket->peek(100).startsWith("HTTP/1.1 400 "));
    QCOMPARE(m_echoes.count(), size_t{0});
}

/// A connection counts until its stream is gone.
void TestTakeSocket::holdsThePermit()
{
    Limits limits;
    limits.connections = 1;
    listen(limits);
    const auto first = connected();
    QVERIFY(!upgraded(*first).isEmpty());
    const auto second = connected();
    QTRY_COMPARE(second->state(), QAbstractSocket::UnconnectedState);
    QVERIFY(echoes(*first, "still there"));
    m_echoes.stop();
    QTRY_COMPARE(first->state(), QAbstractSocket::UnconnectedState);
    const auto third = connected();
    QVERIFY(upgraded(*third).startsWith("HTTP/1.1 101 "));
}

void TestTakeSocket::outlivesTheListener()
{
    listen();
    const auto socket = connected();
    QVERIFY(!upgraded(*socket).isEmpty());
    QVERIFY(echoes(*socket, "before"));
    m_listener->close();
    QVERIFY(echoes(*socket, "after"));
}

void TestTakeSocket::clientsThatDie()
{
    Limits limits;
    limits.connectionsPerAddress = limits.connections;
    listen(limits);
    for (int i = 0; i < 100; ++i) {
        const auto socket = connected();
        socket->write(upgradeRequest("/upload/a"));
        if (i % 3 == 0)
            QVERIFY(socket->waitForReadyRead());
        else if (i % 3 == 1)
            QVERIFY(socket->waitForBytesWritten());
        socket->abort();
    }
    const auto alive = connected();
    QVERIFY(!upgraded(*alive).isEmpty());
    QVERIFY(echoes(*alive, "alive"));
}

QTEST_GUILESS_MAIN(TestTakeSocket)
#include "tst_takesocket.moc"
