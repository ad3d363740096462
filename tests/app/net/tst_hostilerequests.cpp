#include "../../support/memory.h"
#include "rawexchange.h"
#include "testhandler.h"

#include <QTest>

#include <random>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray good = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

QByteArray post(const QByteArray& headers, const QByteArray& body = {})
{
    return "POST /upload HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}

/// Changes a request in one to eight places; the same for the same seed.
class Mutator final
{
public:
    explicit Mutator(unsigned seed) : m_random(seed) {}

    [[nodiscard]] QByteArray mutated(QByteArray bytes)
    {
        for (unsigned left = below(8) + 1; left > 0; --left)
            change(bytes);
        return bytes;
    }
    [[nodiscard]] unsigned below(qsizetype limit)
    {
        return static_cast<unsigned>(m_random() % static_cast<quint64>(std::max<qsizetype>(limit, 1)));
    }

private:
    void change(QByteArray& bytes)
    {
        static const QByteArrayList pieces{"\n",
                                           "\r",
                                           "\r\n",
                                           "\r\n\r\n",
                                           QByteArray("\0", 1),
                                           " ",
                                           "\t",
                                           ":",
                                           "Content-Length: 5\r\n",
                                           "Content-Length: 99999999999999999999\r\n",
                                           "Content-Length: -1\r\n",
                                           "Transfer-Encoding: chunked\r\n",
                                           "Host: localhost\r\n",
                                           "Expect: 100-continue\r\n",
                                           "HTTP/1.0",
                                           "\xff\xfe",
                                           "%00",
                                           "\x16\x03\x01\x02"};
        const qsizetype at = below(bytes.size() + 1);
        switch (below(6)) {
        case 0:
            bytes.insert(at, pieces[below(pieces.size())]);
            break;
        case 1:
            bytes.remove(at, below(20) + 1);
            break;
        case 2:
            if (at < bytes.size())
                bytes[at] = static_cast<char>(below(256));
            break;
        case 3:
            bytes.insert(at, bytes.mid(below(bytes.size()), below(60)));
            break;
        case 4:
            bytes.insert(at, QByteArray(below(20'000), 'a'));
            break;
        default:
            bytes.truncate(std::max<qsizetype>(at, 1));
        }
    }

    std::mt19937_64 m_random;
};

} // namespace

/// Requests that two readers could read differently, and requests that nobody can.
class TestHostileRequests : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void refusedAndClosed_data();
    void refusedAndClosed();
    void oneRequestAConnection();
    void mutatedRequests();
    void firstByteAndHeadAreDue();
    void crowdOfOneAddress();
};

void TestHostileRequests::refusedAndClosed_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<int>("status");
    const auto row = [](const char* name, const QByteArray& request, int status) {
        QTest::newRow(name) << request << status;
    };
    row("length and coding", post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 501);
    row("coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n"), 501);
    row("chunked", post("Transfer-Encoding: chunked\r\n", "1\r\na\r\n0\r\n\r\n"), 501);
    row("hidden coding",
        post("Transfer-Encoding: \x0b"
             "chunked\r\n",
             "0\r\n\r\n"),
        400);
    row("blank before the coding's colon", post("Transfer-Encoding : chunked\r\n"), 400);
    row("two lengths", post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab"), 400);
    row("the same length twice", post("Content-Length: 1\r\nContent-Length: 1\r\n", "a"), 400);
    row("a list of lengths", post("Content-Length: 1, 1\r\n", "a"), 400);
    row("signed length", post("Content-Length: +1\r\n", "a"), 400);
    row("negative length", post("Content-Length: -1\r\n", "a"), 400);
    row("hexadecimal length", post("Content-Length: 0x1\r\n", "a"), 400);
    row("length beyond 64 bits", post("Content-Length: 18446744073709551617\r\n", "a"), 413);
    row("two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400);
    row("no host", "GET / HTTP/1.1\r\n\r\n", 400);
    row("folded", post("X: 1\r\n Content-Length: 1\r\n"), 400);
    row("bare LF", "GET / HTTP/1.1\nHost: localhost\n\n", 400);
    row("one bare LF", "GET / HTTP/1.1\r\nHost: localhost\nX: 1\r\n\r\n", 400);
    row("bare CR", "GET / HTTP/1.1\r\nHost: localhost\rX: 1\r\n\r\n", 400);
    row("NUL in a value", post("X: \0\r\n"_ba), 400);
    row("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"_ba, 400);
    row("overlong line", post("X: " + QByteArray(10'000, 'a') + "\r\n"), 431);
    row("overlong head", post(QByteArray("X: " + QByteArray(1000, 'a') + "\r\n").repeated(40)), 431);
    row("endless target", "GET /" + QByteArray(100'000, 'a'), 431);
    row("many headers", post(QByteArray("X: 1\r\n").repeated(100)), 431);
    row("HTTP/1.0", "GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", 505);
    row("HTTP/0.9", "GET /\r\n\r\n", 400);
    row("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    row("absolute form", "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400);
    row("authority form", "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400);
    row("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400);
    row("garbage", QByteArray("\x01\x02\xff\xfe").repeated(5000), 431);
    row("garbage with lines", QByteArray("\x01\x02\xff\n").repeated(100), 400);
}

void TestHostileRequests::refusedAndClosed()
{
    QFETCH(QByteArray, request);
    QFETCH(int, status);
    const TestService service;
    const RawConnection connection(service.port());
    QVERIFY(connection.send(request + good));
    const QByteArray answer = connection.readAll(); // ends: it is closed
    QVERIFY2(answer.startsWith("HTTP/1.1 " + QByteArray::number(status) + ' '), answer.constData());
    QVERIFY(!answer.contains("\nHTTP/1.1")); // no second one
    QVERIFY(answer.contains("Connection: close\r\n"));
    QCOMPARE(service.record().count(u"request"_s), 0);
}

/// What follows a whole request is never read as another one.
void TestHostileRequests::oneRequestAConnection()
{
    const TestService service;
    for (const QByteArray& rest :
         {good, "\r\n"_ba + good, "garbage"_ba, post("Content-Length: 1\r\n", "a")}) {
        const qsizetype before = service.record().count(u"request"_s);
        const RawConnection connection(service.port());
        QVERIFY(connection.send(good + rest));
        const QByteArray answer = connection.readAll();
        QVERIFY(answer.startsWith("HTTP/1.1 200 "));
        QCOMPARE(answer.count("HTTP/1.1"), 1);
        QCOMPARE(service.record().count(u"request"_s), before + 1);
    }
}

void TestHostileRequests::mutatedRequests()
{
    constexpr int requests = 10'000;
    constexpr qint64 mostGrowth = 10LL * 1024 * 1024;
    const TestService service;
    const QByteArrayList seeds{good, upgradeRequest("/upload/a"), post("Content-Length: 5\r\n", "a.txt"),
                               post("Expect: 100-continue\r\nContent-Length: 2\r\n", "ab"),
                               good + "Origin: http://localhost\r\n"};
    Mutator mutator(20'26);
    qint64 before = 0;
    for (int i = 0; i < requests; ++i) {
        if (i == 500)
            before = residentBytes(); // what a first round needs is there
        const RawConnection connection(service.port());
        connection.send(mutator.mutated(seeds[mutator.below(seeds.size())]));
        connection.finishSending();
        const QByteArray answer = connection.readHead();
        QVERIFY2(answer.isEmpty() || answer.startsWith("HTTP/1.1 "), answer.constData());
        if (i % 100 == 0) {
            const RawConnection genuine(service.port());
            QVERIFY(genuine.send(good));
            QVERIFY(genuine.readAll().startsWith("HTTP/1.1 200 "));
        }
    }
    const qint64 growth = residentBytes() - before;
    qInfo("memory grew by %lld KiB", growth / 1024);
    if (isMemoryTelling)
        QVERIFY(growth < mostGrowth);
}

/// The one who says nothing, the one who stops in the head, and the one who dribbles.
void TestHostileRequests::firstByteAndHeadAreDue()
{
    Limits limits;
    limits.firstByteTimeout = 100ms;
    limits.headTimeout = 100ms;
    const TestService service(limits);
    const RawConnection silent(service.port());
    QCOMPARE(silent.readAll(), QByteArray());
    const RawConnection stopped(service.port());
    QVERIFY(stopped.send("GET / HTTP/1.1\r\n"));
    QVERIFY(stopped.readAll().startsWith("HTTP/1.1 408 "));
    const RawConnection dribbling(service.port());
    QVERIFY(dribbling.send("GET / HTTP/1.1\r\nX: "));
    QTRY_VERIFY((dribbling.send("a"), service.record().count(u"refused 408"_s) == 2));
    QVERIFY(dribbling.readAll().startsWith("HTTP/1.1 408 "));
}

/// 1,000 connections of one address, idle or slow, keep nobody else out: an upload of 100 MiB goes through.
void TestHostileRequests::crowdOfOneAddress()
{
    const TestService service;
    std::vector<std::unique_ptr<RawConnection>> crowd;
    for (int i = 0; i < 1000; ++i) {
        crowd.push_back(std::make_unique<RawConnection>(service.port()));
        if (i % 2 == 0)
            crowd.back()->send("GET / HTTP/1.1\r\nX: ");
    }
    constexpr int pieces = 100;
    const QByteArray piece(1024 * 1024, 'x');
    const RawConnection genuine(service.port(), "127.0.0.2");
    QVERIFY(genuine.send(upgradeRequest("/upload/count")));
    QVERIFY(genuine.readHead().startsWith("HTTP/1.1 101 "));
    for (int i = 0; i < pieces; ++i) {
        QVERIFY(genuine.send(clientFrame(0x82, piece)));
        crowd[static_cast<size_t>(i)]->send("a");
    }
    QTRY_COMPARE(service.record().bytesCounted(), pieces * piece.size());
    QCOMPARE(service.record().count(u"refused 503"_s), 1); // a burst is told once
    const RawConnection another(service.port(), "127.0.0.3");
    QVERIFY(another.send(good));
    QVERIFY(another.readAll().startsWith("HTTP/1.1 200 "));
}

QTEST_GUILESS_MAIN(TestHostileRequests)
#include "tst_hostilerequests.moc"
