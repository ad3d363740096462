#include "peeraddress.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestPeerAddress : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parse_data();
    void parse();
    void bad_data();
    void bad();
    void urls();
};

void TestPeerAddress::parse_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host");
    QTest::addColumn<int>("port");
    QTest::addColumn<QString>("shown");
    QTest::newRow("name") << u"laptop"_s << u"laptop"_s << 54321 << u"laptop"_s;
    QTest::newRow("spaces") << u"  laptop.local "_s << u"laptop.local"_s << 54321 << u"laptop.local"_s;
    QTest::newRow("port") << u"laptop:8080"_s << u"laptop"_s << 8080 << u"laptop:8080"_s;
    QTest::newRow("v4") << u"127.0.0.1:1"_s << u"127.0.0.1"_s << 1 << u"127.0.0.1:1"_s;
    QTest::newRow("v6") << u"::1"_s << u"::1"_s << 54321 << u"::1"_s;
    QTest::newRow("v6 port") << u"[::1]:65535"_s << u"::1"_s << 65535 << u"[::1]:65535"_s;
    QTest::newRow("v6 brackets") << u"[2001:db8::1]"_s << u"2001:db8::1"_s << 54321 << u"2001:db8::1"_s;
    QTest::newRow("link-local") << u"fe80::1%lo"_s << u"fe80::1%lo"_s << 54321 << u"fe80::1%lo"_s;
    QTest::newRow("link-local port") << u"fe80::1%lo:9"_s << u"fe80::1%lo"_s << 9 << u"[fe80::1%lo]:9"_s;
    QTest::newRow("link-local brackets")
        << u"[fe80::1%lo]:9"_s << u"fe80::1%lo"_s << 9 << u"[fe80::1%lo]:9"_s;
    QTest::newRow("link-local url") << u"http://[fe80::1%25lo]:9/"_s << u"fe80::1%lo"_s << 9
                                    << u"http://[fe80::1%lo]:9"_s;
    QTest::newRow("url") << u"http://laptop:54321/"_s << u"laptop"_s << 54321 << u"http://laptop"_s;
    QTest::newRow("ws url") << u"ws://10.0.0.2:99"_s << u"10.0.0.2"_s << 99 << u"http://10.0.0.2:99"_s;
}

void TestPeerAddress::parse()
{
    QFETCH(QString, text);
    QFETCH(QString, host);
    QFETCH(int, port);
    QFETCH(QString, shown);
    const Result<PeerAddress> peer = PeerAddress::parse(text);
    QVERIFY2(peer.isOk(), qPrintable(text));
    QCOMPARE(peer->host, host);
    QCOMPARE(int(peer->port), port);
    QCOMPARE(peer->toString(), shown);
    QCOMPARE(PeerAddress::parse(shown).value(), peer.value());
}

void TestPeerAddress::bad_data()
{
    QTest::addColumn<QString>("text");
    for (const char* text :
         {"",          "  ",           ":80",       "host:",   "host:0",      "host:65536",
          "host:-1",   "host:x",       "a b",       "[::1",    "[::1]x",      "[laptop]:80",
          "host/path", "user@host",    "::1::2",    "fe80::1", "[fe80::1]:9", "http://[fe80::1]/",
          "fe80::1%",  "fe80::1%lo:x", "fe80::1%:9"})
        QTest::newRow(text) << QString::fromLatin1(text);
    QTest::newRow("long") << QString(254, u'a');
}

void TestPeerAddress::bad()
{
    QFETCH(QString, text);
    const Result<PeerAddress> peer = PeerAddress::parse(text);
    QVERIFY(!peer);
    QCOMPARE(peer.error().code, ErrorCode::InvalidArgument);
}

void TestPeerAddress::urls()
{
    QCOMPARE(PeerAddress({u"::1"_s, 80}).httpUrl(u"/upload"_s).toString(), u"https://[::1]:80/upload"_s);
    QCOMPARE(PeerAddress({u"a"_s, 1, true}).httpUrl(u"/"_s).toString(), u"http://a:1/"_s);
}

QTEST_GUILESS_MAIN(TestPeerAddress)
#include "tst_peeraddress.moc"
