#include "samplepeers.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestKnownPeers final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void isEmptyAtFirstAndMakesNothing();
    void keepsEverythingOverARestart();
    void replacesWhatIsKnown();
    void anAddressBelongsToOnePeer();
    void addressesAreFoundInEveryForm_data();
    void addressesAreFoundInEveryForm();
    void namesAreFoundInEveryForm_data();
    void namesAreFoundInEveryForm();
    void takenNamesGetANumber();
    void renames();
    void forgets();
    void marksSeen();
    void acceptsAlways();
    void unknownFingerprintsAreNotFound();
    void refusesWhatIsNoFingerprint();
    void hostileNamesStayLiteral_data();
    void hostileNamesStayLiteral();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<KnownPeers> m_peers;
};

void TestKnownPeers::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_peers = std::make_unique<KnownPeers>(m_folder->path());
}

void TestKnownPeers::isEmptyAtFirstAndMakesNothing()
{
    const QString path = m_folder->filePath(u"not/there"_s);
    KnownPeers peers(path);
    QCOMPARE(peers.all().value(), QList<KnownPeer>());
    QCOMPARE(peers.find(key(1)).value(), std::nullopt);
    QVERIFY(!QFile::exists(path));
    QVERIFY(peers.put(peer(1, u"one"_s)).isOk());
    QCOMPARE(peers.all()->size(), 1);
}

void TestKnownPeers::keepsEverythingOverARestart()
{
    KnownPeer laptop = peer(2, u"Laptop"_s, u"laptop.local:54321"_s);
    laptop.isAlwaysAccepted = true;
    KnownPeer never = peer(1, u"ärmel"_s);
    never.seenAt = {};
    QVERIFY(m_peers->put(never).isOk());
    QVERIFY(m_peers->put(laptop).isOk());
    m_peers = std::make_unique<KnownPeers>(m_folder->path());
    QCOMPARE(m_peers->all().value(), (QList{laptop, never}));
    QCOMPARE(m_peers->find(key(2)).value(), laptop);
    QVERIFY(!m_peers->find(key(1)).value()->seenAt.isValid());
    QCOMPARE(m_peers->find(key(3)).value(), std::nullopt);
    QCOMPARE(m_peers->findByAddress({}).value(), std::nullopt);
    QCOMPARE(m_peers->findByName({}).value(), std::nullopt);
}

void TestKnownPeers::replacesWhatIsKnown()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s, u"a:1"_s)).isOk());
    QVERIFY(m_peers->put(peer(2, u"two"_s, u"b:1"_s)).isOk());
    const KnownPeer again = peer(1, u"ONE"_s, u"c:1"_s);
    QVERIFY(m_peers->put(again).isOk());
    QCOMPARE(m_peers->find(key(1)).value(), again);
    QCOMPARE(m_peers->findByAddress(u"a:1"_s).value(), std::nullopt);
    QCOMPARE(m_peers->all()->size(), 2);
}

void TestKnownPeers::anAddressBelongsToOnePeer()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s, u"host:1"_s)).isOk());
    QVERIFY(m_peers->put(peer(2, u"two"_s, u"HOST:1"_s)).isOk());
    QVERIFY(m_peers->put(peer(3, u"three"_s, u"host:2"_s)).isOk());
    QCOMPARE(m_peers->findByAddress(u"host:1"_s).value()->fingerprint, key(2));
    QCOMPARE(addressOf(*m_peers, 1), QString());
    QCOMPARE(addressOf(*m_peers, 3), u"host:2"_s);
    QCOMPARE(m_peers->all()->size(), 3);
}

void TestKnownPeers::addressesAreFoundInEveryForm_data()
{
    QTest::addColumn<QString>("kept");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<bool>("isSame");
    QTest::newRow("case") << u"Laptop.local:1"_s << u"LAPTOP.Local:1"_s << true;
    QTest::newRow("dot at the end") << u"laptop.local:1"_s << u"laptop.local.:1"_s << true;
    QTest::newRow("default port") << u"laptop:54321"_s << u"laptop"_s << true;
    QTest::newRow("plain URL") << u"laptop:1"_s << u"http://laptop:1/"_s << true;
    QTest::newRow("IPv6") << u"[2001:db8::1]:1"_s << u"[2001:DB8:0:0:0:0:0:1]:1"_s << true;
    QTest::newRow("IPv4 in IPv6") << u"192.0.2.1:1"_s << u"[::ffff:192.0.2.1]:1"_s << true;
    QTest::newRow("IPv4 in short") << u"127.0.0.1:1"_s << u"127.1:1"_s << true;
    QTest::newRow("umlaut") << u"büro.example:1"_s << u"xn--bro-hoa.example:1"_s << true;
    QTest::newRow("no address") << u"Not an address"_s << u"not an address"_s << true;
    QTest::newRow("another port") << u"laptop:1"_s << u"laptop:2"_s << false;
    QTest::newRow("another host") << u"laptop:1"_s << u"laptop2:1"_s << false;
    QTest::newRow("wildcards") << u"laptop:1"_s << u"%:1"_s << false;
}

void TestKnownPeers::addressesAreFoundInEveryForm()
{
    QFETCH(QString, kept);
    QFETCH(QString, typed);
    QFETCH(bool, isSame);
    QVERIFY(m_peers->put(peer(1, u"one"_s, kept)).isOk());
    const std::optional<KnownPeer> found = m_peers->findByAddress(typed).value();
    QCOMPARE(found.has_value(), isSame);
    QVERIFY(!found || found->address == kept);
}

void TestKnownPeers::namesAreFoundInEveryForm_data()
{
    QTest::addColumn<QString>("kept");
    QTest::addColumn<QString>("typed");
    QTest::addColumn<bool>("isSame");
    QTest::newRow("case") << u"Büro"_s << u"BÜRO"_s << true;
    QTest::newRow("sharp s") << u"Straße"_s << u"STRASSE"_s << true;
    QTest::newRow("sigma") << u"ΟΔΟΣ"_s << u"οδος"_s << true;
    QTest::newRow("form") << u"Bu\u0308ro"_s << u"Büro"_s << true;
    QTest::newRow("full width") << u"ＰＣ"_s << u"pc"_s << true;
    QTest::newRow("blanks") << u" my  laptop"_s << u"my laptop "_s << true;
    QTest::newRow("invisible") << u"lap\u200btop"_s << u"laptop"_s << true;
    QTest::newRow("bidi") << u"\u202elaptop"_s << u"laptop"_s << true;
    QTest::newRow("accent") << u"Büro"_s << u"Buro"_s << false;
    QTest::newRow("wildcards") << u"laptop"_s << u"l%"_s << false;
}

void TestKnownPeers::namesAreFoundInEveryForm()
{
    QFETCH(QString, kept);
    QFETCH(QString, typed);
    QFETCH(bool, isSame);
    QVERIFY(m_peers->put(peer(1, kept)).isOk());
    const std::optional<KnownPeer> found = m_peers->findByName(typed).value();
    QCOMPARE(found.has_value(), isSame);
    QVERIFY(!found || found->name == kept);
}

void TestKnownPeers::takenNamesGetANumber()
{
    for (int number = 1; number <= 3; ++number)
        QVERIFY(m_peers->put(peer(number, number == 2 ? u"LAPTOP"_s : u"laptop"_s)).isOk());
    QCOMPARE(nameOf(*m_peers, 1), u"laptop"_s);
    QCOMPARE(nameOf(*m_peers, 2), u"LAPTOP (2)"_s);
    QCOMPARE(nameOf(*m_peers, 3), u"laptop (3)"_s);
    // What is put again keeps its name, and what shows nothing gets one.
    QVERIFY(m_peers->put(peer(1, u"laptop"_s)).isOk());
    QCOMPARE(nameOf(*m_peers, 1), u"laptop"_s);
    QVERIFY(m_peers->put(peer(4, u" \u200b"_s)).isOk());
    QCOMPARE(nameOf(*m_peers, 4), u"00000000"_s);
}

void TestKnownPeers::renames()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s, u"a:1"_s)).isOk());
    QVERIFY(m_peers->put(peer(2, u"two"_s)).isOk());
    QVERIFY(m_peers->rename(key(1), u"Eins"_s).isOk());
    KnownPeer expected = peer(1, u"Eins"_s, u"a:1"_s);
    QCOMPARE(m_peers->find(key(1)).value(), expected);
    QVERIFY(m_peers->rename(key(1), u"EINS"_s).isOk());
    QCOMPARE(m_peers->rename(key(2), u"eins"_s).error().code, ErrorCode::AlreadyExists);
    QCOMPARE(m_peers->rename(key(2), u"\u202e"_s).error().code, ErrorCode::InvalidArgument);
    QCOMPARE(nameOf(*m_peers, 2), u"two"_s);
    QVERIFY(m_peers->rename(key(2), u"one"_s).isOk());
}

void TestKnownPeers::forgets()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s, u"a:1"_s)).isOk());
    QVERIFY(m_peers->put(peer(2, u"two"_s)).isOk());
    QVERIFY(m_peers->forget(key(1)).isOk());
    QCOMPARE(m_peers->all().value(), QList{peer(2, u"two"_s)});
    QCOMPARE(m_peers->findByAddress(u"a:1"_s).value(), std::nullopt);
    QCOMPARE(m_peers->findByName(u"one"_s).value(), std::nullopt);
}

void TestKnownPeers::marksSeen()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s, u"a:1"_s)).isOk());
    QVERIFY(m_peers->put(peer(2, u"two"_s, u"b:1"_s)).isOk());
    const QDateTime before = QDateTime::currentDateTimeUtc();
    QVERIFY(m_peers->markSeen(key(1)).isOk());
    QVERIFY(m_peers->find(key(1)).value()->seenAt >= before.addMSecs(-1));
    QCOMPARE(addressOf(*m_peers, 1), u"a:1"_s);
    QVERIFY(m_peers->markSeen(key(1), u"b:1"_s).isOk());
    QCOMPARE(addressOf(*m_peers, 1), u"b:1"_s);
    QCOMPARE(addressOf(*m_peers, 2), QString());
    // Nobody comes back in this way, and nobody loses an address to a stranger.
    QVERIFY(m_peers->markSeen(key(3), u"b:1"_s).isOk());
    QCOMPARE(m_peers->all()->size(), 2);
    QCOMPARE(addressOf(*m_peers, 1), u"b:1"_s);
}

void TestKnownPeers::acceptsAlways()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s)).isOk());
    QVERIFY(m_peers->put(peer(2, u"two"_s)).isOk());
    QVERIFY(m_peers->setAlwaysAccepted(key(1), true).isOk());
    QVERIFY(m_peers->find(key(1)).value()->isAlwaysAccepted);
    QVERIFY(!m_peers->find(key(2)).value()->isAlwaysAccepted);
    QVERIFY(m_peers->setAlwaysAccepted(key(1), false).isOk());
    QVERIFY(!m_peers->find(key(1)).value()->isAlwaysAccepted);
}

void TestKnownPeers::unknownFingerprintsAreNotFound()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s)).isOk());
    QCOMPARE(m_peers->rename(key(2), u"two"_s).error().code, ErrorCode::NotFound);
    QCOMPARE(m_peers->forget(key(2)).error().code, ErrorCode::NotFound);
    QCOMPARE(m_peers->setAlwaysAccepted(key(2), true).error().code, ErrorCode::NotFound);
    QCOMPARE(m_peers->all().value(), QList{peer(1, u"one"_s)});
}

void TestKnownPeers::refusesWhatIsNoFingerprint()
{
    for (const QString& text : {QString(), key(1).chopped(1), key(1) + u'0', key(10).toUpper()}) {
        KnownPeer bad = peer(1, u"one"_s);
        bad.fingerprint = text;
        QCOMPARE(m_peers->put(bad).error().code, ErrorCode::InvalidArgument);
    }
    QCOMPARE(m_peers->all().value(), QList<KnownPeer>());
}

void TestKnownPeers::hostileNamesStayLiteral_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("markup") << u"<b>me</b><img src=x onerror=alert(1)> &amp;"_s;
    QTest::newRow("line ends") << u"me\r\nlanded everything\u2028"_s;
    QTest::newRow("bidi") << u"exe\u202egpj.me\u2066"_s;
    QTest::newRow("escape") << u"\x1b[2J\x1b]0;me\a"_s;
    QTest::newRow("NUL") << u"me\0you"_s;
    QTest::newRow("SQL") << u"'; DROP TABLE peers; --\"? :a"_s;
    QTest::newRow("placeholders") << u"%1 %2 %s %n"_s;
    QTest::newRow("not in the BMP") << u"💾 日本"_s;
    QTest::newRow("long") << QString(20'000, u'x');
}

void TestKnownPeers::hostileNamesStayLiteral()
{
    QFETCH(QString, name);
    QVERIFY(m_peers->put(peer(1, name)).isOk());
    QVERIFY(m_peers->put(peer(2, name)).isOk());
    QCOMPARE(nameOf(*m_peers, 1), name);
    QCOMPARE(nameOf(*m_peers, 2), name + u" (2)"_s);
    QCOMPARE(m_peers->findByName(name).value()->fingerprint, key(1));
    QVERIFY(m_peers->rename(key(1), u"tame"_s).isOk() && m_peers->rename(key(1), name).isOk());
    QCOMPARE(nameOf(*m_peers, 1), name);
}

QTEST_GUILESS_MAIN(TestKnownPeers)
#include "tst_knownpeers.moc"
