#include "testhandler.h"
#include "threadfamine.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QThread>
#include <QWebSocket>

#include <sys/resource.h>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestListener : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void handlersLiveOnTheirThreads();
    void portInUseNamesTheOwner();
    void foreignAddress();
    void closesConnectionsOverTheLimit();
    void acceptsAgainAfterRunningOutOfDescriptors();
    void closeWithOpenConnections();
    void closeTwiceAndListenAgain();
    void upgradesThatDie();
    void manyAtOnce();
    void withoutThreads();
    void withoutMemory_data();
    void withoutMemory();
};

namespace {

class ThreadCheckingHandler final : public ConnectionHandler
{
public:
    explicit ThreadCheckingHandler(std::atomic<int>& wrong) : m_wrong(wrong) {}
    ~ThreadCheckingHandler() override { check(); }

    Withdrawn request(const HttpRequest&, const RemotePeer&, const Reply& reply) override
    {
        check();
        reply({});
        return {};
    }
    Decision upgrade(const HttpRequest&, const RemotePeer&) override { return HttpResponse{}; }
    void refused(const QHostAddress&, int, const QString&) override { check(); }

private:
    void check()
    {
        if (QThread::currentThread() != m_thread || m_thread == QCoreApplication::instance()->thread())
            ++m_wrong;
    }

    QThread* m_thread = QThread::currentThread();
    std::atomic<int>& m_wrong;
};

} // namespace

void TestListener::handlersLiveOnTheirThreads()
{
    std::atomic<int> wrong = 0;
    std::atomic<int> made = 0;
    Listener listener;
    const Result<quint16> port = listener.listen(
        {.address = QHostAddress(QHostAddress::LocalHost), .threads = 3, .names = {}, .limits = {}}, [&] {
            ++made;
            return std::make_unique<ThreadCheckingHandler>(wrong);
        });
    QVERIFY(port);
    QCOMPARE(made.load(), 3);
    for (int i = 0; i < 6; ++i) {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, port.value());
        socket.write(i % 2 == 0 ? "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" : "bad\n");
        QTRY_VERIFY(socket.bytesAvailable() > 0);
    }
    listener.close();
    QCOMPARE(wrong.load(), 0);
}

void TestListener::portInUseNamesTheOwner()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    Listener listener;
    const auto record = std::make_shared<Record>();
    const Result<quint16> port = listener.listen({.address = QHostAddress(QHostAddress::LocalHost),
                                                  .port = other.serverPort(),
                                                  .names = {},
                                                  .limits = {}},
                                                 [&] { return std::make_unique<TestHandler>(record); });
    QVERIFY(!port);
    QCOMPARE(port.error().code, ErrorCode::PortInUse);
    QCOMPARE(port.error().text,
             u"Port %1 is in use by tst_listener (pid %2)."_s.arg(
                 QString::number(other.serverPort()), QString::number(QCoreApplication::applicationPid())));
    QCOMPARE(record->count(u"destroyed"_s), 2);
}

void TestListener::foreignAddress()
{
    Listener listener;
    const Result<quint16> port =
        listener.listen({.address = QHostAddress(u"192.0.2.1"_s), .names = {}, .limits = {}},
                        [] { return std::make_unique<TestHandler>(std::make_shared<Record>()); });
    QVERIFY(!port);
    QCOMPARE(port.error().code, ErrorCode::InvalidArgument);
}

void TestListener::closesConnectionsOverTheLimit()
{
    Limits limits;
    limits.connections = 3;
    const TestService service(limits);
    std::vector<std::unique_ptr<QTcpSocket>> sockets;
    for (int i = 0; i < 8; ++i) {
        sockets.push_back(std::make_unique<QTcpSocket>());
        sockets.back()->connectToHost(QHostAddress::LocalHost, service.port());
        QVERIFY(sockets.back()->waitForConnected());
    }
    const auto open = [&] {
        return std::count_if(sockets.begin(), sockets.end(), [](const auto& socket) {
            return socket->state() == QAbstractSocket::ConnectedState;
        });
    };
    QTRY_COMPARE(open(), 3);
    QCOMPARE(service.record().lines().size(), 1);
    QCOMPARE(service.record().count(u"refused 503"_s), 1);

    sockets.clear();
    QTRY_VERIFY([&] {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, service.port());
        socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return socket.waitForReadyRead(1000) && socket.readAll().startsWith("HTTP/1.1 200");
    }());
}

/// QTcpServer stops listening for good after such an error, or, where it had accepted before, sees it as one
/// that passes, and tries again at once, for ever.
void TestListener::acceptsAgainAfterRunningOutOfDescriptors()
{
    const TestService service;
    QTcpSocket earlier;
    earlier.connectToHost(QHostAddress::LocalHost, service.port());
    earlier.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QTRY_VERIFY(earlier.peek(100).startsWith("HTTP/1.1 200"));
    rlimit normal{};
    QCOMPARE(::getrlimit(RLIMIT_NOFILE, &normal), 0);
    rlimit few = normal;
    few.rlim_cur = 256;
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &few), 0);
    std::vector<int> taken;
    for (int descriptor = ::dup(0); descriptor >= 0; descriptor = ::dup(0))
        taken.push_back(descriptor);
    ::close(taken.back()); // the client's
    taken.pop_back();

    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"Cannot accept a connection"_s));
    QTcpSocket client;
    client.connectToHost(QHostAddress::LocalHost, service.port());
    const bool isConnected = client.waitForConnected();
    client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const bool isAnsweredWithout = client.waitForReadyRead(200);
    for (const int descriptor : taken)
        ::close(descriptor);
    QCOMPARE(::setrlimit(RLIMIT_NOFILE, &normal), 0);
    QVERIFY(isConnected);
    QVERIFY(!isAnsweredWithout);
    QTRY_VERIFY(client.peek(100).startsWith("HTTP/1.1 200"));
    // The old error is forgotten: the next connection is no warning.
    QTest::failOnWarning(QRegularExpression(u"Cannot accept a connection"_s));
    QTcpSocket next;
    next.connectToHost(QHostAddress::LocalHost, service.port());
    next.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QTRY_VERIFY(next.peek(100).startsWith("HTTP/1.1 200"));
}

void TestListener::closeWithOpenConnections()
{
    TestService service;
    QTcpSocket silent;
    silent.connectToHost(QHostAddress::LocalHost, service.port());
    QTcpSocket waiting;
    waiting.connectToHost(QHostAddress::LocalHost, service.port());
    waiting.write("GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QTcpSocket channel;
    channel.connectToHost(QHostAddress::LocalHost, service.port());
    channel.write(upgradeRequest("/upload/a"));
    QTRY_VERIFY(channel.bytesAvailable() > 0);
    QTRY_COMPARE(service.record().count(u"request"_s), 1);
    QTRY_COMPARE(service.record().count(u"open"_s), 1);
    service.close();
    for (QTcpSocket* socket : {&silent, &waiting, &channel})
        QTRY_COMPARE(socket->state(), QAbstractSocket::UnconnectedState);
    QCOMPARE(service.record().count(u"destroyed"_s), 2);
    QCOMPARE(service.record().count(u"ended"_s), 0);
}

void TestListener::closeTwiceAndListenAgain()
{
    const auto record = std::make_shared<Record>();
    const auto makeHandler = [record] { return std::make_unique<TestHandler>(record); };
    Listener listener;
    listener.close();
    Result<quint16> first = listener.listen(
        {.address = QHostAddress(QHostAddress::LocalHost), .names = {}, .limits = {}}, makeHandler);
    QVERIFY(first);
    listener.close();
    listener.close();
    QCOMPARE(record->count(u"destroyed"_s), 2);
    // The same port at once, though its connections may linger in TIME-WAIT.
    const Result<quint16> second = listener.listen(
        {.address = QHostAddress(QHostAddress::LocalHost), .port = first.value(), .names = {}, .limits = {}},
        makeHandler);
    QVERIFY(second);
    QCOMPARE(second.value(), first.value());
}

/// Clients that are gone at every moment of an upgrade; some by a reset.
void TestListener::upgradesThatDie()
{
    const TestService service;
    const QByteArray request = upgradeRequest("/upload/a");
    for (int i = 0; i < 200; ++i) {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, service.port());
        QVERIFY(socket.waitForConnected());
        socket.write(request);
        QVERIFY(socket.waitForBytesWritten());
        if (i % 4 == 1)
            socket.disconnectFromHost();
        else if (i % 4 == 2)
            socket.waitForReadyRead();
        if (i % 4 == 3)
            socket.setSocketOption(QAbstractSocket::KeepAliveOption, 0);
        socket.abort();
    }
    // Counted in one look at the record: connections may still be coming in.
    QStringList lines;
    const auto count = [&lines](const QString& start) { return lines.filter(start).size(); };
    QTRY_VERIFY_WITH_TIMEOUT(
        (lines = service.record().lines(), count(u"open"_s) >= 50 && count(u"open"_s) == count(u"closed"_s)),
        30'000);
    QCOMPARE(count(u"ended AfterMessage"_s), count(u"open"_s));
    QWebSocket alive;
    alive.open(QUrl(u"ws://127.0.0.1:%1/upload/b"_s.arg(service.port())));
    QTRY_COMPARE(alive.state(), QAbstractSocket::ConnectedState);
}

void TestListener::manyAtOnce()
{
    Limits limits;
    limits.connectionsPerAddress = 256;
    const TestService service(limits, 4);
    std::vector<std::unique_ptr<QWebSocket>> clients;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(std::make_unique<QWebSocket>());
        QWebSocket* client = clients.back().get();
        connect(client, &QWebSocket::connected, client, [client] {
            client->sendBinaryMessage("12345");
            client->close();
        });
        client->open(QUrl(u"ws://127.0.0.1:%1/upload/%2"_s.arg(service.port()).arg(i)));
    }
    QTRY_COMPARE(service.record().count(u"closed"_s), 100);
    QCOMPARE(service.record().count(u"closing"_s), 100);
    QCOMPARE(service.record().bytes().size(), 500);
}

void TestListener::withoutThreads()
{
    const auto record = std::make_shared<Record>();
    const auto makeHandler = [record] { return std::make_unique<TestHandler>(record); };
    Listener listener;
    const ListenOptions options{.address = QHostAddress(QHostAddress::LocalHost), .names = {}, .limits = {}};
    {
        const ThreadFamine famine;
        const Result<quint16> port = listener.listen(options, makeHandler);
        QVERIFY(!port);
        QCOMPARE(port.error().code, ErrorCode::Busy);
    }
    QVERIFY(listener.listen(options, makeHandler));
}

void TestListener::withoutMemory_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("request") << "GET /hungry HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba;
    QTest::newRow("upload") << upgradeRequest("/upload/hungry") + clientFrame(0x82, "abc");
}

/// It ends the connection that it was wanted for, and no other one.
void TestListener::withoutMemory()
{
    QFETCH(QByteArray, bytes);
    const TestService service({}, 1);
    const qsizetype headEnd = bytes.indexOf("\r\n\r\n") + 4;
    QTcpSocket other;
    other.connectToHost(QHostAddress::LocalHost, service.port());
    QVERIFY(other.waitForConnected());
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, service.port());
    socket.write(bytes.first(headEnd));
    if (bytes.size() > headEnd) {
        QTRY_VERIFY(socket.bytesAvailable() > 0);
        socket.write(bytes.sliced(headEnd));
    }
    QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    other.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    QTRY_VERIFY(other.peek(100).startsWith("HTTP/1.1 200"));
}

QTEST_GUILESS_MAIN(TestListener)
#include "tst_listener.moc"
