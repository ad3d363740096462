#include "hostcheck.h"
#include "rawexchange.h"
#include "testhandler.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

/// A `Host` that a client may send, and what is behind it: "host port", empty for no name of this machine.
struct HostCase
{
    QByteArray header;
    QByteArray target;
};

/// An `Origin`, and whose page that is: "scheme host port", empty for nobody's; no header when null.
struct OriginCase
{
    QByteArray header;
    QByteArray page;
};

const QList<HostCase> hosts{
    {"127.0.0.1:54321", "127.0.0.1 54321"},
    {"127.0.0.1", "127.0.0.1 -"},
    {"192.168.1.20:54321", "192.168.1.20 54321"},
    {"[::1]:54321", "[::1] 54321"},
    {"[fe80::1]:54321", "[fe80::1] 54321"},
    {"[::1]", "[::1] -"},
    {"localhost:54321", "localhost 54321"},
    {"LOCALHOST:54321", "localhost 54321"},
    {"desk:54321", "desk 54321"},
    {"desk:8080", "desk 8080"},
    {"Desk", "desk -"},
    {"desk.local:54321", "desk.local 54321"},
    {"example.com", ""},
    {"example.com:54321", ""},
    {"desk.example.com:54321", ""},
    {"localhost.example.com", ""},
    {"127.0.0.1.example.com:54321", ""},
    {"evil@desk:54321", ""},
    {"desk:54321:1", ""},
    {"[::1", ""},
};

const QList<OriginCase> origins{
    {{}, {}},
    {"null", ""},
    {"http://127.0.0.1:54321", "http 127.0.0.1 54321"},
    {"https://127.0.0.1:54321", "https 127.0.0.1 54321"},
    {"http://127.0.0.1", "http 127.0.0.1 -"},
    {"http://[::1]:54321", "http [::1] 54321"},
    {"https://[::1]:54321", "https [::1] 54321"},
    {"http://localhost:54321", "http localhost 54321"},
    {"http://desk:54321", "http desk 54321"},
    {"https://desk:54321", "https desk 54321"},
    {"http://desk:8080", "http desk 8080"},
    {"http://desk", "http desk -"},
    {"https://desk.local:54321", "https desk.local 54321"},
    {"http://desk.local:54321", "http desk.local 54321"},
    {"http://example.com", ""},
    {"https://example.com:54321", ""},
    {"http://desk:54321.example.com", ""},
    {"http://desk:54321@example.com", ""},
    {"file://", ""},
    {"chrome-extension://desk:54321", ""},
    {"desk:54321", ""},
};

/// By the table alone.
int expectedStatus(const HostCase& host, const OriginCase& origin, const QByteArray& scheme)
{
    if (host.target.isEmpty())
        return 421;
    const bool isOwn = origin.header.isNull() || origin.page == scheme + ' ' + host.target;
    return isOwn ? 0 : 403;
}

QByteArray originLine(const OriginCase& origin)
{
    return origin.header.isNull() ? QByteArray() : "Origin: " + origin.header + "\r\n";
}

} // namespace

/// Every Host with every Origin: 420 combinations, each as a POST and as an upgrade.
class TestOrigins : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void onTheWire_data();
    void onTheWire();
    void encrypted();

private:
    TestService m_service;
};

void TestOrigins::onTheWire_data()
{
    QTest::addColumn<bool>("isUpgrade");
    QTest::newRow("POST") << false;
    QTest::newRow("upgrade") << true;
}

void TestOrigins::onTheWire()
{
    QFETCH(bool, isUpgrade);
    QVERIFY(hosts.size() * origins.size() >= 200);
    for (const HostCase& host : hosts) {
        for (const OriginCase& origin : origins) {
            QByteArray request = upgradeRequest("/upload/a", host.header);
            if (!isUpgrade)
                request = "POST /upload HTTP/1.1\r\nHost: " + host.header + "\r\nContent-Length: 1\r\n\r\na";
            request.replace("\r\n\r\n", "\r\n" + originLine(origin) + "\r\n");
            const RawConnection connection(m_service.port());
            QVERIFY(connection.send(request));
            const int status = connection.readHead().mid(9, 3).toInt();
            const int refusal = expectedStatus(host, origin, "http");
            const int expected = refusal != 0 ? refusal : isUpgrade ? 101 : 200;
            QVERIFY2(status == expected,
                     qPrintable(u"%1 from %2: %3"_s
                                    .arg(QLatin1StringView(host.header), QLatin1StringView(origin.header))
                                    .arg(status)));
        }
    }
}

/// The same over TLS, without the line.
void TestOrigins::encrypted()
{
    for (const HostCase& host : hosts) {
        for (const OriginCase& origin : origins) {
            HttpRequest request{"POST", "/upload", {{"Host", host.header}}, {}};
            if (!origin.header.isNull())
                request.headers.append(HttpHeader{"Origin", origin.header});
            const int status = !isOwnHost(host.header, u"desk"_s) ? 421 : isOwnPage(request, true) ? 0 : 403;
            QCOMPARE(status, expectedStatus(host, origin, "https"));
        }
    }
}

QTEST_GUILESS_MAIN(TestOrigins)
#include "tst_origins.moc"
