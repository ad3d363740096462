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
const QString someKey(64, u'a');
const QString otherKey(64, u'b');

RemotePeer peerOf(const QString& key, const QString& address = u"192.0.2.7"_s)
{
    return {QHostAddress(address), true, key};
}

UploadRequest requestOf(const RemotePeer& peer, const QString& sender = u"laptop"_s, char batch = 'a')
{
    UploadRequest request;
    request.peer = peer;
    request.sender = sender;
    request.batch = QByteArray(32, batch);
    request.files = 3;
    request.bytes = 30;
    request.names = {u"photos"_s};
    return request;
}

/// What became of one that asked.
struct Outcome
{
    OfferId offer = 0; ///< that waited
    std::optional<Admission::Verdict> verdict;

    [[nodiscard]] bool isAdmitted() const { return verdict && *verdict; }
    [[nodiscard]] bool isDeclined() const { return verdict && !*verdict; }
};

} // namespace

class TestAdmission : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void policies_data();
    void policies();
    void acceptedOnce();
    void acceptedAlways();
    void declined();
    void impostor_data();
    void impostor();
    void chosenFolder();
    void missingFolderKeepsItWaiting();
    void timesOut();
    void withdrawn();
    void flood();
    void policyChanges();
    void comesBackUnasked();
    void comesBackAsAnother();
    void anotherHolderIsInNobodysWay();
    void manyBatchesAreInTheirOwnWay();

private:
    void make(AcceptPolicy policy, bool hasPerson = true, const Limits& limits = {});
    [[nodiscard]] std::shared_ptr<Outcome> ask(const UploadRequest& request);
    [[nodiscard]] QList<OfferSnapshot> offers();
    void know(const QString& key, const QString& name, bool isAlways = false);
    [[nodiscard]] QStringList lines() const;

    std::unique_ptr<QTemporaryDir> m_home;
    std::shared_ptr<KnownPeers> m_peers;
    std::unique_ptr<UploadBoard> m_board;
    std::unique_ptr<Admission> m_admission;
    QList<OfferSnapshot> m_offers;
    const Admission::TimePoint m_now = std::chrono::steady_clock::now();
};

void TestAdmission::init()
{
    m_home = std::make_unique<QTemporaryDir>();
    m_peers = std::make_shared<KnownPeers>(m_home->path());
    m_board = std::make_unique<UploadBoard>();
    m_offers.clear();
}

void TestAdmission::make(AcceptPolicy policy, bool hasPerson, const Limits& limits)
{
    AdmissionOptions options;
    options.accept = policy;
    options.takesPlain = true;
    options.hasPerson = hasPerson;
    options.ownFingerprint = ownKey;
    options.knownPeers = m_peers;
    options.limits = limits;
    m_admission = std::make_unique<Admission>(options, *m_board);
}

std::shared_ptr<Outcome> TestAdmission::ask(const UploadRequest& request)
{
    auto outcome = std::make_shared<Outcome>();
    const auto said = m_admission->ask(
        request,
        [outcome](OfferId offer, const Admission::Verdict& verdict) {
            QCOMPARE(offer, outcome->offer);
            QVERIFY(!outcome->verdict); // once
            outcome->verdict = verdict;
        },
        m_now);
    if (const auto* verdict = std::get_if<Admission::Verdict>(&said))
        outcome->verdict = *verdict;
    else
        outcome->offer = std::get<OfferId>(said);
    return outcome;
}

QList<OfferSnapshot> TestAdmission::offers()
{
    m_offers = m_admission->takeNews().offers.value_or(m_offers);
    return m_offers;
}

void TestAdmission::know(const QString& key, const QString& name, bool isAlways)
{
    QVERIFY(m_peers->put({key, name, {}, isAlways, QDateTime::currentDateTimeUtc(), {}}));
}

QStringList TestAdmission::lines() const
{
    QStringList texts;
    for (const LogEntry& entry : m_board->take().entries)
        texts += entry.text;
    return texts;
}

void TestAdmission::policies_data()
{
    QTest::addColumn<AcceptPolicy>("policy");
    QTest::addColumn<QString>("who");
    QTest::addColumn<bool>("hasPerson");
    QTest::addColumn<QString>("expected");
    const auto row = [](AcceptPolicy policy, const QString& who, bool hasPerson, const char* expected) {
        const QByteArray name =
            acceptPolicyName(policy).toUtf8() + ", " + who.toUtf8() + (hasPerson ? "" : ", nobody there");
        QTest::newRow(name.constData()) << policy << who << hasPerson << QString::fromLatin1(expected);
    };
    for (const QString& who : {u"plain"_s, u"no key"_s, u"stranger"_s, u"known"_s, u"always"_s}) {
        const bool isKnown = who == u"known"_s || who == u"always"_s;
        for (const bool hasPerson : {true, false}) {
            const char* asked = hasPerson ? "asked" : "declined";
            row(AcceptPolicy::Ask, who, hasPerson, who == u"always"_s ? "admitted" : asked);
            row(AcceptPolicy::Known, who, hasPerson, isKnown ? "admitted" : "declined");
            row(AcceptPolicy::Everyone, who, hasPerson, "admitted");
        }
    }
}

void TestAdmission::policies()
{
    QFETCH(AcceptPolicy, policy);
    QFETCH(QString, who);
    QFETCH(bool, hasPerson);
    QFETCH(QString, expected);
    make(policy, hasPerson);
    RemotePeer peer = peerOf(who == u"plain"_s || who == u"no key"_s ? QString() : someKey);
    peer.isEncrypted = who != u"plain"_s;
    if (who == u"known"_s || who == u"always"_s)
        know(someKey, u"My laptop"_s, who == u"always"_s);
    const auto outcome = ask(requestOf(peer));
    const QString was = outcome->isAdmitted()   ? u"admitted"_s
                        : outcome->isDeclined() ? u"declined"_s
                                                : u"asked"_s;
    QCOMPARE(was, expected);
    QCOMPARE(offers().size(), expected == u"asked"_s ? 1 : 0);
    if (outcome->isDeclined())
        QCOMPARE(outcome->verdict->error().code, ErrorCode::Declined);
    if (who == u"known"_s || who == u"always"_s) {
        QVERIFY(m_peers->find(someKey)->value().seenAt.isValid());
        if (outcome->isAdmitted())
            QCOMPARE(outcome->verdict->value().peerName, u"My laptop"_s);
    }
}

void TestAdmission::acceptedOnce()
{
    make(AcceptPolicy::Ask);
    const auto outcome = ask(requestOf(peerOf(someKey)));
    const OfferSnapshot offer = offers().value(0);
    QCOMPARE(offer.id, outcome->offer);
    QCOMPARE(offer.sender, u"laptop"_s);
    QCOMPARE(offer.address, u"192.0.2.7"_s);
    QCOMPARE(offer.fingerprint, someKey);
    QVERIFY(offer.isEncrypted && offer.isComplete && !offer.isImpostor && offer.code.isEmpty());
    QCOMPARE(offer.files, 3);
    QCOMPARE(offer.bytes, 30);
    QCOMPARE(offer.names, QStringList{u"photos"_s});
    QVERIFY(m_admission->answer(offer.id, OfferAnswer::Accept, {}));
    QVERIFY(outcome->isAdmitted());
    QVERIFY(offers().isEmpty());
    QVERIFY(m_admission->answer(offer.id, OfferAnswer::Decline, {})); // too late: nothing
    // Without a code nobody has compared anything.
    QVERIFY(m_peers->all()->isEmpty());
    QVERIFY(!ask(requestOf(peerOf(someKey), u"laptop"_s, 'b'))->verdict);
}

void TestAdmission::acceptedAlways()
{
    make(AcceptPolicy::Ask);
    const auto first = ask(requestOf(peerOf(someKey)));
    const auto second = ask(requestOf(peerOf(someKey), u"laptop"_s, 'b'));
    const auto liar = ask(requestOf(peerOf(otherKey), u"Laptop"_s, 'c'));
    QVERIFY(m_admission->answer(first->offer, OfferAnswer::AcceptAlways, {}));
    QVERIFY(first->isAdmitted());
    QCOMPARE(first->verdict->value().peerName, u"laptop"_s);
    QVERIFY(second->isAdmitted());
    QVERIFY(!liar->verdict);
    QCOMPARE(offers().size(), 1);
    QVERIFY(m_offers[0].isImpostor);
    QVERIFY(m_peers->find(someKey)->value().isAlwaysAccepted);
    QVERIFY(ask(requestOf(peerOf(someKey), u"laptop"_s, 'd'))->isAdmitted());
    QVERIFY(m_admission->answer(liar->offer, OfferAnswer::AcceptAlways, {}));
    QCOMPARE(liar->verdict->value().peerName, u"Laptop (2)"_s);
}

void TestAdmission::declined()
{
    make(AcceptPolicy::Ask);
    const auto outcome = ask(requestOf(peerOf(someKey)));
    QVERIFY(m_admission->answer(outcome->offer, OfferAnswer::Decline, {}));
    QVERIFY(outcome->isDeclined());
    QCOMPARE(outcome->verdict->error().code, ErrorCode::Declined);
    QVERIFY(m_peers->all()->isEmpty());
    QVERIFY(!ask(requestOf(peerOf(someKey)))->verdict); // asked again
}

void TestAdmission::impostor_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("isImpostor");
    QTest::newRow("same") << u"Büro"_s << true;
    QTest::newRow("case") << u"BÜRO"_s << true;
    QTest::newRow("decomposed") << u"Bu\u0308ro"_s << true;
    QTest::newRow("invisible") << u"Bü\u200bro "_s << true;
    QTest::newRow("other") << u"Büro 2"_s << false;
    QTest::newRow("none") << QString() << false;
}

void TestAdmission::impostor()
{
    QFETCH(QString, name);
    QFETCH(bool, isImpostor);
    make(AcceptPolicy::Ask);
    know(someKey, u"Büro"_s, true);
    QVERIFY(!ask(requestOf(peerOf(otherKey), name))->verdict);
    QCOMPARE(offers().size(), 1);
    QCOMPARE(m_offers[0].isImpostor, isImpostor);
    QVERIFY(m_offers[0].knownAs.isEmpty());
    QCOMPARE(m_offers[0].sender, name);
}

void TestAdmission::chosenFolder()
{
    make(AcceptPolicy::Ask);
    const auto outcome = ask(requestOf(peerOf(someKey)));
    QVERIFY(m_admission->answer(outcome->offer, OfferAnswer::Accept, m_home->path()));
    QCOMPARE(outcome->verdict->value().folder->path(), m_home->path());
}

void TestAdmission::missingFolderKeepsItWaiting()
{
    make(AcceptPolicy::Ask);
    const auto outcome = ask(requestOf(peerOf(someKey)));
    const Result<void> answered =
        m_admission->answer(outcome->offer, OfferAnswer::AcceptAlways, m_home->filePath(u"none"_s));
    QCOMPARE(answered.error().code, ErrorCode::NotFound);
    QVERIFY(!outcome->verdict);
    QCOMPARE(offers().size(), 1);
    QVERIFY(m_peers->all()->isEmpty());
}

void TestAdmission::timesOut()
{
    make(AcceptPolicy::Ask);
    const auto outcome = ask(requestOf(peerOf(someKey)));
    m_admission->tick(m_now + Limits().decisionTimeout - 1ms);
    QVERIFY(!outcome->verdict);
    m_admission->tick(m_now + Limits().decisionTimeout);
    QVERIFY(outcome->isDeclined());
    QVERIFY(offers().isEmpty());
}

void TestAdmission::withdrawn()
{
    make(AcceptPolicy::Ask);
    const auto outcome = ask(requestOf(peerOf(someKey), u"a\nb"_s));
    m_admission->withdraw(outcome->offer);
    QVERIFY(offers().isEmpty());
    QVERIFY(m_admission->answer(outcome->offer, OfferAnswer::Accept, {}));
    m_admission->tick(m_now + 1h);
    QVERIFY(!outcome->verdict);
    const QStringList told = lines();
    QCOMPARE(told.size(), 1);
    QVERIFY(!told[0].contains(u'\n'));
    QVERIFY(m_peers->all()->isEmpty());
}

/// New keys do not make room: strangers count by address.
void TestAdmission::flood()
{
    make(AcceptPolicy::Ask);
    know(otherKey, u"friend"_s);
    const auto key = [](int number) { return u"%1"_s.arg(number, 64, 16, QChar(u'0')); };
    const Limits limits;
    int waiting = 0;
    for (int number = 1; number <= 20; ++number) {
        const auto outcome = ask(requestOf(peerOf(key(number))));
        waiting += outcome->verdict ? 0 : 1;
        if (outcome->verdict)
            QCOMPARE(outcome->verdict->error().code, ErrorCode::Busy);
    }
    QCOMPARE(waiting, limits.offersPerPeer);
    QVERIFY(!ask(requestOf(peerOf(otherKey)))->verdict); // a known one from there still may ask
    for (int number = 1; number <= 100; ++number) {
        const auto outcome = ask(requestOf(peerOf(key(number), u"198.51.100.%1"_s.arg(number))));
        static_cast<void>(outcome);
    }
    QCOMPARE(offers().size(), limits.offers);
}

void TestAdmission::policyChanges()
{
    make(AcceptPolicy::Ask);
    know(otherKey, u"friend"_s);
    RemotePeer plain = peerOf({}, u"192.0.2.8"_s);
    plain.isEncrypted = false;
    const auto stranger = ask(requestOf(peerOf(someKey)));
    const auto friendly = ask(requestOf(peerOf(otherKey), u"x"_s, 'b'));
    const auto unencrypted = ask(requestOf(plain, u"y"_s, 'c'));
    m_admission->setPolicy(AcceptPolicy::Ask, false);
    QVERIFY(!stranger->verdict && !friendly->verdict && unencrypted->isDeclined());
    m_admission->setPolicy(AcceptPolicy::Known, false);
    QVERIFY(stranger->isDeclined() && friendly->isAdmitted());
    m_admission->setPolicy(AcceptPolicy::Ask, false);
    const auto another = ask(requestOf(peerOf(someKey), u"x"_s, 'd'));
    QVERIFY(!another->verdict);
    m_admission->setPolicy(AcceptPolicy::Everyone, false);
    QVERIFY(another->isAdmitted());
    QVERIFY(offers().isEmpty());
}

void TestAdmission::comesBackUnasked()
{
    make(AcceptPolicy::Ask);
    const UploadRequest request = requestOf(peerOf(someKey));
    const auto first = ask(request);
    QVERIFY(m_admission->answer(first->offer, OfferAnswer::Accept, m_home->path()));
    m_admission->batchLost(request.heldBatch());
    const auto again = ask(request);
    QVERIFY(again->isAdmitted());
    QCOMPARE(again->verdict->value().folder->path(), m_home->path()); // where it was let in to
    m_admission->batchEnded(request.heldBatch());
    QVERIFY(!ask(request)->verdict);
}

void TestAdmission::comesBackAsAnother()
{
    make(AcceptPolicy::Ask);
    const UploadRequest request = requestOf(peerOf(someKey));
    QVERIFY(m_admission->answer(ask(request)->offer, OfferAnswer::Accept, {}));
    UploadRequest other = request;
    other.peer = peerOf(otherKey);
    QVERIFY(!ask(other)->verdict);
    other = request;
    other.peer = peerOf({});
    QVERIFY(!ask(other)->verdict);
    other = request;
    other.files = request.files + 1;
    QVERIFY(!ask(other)->verdict);
    QCOMPARE(offers().size(), 3);
}

/// Neither by being let in under the same id nor by the end of that.
void TestAdmission::anotherHolderIsInNobodysWay()
{
    make(AcceptPolicy::Ask);
    const UploadRequest request = requestOf(peerOf(someKey));
    QVERIFY(m_admission->answer(ask(request)->offer, OfferAnswer::Accept, {}));
    UploadRequest other = request;
    for (const RemotePeer& peer : {peerOf(otherKey), peerOf({})}) {
        other.peer = peer;
        QVERIFY(m_admission->answer(ask(other)->offer, OfferAnswer::Accept, {}));
        QVERIFY(ask(request)->isAdmitted());
        QVERIFY(ask(other)->isAdmitted());
        m_admission->batchEnded(other.heldBatch());
        QVERIFY(ask(request)->isAdmitted());
    }
}

void TestAdmission::manyBatchesAreInTheirOwnWay()
{
    Limits limits;
    limits.admittedBatches = 3;
    make(AcceptPolicy::Everyone, true, limits);
    const UploadRequest request = requestOf(peerOf(someKey));
    QVERIFY(ask(request)->isAdmitted());
    const RemotePeer busy = peerOf(otherKey, u"198.51.100.1"_s);
    for (const char batch : "abcdef"_ba)
        QVERIFY(ask(requestOf(busy, u"x"_s, batch))->isAdmitted());
    m_admission->setPolicy(AcceptPolicy::Ask, true);
    QVERIFY(ask(request)->isAdmitted());
    QVERIFY(ask(requestOf(busy, u"x"_s, 'f'))->isAdmitted());
    QVERIFY(!ask(requestOf(busy, u"x"_s, 'a'))->verdict);
}

QTEST_GUILESS_MAIN(TestAdmission)
#include "tst_admission.moc"
