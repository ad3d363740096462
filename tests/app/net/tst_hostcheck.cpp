#include "hostcheck.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestHostCheck : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void host_data();
    void host();
    void noOwnName();
    void origin_data();
    void origin();
};

void TestHostCheck::host_data()
{
    QTest::addColumn<bool>("isOwn");
    const auto row = [](const char* host, bool isOwn) { QTest::newRow(host) << isOwn; };
    for (const char* host : {"127.0.0.1", "192.168.1.20:54321", "8.8.8.8", "[::1]", "[::1]:80", "[FE80::1]:1",
                             "[fe80::1%25eth0]:1", "localhost", "LocalHost:65535", "desk", "DESK:1",
                             "desk.local", "Desk.Local:54321", "desk:0"})
        row(host, true);
    for (const char* host : {"",
                             ":80",
                             "example.com",
                             "desk.example.com",
                             "desk.local.example.com",
                             "desk.local.",
                             "localhost.example.com",
                             "127.0.0.1.example.com",
                             "127.1",
                             "1",
                             "0x7f.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:65536",
                             "127.0.0.1:+1",
                             "127.0.0.1:1:1",
                             "::1",
                             "[::1",
                             "[::1]x",
                             "[::1]:",
                             "[127.0.0.1]",
                             "[]",
                             "[desk]",
                             "me@localhost",
                             "localhost/",
                             "desk ",
                             "xdesk"})
        row(host, false);
}

void TestHostCheck::host()
{
    QFETCH(bool, isOwn);
    QCOMPARE(isOwnHost(QTest::currentDataTag(), u"Desk"_s), isOwn);
}

void TestHostCheck::noOwnName()
{
    QVERIFY(!isOwnHost("", {}));
    QVERIFY(!isOwnHost(".local", {}));
    QVERIFY(isOwnHost("localhost", {}));
}

void TestHostCheck::origin_data()
{
    QTest::addColumn<bool>("isOwn");
    QTest::newRow("http://desk:1") << true;
    for (const char* origin : {"", "null", "http://desk", "http://desk:2", "https://desk:1", "http://desk:1/",
                               "desk:1", "http://example.com", "http://desk:1.example.com", "ws://desk:1"})
        QTest::newRow(origin) << false;
}

void TestHostCheck::origin()
{
    QFETCH(bool, isOwn);
    QCOMPARE(isOwnOrigin(QByteArray(QTest::currentDataTag()), "desk:1"), isOwn);
    QVERIFY(isOwnOrigin(std::nullopt, "desk:1"));
}

QTEST_APPLESS_MAIN(TestHostCheck)
#include "tst_hostcheck.moc"
