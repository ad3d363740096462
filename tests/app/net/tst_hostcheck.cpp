#include "hostcheck.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

bool write(const QString& path, const QByteArray& text)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(text) == text.size();
}

} // namespace

class TestHostCheck : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void host_data();
    void host();
    void noOwnName();
    void namesWithDomains_data();
    void namesWithDomains();
    void laterNetworks();
    void origin_data();
    void origin();
    void otherSites_data();
    void otherSites();
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
    QCOMPARE(isOwnHost(QTest::currentDataTag(), OwnNames(u"Desk"_s, {}, {{}, {}})), isOwn);
}

void TestHostCheck::noOwnName()
{
    QVERIFY(!isOwnHost("", {}));
    QVERIFY(!isOwnHost(".local", {}));
    QVERIFY(isOwnHost("localhost", {}));
}

void TestHostCheck::namesWithDomains_data()
{
    QTest::addColumn<QString>("hostName");
    QTest::addColumn<bool>("isOwn");
    for (const char* host : {"desk", "desk.local", "desk.fritz.box", "DESK.Fritz.Box:54321", "desk.lan",
                             "desk.corp.example", "files.example.org:1", "xn--bro-hoa.example"})
        QTest::newRow(host) << u"desk"_s << true;
    for (const char* host : {"desk.old.example", "desk.nas.example", "fritz.box", "lan", "nas.lan",
                             "nas.fritz.box", "desk.lan.evil.example", "desk.evil.example", "xdesk.lan",
                             "www.files.example.org", "desk.", "desk..lan"})
        QTest::newRow(host) << u"desk"_s << false;
    QTest::newRow("desk.home") << u"desk.home"_s << true;
    QTest::newRow("desk.home.local") << u"desk.home"_s << true;
    QTest::newRow("desk.home.lan") << u"desk.home"_s << false;
}

/// The domains that the system knows this device by, and what its person allowed; never any other one.
void TestHostCheck::namesWithDomains()
{
    QFETCH(QString, hostName);
    QFETCH(bool, isOwn);
    const QTemporaryDir folder;
    const NameFiles files{folder.filePath(u"hosts"_s), folder.filePath(u"resolv.conf"_s)};
    QVERIFY(write(files.hosts,
                  "127.0.0.1 localhost\n127.0.1.1\tDesk.fritz.box desk # desk.evil.example desk\n"
                  "192.0.2.1 nas.fritz.box nas\n192.0.2.2 desk.nas.example nas\n"));
    QVERIFY(write(files.resolver, "# search evil.example\nnameserver 192.0.2.1\nsearch old.example\n"
                                  "search lan corp.example. .\noptions desk.evil.example\n"));
    const OwnNames names(hostName, {u"files.example.org"_s, u"büro.example"_s}, files);
    QCOMPARE(isOwnHost(QTest::currentDataTag(), names), isOwn);
}

void TestHostCheck::laterNetworks()
{
    const QTemporaryDir folder;
    const NameFiles files{{}, folder.filePath(u"resolv.conf"_s)};
    const OwnNames names(u"desk"_s, {}, files);
    QVERIFY(!isOwnHost("desk.lan", names));
    QVERIFY(write(files.resolver, "search lan\n"));
    QVERIFY(isOwnHost("desk.lan", names));
}

void TestHostCheck::origin_data()
{
    QTest::addColumn<bool>("isOwn");
    QTest::newRow("http://desk:1") << true;
    QTest::newRow("HTTP://Desk:1") << true;
    for (const char* origin : {"", "null", "http://desk", "http://desk:2", "https://desk:1", "http://desk:1/",
                               "desk:1", "http://example.com", "http://desk:1.example.com", "ws://desk:1"})
        QTest::newRow(origin) << false;
}

void TestHostCheck::origin()
{
    QFETCH(bool, isOwn);
    HttpRequest request{"POST", "/upload", {{"Host", "desk:1"}}, {}};
    QVERIFY(isOwnPage(request, false) && isOwnPage(request, true));
    request.headers.append(HttpHeader{"Origin", QTest::currentDataTag()});
    QCOMPARE(isOwnPage(request, false), isOwn);
}

void TestHostCheck::otherSites_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("site");
    QTest::addColumn<QByteArray>("mode");
    QTest::addColumn<bool>("isOwn");
    QTest::newRow("typed") << "POST"_ba
                           << "none"_ba
                           << "navigate"_ba << true;
    QTest::newRow("own page") << "POST"_ba
                              << "same-origin"_ba
                              << "cors"_ba << true;
    QTest::newRow("followed link") << "GET"_ba
                                   << "cross-site"_ba
                                   << "navigate"_ba << true;
    QTest::newRow("foreign form") << "POST"_ba
                                  << "cross-site"_ba
                                  << "navigate"_ba << false;
    QTest::newRow("foreign script") << "POST"_ba
                                    << "cross-site"_ba
                                    << "no-cors"_ba << false;
    QTest::newRow("foreign image") << "GET"_ba
                                   << "cross-site"_ba
                                   << "no-cors"_ba << false;
    QTest::newRow("foreign WebSocket") << "GET"_ba
                                       << "cross-site"_ba
                                       << "websocket"_ba << false;
    QTest::newRow("sibling") << "POST"_ba
                             << "same-site"_ba
                             << "cors"_ba << false;
    QTest::newRow("unknown word") << "POST"_ba
                                  << "elsewhere"_ba
                                  << "cors"_ba << false;
}

void TestHostCheck::otherSites()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, site);
    QFETCH(QByteArray, mode);
    QFETCH(bool, isOwn);
    const HttpRequest request{
        method, "/", {{"Host", "desk"}, {"Sec-Fetch-Site", site}, {"Sec-Fetch-Mode", mode}}, {}};
    QCOMPARE(isOwnPage(request, false), isOwn);
}

QTEST_APPLESS_MAIN(TestHostCheck)
#include "tst_hostcheck.moc"
