#include "knownpeers.h"
#include "queuefixture.h"
#include "receiverfixture.h"
#include "tlscontext.h"

#include <QRegularExpression>
#include <QSslKey>
#include <QSslServer>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A machine with an identity and its list of known peers.
struct Device
{
    QTemporaryDir folder;
    std::optional<DeviceIdentity> identity;
    std::shared_ptr<const TlsContext> tls;
    std::shared_ptr<KnownPeers> knownPeers = std::make_shared<KnownPeers>(folder.path());

    Device()
    {
        Result<DeviceIdentity> loaded = DeviceIdentity::loadOrCreate(folder.path());
        if (!loaded)
            qFatal("%s", qPrintable(loaded.error().text));
        identity = std::move(loaded.value());
        tls = TlsContext::make(*identity).value();
    }

    [[nodiscard]] KnownPeer as(const QString& name, const QString& address = {}) const
    {
        return {.fingerprint = identity->fingerprint(),
                .name = name,
                .address = address,
                .isAlwaysAccepted = false,
                .addedAt = {},
                .seenAt = {}};
    }
    [[nodiscard]] std::optional<KnownPeer> known(const Device& other) const
    {
        return knownPeers->find(other.identity->fingerprint()).value();
    }
};

/// Somebody in between who hangs up as soon as it has seen the sender's nonce, and so the code.
class Guesser final : public QSslServer
{
public:
    Guesser()
    {
        const IdentityPem& pem = m_device.identity->pem();
        QSslConfiguration configuration = QSslConfiguration::defaultConfiguration();
        configuration.setPrivateKey(QSslKey(pem.text(), QSsl::Ec));
        configuration.setLocalCertificate(QSslCertificate(pem.text()));
        configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
        setSslConfiguration(configuration);
        connect(this, &QTcpServer::pendingConnectionAvailable, this, [this] {
            QTcpSocket* socket = nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [this, socket] { answer(*socket); });
        });
        listen(QHostAddress::LocalHost);
    }

    [[nodiscard]] int contacts() const { return m_contacts; }
    [[nodiscard]] int nonces() const { return m_nonces; }

private:
    void answer(QTcpSocket& socket)
    {
        const QByteArray request = socket.peek(10'000);
        if (request.startsWith("GET /")) {
            send(socket, R"({"service":"sockdrop","name":"Desk","version":"1"})");
        } else if (request.startsWith("POST /pair ") && request.endsWith('}')) {
            ++m_contacts;
            send(socket, R"({"pairing":")" + QByteArray(32, 'a') + R"(","name":"Desk","nonce":")" +
                             QByteArray(64, 'b') + R"("})");
        } else if (request.startsWith("POST /pair/") && request.endsWith('}')) {
            ++m_nonces;
            socket.abort();
        }
    }
    static void send(QTcpSocket& socket, const QByteArray& body)
    {
        socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                     QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
        socket.disconnectFromHost();
    }

    Device m_device;
    int m_contacts = 0;
    int m_nonces = 0;
};

} // namespace

/// Two devices over TLS, each with its person: who is trusted, and who is told what before.
class TestFirstContact final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void bothSeeTheSameCodeAndKnowEachOtherThen();
    void differentCodesSendNothing();
    void nobodyComparesInTime();
    void cancelledWhileComparing();
    void whoIsInBetweenGetsOneGuess();
    void anImpostorAtAKnownAddressIsToldNothing();
    void anImpostorIsNotTrustedBlindlyEither();
    void knownAddressesAreNeverUsedPlain();
    void withoutAPersonNobodyNewIsTrusted();
    void trustsNewOnesWhenToldSo();
    void manyUploadsMeetOnce();
    void fingerprints_data();
    void fingerprints();
    void aForgottenPeerIsAStranger();

private:
    void startReceiver(const Device& device, AcceptPolicy accept, Limits limits = {});
    void makeSender(NewPeers newPeers, const QString& fingerprint = {}, Limits limits = {}, int jobs = 1);
    [[nodiscard]] PeerAddress address() { return {u"127.0.0.1"_s, m_receiver->receiver().port()}; }
    [[nodiscard]] QString hostAndPort() { return address().hostAndPort(); }
    void send() { m_queue->queue().send({m_queue->makeFile(u"secret.txt"_s, "hello")}, address()); }
    [[nodiscard]] bool waitForOffer(const std::function<bool(const OfferSnapshot&)>& isIt);
    [[nodiscard]] bool waitForQuestion()
    {
        return QTest::qWaitFor([this] { return !m_questions.isEmpty(); }, 20'000);
    }
    [[nodiscard]] bool waitForEnd()
    {
        return QTest::qWaitFor([this] { return m_queue->finished() > 0; }, 20'000);
    }
    [[nodiscard]] Error failure() const { return m_queue->last().error.value_or(Error{}); }

    std::unique_ptr<Device> m_here;
    std::unique_ptr<Device> m_there;
    std::unique_ptr<ReceiverFixture> m_receiver;
    std::unique_ptr<QueueFixture> m_queue;
    QList<TrustQuestion> m_questions;
    QList<OfferSnapshot> m_offers;
    qsizetype m_mostOffers = 0;
};

void TestFirstContact::init()
{
    m_here = std::make_unique<Device>();
    m_there = std::make_unique<Device>();
}

void TestFirstContact::cleanup()
{
    m_queue.reset();
    m_receiver.reset();
}

void TestFirstContact::startReceiver(const Device& device, AcceptPolicy accept, Limits limits)
{
    ReceiveOptions options;
    options.deviceName = u"Desk"_s;
    options.accept = accept;
    options.takesPlain = true;
    options.identity = device.tls;
    options.knownPeers = device.knownPeers;
    options.limits = limits;
    m_offers.clear();
    m_mostOffers = 0;
    m_receiver = std::make_unique<ReceiverFixture>();
    QVERIFY(m_receiver->startAsIs(options));
    connect(&m_receiver->receiver(), &Receiver::offersChanged, this,
            [this](const QList<OfferSnapshot>& offers) {
                m_offers = offers;
                m_mostOffers = std::max(m_mostOffers, offers.size());
            });
}

void TestFirstContact::makeSender(NewPeers newPeers, const QString& fingerprint, Limits limits, int jobs)
{
    SendOptions options = QueueFixture::patient();
    options.jobs = jobs;
    options.limits.pairingLifetime = limits.pairingLifetime;
    options.deviceName = u"Laptop"_s;
    options.identity = m_here->tls;
    options.knownPeers = m_here->knownPeers;
    options.newPeers = newPeers;
    options.fingerprint = fingerprint;
    m_questions.clear();
    m_queue = std::make_unique<QueueFixture>(options);
    connect(&m_queue->queue(), &UploadQueue::trustAsked, this,
            [this](const TrustQuestion& question) { m_questions += question; });
}

bool TestFirstContact::waitForOffer(const std::function<bool(const OfferSnapshot&)>& isIt)
{
    return QTest::qWaitFor([&] { return !m_offers.isEmpty() && isIt(m_offers.constFirst()); }, 20'000);
}

void TestFirstContact::bothSeeTheSameCodeAndKnowEachOtherThen()
{
    startReceiver(*m_there, AcceptPolicy::Ask);
    makeSender(NewPeers::Ask);
    send();
    QVERIFY(waitForQuestion());
    QVERIFY(waitForOffer([](const OfferSnapshot& offer) { return !offer.isComplete; }));
    const TrustQuestion question = m_questions.constFirst();
    static const QRegularExpression shape(u"\\A[0-9]{3} [0-9]{3}\\z"_s);
    QVERIFY(shape.match(question.code).hasMatch());
    QCOMPARE(m_offers.constFirst().code, question.code);
    QCOMPARE(question.name, u"Desk"_s);
    QCOMPARE(question.fingerprint, m_there->identity->fingerprint());
    QCOMPARE(m_offers.constFirst().sender, u"Laptop"_s);
    QCOMPARE(m_offers.constFirst().fingerprint, m_here->identity->fingerprint());
    QVERIFY(m_offers.constFirst().names.isEmpty()); // not told before it is clear who is there
    QVERIFY(!m_here->known(*m_there) && !m_there->known(*m_here));

    m_queue->queue().answerTrust(question.upload, true);
    QVERIFY(waitForOffer([](const OfferSnapshot& offer) { return offer.isComplete; }));
    QCOMPARE(m_offers.constFirst().names, QStringList{u"secret.txt"_s});
    QCOMPARE(m_offers.constFirst().code, question.code);
    m_receiver->receiver().answer(m_offers.constFirst().id, OfferAnswer::Accept);
    QVERIFY(waitForEnd());
    QCOMPARE(m_queue->last().state, TransferState::Done);
    QVERIFY(m_queue->last().isEncrypted);
    QCOMPARE(m_receiver->content(u"secret.txt"_s), "hello"_ba);
    QCOMPARE(m_here->known(*m_there)->name, u"Desk"_s);
    QCOMPARE(m_here->known(*m_there)->address, hostAndPort());
    QCOMPARE(m_there->known(*m_here)->name, u"Laptop"_s);
    QVERIFY(!m_there->known(*m_here)->isAlwaysAccepted);

    // The next time nobody compares, and "always" asks no more after that.
    makeSender(NewPeers::Ask);
    send();
    QVERIFY(waitForOffer([](const OfferSnapshot& offer) { return offer.knownAs == u"Laptop"_s; }));
    QVERIFY(m_offers.constFirst().code.isEmpty() && m_questions.isEmpty());
    m_receiver->receiver().answer(m_offers.constFirst().id, OfferAnswer::AcceptAlways);
    QVERIFY(waitForEnd());
    QVERIFY(m_there->known(*m_here)->isAlwaysAccepted);
    makeSender(NewPeers::Refuse);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(m_queue->last().state, TransferState::Done);
}

void TestFirstContact::differentCodesSendNothing()
{
    startReceiver(*m_there, AcceptPolicy::Ask);
    makeSender(NewPeers::Ask);
    send();
    QVERIFY(waitForQuestion());
    QVERIFY(waitForOffer([](const OfferSnapshot&) { return true; }));
    m_queue->queue().answerTrust(m_questions.constFirst().upload, false);
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QTRY_VERIFY(m_offers.isEmpty());
    QVERIFY(!m_here->known(*m_there) && !m_there->known(*m_here));
    QVERIFY(m_receiver->landed().isEmpty());
    QCOMPARE(m_questions.size(), 1); // not asked again by itself
}

void TestFirstContact::nobodyComparesInTime()
{
    Limits limits;
    limits.pairingLifetime = 300ms;
    startReceiver(*m_there, AcceptPolicy::Ask);
    makeSender(NewPeers::Ask, {}, limits);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY(failure().text.contains(u"in time"_s));
    QCOMPARE(m_questions.size(), 1);
    QTRY_VERIFY(m_mostOffers == 0 || m_offers.isEmpty());
    // Too late.
    m_queue->queue().answerTrust(m_questions.constFirst().upload, true);
    QVERIFY(!m_here->known(*m_there));
    QVERIFY(m_receiver->landed().isEmpty());
}

void TestFirstContact::cancelledWhileComparing()
{
    startReceiver(*m_there, AcceptPolicy::Ask);
    makeSender(NewPeers::Ask);
    send();
    QVERIFY(waitForQuestion());
    QVERIFY(waitForOffer([](const OfferSnapshot&) { return true; }));
    m_queue->queue().cancelAll();
    QVERIFY(waitForEnd());
    QCOMPARE(m_queue->last().state, TransferState::Cancelled);
    QTRY_VERIFY(m_offers.isEmpty());
    QVERIFY(!m_here->known(*m_there));
}

void TestFirstContact::whoIsInBetweenGetsOneGuess()
{
    Guesser guesser;
    makeSender(NewPeers::Ask);
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"secret.txt"_s, "hello")},
                                 {u"127.0.0.1"_s, guesser.serverPort()}));
    QCOMPARE(m_queue->last().state, TransferState::Failed);
    QCOMPARE(guesser.contacts(), 1);
    QCOMPARE(guesser.nonces(), 1);
    QVERIFY(m_questions.isEmpty());
}

void TestFirstContact::anImpostorAtAKnownAddressIsToldNothing()
{
    const Device impostor;
    startReceiver(impostor, AcceptPolicy::Everyone);
    QVERIFY(m_here->knownPeers->put(m_there->as(u"Desk"_s, hostAndPort())).isOk());
    makeSender(NewPeers::Ask);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY2(failure().text.contains(u"“Desk”"_s) &&
                 failure().text.contains(impostor.identity->fingerprint()),
             qPrintable(failure().text));
    QVERIFY(m_questions.isEmpty() && m_receiver->snapshots().isEmpty() && m_receiver->landed().isEmpty());
    QVERIFY(!m_here->known(impostor));
    QCOMPARE(m_here->known(*m_there)->address, hostAndPort());
}

void TestFirstContact::anImpostorIsNotTrustedBlindlyEither()
{
    const Device impostor;
    startReceiver(impostor, AcceptPolicy::Everyone);
    QVERIFY(m_here->knownPeers->put(m_there->as(u"Desk"_s, hostAndPort())).isOk());
    makeSender(NewPeers::Trust);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY(!m_here->known(impostor) && m_receiver->landed().isEmpty());
}

void TestFirstContact::knownAddressesAreNeverUsedPlain()
{
    startReceiver(*m_there, AcceptPolicy::Everyone);
    QVERIFY(m_here->knownPeers->put(m_there->as(u"Desk"_s, hostAndPort())).isOk());
    makeSender(NewPeers::Trust);
    PeerAddress plain = address();
    plain.isPlain = true;
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"secret.txt"_s, "hello")}, plain));
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY(m_receiver->snapshots().isEmpty() && m_receiver->landed().isEmpty());
}

void TestFirstContact::withoutAPersonNobodyNewIsTrusted()
{
    startReceiver(*m_there, AcceptPolicy::Everyone);
    makeSender(NewPeers::Refuse);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY(failure().text.contains(m_there->identity->fingerprint()));
    QVERIFY(!m_here->known(*m_there) && m_receiver->landed().isEmpty());
}

void TestFirstContact::trustsNewOnesWhenToldSo()
{
    startReceiver(*m_there, AcceptPolicy::Everyone);
    makeSender(NewPeers::Trust);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(m_queue->last().state, TransferState::Done);
    QCOMPARE(m_here->known(*m_there)->address, hostAndPort());
    QVERIFY(m_questions.isEmpty());
}

void TestFirstContact::manyUploadsMeetOnce()
{
    startReceiver(*m_there, AcceptPolicy::Everyone);
    makeSender(NewPeers::Ask, {}, {}, 16);
    for (int i = 0; i < 16; ++i)
        m_queue->queue().send({m_queue->makeFile(QString::number(i), "hello")}, address());
    QVERIFY(waitForQuestion());
    m_queue->queue().answerTrust(m_questions.constFirst().upload, true);
    QVERIFY(waitForEnd());
    QCOMPARE(m_questions.size(), 1);
    QCOMPARE(m_receiver->landed().size(), 16);
}

void TestFirstContact::fingerprints_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("isTrusted");
    QTest::newRow("of the key") << u"key"_s << true;
    QTest::newRow("of the certificate") << u"certificate"_s << true;
    QTest::newRow("of another") << u"other"_s << false;
}

void TestFirstContact::fingerprints()
{
    QFETCH(QString, kind);
    QFETCH(bool, isTrusted);
    startReceiver(*m_there, AcceptPolicy::Everyone);
    makeSender(NewPeers::Refuse, kind == u"key"_s           ? m_there->identity->fingerprint()
                                 : kind == u"certificate"_s ? m_there->identity->certificateFingerprint()
                                                            : m_here->identity->fingerprint());
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(m_queue->last().state, isTrusted ? TransferState::Done : TransferState::Failed);
    QCOMPARE(m_here->known(*m_there).has_value(), isTrusted);
    if (!isTrusted)
        QCOMPARE(failure().code, ErrorCode::NotTrusted);
}

void TestFirstContact::aForgottenPeerIsAStranger()
{
    startReceiver(*m_there, AcceptPolicy::Known);
    QVERIFY(m_there->knownPeers->put(m_here->as(u"Laptop"_s)).isOk());
    QVERIFY(m_here->knownPeers->put(m_there->as(u"Desk"_s, hostAndPort())).isOk());
    makeSender(NewPeers::Refuse);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(m_queue->last().state, TransferState::Done);
    // While both run: nothing is remembered.
    QVERIFY(m_there->knownPeers->forget(m_here->identity->fingerprint()).isOk());
    makeSender(NewPeers::Refuse);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::Declined);
    QVERIFY(!m_there->known(*m_here));
    QVERIFY(m_here->knownPeers->forget(m_there->identity->fingerprint()).isOk());
    makeSender(NewPeers::Refuse);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY(!m_here->known(*m_there));
}

QTEST_GUILESS_MAIN(TestFirstContact)
#include "tst_firstcontact.moc"
