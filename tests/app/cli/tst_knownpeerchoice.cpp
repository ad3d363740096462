#include "knownpeerchoice.h"

#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

const QString first = u"abcdef01"_s + QString(56, u'0');
const QString second = u"abcdef02"_s + QString(56, u'0');
const QString third = u"abcdef02"_s + QString(56, u'1');

} // namespace

class TestKnownPeerChoice final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void finds_data();
    void finds();
    void refuses_data();
    void refuses();
    void aDamagedDatabaseIsNotNobody();

private:
    QTemporaryDir m_folder;
};

void TestKnownPeerChoice::initTestCase()
{
    KnownPeers peers(m_folder.path());
    QVERIFY(peers.put({.fingerprint = first, .name = u"Büro"_s, .address = {}, .addedAt = {}, .seenAt = {}})
                .isOk());
    // These two want to be taken for the first one.
    QVERIFY(
        peers.put({.fingerprint = second, .name = u"abcdef01"_s, .address = {}, .addedAt = {}, .seenAt = {}})
            .isOk());
    QVERIFY(
        peers.put({.fingerprint = third, .name = first, .address = {}, .addedAt = {}, .seenAt = {}}).isOk());
}

void TestKnownPeerChoice::finds_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("fingerprint");
    QTest::newRow("name") << u"Büro"_s << first;
    QTest::newRow("name in another case") << u"BÜRO"_s << first;
    QTest::newRow("fingerprint, another's name") << first << first;
    QTest::newRow("fingerprint in upper case") << second.toUpper() << second;
    QTest::newRow("its first digits") << u"abcdef0100"_s << first;
    QTest::newRow("digits with colons") << u"AB:CD:EF:02:1"_s << third;
}

void TestKnownPeerChoice::finds()
{
    QFETCH(QString, typed);
    KnownPeers peers(m_folder.path());
    const Result<KnownPeer> chosen = chooseKnownPeer(peers, typed);
    QVERIFY2(chosen.isOk(), chosen.isOk() ? "" : qPrintable(chosen.error().text));
    QTEST(chosen->fingerprint, "fingerprint");
}

void TestKnownPeerChoice::refuses_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("unknown name") << u"Haus"_s << ErrorCode::NotFound;
    QTest::newRow("empty") << QString() << ErrorCode::NotFound;
    QTest::newRow("unknown fingerprint") << QString(64, u'f') << ErrorCode::NotFound;
    QTest::newRow("too few digits") << u"abcdef0"_s << ErrorCode::NotFound;
    QTest::newRow("digits of two") << u"abcdef02"_s << ErrorCode::InvalidArgument;
    QTest::newRow("digits of one, name of another") << u"abcdef01"_s << ErrorCode::InvalidArgument;
}

void TestKnownPeerChoice::refuses()
{
    QFETCH(QString, typed);
    KnownPeers peers(m_folder.path());
    const Result<KnownPeer> chosen = chooseKnownPeer(peers, typed);
    QVERIFY(!chosen.isOk());
    QTEST(chosen.error().code, "code");
    QVERIFY(chosen.error().text.contains(u"“%1”"_s.arg(typed)));
}

void TestKnownPeerChoice::aDamagedDatabaseIsNotNobody()
{
    const QTemporaryDir folder;
    QFile file(folder.filePath(u"sockdrop.db"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(QByteArray(5000, 'x')) == 5000);
    file.close();
    KnownPeers peers(folder.path());
    for (const QString& typed : {u"Büro"_s, first})
        QCOMPARE(chooseKnownPeer(peers, typed).error().code, ErrorCode::IoError);
}

QTEST_GUILESS_MAIN(TestKnownPeerChoice)
#include "tst_knownpeerchoice.moc"
