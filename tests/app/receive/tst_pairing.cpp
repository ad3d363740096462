#include "admission.h"
#include "uploadboard.h"
#include "verificationcode.h"

#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QString ownKey(64, u'0');
const QString senderKey(64, u'a');
const QString otherKey(64, u'b');

RemotePeer peerOf(const QString& key, const QString& address = u"192.0.2.7"_s)
{
    return {QHostAddress(address), true, key};
}

} // namespace

/// First contacts as the receiver sees them.
class TestPairing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void bothSeeTheSameCode();
    void becomesTheOffer();
    void wrongNonce();
    void isSpentByOneTry();
    void anotherKeyCannotUseIt();
    void expires();
    void isBoundedByAddress();
    void calledOff();
    void eitherMayAnswerFirst_data();
    void eitherMayAnswerFirst();
    void aCodeThatDiffersEndsIt_data();
    void aCodeThatDiffersEndsIt();
    void declinedWhileItIsCompared();
    void theOfferWaitsNoLongerThanTheCode();
    void withoutAPersonThePolicyAnswers();
    void declinedBeforeTheOffer();
    void declinedIsOneOfferOnly();
    void needsAKey();
    void policies_data();
    void policies();

private:
    void make(AcceptPolicy policy = AcceptPolicy::Ask, bool hasPerson = true);
    [[nodiscard]] Result<Pairings::Pairing> begin(const RemotePeer& peer, Admission::TimePoint now);
    [[nodiscard]] Result<Pairings::Pairing> begin() { return begin(peerOf(senderKey), m_now); }
    [[nodiscard]] Result<void> reveal(const Pairings::Pairing& pairing);
    /// The id of a first contact that shows its code.
    [[nodiscard]] QByteArray revealed()
    {
        const Result<Pairings::Pairing> pairing = begin();
        return reveal(pairing.value()) ? pairing->id : QByteArray();
    }
    [[nodiscard]] std::variant<Admission::Verdict, OfferId> ask(const QString& key);
    /// What the sender's person says, and what was said here.
    [[nodiscard]] Result<CodeAnswer> says(const QByteArray& id, CodeAnswer there,
                                          const QString& key = senderKey)
    {
        return m_admission->compare(id, peerOf(key), there, m_now);
    }
    [[nodiscard]] OfferSnapshot card() { return m_admission->takeNews().offers.value().constFirst(); }
    [[nodiscard]] QStringList lines() const;

    std::unique_ptr<QTemporaryDir> m_home;
    std::shared_ptr<KnownPeers> m_peers;
    std::unique_ptr<UploadBoard> m_board;
    std::unique_ptr<Admission> m_admission;
    const QByteArray m_nonce{32, 'n'};
    const Admission::TimePoint m_now = std::chrono::steady_clock::now();
};

void TestPairing::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    m_peers = std::make_shared<KnownPeers>(m_home->path());
    m_board = std::make_unique<UploadBoard>();
    make();
}

void TestPairing::make(AcceptPolicy policy, bool hasPerson)
{
    AdmissionOptions options;
    options.accept = policy;
    options.hasPerson = hasPerson;
    options.ownFingerprint = ownKey;
    options.knownPeers = m_peers;
    m_admission = std::make_unique<Admission>(options, *m_board);
}

Result<Pairings::Pairing> TestPairing::begin(const RemotePeer& peer, Admission::TimePoint now)
{
    return m_admission->beginPairing(peer, u"laptop"_s, pairingCommitment(peer.fingerprint, ownKey, m_nonce),
                                     now);
}

Result<void> TestPairing::reveal(const Pairings::Pairing& pairing)
{
    return m_admission->reveal(pairing.id, peerOf(senderKey), m_nonce, m_now);
}

std::variant<Admission::Verdict, OfferId> TestPairing::ask(const QString& key)
{
    UploadRequest request;
    request.peer = peerOf(key);
    request.sender = u"laptop"_s;
    request.batch = QByteArray(32, 'a');
    request.names = {u"photos"_s};
    return m_admission->ask(
        request, [](OfferId, const Admission::Verdict&) {}, m_now);
}

QStringList TestPairing::lines() const
{
    QStringList texts;
    for (const LogEntry& entry : m_board->take().entries)
        texts += entry.text;
    return texts;
}

void TestPairing::bothSeeTheSameCode()
{
    const Result<Pairings::Pairing> pairing = begin();
    QCOMPARE(pairing->id.size(), 32);
    QCOMPARE(pairing->nonce.size(), 32);
    const Admission::News before = m_admission->takeNews();
    QVERIFY(before.contacts.isEmpty() && !before.offers); // there is no code yet
    QVERIFY(reveal(pairing.value()));
    const QString code = verificationCode(senderKey, ownKey, m_nonce, pairing->nonce);
    const Admission::News news = m_admission->takeNews();
    QCOMPARE(news.contacts.size(), 1);
    QCOMPARE(news.contacts[0].code, code);
    QCOMPARE(news.contacts[0].sender, u"laptop"_s);
    QCOMPARE(news.offers->size(), 1);
    const OfferSnapshot card = news.offers->constFirst();
    QCOMPARE(card.code, code);
    QVERIFY(!card.isComplete);
    QCOMPARE(card.fingerprint, senderKey);
    QVERIFY(lines().constFirst().contains(code));
    // Nothing is offered yet that could be accepted.
    QVERIFY(m_admission->answer(card.id, OfferAnswer::AcceptAlways, {}));
    QVERIFY(!m_admission->takeNews().offers);
    QVERIFY(m_peers->all()->isEmpty());
}

void TestPairing::becomesTheOffer()
{
    const QByteArray id = revealed();
    const OfferSnapshot card = m_admission->takeNews().offers->constFirst();
    QCOMPARE(std::get<OfferId>(ask(senderKey)), card.id);
    const OfferSnapshot offer = m_admission->takeNews().offers->constFirst();
    QCOMPARE(offer.code, card.code);
    QCOMPARE(offer.contact, ContactState::SameThere);
    QVERIFY(offer.isComplete);
    QCOMPARE(offer.names, QStringList{u"photos"_s});
    QVERIFY(m_admission->answer(offer.id, OfferAnswer::Accept, {}));
    const std::optional<KnownPeer> known = m_peers->find(senderKey).value();
    QVERIFY(known.has_value());
    QCOMPARE(known->name, u"laptop"_s);
    QVERIFY(!known->isAlwaysAccepted);
    QVERIFY(known->address.isEmpty());
    QCOMPARE(says(id, CodeAnswer::Same).value(), CodeAnswer::Same);
}

void TestPairing::wrongNonce()
{
    const Result<Pairings::Pairing> pairing = begin();
    const Result<void> revealed =
        m_admission->reveal(pairing->id, peerOf(senderKey), QByteArray(32, 'x'), m_now);
    QCOMPARE(revealed.error().code, ErrorCode::NotTrusted);
    QVERIFY(m_admission->takeNews().contacts.isEmpty());
    QCOMPARE(reveal(pairing.value()).error(), revealed.error()); // spent
}

void TestPairing::isSpentByOneTry()
{
    const Result<Pairings::Pairing> pairing = begin();
    QVERIFY(reveal(pairing.value()));
    QCOMPARE(reveal(pairing.value()).error().code, ErrorCode::NotTrusted);
    QCOMPARE(m_admission->takeNews().contacts.size(), 1);
}

void TestPairing::anotherKeyCannotUseIt()
{
    const Result<Pairings::Pairing> pairing = begin();
    const Result<void> stolen = m_admission->reveal(pairing->id, peerOf(otherKey), m_nonce, m_now);
    QCOMPARE(stolen.error(), m_admission->reveal("none", peerOf(otherKey), m_nonce, m_now).error());
    QCOMPARE(says(pairing->id, CodeAnswer::Differs, otherKey).error().code, ErrorCode::NotTrusted);
    QVERIFY(reveal(pairing.value())); // nor spoil it
    // The offer of another key is another card, without the code.
    QVERIFY(std::get<OfferId>(ask(otherKey)) != std::get<OfferId>(ask(senderKey)));
    const Admission::News news = m_admission->takeNews();
    QCOMPARE(news.offers->size(), 2);
    for (const OfferSnapshot& offer : *news.offers)
        QCOMPARE(offer.code.isEmpty(), offer.fingerprint == otherKey);
}

void TestPairing::expires()
{
    const Result<Pairings::Pairing> early = begin();
    const Result<Pairings::Pairing> late = begin();
    QVERIFY(reveal(early.value()));
    QCOMPARE(m_admission->takeNews().offers->size(), 1);
    const auto end = m_now + Limits().pairingLifetime;
    QCOMPARE(m_admission->reveal(late->id, peerOf(senderKey), m_nonce, end).error().code,
             ErrorCode::NotTrusted);
    m_admission->tick(end);
    QVERIFY(m_admission->takeNews().offers->isEmpty());
    QCOMPARE(lines().size(), 3); // the code, that nobody confirmed it, and who never showed a nonce
    QCOMPARE(reveal(late.value()).error().code, ErrorCode::NotTrusted);
}

/// Whoever gives up and tries again until it likes the code: neither a new key nor an end makes room.
void TestPairing::isBoundedByAddress()
{
    const Limits limits;
    for (int number = 0; number < limits.pairingsPerPeer; ++number) {
        const RemotePeer peer = peerOf(u"%1"_s.arg(number, 64, 10, QChar(u'0')));
        const Result<Pairings::Pairing> pairing = begin(peer, m_now);
        QVERIFY(pairing);
        if (number % 2 == 0)
            QVERIFY(m_admission->reveal(pairing->id, peer, m_nonce, m_now) || number > 0);
        static_cast<void>(m_admission->compare(pairing->id, peer, CodeAnswer::Stopped, m_now));
    }
    QCOMPARE(begin().error().code, ErrorCode::Busy);
    int others = 0;
    while (begin(peerOf(otherKey, u"198.51.100.%1"_s.arg(others)), m_now))
        ++others;
    QCOMPARE(others, limits.pairings - limits.pairingsPerPeer);
    const auto later = m_now + limits.pairingLifetime;
    m_admission->tick(later);
    QVERIFY(begin(peerOf(senderKey), later));
}

void TestPairing::calledOff()
{
    const Result<Pairings::Pairing> pairing = begin();
    QVERIFY(reveal(pairing.value()));
    QVERIFY(!m_admission->takeNews().offers->isEmpty());
    static_cast<void>(lines());
    QVERIFY(says(pairing->id, CodeAnswer::Stopped));
    QVERIFY(m_admission->takeNews().offers->isEmpty());
    QCOMPARE(lines().size(), 1);
    QVERIFY(says(pairing->id, CodeAnswer::Stopped));
    QVERIFY(lines().isEmpty());
    // An offer after that is one without a code that somebody compared.
    QVERIFY(std::holds_alternative<OfferId>(ask(senderKey)));
    QVERIFY(m_admission->takeNews().offers->constFirst().code.isEmpty());
}

void TestPairing::eitherMayAnswerFirst_data()
{
    QTest::addColumn<bool>("isReceiverFirst");
    QTest::newRow("the receiver") << true;
    QTest::newRow("the sender") << false;
}

void TestPairing::eitherMayAnswerFirst()
{
    QFETCH(bool, isReceiverFirst);
    const QByteArray id = revealed();
    const OfferSnapshot first = card();
    QCOMPARE(first.contact, ContactState::Open);
    QCOMPARE(says(id, CodeAnswer::Open).value(), CodeAnswer::Open);
    if (isReceiverFirst)
        QVERIFY(m_admission->answer(first.id, OfferAnswer::CodesMatch, {}));
    else
        QCOMPARE(says(id, CodeAnswer::Same).value(), CodeAnswer::Open);
    const OfferSnapshot half = card();
    QCOMPARE(half.contact, isReceiverFirst ? ContactState::SameHere : ContactState::SameThere);
    QCOMPARE(half.code, first.code); // it stays where it is
    QVERIFY(m_peers->all()->isEmpty());
    if (isReceiverFirst)
        QCOMPARE(says(id, CodeAnswer::Open).value(), CodeAnswer::Same);
    else
        QVERIFY(m_admission->answer(first.id, OfferAnswer::CodesMatch, {}));
    QCOMPARE(says(id, CodeAnswer::Same).value(), CodeAnswer::Same);
    QCOMPARE(card().contact, ContactState::Same);
    QCOMPARE(m_peers->find(senderKey).value()->name, u"laptop"_s);
    // What comes now is asked about as that of any known device.
    QCOMPARE(std::get<OfferId>(ask(senderKey)), first.id);
    const OfferSnapshot offer = card();
    QVERIFY(offer.isComplete && offer.code.isEmpty());
    QCOMPARE(offer.knownAs, u"laptop"_s);
}

void TestPairing::aCodeThatDiffersEndsIt_data()
{
    QTest::addColumn<bool>("isHere");
    QTest::newRow("here") << true;
    QTest::newRow("there") << false;
}

void TestPairing::aCodeThatDiffersEndsIt()
{
    QFETCH(bool, isHere);
    const QByteArray id = revealed();
    const OfferSnapshot first = card();
    if (isHere)
        QVERIFY(m_admission->answer(first.id, OfferAnswer::CodesDiffer, {}));
    else
        QCOMPARE(says(id, CodeAnswer::Differs).value(), CodeAnswer::Open);
    const Admission::News news = m_admission->takeNews();
    QVERIFY(news.offers->isEmpty());
    QCOMPARE(news.endedContacts.size(), isHere ? 0 : 1); // who has said it needs no telling
    if (!isHere)
        QCOMPARE(news.endedContacts[0].contact, ContactState::DiffersThere);
    // Nobody takes it back, and nothing that belongs to it is let in.
    QCOMPARE(says(id, CodeAnswer::Same).value(), isHere ? CodeAnswer::Differs : CodeAnswer::Open);
    QVERIFY(m_admission->answer(first.id, OfferAnswer::CodesMatch, {}));
    QVERIFY(m_peers->all()->isEmpty());
    if (isHere)
        QCOMPARE(std::get<Admission::Verdict>(ask(senderKey)).error().code, ErrorCode::Declined);
}

/// By the person here, or by a policy that comes between.
void TestPairing::declinedWhileItIsCompared()
{
    for (const bool isPerson : {true, false}) {
        const QByteArray id = revealed();
        if (isPerson)
            QVERIFY(m_admission->answer(card().id, OfferAnswer::Decline, {}));
        else
            m_admission->setPolicy(AcceptPolicy::Known, false);
        QCOMPARE(says(id, CodeAnswer::Open).value(), CodeAnswer::Stopped);
        QVERIFY(m_admission->takeNews().offers->isEmpty());
    }
}

void TestPairing::theOfferWaitsNoLongerThanTheCode()
{
    const QByteArray id = revealed();
    const auto late = m_now + Limits().pairingLifetime - 1s;
    QVERIFY(m_admission->compare(id, peerOf(senderKey), CodeAnswer::Same, late));
    UploadRequest request;
    request.peer = peerOf(senderKey);
    std::optional<Admission::Verdict> verdict;
    const auto asked = m_admission->ask(
        request, [&verdict](OfferId, const Admission::Verdict& one) { verdict = one; }, late);
    // It leaves, and may still say why.
    m_admission->withdraw(std::get<OfferId>(asked));
    QVERIFY(!verdict && !card().isComplete);
    QVERIFY(std::holds_alternative<OfferId>(m_admission->ask(
        request, [&verdict](OfferId, const Admission::Verdict& one) { verdict = one; }, late)));
    QVERIFY(card().isComplete);
    m_admission->tick(late + 1s);
    QVERIFY(verdict && !verdict->isOk());
    const Admission::News news = m_admission->takeNews();
    QVERIFY(news.offers->isEmpty());
    QCOMPARE(news.endedContacts.size(), 1);
    QCOMPARE(news.endedContacts[0].contact, ContactState::TooLate);
    QVERIFY(m_peers->all()->isEmpty());
}

/// It lets everyone in, or this one always.
void TestPairing::withoutAPersonThePolicyAnswers()
{
    for (const bool isKnown : {false, true}) {
        make(isKnown ? AcceptPolicy::Ask : AcceptPolicy::Everyone);
        if (isKnown)
            QVERIFY(m_peers->put({senderKey, u"x"_s, {}, true, {}, {}}));
        const QByteArray id = revealed();
        QCOMPARE(says(id, CodeAnswer::Open).value(), CodeAnswer::Same);
        QCOMPARE(says(id, CodeAnswer::Same).value(), CodeAnswer::Same);
        QVERIFY(std::get<Admission::Verdict>(ask(senderKey)).isOk());
        QCOMPARE(m_peers->find(senderKey)->has_value(), isKnown);
    }
}

void TestPairing::declinedBeforeTheOffer()
{
    QVERIFY(reveal(begin().value()));
    const OfferSnapshot card = m_admission->takeNews().offers->constFirst();
    QVERIFY(m_admission->answer(card.id, OfferAnswer::Decline, {}));
    QVERIFY(m_admission->takeNews().offers->isEmpty());
    const auto outcome = ask(senderKey);
    QCOMPARE(std::get<Admission::Verdict>(outcome).error().code, ErrorCode::Declined);
    // That one only: who asks again is asked about again.
    QVERIFY(std::holds_alternative<OfferId>(ask(senderKey)));
    QCOMPARE(m_admission->takeNews().offers->constFirst().code, card.code);
}

void TestPairing::declinedIsOneOfferOnly()
{
    QVERIFY(reveal(begin().value()));
    QVERIFY(std::holds_alternative<OfferId>(ask(senderKey)));
    const OfferSnapshot card = m_admission->takeNews().offers->constFirst();
    QVERIFY(card.isComplete);
    QVERIFY(m_admission->answer(card.id, OfferAnswer::Decline, {}));
    QVERIFY(m_admission->takeNews().offers->isEmpty());
    QVERIFY(std::holds_alternative<OfferId>(ask(senderKey)));
    QCOMPARE(m_admission->takeNews().offers->constFirst().code, card.code);
}

void TestPairing::needsAKey()
{
    RemotePeer plain = peerOf(senderKey);
    plain.isEncrypted = false;
    QCOMPARE(begin(plain, m_now).error().code, ErrorCode::ProtocolError);
    QCOMPARE(begin(peerOf({}), m_now).error().code, ErrorCode::ProtocolError);
}

void TestPairing::policies_data()
{
    QTest::addColumn<AcceptPolicy>("policy");
    QTest::addColumn<bool>("hasPerson");
    QTest::addColumn<bool>("isKnown");
    QTest::addColumn<bool>("isPaired");
    QTest::addColumn<bool>("isShown");
    QTest::newRow("ask") << AcceptPolicy::Ask << true << false << true << true;
    QTest::newRow("ask, known") << AcceptPolicy::Ask << true << true << true << true;
    QTest::newRow("ask, nobody there") << AcceptPolicy::Ask << false << false << false << false;
    QTest::newRow("known") << AcceptPolicy::Known << true << false << false << false;
    QTest::newRow("known, known") << AcceptPolicy::Known << true << true << true << false;
    QTest::newRow("everyone") << AcceptPolicy::Everyone << false << false << true << false;
}

void TestPairing::policies()
{
    QFETCH(AcceptPolicy, policy);
    QFETCH(bool, hasPerson);
    QFETCH(bool, isKnown);
    QFETCH(bool, isPaired);
    QFETCH(bool, isShown);
    make(policy, hasPerson);
    if (isKnown)
        QVERIFY(m_peers->put({senderKey, u"x"_s, {}, false, {}, {}}));
    const Result<Pairings::Pairing> pairing = begin();
    QCOMPARE(pairing.isOk(), isPaired);
    if (!isPaired) {
        QCOMPARE(pairing.error().code, ErrorCode::Declined);
        return;
    }
    QVERIFY(reveal(pairing.value()));
    const Admission::News news = m_admission->takeNews();
    QCOMPARE(news.contacts.size(), 1); // in any case: the sender's person compares it
    QCOMPARE(news.offers.has_value(), isShown);
}

QTEST_GUILESS_MAIN(TestPairing)
#include "tst_pairing.moc"
