#include "nativeclient.h"
#include "receipt.h"
#include "receiverfixture.h"

#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <thread>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A request whose answer somebody waits for on another thread (not a QThread, whose end ThreadSanitizer does
/// not see).
class Asking final
{
public:
    Asking(quint16 port, const QByteArray& body, const QByteArray& type = "text/plain")
        : m_thread([=, this] {
              m_answer = WireClient(port).request("POST", "/upload", {{"Content-Type", type}}, body);
              m_isAnswered = true;
          })
    {}
    ~Asking()
    {
        if (m_thread.joinable())
            m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(Asking)

    [[nodiscard]] bool isAnswered() const { return m_isAnswered; }
    [[nodiscard]] WireClient::Answer answer()
    {
        if (m_thread.joinable())
            m_thread.join();
        return m_answer;
    }

private:
    WireClient::Answer m_answer;
    std::atomic<bool> m_isAnswered = false;
    std::thread m_thread;
};

} // namespace

/// Offers that wait for a person, over sockets.
class TestOffers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void basicUploadWaits();
    void declined();
    void severalAtOnce();
    void withdrawn();
    void timesOut();
    void floodIsOneLine();
    void anotherFolder();
    void missingFolder();
    void batchComesBackUnasked();
    void policyChanges();
    void turnedOff();
    void noSpaceIsNotAsked();

private:
    void start(ReceiveOptions options = {});
    [[nodiscard]] QList<OfferSnapshot> offers() const;
    void answer(OfferAnswer answer, const QString& folder = {});
    [[nodiscard]] quint16 port() { return m_fixture->receiver().port(); }

    std::unique_ptr<ReceiverFixture> m_fixture;
    std::unique_ptr<QSignalSpy> m_told;
};

void TestOffers::init()
{
    m_fixture = std::make_unique<ReceiverFixture>();
}

void TestOffers::cleanup()
{
    m_told.reset();
    m_fixture.reset();
}

void TestOffers::start(ReceiveOptions options)
{
    options.takesPlain = true;
    QVERIFY(m_fixture->startAsIs(options));
    m_told = std::make_unique<QSignalSpy>(&m_fixture->receiver(), &Receiver::offersChanged);
}

QList<OfferSnapshot> TestOffers::offers() const
{
    return m_told->isEmpty() ? QList<OfferSnapshot>()
                             : m_told->constLast().constFirst().value<QList<OfferSnapshot>>();
}

void TestOffers::answer(OfferAnswer answer, const QString& folder)
{
    m_fixture->receiver().answer(offers().constFirst().id, answer, folder);
}

void TestOffers::basicUploadWaits()
{
    start();
    Asking asking(port(), "a.txt");
    QTRY_COMPARE(offers().size(), 1);
    const OfferSnapshot offer = offers().constFirst();
    QCOMPARE(offer.address, u"127.0.0.1"_s);
    QVERIFY(offer.sender.isEmpty() && offer.fingerprint.isEmpty() && !offer.isEncrypted);
    QCOMPARE(offer.names, QStringList{u"a.txt"_s});
    QCOMPARE(offer.files, 1);
    QCOMPARE(offer.bytes, -1);
    QCOMPARE(offer.folder, m_fixture->path());
    QVERIFY(offer.bytesFree > 0);
    QVERIFY(!asking.isAnswered());
    answer(OfferAnswer::AcceptAlways); // there is nobody to accept always
    QCOMPARE(asking.answer().status, 200);
    QTRY_VERIFY(offers().isEmpty());
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(asking.answer().body), 101);
    wire.send(WireClient::frame(WireClient::Binary, "abc"));
    wire.sendClose();
    QVERIFY(decodeReceipt(QString::fromUtf8(wire.readText())).isOk());
    QVERIFY(!m_fixture->finalState().isEncrypted);
    Asking again(port(), "b.txt");
    QTRY_COMPARE(offers().size(), 1);
    answer(OfferAnswer::Decline);
}

void TestOffers::declined()
{
    start();
    Asking asking(port(), NativeClient::offer(2, 10).toJson(), "application/json");
    QTRY_COMPARE(offers().size(), 1);
    QCOMPARE(offers().constFirst().sender, u"test"_s);
    answer(OfferAnswer::Decline);
    QCOMPARE(asking.answer().status, 403);
    QCOMPARE(asking.answer().body.count('\n'), 1);
    QTRY_COMPARE(m_fixture->entries().size(), 1);
    QCOMPARE(m_fixture->entries().constFirst().result, LogEntry::Result::Refused);
}

/// Each gets its own answer, and who is not answered holds up nobody.
void TestOffers::severalAtOnce()
{
    start();
    Asking first(port(), "1");
    QTRY_COMPARE(offers().size(), 1);
    Asking second(port(), "2");
    QTRY_COMPARE(offers().size(), 2);
    Asking third(port(), "3");
    QTRY_COMPARE(offers().size(), 3);
    QCOMPARE(m_fixture->client().request("GET", "/").status, 200);
    m_fixture->receiver().answer(offers()[1].id, OfferAnswer::Accept);
    QCOMPARE(second.answer().status, 200);
    m_fixture->receiver().answer(offers()[0].id, OfferAnswer::Decline);
    QCOMPARE(first.answer().status, 403);
    QTRY_COMPARE(offers().size(), 1);
    QCOMPARE(offers().constFirst().names, QStringList{u"3"_s});
    answer(OfferAnswer::Accept);
    QCOMPARE(third.answer().status, 200);
}

void TestOffers::withdrawn()
{
    start();
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, port());
    QVERIFY(socket.waitForConnected());
    socket.write("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\na");
    QTRY_COMPARE(offers().size(), 1);
    socket.abort();
    QTRY_VERIFY(offers().isEmpty());
    QTRY_COMPARE(m_fixture->entries().size(), 1);
    QVERIFY(m_fixture->entries().constFirst().text.contains(u"left"_s));
}

void TestOffers::timesOut()
{
    ReceiveOptions options;
    options.limits.decisionTimeout = 50ms;
    start(options);
    Asking asking(port(), "a");
    QCOMPARE(asking.answer().status, 403);
    QVERIFY(asking.answer().body.contains("Nobody"));
    QTRY_VERIFY(offers().isEmpty());
}

void TestOffers::floodIsOneLine()
{
    start();
    std::vector<std::unique_ptr<Asking>> waiting;
    for (int number = 0; number < Limits().offersPerPeer; ++number)
        waiting.push_back(std::make_unique<Asking>(port(), "a"));
    QTRY_COMPARE(offers().size(), Limits().offersPerPeer);
    for (int number = 0; number < 50; ++number)
        QCOMPARE(m_fixture->client().request("POST", "/upload", {}, "b").status, 429);
    for (const OfferSnapshot& offer : offers())
        m_fixture->receiver().answer(offer.id, OfferAnswer::Accept);
    for (const auto& asking : waiting)
        QCOMPARE(asking->answer().status, 200);
    QTRY_VERIFY(offers().isEmpty());
    QTRY_COMPARE(m_fixture->entries().size(), 1);
}

void TestOffers::anotherFolder()
{
    start();
    const QTemporaryDir other;
    Asking asking(port(), "a.txt");
    QTRY_COMPARE(offers().size(), 1);
    const QString path = other.path();
    answer(OfferAnswer::Accept,
           QString(path.constData(), path.size())); // a text of its own: Qt reads the other on
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(asking.answer().body), 101);
    wire.sendClose();
    QVERIFY(decodeReceipt(QString::fromUtf8(wire.readText())).isOk());
    QVERIFY(QFile::exists(other.filePath(u"a.txt"_s)));
    QVERIFY(m_fixture->landed().isEmpty());
}

void TestOffers::missingFolder()
{
    start();
    QSignalSpy failed(&m_fixture->receiver(), &Receiver::answerFailed);
    Asking asking(port(), "a.txt");
    QTRY_COMPARE(offers().size(), 1);
    answer(OfferAnswer::Accept, m_fixture->path(u"none"_s));
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].value<OfferId>(), offers().constFirst().id);
    QCOMPARE(failed[0][1].value<Error>().code, ErrorCode::NotFound);
    QVERIFY(!asking.isAnswered());
    answer(OfferAnswer::Accept);
    QCOMPARE(asking.answer().status, 200);
}

void TestOffers::batchComesBackUnasked()
{
    start();
    const QByteArray content = NativeClient::someBytes(100);
    const BatchOffer offer = NativeClient::offer(1, content.size());
    {
        Asking asking(port(), offer.toJson(), "application/json");
        QTRY_COMPARE(offers().size(), 1);
        answer(OfferAnswer::Accept);
        QCOMPARE(asking.answer().status, 200);
    }
    QTRY_VERIFY(offers().isEmpty());
    NativeClient first(port());
    QVERIFY(first.open(offer));
    first.hangUp();
    NativeClient client(port());
    QVERIFY(client.open(offer));
    client.send(Announce{1, {NativeClient::announced(u"a"_s, content.size())}});
    client.sendChunks(1, content);
    client.send(End());
    QVERIFY(client.wait<BatchReceipt>().has_value());
    QVERIFY(client.waitForClose() > 0);
    QTRY_COMPARE(m_fixture->content(u"a"_s), content);
    QVERIFY(offers().isEmpty());
    // It is over: the same once more is another one.
    QCOMPARE(m_fixture->finalState().state, TransferState::Done);
    Asking again(port(), offer.toJson(), "application/json");
    QTRY_COMPARE(offers().size(), 1);
    answer(OfferAnswer::Decline);
}

void TestOffers::policyChanges()
{
    start();
    Asking first(port(), "a");
    QTRY_COMPARE(offers().size(), 1);
    m_fixture->receiver().setAdmission(AcceptPolicy::Everyone, true);
    QCOMPARE(first.answer().status, 200);
    QCOMPARE(m_fixture->client().request("POST", "/upload", {}, "b").status, 200);
    m_fixture->receiver().setAdmission(AcceptPolicy::Everyone, false);
    QTRY_COMPARE(m_fixture->client().request("GET", "/").status, 403);
    m_fixture->receiver().setAdmission(AcceptPolicy::Known, true);
    QTRY_COMPARE(m_fixture->client().request("GET", "/").status, 200);
    QCOMPARE(m_fixture->client().request("POST", "/upload", {}, "b").status, 403);
}

void TestOffers::turnedOff()
{
    start();
    Asking asking(port(), "a");
    QTRY_COMPARE(offers().size(), 1);
    m_fixture->receiver().stop();
    QTRY_COMPARE(m_fixture->receiver().state(), Receiver::State::Off);
    QCOMPARE(asking.answer().status, 0);
    QVERIFY(offers().isEmpty());
    QVERIFY(m_fixture->entries().isEmpty());
}

void TestOffers::noSpaceIsNotAsked()
{
    start();
    const WireClient::Answer refused =
        m_fixture->client().request("POST", "/upload", {{"Upload-Length", "4611686018427387904"}}, "a");
    QCOMPARE(refused.status, 507);
    QVERIFY(offers().isEmpty());
}

QTEST_GUILESS_MAIN(TestOffers)
#include "tst_offers.moc"
