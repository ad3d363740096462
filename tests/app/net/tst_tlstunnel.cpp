#include "httpclient.h"
#include "rawclient.h"
#include "streamclient.h"
#include "threadfamine.h"

#include <QCryptographicHash>
#include <QDeadlineTimer>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A device with a fresh identity.
struct Device
{
    QTemporaryDir folder;
    Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(folder.path());
    std::shared_ptr<const TlsContext> tls = TlsContext::make(identity.value()).value();
};

/// Listens on the loopback, in blocking mode.
class BlockingServer final
{
public:
    BlockingServer()
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = qToBigEndian(quint32{INADDR_LOOPBACK});
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        ::bind(m_socket.number(), generic, size);
        ::listen(m_socket.number(), 8);
        ::getsockname(m_socket.number(), generic, &size);
        m_port = qFromBigEndian(address.sin_port);
    }

    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] SocketDescriptor accept() const
    {
        return SocketDescriptor(::accept(m_socket.number(), nullptr, nullptr));
    }
    [[nodiscard]] SocketDescriptor connect() const
    {
        SocketDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = qToBigEndian(m_port);
        address.sin_addr.s_addr = qToBigEndian(quint32{INADDR_LOOPBACK});
        ::connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address);
        return socket;
    }

private:
    SocketDescriptor m_socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    quint16 m_port = 0;
};

/// Two ends of one TLS connection over the loopback.
struct Pair
{
    Pair(const Device& server, const Device& client, const Limits& limits = {})
    {
        const BlockingServer listener;
        SocketDescriptor outer = listener.connect();
        SocketDescriptor accepted = listener.accept();
        serverTunnel = TlsTunnel::accept(
                           std::move(accepted), server.tls, std::make_shared<int>(), limits,
                           [this](SocketDescriptor plain, const PeerKey& key) {
                               serverLine.socket = std::move(plain);
                               serverLine.peer = key;
                               isServerOpen = true;
                           },
                           [this](const Result<void>& shaken) {
                               handshake = shaken;
                               isServerOver = true;
                           })
                           .value();
        Result<TlsTunnel::Connected> connected =
            TlsTunnel::connect(std::move(outer), client.tls, limits, interruption);
        if (!connected)
            return;
        clientLine.tunnel = connected->tunnel;
        clientLine.socket = std::move(connected->plain);
        clientLine.peer = connected->peer;
        isOpen = QTest::qWaitFor([this] { return isServerOpen.load(); });
    }

    Interruption interruption;
    std::unique_ptr<TlsTunnel> serverTunnel;
    PeerLine serverLine;
    PeerLine clientLine;
    Result<void> handshake;
    std::atomic<bool> isServerOpen = false;
    std::atomic<bool> isServerOver = false;
    bool isOpen = false;
};

} // namespace

/// A TLS connection looks like a TCP connection to those who use it.
class TestTlsTunnel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothKnowTheOthersKey();
    void bytesGoBothWays();
    void halfClosing();
    void closingBringsTheRest();
    void cutsWhenTheOtherEndGoes();
    void aStoppedReaderBoundsTheMemory();
    void hurryDoesNotWaitForAStuckPeer();
    void answersRequests();
    void upgradesToWebSockets();
    void asksBeforeItSpeaks();
    void plainServers();
    void serversWithoutTls();
    void silentServers();
    void interrupted();
    void garbageAfterTheFirstByte();
    void oldVersions();
    void noThreadForIt();
    void namesThatOnlyCertificatesMayUse();

private:
    Device m_server;
    Device m_client;
    Limits m_limits;
    Interruption m_interruption;
    const QDeadlineTimer m_soon{20s};
};

void TestTlsTunnel::bothKnowTheOthersKey()
{
    const Pair pair(m_server, m_client);
    QVERIFY(pair.isOpen);
    QCOMPARE(pair.clientLine.peer.fingerprint, m_server.identity->fingerprint());
    QCOMPARE(pair.clientLine.peer.certificateFingerprint, m_server.identity->certificateFingerprint());
    QCOMPARE(pair.serverLine.peer.fingerprint, m_client.identity->fingerprint());
}

void TestTlsTunnel::bytesGoBothWays()
{
    Pair pair(m_server, m_client);
    QVERIFY(pair.isOpen);
    constexpr qsizetype size = 8LL * 1024 * 1024 + 7;
    QByteArray bytes(size, Qt::Uninitialized);
    QRandomGenerator(1).fillRange(reinterpret_cast<quint32*>(bytes.data()), size / 4);
    const auto send = [&](const PeerLine& line) {
        [[maybe_unused]] const Result<void> sent = sendAll(line, bytes, m_soon, pair.interruption);
    };
    const auto receive = [&](const PeerLine& line) {
        QByteArray got;
        while (got.size() < size) {
            const Result<QByteArray> some = receiveSome(line, 100'000, m_soon, pair.interruption);
            if (!some || some->isEmpty())
                break;
            got += some.value();
        }
        return got;
    };
    std::thread up([&] { send(pair.clientLine); });
    std::thread down([&] { send(pair.serverLine); });
    QByteArray atClient;
    std::thread reader([&] { atClient = receive(pair.clientLine); });
    const QByteArray atServer = receive(pair.serverLine);
    up.join();
    down.join();
    reader.join();
    QVERIFY(atServer == bytes);
    QVERIFY(atClient == bytes);
}

void TestTlsTunnel::halfClosing()
{
    Pair pair(m_server, m_client);
    QVERIFY(sendAll(pair.clientLine, "question", m_soon, pair.interruption));
    ::shutdown(pair.clientLine.socket.number(), SHUT_WR);
    QCOMPARE(receiveSome(pair.serverLine, 100, m_soon, pair.interruption).value(), "question");
    QCOMPARE(receiveSome(pair.serverLine, 100, m_soon, pair.interruption).value(), "");
    QVERIFY(sendAll(pair.serverLine, "answer", m_soon, pair.interruption));
    QCOMPARE(receiveSome(pair.clientLine, 100, m_soon, pair.interruption).value(), "answer");
    pair.serverLine.socket = {};
    QCOMPARE(receiveSome(pair.clientLine, 100, m_soon, pair.interruption).value(), "");
    QTRY_VERIFY(pair.isServerOver);
}

void TestTlsTunnel::closingBringsTheRest()
{
    Pair pair(m_server, m_client);
    const QByteArray bytes(150'000, 'x'); // fits into the pair of sockets
    QVERIFY(sendAll(pair.serverLine, bytes, m_soon, pair.interruption));
    pair.serverLine.socket = {};
    QByteArray got;
    for (;;) {
        const Result<QByteArray> some = receiveSome(pair.clientLine, 100'000, m_soon, pair.interruption);
        QVERIFY(some);
        if (some->isEmpty())
            break;
        got += some.value();
    }
    QCOMPARE(got.size(), bytes.size());
}

void TestTlsTunnel::cutsWhenTheOtherEndGoes()
{
    Pair pair(m_server, m_client);
    pair.clientLine = {};
    QCOMPARE(receiveSome(pair.serverLine, 100, m_soon, pair.interruption).value(), "");
    pair.serverLine.socket = {};
    QTRY_VERIFY(pair.isServerOver);
    QVERIFY(pair.handshake);
}

/// A sender cannot hand over more than what the buffers between the two take.
void TestTlsTunnel::aStoppedReaderBoundsTheMemory()
{
    Pair pair(m_server, m_client);
    const QByteArray piece(64 * 1024, 'x');
    qint64 taken = 0;
    // Until there is no room any more: the tunnel does not go on by itself then.
    pollfd room{pair.clientLine.socket.number(), POLLOUT, 0};
    while (::poll(&room, 1, 1000) > 0) {
        const ssize_t count = ::send(room.fd, piece.constData(), static_cast<size_t>(piece.size()),
                                     MSG_DONTWAIT | MSG_NOSIGNAL);
        QVERIFY(count > 0);
        taken += count;
        QVERIFY(taken < 64LL * 1024 * 1024);
    }
    qInfo() << taken << "bytes were taken";
}

void TestTlsTunnel::hurryDoesNotWaitForAStuckPeer()
{
    Limits limits;
    limits.closeTimeout = std::chrono::hours(1);
    Pair pair(m_server, m_client, limits);
    const QByteArray piece(64 * 1024, 'x');
    while (::send(pair.serverLine.socket.number(), piece.constData(), static_cast<size_t>(piece.size()),
                  MSG_DONTWAIT | MSG_NOSIGNAL) > 0) {
    }
    pair.serverTunnel->hurry();
    QTRY_VERIFY_WITH_TIMEOUT(pair.isServerOver, 20'000);
}

void TestTlsTunnel::answersRequests()
{
    const TestService service({}, 2, m_server.tls);
    for (int i = 0; i < 20; ++i) {
        Result<PeerLine> line =
            openLine({{u"127.0.0.1"_s, service.port()}, m_client.tls, {}}, m_limits, m_interruption);
        QVERIFY2(line, line ? "" : qPrintable(line.error().text));
        QCOMPARE(line->peer.fingerprint, m_server.identity->fingerprint());
        HttpRequest request;
        request.method = "POST";
        request.target = i % 2 == 0 ? "/now" : "/later";
        request.body = "hello";
        const Result<HttpAnswer> answer = exchange(std::move(line).value(), {u"127.0.0.1"_s, service.port()},
                                                   request, 20s, m_limits, m_interruption);
        QVERIFY2(answer, answer ? "" : qPrintable(answer.error().text));
        QCOMPARE(answer->status, 200);
        QCOMPARE(answer->body, "body:hello");
    }
    QCOMPARE(service.record().count(u"request POST"_s), 20);
    QVERIFY(service.record().lines().constFirst().endsWith(u"from 127.0.0.1 "_s +
                                                           m_client.identity->fingerprint()));
}

void TestTlsTunnel::upgradesToWebSockets()
{
    const TestService service({}, 2, m_server.tls);
    const PeerAddress peer{u"127.0.0.1"_s, service.port()};
    Result<PeerLine> line = openLine({peer, m_client.tls, {}}, m_limits, m_interruption);
    QVERIFY(line);
    const Result<std::unique_ptr<FrameStream>> stream =
        openStream(std::move(line).value(), peer, "/upload/x", {}, m_limits, m_interruption);
    QVERIFY2(stream, stream ? "" : qPrintable(stream.error().text));
    QByteArray payload(3'000'000, 'p');
    const QByteArray original = payload;
    QVERIFY(stream.value()->sendBinary(payload.data(), payload.size()));
    std::thread closing([&] { stream.value()->close(1000); });
    QTRY_COMPARE(service.record().bytes().size(), original.size());
    closing.join();
    QVERIFY(service.record().bytes() == original);
    QTRY_VERIFY(service.record().lines().contains(u"closed"_s));
}

void TestTlsTunnel::asksBeforeItSpeaks()
{
    const TestService service({}, 1, m_server.tls);
    QString seen;
    const PeerRoute route{{u"127.0.0.1"_s, service.port()}, m_client.tls, [&seen](const PeerKey& key) {
                              seen = key.fingerprint;
                              return Result<void>(Error{ErrorCode::NotTrusted, u"no"_s});
                          }};
    const Result<PeerLine> line = openLine(route, m_limits, m_interruption);
    QVERIFY(!line);
    QCOMPARE(line.error().code, ErrorCode::NotTrusted);
    QCOMPARE(seen, m_server.identity->fingerprint());
    QVERIFY(service.record().lines().isEmpty());
}

void TestTlsTunnel::plainServers()
{
    const TestService service({}, 1, m_server.tls); // takes both
    const PeerAddress peer{u"127.0.0.1"_s, service.port(), true};
    Result<PeerLine> line = openLine({peer, m_client.tls, {}}, m_limits, m_interruption);
    QVERIFY(line);
    QVERIFY(!line->tunnel);
    HttpRequest request;
    request.method = "GET";
    request.target = "/";
    QVERIFY(exchange(std::move(line).value(), peer, request, 20s, m_limits, m_interruption));
}

void TestTlsTunnel::serversWithoutTls()
{
    const TestService service;
    const Result<PeerLine> line =
        openLine({{u"127.0.0.1"_s, service.port()}, m_client.tls, {}}, m_limits, m_interruption);
    QVERIFY(!line);
    QCOMPARE(line.error().code, ErrorCode::ConnectionLost);
    // One that answers a ClientHello with what HTTP servers say of it.
    const BlockingServer http;
    std::thread server([&] {
        const SocketDescriptor socket = http.accept();
        const QByteArray answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
        ::send(socket.number(), answer.constData(), static_cast<size_t>(answer.size()), MSG_NOSIGNAL);
        std::array<char, 1000> some{};
        while (::recv(socket.number(), some.data(), some.size(), 0) > 0) {
        }
    });
    const Result<PeerLine> other =
        openLine({{u"127.0.0.1"_s, http.port()}, m_client.tls, {}}, m_limits, m_interruption);
    server.join();
    QVERIFY(!other);
    QCOMPARE(other.error().code, ErrorCode::ProtocolError);
    QVERIFY2(other.error().text.contains(u"encrypted"_s), qPrintable(other.error().text));
}

void TestTlsTunnel::silentServers()
{
    const BlockingServer silent;
    m_limits.connectTimeout = 100ms;
    const Result<PeerLine> line =
        openLine({{u"127.0.0.1"_s, silent.port()}, m_client.tls, {}}, m_limits, m_interruption);
    m_limits = {};
    QVERIFY(!line);
    QCOMPARE(line.error().code, ErrorCode::TimedOut);
}

void TestTlsTunnel::interrupted()
{
    const BlockingServer silent;
    std::thread other([&] {
        const SocketDescriptor socket = silent.accept();
        m_interruption.set();
        std::array<char, 1000> some{};
        while (::recv(socket.number(), some.data(), some.size(), 0) > 0) {
        }
    });
    const Result<PeerLine> line =
        openLine({{u"127.0.0.1"_s, silent.port()}, m_client.tls, {}}, m_limits, m_interruption);
    other.join();
    m_interruption.reset();
    QVERIFY(!line);
    QCOMPARE(line.error().code, ErrorCode::Cancelled);
}

void TestTlsTunnel::garbageAfterTheFirstByte()
{
    const TestService service({}, 1, m_server.tls);
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, service.port());
    socket.write(QByteArray(1, '\x16') + QByteArray(5000, 'x'));
    QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QTRY_COMPARE(service.record().count(u"refused 0 The TLS handshake failed"_s), 1);
}

/// TLS 1.1 and below, and what no sane cipher protects.
void TestTlsTunnel::oldVersions()
{
    const TestService service({}, 1, m_server.tls);
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, service.port());
    // A ClientHello of TLS 1.1 with one cipher suite (RFC 4346 §7.4.1.2).
    QByteArray hello =
        QByteArray::fromHex("0302") + QByteArray(32, 'r') + QByteArray::fromHex("000002c0140100");
    QByteArray body = QByteArray::fromHex("010000") + char(hello.size()) + hello;
    socket.write(QByteArray::fromHex("16030100") + char(body.size()) + body);
    QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
    QTRY_COMPARE(service.record().count(u"refused 0 The TLS handshake failed"_s), 1);
}

/// As at a limit of processes: one connection is turned away, later ones are not.
void TestTlsTunnel::noThreadForIt()
{
    const TestService service({}, 1, m_server.tls);
    {
        const ThreadFamine famine;
        QTcpSocket socket;
        socket.connectToHost(QHostAddress::LocalHost, service.port());
        socket.write("\x16");
        QTRY_COMPARE(socket.state(), QAbstractSocket::UnconnectedState);
        QTRY_COMPARE(service.record().count(u"refused 0 This device has no room for another thread."_s), 1);
    }
    const PeerRoute route{{u"127.0.0.1"_s, service.port()}, m_client.tls, {}};
    QVERIFY(openLine(route, m_limits, m_interruption));
    const ThreadFamine famine;
    const Result<PeerLine> line = openLine(route, m_limits, m_interruption);
    QVERIFY(!line);
}

/// A page that was led here by a false name has no certificate to show, and hears the address to use.
void TestTlsTunnel::namesThatOnlyCertificatesMayUse()
{
    const TestService service({}, 1, m_server.tls);
    const HttpRequest request{"GET", "/", {}, {}};
    for (const bool isPlain : {false, true}) {
        const PeerAddress peer{u"127.0.0.1"_s, service.port(), isPlain};
        Result<PeerLine> line = openLine({peer, m_client.tls, {}}, m_limits, m_interruption);
        QVERIFY(line);
        line->host = "nas.lan:" + QByteArray::number(service.port());
        const Result<HttpAnswer> answer =
            exchange(std::move(line).value(), peer, request, 20s, m_limits, m_interruption);
        QVERIFY(answer);
        QCOMPARE(answer->status, isPlain ? 421 : 200);
        QCOMPARE(answer->body.contains("http://127.0.0.1:" + QByteArray::number(service.port()) + "/"),
                 isPlain);
    }
}

QTEST_GUILESS_MAIN(TestTlsTunnel)
#include "tst_tlstunnel.moc"
