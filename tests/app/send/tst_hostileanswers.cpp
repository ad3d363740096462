#include "peerclient.h"

#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>
#include <QTimer>

#include <thread>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QByteArray answerOf(const QByteArray& body, const QByteArray& status = "200 OK")
{
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" +
           body;
}

QByteArray pairingOf(const QByteArray& id, const QByteArray& nonce, const QByteArray& name = "Desk")
{
    return answerOf(R"({"pairing":")" + id + R"(","name":")" + name + R"(","nonce":")" + nonce + R"("})");
}

const QByteArray goodId(32, 'a');
const QByteArray goodNonce(64, 'b');
const QByteArray service = R"({"service":"sockdrop","name":"Desk","version":"1"})";

} // namespace

/// What receivers answer that mean harm: a clear error in time, bounded memory, and nobody else is asked.
class TestHostileAnswers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void endlessOrWrong_data();
    void endlessOrWrong();
    void dripsAreTimedOut_data();
    void dripsAreTimedOut();
    void whatFollowsTheAnswerIsIgnored();
    void redirectsAreNotFollowed_data();
    void redirectsAreNotFollowed();
    void tokens_data();
    void tokens();
    void pairings_data();
    void pairings();
    void wordsAreShortened();
    void namesTheAddressItReached_data();
    void namesTheAddressItReached();

private:
    /// Answers each request with m_begin, then with m_more again and again until the client has gone.
    void serve(QTcpSocket& socket);
    /// Runs `ask` on a thread while the server lives here.
    template <typename Value>
    [[nodiscard]] Result<Value> run(const std::function<Result<Value>(const PeerClient&)>& ask,
                                    const QString& host = u"127.0.0.1"_s, bool isUrl = false)
    {
        Result<Value> result = Error{};
        std::atomic<bool> isOver = false;
        const PeerRoute route{{host, m_server->serverPort(), true, isUrl}, nullptr, {}};
        std::thread client([&] {
            result = ask(PeerClient(route, m_limits, m_interruption));
            isOver = true;
        });
        if (!QTest::qWaitFor([&isOver] { return isOver.load(); }, 60'000)) {
            qWarning("It did not end.");
            m_interruption.set();
        }
        client.join();
        return result;
    }
    [[nodiscard]] Result<ServiceKind> recognise()
    {
        return run<ServiceKind>([](const PeerClient& client) { return client.recognise(); });
    }
    [[nodiscard]] Result<PeerClient::Pairing> pair()
    {
        return run<PeerClient::Pairing>(
            [](const PeerClient& client) { return client.pair(u"test"_s, QByteArray(64, 'c')); });
    }

    std::unique_ptr<QTcpServer> m_server;
    QByteArrayList m_hosts; ///< that the requests named
    QByteArray m_begin;
    QByteArray m_more;
    int m_drip = -1; ///< ms between two of m_more; -1: as fast as they go
    qint64 m_sent = 0;
    Limits m_limits;
    Interruption m_interruption;
};

void TestHostileAnswers::init()
{
    m_hosts.clear();
    m_begin.clear();
    m_more.clear();
    m_drip = -1;
    m_sent = 0;
    m_limits = Limits();
    m_interruption.reset();
    m_server = std::make_unique<QTcpServer>();
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
    connect(m_server.get(), &QTcpServer::newConnection, m_server.get(), [this] {
        QTcpSocket* socket = m_server->nextPendingConnection();
        connect(socket, &QTcpSocket::readyRead, socket, [this, socket] {
            const QByteArray request = socket->peek(100'000);
            if (request.contains("\r\n\r\n")) {
                m_hosts += request.sliced(request.indexOf("Host: ")).split('\r').constFirst();
                socket->disconnect();
                serve(*socket);
            }
        });
    });
}

void TestHostileAnswers::serve(QTcpSocket& socket)
{
    m_sent += socket.write(m_begin);
    if (m_more.isEmpty())
        return;
    const auto more = [this, &socket] {
        if (socket.state() == QAbstractSocket::ConnectedState && socket.bytesToWrite() < 100'000)
            m_sent += socket.write(m_drip < 0 ? m_more.repeated(1 + 20'000 / m_more.size()) : m_more);
    };
    if (m_drip < 0)
        connect(&socket, &QTcpSocket::bytesWritten, &socket, more);
    auto* timer = new QTimer(&socket);
    connect(timer, &QTimer::timeout, &socket, more);
    timer->start(std::max(m_drip, 0));
}

void TestHostileAnswers::endlessOrWrong_data()
{
    QTest::addColumn<QByteArray>("begin");
    QTest::addColumn<QByteArray>("more");
    QTest::addColumn<ErrorCode>("code");
    const QByteArray ok = "HTTP/1.1 200 OK\r\n";
    const QByteArray chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
    const auto large = [](const char* name, const QByteArray& begin, const QByteArray& more) {
        QTest::newRow(name) << begin << more << ErrorCode::TooLarge;
    };
    const auto wrong = [](const char* name, const QByteArray& begin) {
        QTest::newRow(name) << begin << QByteArray() << ErrorCode::ProtocolError;
    };
    large("endless status line", "HTTP/1.1 200 ", "O");
    large("endless line", ok + "X: ", "x");
    large("endless lines", ok, "X: x\r\n");
    large("endless body", ok + "\r\n", "x");
    large("endless chunks", chunked, "10\r\n0123456789abcdef\r\n");
    large("endless size of a chunk", chunked, "0");
    large("endless extension of a chunk", chunked + "1;", "x");
    large("endless trailing of a chunk", chunked + "ffff\r\n", "x");
    large("giant length", ok + "Content-Length: 9223372036854775807\r\n\r\n", "x");
    large("length over the limit", ok + "Content-Length: 65537\r\n\r\n", {});
    large("giant chunk", chunked + "7fffffffffffffff\r\n", "x");
    wrong("length of no number", ok + "Content-Length: many\r\n\r\n");
    wrong("length beyond all numbers", ok + "Content-Length: 99999999999999999999\r\n\r\n");
    wrong("negative length", ok + "Content-Length: -1\r\n\r\n");
    wrong("signed length", ok + "Content-Length: +1\r\n\r\nx");
    wrong("hexadecimal length", ok + "Content-Length: 0x10\r\n\r\n0123456789abcdef");
    wrong("chunk of no number", chunked + "zz\r\n");
    wrong("negative chunk", chunked + "-1\r\n");
    wrong("chunk beyond all numbers", chunked + "ffffffffffffffff\r\n");
    wrong("chunk without a size", chunked + "\r\n");
    wrong("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n");
    wrong("no status", "HTTP/1.1 OK\r\n\r\n");
    wrong("negative status", "HTTP/1.1 -20 OK\r\n\r\n");
    wrong("another service", answerOf("<html>It works!</html>"));
    wrong("deep JSON", answerOf(QByteArray(60'000, '[')));
    wrong("no text", answerOf(QByteArray(60'000, '\0')));
}

void TestHostileAnswers::endlessOrWrong()
{
    QFETCH(QByteArray, begin);
    QFETCH(QByteArray, more);
    QFETCH(ErrorCode, code);
    m_begin = begin;
    m_more = more;
    m_limits.connectTimeout = 30s;
    const Result<ServiceKind> kind = recognise();
    QVERIFY(!kind);
    QCOMPARE(kind.error().code, code);
    QVERIFY(kind.error().text.size() > 20 && kind.error().text.size() < 400);
    QVERIFY(m_sent < 10'000'000); // what the client and the system did not take
}

void TestHostileAnswers::dripsAreTimedOut_data()
{
    QTest::addColumn<QByteArray>("begin");
    QTest::addColumn<QByteArray>("more");
    QTest::addColumn<int>("drip");
    QTest::newRow("head") << "HTTP/1.1 200 OK\r\nX: "_ba
                          << "x"_ba << 5;
    QTest::newRow("body") << "HTTP/1.1 200 OK\r\n\r\n"_ba
                          << "x"_ba << 5;
    QTest::newRow("chunks") << "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"_ba
                            << "1\r\nx\r\n"_ba << 5;
    QTest::newRow("wait a little, slowly") << ""_ba
                                           << "HTTP/1.1 100 Continue\r\n\r\n"_ba << 5;
    QTest::newRow("wait a little, fast") << ""_ba
                                         << "HTTP/1.1 100 Continue\r\n\r\n"_ba << -1;
}

/// However busy the line is, the answer must be whole in time.
void TestHostileAnswers::dripsAreTimedOut()
{
    QFETCH(QByteArray, begin);
    QFETCH(QByteArray, more);
    QFETCH(int, drip);
    m_begin = begin;
    m_more = more;
    m_drip = drip;
    m_limits.connectTimeout = 200ms;
    const Result<ServiceKind> kind = recognise();
    QVERIFY(!kind);
    QCOMPARE(kind.error().code, ErrorCode::TimedOut);
}

void TestHostileAnswers::whatFollowsTheAnswerIsIgnored()
{
    m_begin = answerOf(service) + answerOf("<html>", "403 Forbidden");
    m_more = "garbage";
    const Result<ServiceKind> kind = recognise();
    QVERIFY(kind);
    QCOMPARE(kind.value(), ServiceKind::Sockdrop);
}

void TestHostileAnswers::redirectsAreNotFollowed_data()
{
    QTest::addColumn<QByteArray>("status");
    for (const char* status : {"301 Moved Permanently", "302 Found", "303 See Other",
                               "307 Temporary Redirect", "308 Permanent Redirect", "300 Multiple Choices"})
        QTest::newRow(status) << QByteArray(status);
}

void TestHostileAnswers::redirectsAreNotFollowed()
{
    QFETCH(QByteArray, status);
    QTcpServer elsewhere;
    QVERIFY(elsewhere.listen(QHostAddress::LocalHost));
    m_begin = "HTTP/1.1 " + status +
              "\r\nLocation: http://127.0.0.1:" + QByteArray::number(elsewhere.serverPort()) +
              "/\r\nContent-Length: 0\r\n\r\n";
    const Result<ServiceKind> kind = recognise();
    QVERIFY(!kind);
    QCOMPARE(kind.error().code, ErrorCode::ProtocolError);
    QVERIFY(kind.error().text.contains(QLatin1StringView(status.first(3))));
    QVERIFY(!elsewhere.waitForNewConnection(0));
}

void TestHostileAnswers::tokens_data()
{
    QTest::addColumn<QByteArray>("token"); // as a JSON string holds it
    QTest::addColumn<QByteArray>("text");  // and as text
    const auto row = [](const char* name, const QByteArray& token, const QByteArray& text) {
        QTest::newRow(name) << token << text;
    };
    row("empty", "", "");
    row("line break", R"(a\r\nX: y)", "a\r\nX: y");
    row("line feed", R"(a\nb)", "a\nb");
    row("slashes", "../../etc/passwd", "../../etc/passwd");
    row("question", "a?b=c", "a?b=c");
    row("blank", "a b", "a b");
    row("percent", "a%2fb", "a%2fb");
    row("zero", R"(a\u0000b)", QByteArray("a\0b", 3));
    row("no ASCII", R"(\u00e4)", "\xc3\xa4");
    row("beyond Latin-1", R"(a\u0441)", "a\xd1\x81");
    row("half a pair", R"(\ud800)", "\xed\xa0\x80");
    row("a little too long", QByteArray(257, 'a'), QByteArray(257, 'a'));
    row("long", QByteArray(60'000, 'a'), QByteArray(60'000, 'a'));
    row("1 MiB", QByteArray(1'048'576, 'a'), QByteArray(1'048'576, 'a'));
}

void TestHostileAnswers::tokens()
{
    QFETCH(QByteArray, token);
    QFETCH(QByteArray, text);
    const ErrorCode code = token.size() > 65'536 ? ErrorCode::TooLarge : ErrorCode::ProtocolError;
    const auto askForBatch = [](const PeerClient& client) {
        return client.requestToken(BatchOffer(), Limits().answerTimeout);
    };
    const auto askForFile = [](const PeerClient& client) { return client.requestToken(u"a.txt"_s); };
    for (const QByteArray& body : {QByteArray("{\"token\":\"" + token + "\"}"), "{\"token\":[1]}"_ba}) {
        m_begin = answerOf(body);
        const Result<QByteArray> issued = run<QByteArray>(askForBatch);
        QVERIFY(!issued);
        QVERIFY(issued.error().code == code || issued.error().code == ErrorCode::ProtocolError);
        QVERIFY(issued.error().text.size() > 20 && issued.error().text.size() < 200);
    }
    m_begin = answerOf(text);
    const Result<QByteArray> issued = run<QByteArray>(askForFile);
    QVERIFY(!issued);
    QCOMPARE(issued.error().code, code);
}

void TestHostileAnswers::pairings_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("nothing") << answerOf("");
    QTest::newRow("no JSON") << answerOf("{");
    QTest::newRow("an array") << answerOf("[]");
    QTest::newRow("numbers") << answerOf(R"({"pairing":1,"name":2,"nonce":3})");
    QTest::newRow("short id") << pairingOf(goodId.chopped(1), goodNonce);
    QTest::newRow("long id") << pairingOf(goodId + "a", goodNonce);
    QTest::newRow("id in capitals") << pairingOf(goodId.toUpper(), goodNonce);
    QTest::newRow("path as the id") << pairingOf("../../../../../../../../upload/x", goodNonce);
    QTest::newRow("short nonce") << pairingOf(goodId, goodNonce.chopped(2));
    QTest::newRow("long nonce") << pairingOf(goodId, goodNonce + "bb");
    QTest::newRow("no hexadecimal nonce") << pairingOf(goodId, QByteArray(64, 'x'));
    QTest::newRow("wide digits") << pairingOf(goodId, QByteArray(R"(\uff11)").repeated(64));
    QTest::newRow("no nonce") << pairingOf(goodId, "");
}

void TestHostileAnswers::pairings()
{
    QFETCH(QByteArray, answer);
    m_begin = answer;
    const Result<PeerClient::Pairing> pairing = pair();
    QVERIFY(!pairing);
    QCOMPARE(pairing.error().code, ErrorCode::ProtocolError);
}

/// Names and reasons are of any length there; here they are one line, whole characters.
void TestHostileAnswers::wordsAreShortened()
{
    const QByteArray long1 = "x" + "😀"_ba.repeated(5000);
    m_begin = pairingOf(goodId, goodNonce, long1);
    const Result<PeerClient::Pairing> pairing = pair();
    QVERIFY(pairing);
    // Not with half of the last character.
    QVERIFY(pairing->name.size() == Limits().nameCharacters && pairing->name.isValidUtf16());
    m_begin = pairingOf(goodId, goodNonce, R"( a\r\n\tb )");
    QCOMPARE(pair()->name, u"a b"_s);
    m_begin = answerOf("y\r\n" + long1, "403 Forbidden");
    const Error refusal = pair().error();
    QCOMPARE(refusal.code, ErrorCode::Declined);
    QVERIFY(refusal.text.size() < 350 && refusal.text.isValidUtf16() && !refusal.text.contains(u'\n'));
    m_begin = answerOf("x" + long1, "507 x");
    QVERIFY(pair().error().text.isValidUtf16());
}

void TestHostileAnswers::namesTheAddressItReached_data()
{
    QTest::addColumn<bool>("isUrl");
    QTest::addColumn<QByteArray>("status");
    QTest::addColumn<QByteArrayList>("hosts");
    const QByteArrayList byAddress{"127.0.0.1", "127.0.0.1"};
    QTest::newRow("name") << false << "200 OK"_ba << byAddress;
    QTest::newRow("refused name") << false << "421 No"_ba << byAddress;
    QTest::newRow("URL") << true << "200 OK"_ba << QByteArrayList{"localhost", "localhost"};
    QTest::newRow("refused URL") << true << "421 No"_ba
                                 << QByteArrayList{"localhost", "127.0.0.1", "127.0.0.1"};
}

/// Names that lead to a receiver are no names of its own; what was typed as a URL may be one.
void TestHostileAnswers::namesTheAddressItReached()
{
    QFETCH(bool, isUrl);
    QFETCH(QByteArray, status);
    QFETCH(QByteArrayList, hosts);
    m_begin = answerOf(service, status);
    static_cast<void>(run<ServiceKind>(
        [](const PeerClient& client) {
            static_cast<void>(client.recognise());
            return client.recognise();
        },
        u"localhost"_s, isUrl));
    for (QByteArray& host : hosts)
        host = "Host: " + host + ':' + QByteArray::number(m_server->serverPort());
    QCOMPARE(m_hosts, hosts);
}

QTEST_GUILESS_MAIN(TestHostileAnswers)
#include "tst_hostileanswers.moc"
