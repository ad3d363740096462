#include "recentpeers.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestRecentPeers : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void newestFirstEachOnce();
    void bounded();
    void survivesAStore();
};

void TestRecentPeers::newestFirstEachOnce()
{
    RecentPeers peers;
    for (const QString& peer : {u"a"_s, u"b"_s, u"A"_s, u" "_s, QString()})
        peers.use(peer);
    QCOMPARE(peers.list(), QStringList({u"A"_s, u"b"_s}));
    peers.forget(u"B"_s);
    QCOMPARE(peers.list(), QStringList({u"A"_s}));
}

void TestRecentPeers::bounded()
{
    RecentPeers peers;
    for (int i = 0; i < RecentPeers::capacity + 3; ++i)
        peers.use(QString::number(i));
    QCOMPARE(peers.list().size(), RecentPeers::capacity);
    QCOMPARE(peers.list().constFirst(), QString::number(RecentPeers::capacity + 2));
}

void TestRecentPeers::survivesAStore()
{
    const QStringList stored{u"c"_s, u"b"_s, u"a"_s};
    QCOMPARE(RecentPeers(stored).list(), stored);
}

QTEST_GUILESS_MAIN(TestRecentPeers)
#include "tst_recentpeers.moc"
