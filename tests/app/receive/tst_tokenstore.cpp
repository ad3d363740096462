#include "tokenstore.h"

#include <QSet>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <atomic>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestTokenStore : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void isSpentOnce();
    void expires();
    void isUnguessable();
    void isBounded();
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
    const QByteArray first = store.issue(grant(u"a"_s), m_now).value();
    const QByteArray second = store.issue(grant(u"b"_s), m_now).value();
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
    const QByteArray early = store.issue(grant(), m_now).value();
    const QByteArray late = store.issue(grant(), m_now).value();
    QVERIFY(store.redeem(early, m_peer, m_now + limits.tokenLifetime - 1ms));
    QVERIFY(!store.redeem(late, m_peer, m_now + limits.tokenLifetime));
}

void TestTokenStore::isUnguessable()
{
    TokenStore store{Limits()};
    QSet<QByteArray> tokens;
    for (int i = 0; i < 1000; ++i) {
        const QByteArray token = store.issue(grant(), m_now).value();
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
    QVERIFY(store.issue(grant(), m_now));
    QVERIFY(store.issue(grant(), m_now));
    QVERIFY(!store.issue(grant(), m_now));
    QVERIFY(store.issue(grant(), m_now + limits.tokenLifetime)); // the others have expired
}

/// 10,000 tokens, each tried by several at once, and all of them tried again.
void TestTokenStore::isSpentOnceByManyThreads()
{
    constexpr int count = 10'000;
    TokenStore store{Limits()};
    QList<QByteArray> tokens;
    for (int i = 0; i < count; ++i)
        tokens.append(store.issue(grant(), m_now).value());
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
    const QByteArray token = store.issue(mine, m_now).value();
    QVERIFY(!store.redeem(token, {anywhere, isEncrypted, fingerprint}, m_now));
    QVERIFY(store.redeem(token, {anywhere, true, QString(64, u'a')}, m_now)); // and is not lost by that
}

QTEST_GUILESS_MAIN(TestTokenStore)
#include "tst_tokenstore.moc"
