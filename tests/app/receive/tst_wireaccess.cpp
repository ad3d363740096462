#include "nativeclient.h"
#include "rawanswer.h"
#include "receiverfixture.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QSysInfo>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// Where a page may be from, of which host it believes that it talks to: `%h` is the header `Host`.
struct PageCase
{
    const char* name;
    QByteArray origin; ///< null: no header
    bool isFine[2];    ///< without and with encryption
};

const QList<PageCase> pages{
    {"no page", {}, {true, true}},
    {"the receiver's own", "http://%h", {true, false}},
    {"the receiver's own, encrypted", "https://%h", {false, true}},
    {"in capitals", "HTTPS://%h", {false, true}},
    {"WebSocket", "ws://%h", {false, false}},
    {"encrypted WebSocket", "wss://%h", {false, false}},
    {"nobody's", "null", {false, false}},
    {"empty", "", {false, false}},
    {"another site", "http://example.com", {false, false}},
    {"another site, encrypted", "https://example.com", {false, false}},
    {"another port", "https://%h0", {false, false}},
    {"a name that begins like it", "https://%h.example.com", {false, false}},
    {"a name in front of another", "https://%h@example.com", {false, false}},
    {"with a path", "https://%h/", {false, false}},
    {"a file", "file://", {false, false}},
    {"an extension", "chrome-extension://%h", {false, false}},
    {"no scheme", "%h", {false, false}},
};

struct HostCase
{
    QByteArray header;
    bool isOwn;
};

QList<HostCase> hostCases(quint16 port)
{
    const QByteArray suffix = ":" + QByteArray::number(port);
    const QByteArray name = QSysInfo::machineHostName().toLatin1();
    return {{"127.0.0.1" + suffix, true},
            {"127.0.0.1", true},
            {"192.0.2.7" + suffix, true},
            {"[::1]" + suffix, true},
            {"localhost" + suffix, true},
            {"LocalHost" + suffix, true},
            {name + suffix, true},
            {name + ".local" + suffix, true},
            {"example.com", false},
            {"example.com" + suffix, false},
            {name + ".example.com" + suffix, false},
            {"localhost.example.com", false},
            {"127.0.0.1.example.com" + suffix, false},
            {"evil@localhost" + suffix, false},
            {"localhost" + suffix + ":1", false},
            {"", false}};
}

} // namespace

/// Who gets in at a running receiver: over TLS and without, by Host, Origin and token.
class TestWireAccess : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<ReceiverFixture>(); }
    void cleanup() { m_fixture.reset(); }
    void hostsAndOrigins_data();
    void hostsAndOrigins();
    void withPlainOff();
    void deadTokensAreAlike_data();
    void deadTokensAreAlike();
    void malformedTokensAreUnknown();
    void expiredTokens();
    void pairingsOfOthersAreAlike();

private:
    [[nodiscard]] bool start(bool takesPlain = true, const Limits& limits = {})
    {
        ReceiveOptions options;
        options.accept = AcceptPolicy::Everyone;
        options.takesPlain = takesPlain;
        options.identity = m_receiver.tls();
        options.limits = limits;
        return m_fixture->startAsIs(options);
    }
    /// By the sender's key; by nobody's without encryption when null.
    [[nodiscard]] QByteArray answer(const TestIdentity* sender, const QByteArray& request) const
    {
        return rawAnswer(m_fixture->receiver().port(), sender ? sender->tls() : nullptr, request);
    }
    [[nodiscard]] QByteArray upgradeAnswer(const TestIdentity* sender, const QByteArray& token,
                                           bool isBatch = false) const
    {
        return answer(sender, webSocketRequest("/upload/" + token,
                                               isBatch ? "Sec-WebSocket-Protocol: sockdrop.v1\r\n" : ""));
    }
    [[nodiscard]] QByteArray token(const TestIdentity* sender, bool isBatch = false) const;

    const TestIdentity m_receiver;
    const TestIdentity m_sender;
    const TestIdentity m_other;
    std::unique_ptr<ReceiverFixture> m_fixture;
};

QByteArray TestWireAccess::token(const TestIdentity* sender, bool isBatch) const
{
    const QByteArray request = isBatch ? postRequest("/upload", NativeClient::offer(1, 3).toJson(),
                                                     "Content-Type: application/json\r\n")
                                       : postRequest("/upload", "a.txt");
    const QByteArray whole = answer(sender, request);
    const QByteArray body = whole.sliced(std::max<qsizetype>(whole.indexOf("\r\n\r\n"), 0)).trimmed();
    return isBatch ? QJsonDocument::fromJson(body).object()["token"_L1].toString().toLatin1() : body;
}

void TestWireAccess::hostsAndOrigins_data()
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::newRow("plain") << false;
    QTest::newRow("TLS") << true;
}

/// Every host with every page, as an offer, as an upgrade and as a plain question.
void TestWireAccess::hostsAndOrigins()
{
    QFETCH(bool, isEncrypted);
    QVERIFY(start());
    const TestIdentity* sender = isEncrypted ? &m_sender : nullptr;
    for (const HostCase& host : hostCases(m_fixture->receiver().port())) {
        for (const PageCase& page : pages) {
            const QByteArray origin = QByteArray(page.origin).replace("%h", host.header);
            const QByteArray line = page.origin.isNull() ? QByteArray() : "Origin: " + origin + "\r\n";
            // A program that shows its certificate may call us what it likes.
            const bool isNamed = host.isOwn || (isEncrypted && page.origin.isNull());
            const int refusal = !isNamed ? 421 : page.isFine[isEncrypted] ? 0 : 403;
            const auto expect = [&](const QByteArray& request, int otherwise) {
                const int status = statusOf(answer(sender, request));
                const int expected = refusal != 0 ? refusal : otherwise;
                return status == expected || (host.header.isEmpty() && status == 400);
            };
            const QString what =
                u"%1 at “%2”"_s.arg(QLatin1StringView(page.name), QLatin1StringView(host.header));
            QVERIFY2(expect(postRequest("/upload", "a.txt", line, host.header), 200), qPrintable(what));
            QVERIFY2(expect(webSocketRequest("/upload/none", line, host.header), 404), qPrintable(what));
        }
    }
    QVERIFY(m_fixture->landed().isEmpty());
}

void TestWireAccess::withPlainOff()
{
    QVERIFY(start(false));
    const QByteArray issued = token(&m_sender);
    const QByteArray host = "127.0.0.1:" + QByteArray::number(m_fixture->receiver().port());
    for (const QByteArray& line : {""_ba, "Origin: http://" + host + "\r\n"}) {
        QCOMPARE(statusOf(answer(nullptr, postRequest("/upload", "a.txt", line, host))), 403);
        QCOMPARE(statusOf(answer(nullptr, postRequest("/pair", "{}", line, host))), 403);
        QCOMPARE(statusOf(answer(nullptr, "GET / HTTP/1.1\r\nHost: " + host + "\r\n" + line + "\r\n")), 403);
        QCOMPARE(statusOf(answer(nullptr, webSocketRequest("/upload/none", line, host))), 403);
        QCOMPARE(statusOf(answer(nullptr, webSocketRequest("/upload/" + issued, line, host))), 403);
    }
    // Foreign hosts and pages are told nothing else than ever.
    QCOMPARE(statusOf(answer(nullptr, postRequest("/upload", "a.txt", {}, "example.com"))), 421);
    QCOMPARE(statusOf(answer(nullptr, webSocketRequest("/upload/" + issued, "Origin: http://a.example\r\n"))),
             403);
    QCOMPARE(statusOf(answer(&m_sender,
                             postRequest("/upload", "a.txt", "Origin: https://" + host + "\r\n", host))),
             200);
    QCOMPARE(statusOf(answer(&m_sender, webSocketRequest("/upload/" + issued))), 101); // nobody has spent it
}

void TestWireAccess::deadTokensAreAlike_data()
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<bool>("isBatch");
    QTest::newRow("plain, basic") << false << false;
    QTest::newRow("plain, batch") << false << true;
    QTest::newRow("TLS, basic") << true << false;
    QTest::newRow("TLS, batch") << true << true;
}

/// Unknown, spent, and somebody else's: not one byte tells them apart, and an attempt spends nothing.
void TestWireAccess::deadTokensAreAlike()
{
    QFETCH(bool, isEncrypted);
    QFETCH(bool, isBatch);
    QVERIFY(start());
    const TestIdentity* sender = isEncrypted ? &m_sender : nullptr;
    const TestIdentity* other = isEncrypted ? nullptr : &m_other;
    const QByteArray unknown = upgradeAnswer(sender, QByteArray(32, 'a'), isBatch);
    QVERIFY2(unknown.startsWith("HTTP/1.1 404 "), unknown.constData());
    QVERIFY(!unknown.contains("Date:"));
    const QByteArray issued = token(sender, isBatch);
    QCOMPARE(issued.size(), 32);
    QCOMPARE(upgradeAnswer(other, issued, isBatch), unknown);
    QCOMPARE(upgradeAnswer(&m_other, issued, isBatch), unknown);
    QCOMPARE(upgradeAnswer(other, issued, !isBatch), unknown);
    QCOMPARE(statusOf(upgradeAnswer(sender, issued, isBatch)), 101);
    for (const bool asBatch : {false, true}) {
        QCOMPARE(upgradeAnswer(sender, issued, asBatch), unknown);
        QCOMPARE(upgradeAnswer(other, issued, asBatch), unknown);
    }
}

void TestWireAccess::malformedTokensAreUnknown()
{
    QVERIFY(start());
    const QByteArray unknown = upgradeAnswer(&m_sender, QByteArray(32, 'a'));
    const QByteArray issued = token(&m_sender);
    for (const QByteArray& wrong :
         {""_ba, "x"_ba, "../../etc/passwd"_ba, issued.first(31), issued + "a", issued.toUpper() + "A",
          issued + "/", "/" + issued, issued + "?a=b", "%00"_ba, QByteArray(4000, 'a')})
        QCOMPARE(upgradeAnswer(&m_sender, wrong), unknown);
    QCOMPARE(statusOf(upgradeAnswer(&m_sender, issued)), 101);
}

void TestWireAccess::expiredTokens()
{
    Limits limits;
    limits.tokenLifetime = 0ms;
    QVERIFY(start(true, limits));
    const QByteArray unknown = upgradeAnswer(&m_sender, QByteArray(32, 'a'));
    for (const bool isBatch : {false, true}) {
        const QByteArray issued = token(&m_sender, isBatch);
        QCOMPARE(issued.size(), 32);
        QCOMPARE(upgradeAnswer(&m_sender, issued, isBatch), unknown);
    }
}

/// The id of a first contact is no less of a secret: unknown, spent and somebody else's are alike.
void TestWireAccess::pairingsOfOthersAreAlike()
{
    QVERIFY(start());
    const QByteArray hex(64, 'a');
    const auto begin = [&] {
        const QByteArray whole =
            answer(&m_sender, postRequest("/pair", R"({"sender":"test","commitment":")" + hex + "\"}"));
        const QByteArray body = whole.sliced(std::max<qsizetype>(whole.indexOf("\r\n\r\n"), 0));
        return QJsonDocument::fromJson(body).object()["pairing"_L1].toString().toLatin1();
    };
    const auto reveal = [&](const TestIdentity& sender, const QByteArray& id) {
        return answer(&sender, postRequest("/pair/" + id, R"({"nonce":")" + hex + "\"}"));
    };
    const QByteArray unknown = reveal(m_sender, QByteArray(32, 'a'));
    QVERIFY2(unknown.startsWith("HTTP/1.1 403 "), unknown.constData());
    const QByteArray id = begin();
    QCOMPARE(id.size(), 32);
    QCOMPARE(reveal(m_other, id), unknown); // whoever tries it spends it
    QCOMPARE(reveal(m_sender, id), unknown);
    QCOMPARE(reveal(m_sender, "../" + id), unknown);
    QCOMPARE(reveal(m_sender, ""), unknown);
}

QTEST_GUILESS_MAIN(TestWireAccess)
#include "tst_wireaccess.moc"
