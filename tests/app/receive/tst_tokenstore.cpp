#include "tokenstore.h"

#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <atomic>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QString somebody = u"192.0.2.1"_s;

} // namespace

class TestTokenStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void isSpentOnce();
    void expires();
    void isUnguessable();
    void isBounded();
    void isBoundedForEach();
    void countsPeers_data();
    void countsPeers();
    void isSpentOnceByManyThreads();
    void isBoundToItsHolder_data();
    void isBoundToItsHolder();

private:
    [[nodiscard]] Grant grant(const QString& name = u"a"_s) const;

    QTemporaryDir m_home;
    std::shared_ptr<const LandingFolder> m_folder;
    const TokenStore::TimePoint m_now{1000s};
    const RemotePeer m_peer{};
};

void TestTokenStore::initTestCase()
{
    m_folder = LandingFolder::open(m_home.path()).value();
}

Grant TestTokenStore::grant(const QString& name) const
{
    Offer offer;
    offer.path = {name};
    return FileGrant{
        {}, offer, SafePath::fromUntrusted(offer.path, Limits()).value(), m_folder, ConflictPolicy::Rename};
}

void TestTokenStore::isSpentOnce()
{
    TokenStore store{Limits()};
    const QByteArray first = store.issue(grant(u"a"_s), somebody, m_now).value();
    const QByteArray second = store.issue(grant(u"b"_s), somebody, m_now).value();
    QCOMPARE(std::get<FileGrant>(store.redeem(second, m_peer, m_now).value()).offer.path,
             QStringList{u"b"_s});
    QVERIFY(!store.redeem(second, m_peer, m_now));
    QVERIFY(!store.redeem("", m_peer, m_now));
    QVERIFY(!store.redeem(first.toUpper() + 'x', m_peer, m_now));
    QCOMPARE(std::get<FileGrant>(store.redeem(first, m_peer, m_now).value()).offer.path, QStringList{u"a"_s});
}

void TestTokenStore::expires()
{
    const Limits limits;
    TokenStore store(limits);
    const QByteArray early = store.issue(grant(), somebody, m_now).value();
    const QByteArray late = store.issue(grant(), somebody, m_now).value();
    QVERIFY(store.redeem(early, m_peer, m_now + limits.tokenLifetime - 1ms));
    QVERIFY(!store.redeem(late, m_peer, m_now + limits.tokenLifetime));
}

void TestTokenStore::isUnguessable()
{
    TokenStore store{Limits()};
    QSet<QByteArray> tokens;
    for (int i = 0; i < 1000; ++i) {
        const QByteArray token = store.issue(grant(), QString::number(i), m_now).value();
        QCOMPARE(token.size(), 32); // 128 bits in hex
        tokens.insert(token);
    }
    QCOMPARE(tokens.size(), 1000);
}

void TestTokenStore::isBounded()
{
    Limits limits;
    limits.tokens = 2;
    TokenStore store(limits);
    QVERIFY(store.issue(grant(), somebody, m_now));
    QVERIFY(store.issue(grant(), somebody, m_now));
    QVERIFY(!store.issue(grant(), somebody, m_now));
    QVERIFY(store.issue(grant(), somebody, m_now + limits.tokenLifetime)); // the others have expired
}

/// Nobody takes those of all others.
void TestTokenStore::isBoundedForEach()
{
    Limits limits;
    limits.tokensPerPeer = 2;
    TokenStore store(limits);
    QVERIFY(store.issue(grant(), somebody, m_now));
    const QByteArray token = store.issue(grant(), somebody, m_now + 1s).value();
    QVERIFY(!store.issue(grant(), somebody, m_now + 1s));
    QVERIFY(store.issue(grant(), u"192.0.2.2"_s, m_now + 1s));
    QVERIFY(store.redeem(token, m_peer, m_now + 1s));
    QVERIFY(store.issue(grant(), somebody, m_now + 1s));
    QVERIFY(!store.issue(grant(), somebody, m_now + 1s));
    QVERIFY(store.issue(grant(), somebody, m_now + limits.tokenLifetime)); // the first one has expired
    QVERIFY(!store.issue(grant(), somebody, m_now + limits.tokenLifetime));
}

void TestTokenStore::countsPeers_data()
{
    QTest::addColumn<QString>("address");
    QTest::addColumn<QString>("otherAddress");
    QTest::addColumn<bool>("isKnown");
    QTest::addColumn<bool>("isOne");
    QTest::newRow("strangers at one address") << u"192.0.2.1"_s << u"192.0.2.1"_s << false << true;
    QTest::newRow("strangers side by side") << u"192.0.2.1"_s << u"192.0.2.2"_s << false << false;
    QTest::newRow("strangers of one network") << u"2001:db8::1"_s << u"2001:db8::ffff:2"_s << false << true;
    QTest::newRow("strangers of two networks") << u"2001:db8::1"_s << u"2001:db8:0:1::1"_s << false << false;
    QTest::newRow("known ones at one address") << u"192.0.2.1"_s << u"192.0.2.1"_s << true << false;
}

/// Each of the two with a key of its own.
void TestTokenStore::countsPeers()
{
    QFETCH(QString, address);
    QFETCH(QString, otherAddress);
    QFETCH(bool, isKnown);
    QFETCH(bool, isOne);
    const RemotePeer one{QHostAddress(address), true, QString(64, u'a')};
    const RemotePeer other{QHostAddress(otherAddress), true, QString(64, u'b')};
    QCOMPARE(countedPeer(one, isKnown) == countedPeer(other, isKnown), isOne);
    const RemotePeer moved{QHostAddress(otherAddress), true, one.fingerprint};
    QCOMPARE(countedPeer(one, isKnown) == countedPeer(moved, isKnown), isOne || isKnown);
}

/// 10,000 tokens, each tried by several at once, and all of them tried again.
void TestTokenStore::isSpentOnceByManyThreads()
{
    constexpr int count = 10'000;
    TokenStore store{Limits()};
    QList<QByteArray> tokens;
    for (int i = 0; i < count; ++i)
        tokens.append(store.issue(grant(), QString::number(i), m_now).value());
    std::atomic<int> accepted = 0;
    std::vector<std::unique_ptr<QThread>> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back(QThread::create([&] {
            for (const QByteArray& token : tokens)
                accepted += store.redeem(token, m_peer, m_now).has_value() ? 1 : 0;
        }));
        threads.back()->start();
    }
    for (const auto& thread : threads)
        thread->wait();
    QCOMPARE(accepted.load(), count);
    for (const QByteArray& token : tokens)
        QVERIFY(!store.redeem(token, m_peer, m_now));
}

void TestTokenStore::isBoundToItsHolder_data()
{
    QTest::addColumn<bool>("isEncrypted");
    QTest::addColumn<QString>("fingerprint");
    QTest::newRow("plain") << false << QString();
    QTest::newRow("no key") << true << QString();
    QTest::newRow("another key") << true << QString(64, u'b');
    QTest::newRow("key without encryption") << false << QString(64, u'a');
}

void TestTokenStore::isBoundToItsHolder()
{
    QFETCH(bool, isEncrypted);
    QFETCH(QString, fingerprint);
    const QHostAddress anywhere;
    Grant mine = grant();
    std::get<FileGrant>(mine).holder = {true, QString(64, u'a'), {}};
    TokenStore store{Limits()};
    const QByteArray token = store.issue(mine, somebody, m_now).value();
    QVERIFY(!store.redeem(token, {anywhere, isEncrypted, fingerprint}, m_now));
    QVERIFY(store.redeem(token, {anywhere, true, QString(64, u'a')}, m_now)); // and is not lost by that
}

QTEST_GUILESS_MAIN(TestTokenStore)
#include "tst_tokenstore.moc"
