#include "contactfixture.h"

#include <QRegularExpression>
#include <QSslKey>
#include <QSslServer>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A receiver that does not know the later half of a first contact.
class Stranger final : public QSslServer
{
public:
    enum class Kind {
        Guesser, ///< in between: hangs up as soon as it has seen the sender's nonce, and so the code
        Older,   ///< before both sides compared: it takes the nonce, and declines the offer
    };

    explicit Stranger(Kind kind) : m_kind(kind)
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
    [[nodiscard]] int offers() const { return m_offers; }
    [[nodiscard]] const Device& device() const { return m_device; }
    [[nodiscard]] const QList<QByteArray>& bodies() const { return m_bodies; }

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
            m_bodies += request.sliced(request.indexOf("\r\n\r\n") + 4);
            if (m_kind == Kind::Guesser)
                socket.abort();
            else
                send(socket, "{}");
        } else if (request.startsWith("POST /upload") && request.endsWith('}')) {
            ++m_offers;
            send(socket, "The receiver declined the upload.", "403 Forbidden");
        }
    }
    static void send(QTcpSocket& socket, const QByteArray& body, const QByteArray& status = "200 OK")
    {
        socket.write("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " +
                     QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
        socket.disconnectFromHost();
    }

    const Kind m_kind;
    Device m_device;
    QList<QByteArray> m_bodies; ///< of what came for the first contact, once it was begun
    int m_contacts = 0;
    int m_nonces = 0;
    int m_offers = 0;
};

} // namespace

/// Two people, one code: who is trusted when, and who is told what before.
class TestFirstContact final : public ContactFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init() { makeDevices(); }
    void cleanup() { endAll(); }
    void bothSeeTheSameCodeAndKnowEachOtherThen();
    void theReceiverAnswersFirst();
    void differentCodesSendNothing();
    void differentCodesThereSendNothing_data();
    void differentCodesThereSendNothing();
    void nobodyComparesInTime();
    void theReceiverDoesNotCompareInTime();
    void declinedThereWhileComparing();
    void anOlderReceiverIsMetAsBefore_data();
    void anOlderReceiverIsMetAsBefore();
    void cancelledWhileComparing();
    void whoIsInBetweenGetsOneGuess();
    void whoTrustsUnaskedShowsTheCodeToo();
    void manyUploadsMeetOnce();
};

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
    QCOMPARE(m_offers.constFirst().contact, ContactState::SameThere);
    // The one there has not answered yet: the code stands here still, and nobody is known.
    QVERIFY(waitForState(ContactState::SameHere));
    QVERIFY(!m_here->known(*m_there) && !m_there->known(*m_here));
    m_receiver->receiver().answer(m_offers.constFirst().id, OfferAnswer::Accept);
    QVERIFY(waitForEnd());
    QCOMPARE(m_states.constLast(), ContactState::Same);
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

void TestFirstContact::theReceiverAnswersFirst()
{
    startReceiver(*m_there, AcceptPolicy::Ask);
    makeSender(NewPeers::Ask);
    send();
    QVERIFY(waitForQuestion());
    QVERIFY(waitForOffer([](const OfferSnapshot& offer) { return !offer.isComplete; }));
    m_receiver->receiver().answer(m_offers.constFirst().id, OfferAnswer::CodesMatch);
    QVERIFY(waitForState(ContactState::SameThere));
    QVERIFY(waitForOffer([](const OfferSnapshot& offer) { return offer.contact == ContactState::SameHere; }));
    QCOMPARE(m_offers.constFirst().code, m_questions.constFirst().code);
    QVERIFY(m_offers.constFirst().names.isEmpty());
    QVERIFY(!m_here->known(*m_there) && !m_there->known(*m_here));

    m_queue->queue().answerTrust(m_questions.constFirst().upload, true);
    QVERIFY(waitForOffer([](const OfferSnapshot& offer) { return offer.isComplete; }));
    QCOMPARE(m_states, (QList{ContactState::Open, ContactState::SameThere, ContactState::Same}));
    QVERIFY(m_offers.constFirst().code.isEmpty());
    QCOMPARE(m_offers.constFirst().knownAs, u"Laptop"_s);
    // They know each other now, whatever becomes of these files.
    m_receiver->receiver().answer(m_offers.constFirst().id, OfferAnswer::Decline);
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::Declined);
    QVERIFY(m_here->known(*m_there) && m_there->known(*m_here));
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
    QTRY_COMPARE(m_endings, QList{ContactState::DiffersThere});
}

void TestFirstContact::differentCodesThereSendNothing_data()
{
    QTest::addColumn<bool>("isConfirmedHere");
    QTest::newRow("before it was answered here") << false;
    QTest::newRow("after that") << true;
}

void TestFirstContact::differentCodesThereSendNothing()
{
    QFETCH(bool, isConfirmedHere);
    startReceiver(*m_there, AcceptPolicy::Ask);
    makeSender(NewPeers::Ask);
    send();
    QVERIFY(waitForQuestion());
    QVERIFY(waitForOffer([](const OfferSnapshot&) { return true; }));
    if (isConfirmedHere) {
        m_queue->queue().answerTrust(m_questions.constFirst().upload, true);
        QVERIFY(waitForOffer([](const OfferSnapshot& offer) { return offer.isComplete; }));
    }
    m_receiver->receiver().answer(m_offers.constFirst().id, OfferAnswer::CodesDiffer);
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY2(failure().text.contains(u"“Desk” says that the codes don't match"_s),
             qPrintable(failure().text));
    QCOMPARE(m_states.constLast(), ContactState::DiffersThere);
    QCOMPARE(m_questions.size(), 1);
    QVERIFY(!m_here->known(*m_there) && !m_there->known(*m_here));
    QVERIFY(m_receiver->landed().isEmpty());
    QTRY_VERIFY(m_offers.isEmpty());
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
    QVERIFY(failure().text.startsWith(u"Took too long"_s));
    QCOMPARE(m_questions.size(), 1);
    QCOMPARE(m_states.constLast(), ContactState::TooLate);
    QTRY_COMPARE(m_endings, QList{ContactState::TooLate});
    QTRY_VERIFY(m_offers.isEmpty());
    // Too late.
    m_queue->queue().answerTrust(m_questions.constFirst().upload, true);
    QVERIFY(!m_here->known(*m_there));
    QVERIFY(m_receiver->landed().isEmpty());
}

void TestFirstContact::theReceiverDoesNotCompareInTime()
{
    Limits limits;
    limits.pairingLifetime = 1s;
    startReceiver(*m_there, AcceptPolicy::Ask, limits);
    makeSender(NewPeers::Trust, {}, limits);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY2(failure().text.startsWith(u"Took too long"_s), qPrintable(failure().text));
    QVERIFY(!m_here->known(*m_there) && !m_there->known(*m_here));
    QTRY_COMPARE(m_endings, QList{ContactState::TooLate});
}

void TestFirstContact::declinedThereWhileComparing()
{
    startReceiver(*m_there, AcceptPolicy::Ask);
    makeSender(NewPeers::Ask);
    send();
    QVERIFY(waitForQuestion());
    QVERIFY(waitForOffer([](const OfferSnapshot&) { return true; }));
    m_receiver->receiver().answer(m_offers.constFirst().id, OfferAnswer::Decline);
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::Declined);
    QVERIFY(!m_here->known(*m_there) && !m_there->known(*m_here));
}

void TestFirstContact::anOlderReceiverIsMetAsBefore_data()
{
    QTest::addColumn<bool>("isSame");
    QTest::newRow("the codes are the same") << true;
    QTest::newRow("they differ") << false;
}

void TestFirstContact::anOlderReceiverIsMetAsBefore()
{
    QFETCH(bool, isSame);
    Stranger older(Stranger::Kind::Older);
    makeSender(NewPeers::Ask);
    m_queue->queue().send({m_queue->makeFile(u"secret.txt"_s, "hello")},
                          {u"127.0.0.1"_s, older.serverPort()});
    QVERIFY(waitForQuestion());
    QCOMPARE(older.offers(), 0);
    m_queue->queue().answerTrust(m_questions.constFirst().upload, isSame);
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, isSame ? ErrorCode::Declined : ErrorCode::NotTrusted);
    QCOMPARE(older.offers(), isSame ? 1 : 0);
    QCOMPARE(m_here->known(older.device()).has_value(), isSame);
    // It hears what it understands, and no more.
    QCOMPARE(older.bodies().size(), isSame ? 1 : 2);
    QVERIFY(older.bodies().constFirst().contains("nonce"));
    if (!isSame)
        QVERIFY(older.bodies().constLast().contains(R"("differs":true)"));
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
    Stranger guesser(Stranger::Kind::Guesser);
    makeSender(NewPeers::Ask);
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"secret.txt"_s, "hello")},
                                 {u"127.0.0.1"_s, guesser.serverPort()}));
    QCOMPARE(m_queue->last().state, TransferState::Failed);
    QCOMPARE(guesser.contacts(), 1);
    QCOMPARE(guesser.nonces(), 1);
    QVERIFY(m_questions.isEmpty());
}

/// The person at the receiver has to find it somewhere.
void TestFirstContact::whoTrustsUnaskedShowsTheCodeToo()
{
    startReceiver(*m_there, AcceptPolicy::Ask);
    makeSender(NewPeers::Trust);
    send();
    QVERIFY(waitForOffer([](const OfferSnapshot& offer) { return offer.isComplete; }));
    QVERIFY(waitForState(ContactState::SameHere));
    QVERIFY(!m_here->known(*m_there));
    m_receiver->receiver().answer(m_offers.constFirst().id, OfferAnswer::Accept);
    QVERIFY(waitForEnd());
    QCOMPARE(m_queue->last().state, TransferState::Done);
    QVERIFY(m_here->known(*m_there) && m_there->known(*m_here));
    QCOMPARE(m_states, (QList{ContactState::SameHere, ContactState::Same}));
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

QTEST_GUILESS_MAIN(TestFirstContact)
#include "tst_firstcontact.moc"
