#include "contactfixture.h"
#include "withoutprivileges.h"

#include <QDir>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// Which receiver a sender trusts, and which one is told nothing.
class TestPeerTrust final : public ContactFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init() { makeDevices(); }
    void cleanup() { endAll(); }
    void anImpostorAtAKnownAddressIsToldNothing();
    void anImpostorIsNotTrustedBlindlyEither();
    void knownAddressesAreNeverUsedPlain();
    void withoutAPersonNobodyNewIsTrusted();
    void trustsNewOnesWhenToldSo();
    void fingerprints_data();
    void fingerprints();
    void aForgottenPeerIsAStranger();
    void sendsThoughItCannotBeMarkedAsSeen();
};

void TestPeerTrust::anImpostorAtAKnownAddressIsToldNothing()
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

void TestPeerTrust::anImpostorIsNotTrustedBlindlyEither()
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

void TestPeerTrust::knownAddressesAreNeverUsedPlain()
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

void TestPeerTrust::withoutAPersonNobodyNewIsTrusted()
{
    startReceiver(*m_there, AcceptPolicy::Everyone);
    makeSender(NewPeers::Refuse);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(failure().code, ErrorCode::NotTrusted);
    QVERIFY(failure().text.contains(m_there->identity->fingerprint()));
    QVERIFY(!failure().text.contains(u"--"_s)); // the window has no options
    QVERIFY(!m_here->known(*m_there) && m_receiver->landed().isEmpty());
}

void TestPeerTrust::trustsNewOnesWhenToldSo()
{
    startReceiver(*m_there, AcceptPolicy::Everyone);
    makeSender(NewPeers::Trust);
    send();
    QVERIFY(waitForEnd());
    QCOMPARE(m_queue->last().state, TransferState::Done);
    QCOMPARE(m_here->known(*m_there)->address, hostAndPort());
    QVERIFY(m_questions.isEmpty());
}

void TestPeerTrust::fingerprints_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<bool>("isTrusted");
    QTest::newRow("of the key") << u"key"_s << true;
    QTest::newRow("of the certificate") << u"certificate"_s << true;
    QTest::newRow("of another") << u"other"_s << false;
}

void TestPeerTrust::fingerprints()
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

void TestPeerTrust::aForgottenPeerIsAStranger()
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

/// The own disk is full, or read-only.
void TestPeerTrust::sendsThoughItCannotBeMarkedAsSeen()
{
    startReceiver(*m_there, AcceptPolicy::Everyone);
    QVERIFY(m_here->knownPeers->put(m_there->as(u"Desk"_s, hostAndPort())).isOk());
    const QString folder = m_here->folder.path();
    const WithoutPrivileges forRoot;
    for (const QString& name : QDir(folder).entryList(QDir::Files))
        QVERIFY(QFile::setPermissions(QDir(folder).filePath(name), QFile::ReadOwner));
    QVERIFY(QFile::setPermissions(folder, QFile::ReadOwner | QFile::ExeOwner));
    QVERIFY(!m_here->knownPeers->markSeen(m_there->identity->fingerprint()));
    makeSender(NewPeers::Refuse);
    send();
    QVERIFY(waitForEnd());
    QVERIFY(QFile::setPermissions(folder, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    QVERIFY2(m_queue->last().state == TransferState::Done, qPrintable(failure().text));
    QCOMPARE(m_queue->last().peerName, u"Desk"_s);
}

QTEST_GUILESS_MAIN(TestPeerTrust)
#include "tst_peertrust.moc"
