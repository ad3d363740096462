#include "receivehandler.h"
#include "verificationcode.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

const QString ownKey(64, u'0');
const QString someKey(64, u'a');
const QString otherKey(64, u'b');

RemotePeer peerOf(const QString& key, bool isEncrypted = true)
{
    return {QHostAddress(u"192.0.2.7"_s), isEncrypted, key};
}

HttpRequest request(const QByteArray& method, const QByteArray& target, const QByteArray& body = {},
                    const QByteArray& type = "application/json")
{
    return {method, target, {{"Content-Type", type}}, body};
}

QJsonObject jsonOf(const HttpResponse& response)
{
    return QJsonDocument::fromJson(response.body).object();
}

QByteArray batch(char id = 'a')
{
    return R"({"batch":")" + QByteArray(32, id) +
           R"(","files":1,"bytes":3,"names":["a.txt"],"sender":"laptop"})";
}

} // namespace

/// What peers get that come over TLS, with the key that the test says.
class TestReceiveHandler : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void plainIsRefused_data();
    void plainIsRefused();
    void tokenIsForItsHolder();
    void plainIsSwitchedOffMeanwhile();
    void firstContact();
    void badPairings_data();
    void badPairings();
    void waitsForAPerson();
    void goesWhileSomebodyWaits();
    void handlerGoesFirst();

private:
    void make(AcceptPolicy policy, bool takesPlain = false);
    /// The answer; status 0 while there is none.
    [[nodiscard]] std::shared_ptr<HttpResponse> ask(const HttpRequest& request, const RemotePeer& peer);
    [[nodiscard]] int upgrade(const QByteArray& token, const RemotePeer& peer);
    [[nodiscard]] OfferSnapshot offer() { return m_context->admission().takeNews().offers->constFirst(); }

    std::unique_ptr<QTemporaryDir> m_home;
    std::unique_ptr<UploadBoard> m_board;
    std::unique_ptr<ReceiveContext> m_context;
    std::unique_ptr<ReceiveHandler> m_handler;
    ConnectionHandler::Withdrawn m_withdrawn;
};

void TestReceiveHandler::init()
{
    m_handler.reset();
    m_context.reset();
    m_home = std::make_unique<QTemporaryDir>();
    m_board = std::make_unique<UploadBoard>();
}

void TestReceiveHandler::make(AcceptPolicy policy, bool takesPlain)
{
    AdmissionOptions admission;
    admission.accept = policy;
    admission.takesPlain = takesPlain;
    admission.ownFingerprint = ownKey;
    admission.knownPeers = std::make_shared<KnownPeers>(m_home->filePath(u"data"_s));
    m_context = std::make_unique<ReceiveContext>(
        BatchSessionOptions(), admission, *m_board, ServiceInfo{u"desk"_s, u"1"_s},
        ReceiveContext::Destination{LandingFolder::open(m_home->path()).value(), ConflictPolicy::Rename}, 0);
    m_handler = std::make_unique<ReceiveHandler>(*m_context);
}

std::shared_ptr<HttpResponse> TestReceiveHandler::ask(const HttpRequest& request, const RemotePeer& peer)
{
    auto answer = std::make_shared<HttpResponse>();
    answer->status = 0;
    m_withdrawn = m_handler->request(request, peer, [answer](const HttpResponse& response) {
        QCOMPARE(answer->status, 0); // once
        *answer = response;
    });
    return answer;
}

int TestReceiveHandler::upgrade(const QByteArray& token, const RemotePeer& peer)
{
    HttpRequest asked = request("GET", "/upload/" + token);
    asked.headers += HttpHeader{"Sec-WebSocket-Protocol", batchProtocol};
    const auto decision = m_handler->upgrade(asked, peer);
    const auto* refusal = std::get_if<HttpResponse>(&decision);
    return refusal ? refusal->status : 101;
}

void TestReceiveHandler::plainIsRefused_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("target");
    QTest::newRow("index") << "GET"_ba
                           << "/"_ba;
    QTest::newRow("offer") << "POST"_ba
                           << "/upload"_ba;
    QTest::newRow("first contact") << "POST"_ba
                                   << "/pair"_ba;
    QTest::newRow("nothing") << "GET"_ba
                             << "/x"_ba;
}

void TestReceiveHandler::plainIsRefused()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, target);
    make(AcceptPolicy::Everyone);
    const auto answer = ask(request(method, target, batch()), peerOf({}, false));
    QCOMPARE(answer->status, 403);
    QVERIFY(answer->body.contains("encrypted"));
    QCOMPARE(answer->body.count('\n'), 1);
    QCOMPARE(m_board->take().entries.size(), 1);
}

void TestReceiveHandler::tokenIsForItsHolder()
{
    make(AcceptPolicy::Everyone, true);
    const auto answer = ask(request("POST", "/upload", batch()), peerOf(someKey));
    QCOMPARE(answer->status, 200);
    const QByteArray token = jsonOf(*answer)["token"_L1].toString().toLatin1();
    QCOMPARE(upgrade(token, peerOf(otherKey)), 404);
    QCOMPARE(upgrade(token, peerOf({})), 404);
    QCOMPARE(upgrade(token, peerOf({}, false)), 404);
    QCOMPARE(upgrade(token, peerOf(someKey)), 101);
    QCOMPARE(upgrade(token, peerOf(someKey)), 404);
}

void TestReceiveHandler::plainIsSwitchedOffMeanwhile()
{
    make(AcceptPolicy::Everyone, true);
    const auto answer = ask(request("POST", "/upload", "a.txt", "text/plain"), peerOf({}, false));
    QCOMPARE(answer->status, 200);
    m_context->admission().setPolicy(AcceptPolicy::Everyone, false);
    QCOMPARE(upgrade(answer->body, peerOf({}, false)), 403);
    QCOMPARE(upgrade(answer->body, peerOf({})), 404);
}

void TestReceiveHandler::firstContact()
{
    make(AcceptPolicy::Ask);
    const QByteArray nonce(32, 'n');
    const QByteArray commitment = pairingCommitment(someKey, ownKey, nonce);
    const auto begun =
        ask(request("POST", "/pair", R"({"sender":"laptop","commitment":")" + commitment + "\"}"),
            peerOf(someKey));
    QCOMPARE(begun->status, 200);
    const QJsonObject pairing = jsonOf(*begun);
    QCOMPARE(pairing["name"_L1].toString(), u"desk"_s);
    const QByteArray theirs = QByteArray::fromHex(pairing["nonce"_L1].toString().toLatin1());
    QCOMPARE(theirs.size(), 32);
    const QByteArray target = "/pair/" + pairing["pairing"_L1].toString().toLatin1();
    const HttpRequest reveal = request("POST", target, R"({"nonce":")" + nonce.toHex() + "\"}");
    QCOMPARE(ask(reveal, peerOf(otherKey))->status, 403);
    const auto revealed = ask(reveal, peerOf(someKey));
    QCOMPARE(revealed->status, 200);
    QCOMPARE(revealed->body, "{}"_ba);
    QCOMPARE(offer().code, verificationCode(someKey, ownKey, nonce, theirs));
    QCOMPARE(ask(reveal, peerOf(someKey))->status, 403);
    QCOMPARE(ask(request("POST", target, R"({"differs":true})"), peerOf(someKey))->status, 200);
    QVERIFY(m_context->admission().takeNews().offers->isEmpty());
}

void TestReceiveHandler::badPairings_data()
{
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    const QByteArray hex(64, 'f');
    QTest::newRow("no body") << "/pair"_ba
                             << ""_ba << 400;
    QTest::newRow("no commitment") << "/pair"_ba
                                   << R"({"sender":"x"})"_ba << 400;
    QTest::newRow("short") << "/pair"_ba
                           << R"({"commitment":"ff"})"_ba << 400;
    QTest::newRow("upper case") << "/pair"_ba
                                << R"({"commitment":")" + hex.toUpper() + "\"}" << 400;
    QTest::newRow("not hex") << "/pair"_ba
                             << R"({"commitment":")" + QByteArray(64, 'g') + "\"}" << 400;
    QTest::newRow("number") << "/pair"_ba
                            << R"({"commitment":1})"_ba << 400;
    QTest::newRow("no nonce") << "/pair/x"_ba
                              << "{}"_ba << 400;
    QTest::newRow("unknown id") << "/pair/x"_ba
                                << R"({"nonce":")" + hex + "\"}" << 403;
    QTest::newRow("no id") << "/pair/"_ba
                           << R"({"nonce":")" + hex + "\"}" << 403;
    QTest::newRow("elsewhere") << "/pairs"_ba
                               << "{}"_ba << 404;
}

void TestReceiveHandler::badPairings()
{
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    make(AcceptPolicy::Ask);
    const auto answer = ask(request("POST", target, body), peerOf(someKey));
    QCOMPARE(answer->status, status);
    QCOMPARE(answer->body.count('\n'), 1);
    QCOMPARE(ask(request("GET", "/pair"), peerOf(someKey))->status, 405);
    QVERIFY(!m_context->admission().takeNews().offers);
}

void TestReceiveHandler::waitsForAPerson()
{
    make(AcceptPolicy::Ask);
    const auto answer = ask(request("POST", "/upload", batch()), peerOf(someKey));
    QCoreApplication::processEvents();
    QCOMPARE(answer->status, 0);
    QVERIFY(m_context->admission().answer(offer().id, OfferAnswer::AcceptAlways, {}));
    QTRY_COMPARE(answer->status, 200);
    const QByteArray token = jsonOf(*answer)["token"_L1].toString().toLatin1();
    const std::optional<Grant> grant =
        m_context->tokens().redeem(token, peerOf(someKey), std::chrono::steady_clock::now());
    QVERIFY(grant.has_value());
    QCOMPARE(std::get<BatchGrant>(*grant).holder.peerName, u"laptop"_s);
    QVERIFY(std::get<BatchGrant>(*grant).holder.isEncrypted);
}

/// The verdict is on its way to the handler when the sender leaves.
void TestReceiveHandler::goesWhileSomebodyWaits()
{
    make(AcceptPolicy::Ask);
    const auto answer = ask(request("POST", "/upload", batch()), peerOf(someKey));
    QVERIFY(m_context->admission().answer(offer().id, OfferAnswer::Accept, {}));
    m_withdrawn();
    QCoreApplication::processEvents();
    QCOMPARE(answer->status, 0);
}

/// … or when receiving is turned off.
void TestReceiveHandler::handlerGoesFirst()
{
    make(AcceptPolicy::Ask);
    const auto first = ask(request("POST", "/upload", batch()), peerOf(someKey));
    const auto second = ask(request("POST", "/upload", batch('b')), peerOf(someKey));
    const QList<OfferSnapshot> offers = m_context->admission().takeNews().offers.value();
    QCOMPARE(offers.size(), 2);
    QVERIFY(m_context->admission().answer(offers[0].id, OfferAnswer::Accept, {}));
    m_handler.reset();
    QVERIFY(m_context->admission().takeNews().offers->isEmpty());
    QVERIFY(m_context->admission().answer(offers[1].id, OfferAnswer::Accept, {}));
    QCoreApplication::processEvents();
    QCOMPARE(first->status + second->status, 0);
}

QTEST_GUILESS_MAIN(TestReceiveHandler)
#include "tst_receivehandler.moc"
