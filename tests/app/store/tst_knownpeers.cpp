#include "knownpeers.h"
#include "queuestore.h"
#include "withoutprivileges.h"

#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <cstdio>
#include <sys/stat.h>
#include <thread>
#include <vector>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

QString key(int number)
{
    return u"%1"_s.arg(number, 64, 16, QChar(u'0'));
}

KnownPeer peer(int number, const QString& name, const QString& address = {})
{
    return {.fingerprint = key(number),
            .name = name,
            .address = address,
            .addedAt = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123),
            .seenAt = QDateTime::fromMSecsSinceEpoch(1'700'000'001'000)};
}

QString nameOf(KnownPeers& peers, int number)
{
    const Result<std::optional<KnownPeer>> found = peers.find(key(number));
    return found && found.value() ? found.value()->name : u"(unknown)"_s;
}

QString addressOf(KnownPeers& peers, int number)
{
    const Result<std::optional<KnownPeer>> found = peers.find(key(number));
    return found && found.value() ? found.value()->address : u"(unknown)"_s;
}

bool writeFile(const QString& path, const QByteArray& content)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size();
}

QByteArray readFile(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(not there)");
}

} // namespace

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
    void sharesItsFileWithTheQueue();
    void manyThreadsLoseNothing();
    void twoProcessesLoseNothing();
    void saysThatTheFileIsBusy();
    void damageIsAnErrorAndStays_data();
    void damageIsAnErrorAndStays();
    void unreadableIsNotEmpty();
    void aFullDiskLosesNothing();

private:
    [[nodiscard]] QString database() const { return m_folder->filePath(u"sockdrop.db"_s); }

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

void TestKnownPeers::sharesItsFileWithTheQueue()
{
    const QueuedUpload upload{"1", {u"laptop"_s, 5}, {u"/a"_s}};
    {
        QueueStore store(m_folder->path());
        store.add(upload);
        // A reader that comes first makes no table, and a queue without peers is no error.
        QCOMPARE(m_peers->all().value(), QList<KnownPeer>());
        QVERIFY(m_peers->put(peer(1, u"one"_s)).isOk());
        store.add({"2", {u"laptop"_s, 5}, {u"/b"_s}});
    }
    QueueStore store(m_folder->path());
    QSignalSpy spy(&store, &QueueStore::loaded);
    store.load();
    QVERIFY(spy.wait());
    QCOMPARE(spy.first().first().value<QList<QueuedUpload>>().size(), 2);
    QCOMPARE(m_peers->all().value(), QList{peer(1, u"one"_s)});
}

void TestKnownPeers::manyThreadsLoseNothing()
{
    constexpr int threadCount = 4;
    constexpr int rounds = 5;
    std::vector<std::thread> threads;
    std::array<bool, threadCount> isOk{};
    for (int thread = 0; thread < threadCount; ++thread) {
        threads.emplace_back([this, thread, &isOk] {
            bool allOk = true;
            for (int round = 0; round < rounds; ++round) {
                const int number = thread * rounds + round;
                allOk = m_peers->put(peer(number, u"same name"_s, u"host:1"_s)).isOk() && allOk;
                allOk = m_peers->find(key(number)).isOk() && allOk;
                allOk = m_peers->setAlwaysAccepted(key(number), true).isOk() && allOk;
            }
            isOk[static_cast<std::size_t>(thread)] = allOk;
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    for (const bool allOk : isOk)
        QVERIFY(allOk);
    const QList<KnownPeer> all = m_peers->all().value();
    QCOMPARE(all.size(), threadCount * rounds);
    QCOMPARE(std::ranges::count_if(all, [](const KnownPeer& known) { return !known.address.isEmpty(); }), 1);
    QVERIFY(std::ranges::all_of(all, [](const KnownPeer& known) { return known.isAlwaysAccepted; }));
    QVERIFY(m_peers->findByName(u"same name (%1)"_s.arg(threadCount * rounds)).value());
}

/// This program again, as a writer (see main).
void TestKnownPeers::twoProcessesLoseNothing()
{
    constexpr int rounds = 10;
    std::vector<std::unique_ptr<QProcess>> writers;
    for (int first : {0, 100}) {
        auto writer = std::make_unique<QProcess>();
        writer->setProcessChannelMode(QProcess::ForwardedChannels);
        writer->start(QCoreApplication::applicationFilePath(),
                      {u"--write"_s, m_folder->path(), QString::number(first), QString::number(rounds)});
        writers.push_back(std::move(writer));
    }
    for (const auto& writer : writers) {
        QVERIFY(writer->waitForFinished());
        QCOMPARE(writer->exitStatus(), QProcess::NormalExit);
        QCOMPARE(writer->exitCode(), 0);
    }
    QCOMPARE(m_peers->all()->size(), 2 * rounds);
    QVERIFY(m_peers->findByName(u"same name (%1)"_s.arg(2 * rounds)).value());
}

void TestKnownPeers::saysThatTheFileIsBusy()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s)).isOk());
    QProcess holder;
    holder.start(QCoreApplication::applicationFilePath(), {u"--hold"_s, database()});
    QVERIFY(holder.waitForReadyRead());
    QElapsedTimer timer;
    timer.start();
    const Result<void> put = m_peers->put(peer(2, u"two"_s));
    QVERIFY(!put.isOk());
    QVERIFY2(put.error().text.contains(u"busy"_s), qPrintable(put.error().text));
    QVERIFY(timer.elapsed() >= 2500 && timer.elapsed() < 20'000);
    // Reading goes on meanwhile.
    QCOMPARE(nameOf(*m_peers, 1), u"one"_s);
    holder.closeWriteChannel();
    QVERIFY(holder.waitForFinished());
    QVERIFY(m_peers->put(peer(2, u"two"_s)).isOk());
    QCOMPARE(m_peers->all()->size(), 2);
}

void TestKnownPeers::damageIsAnErrorAndStays_data()
{
    QTest::addColumn<bool>("isWhole");
    QTest::newRow("no database at all") << true;
    QTest::newRow("all but the first page") << false;
}

void TestKnownPeers::damageIsAnErrorAndStays()
{
    QFETCH(bool, isWhole);
    QByteArray content(20'000, 'x');
    if (!isWhole) {
        for (int number = 0; number < 60; ++number)
            QVERIFY(m_peers->put(peer(number, u"peer %1"_s.arg(number))).isOk());
        content = readFile(database());
        QVERIFY(content.size() > 8192);
        std::fill(content.begin() + 4096, content.end(), 'x');
    }
    QVERIFY(writeFile(database(), content));
    for (const Error& error :
         {m_peers->all().error(), m_peers->find(key(1)).error(), m_peers->findByName(u"peer 1"_s).error(),
          m_peers->put(peer(1, u"one"_s)).error(), m_peers->forget(key(1)).error()}) {
        QCOMPARE(error.code, ErrorCode::IoError);
        QVERIFY2(error.text.contains(u"damaged"_s) && error.text.contains(database()),
                 qPrintable(error.text));
    }
    QVERIFY(readFile(database()) == content);
}

void TestKnownPeers::unreadableIsNotEmpty()
{
    const WithoutPrivileges reduced;
    QVERIFY(m_peers->put(peer(1, u"one"_s)).isOk());
    const QByteArray folder = m_folder->path().toUtf8();
    QCOMPARE(::chmod(folder.constData(), 0), 0);
    const Result<QList<KnownPeer>> all = m_peers->all();
    const Result<void> put = m_peers->put(peer(2, u"two"_s));
    QCOMPARE(::chmod(folder.constData(), S_IRWXU), 0);
    QVERIFY(!all.isOk() && !put.isOk());
    QCOMPARE(m_peers->all().value(), QList{peer(1, u"one"_s)});
}

void TestKnownPeers::aFullDiskLosesNothing()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s)).isOk());
    QProcess writer;
    writer.start(u"/bin/sh"_s, {u"-c"_s, u"trap '' XFSZ; ulimit -f 1; exec \"$0\" --write \"$1\" 100 60"_s,
                                QCoreApplication::applicationFilePath(), m_folder->path()});
    QVERIFY(writer.waitForFinished());
    QCOMPARE(writer.exitStatus(), QProcess::NormalExit);
    QCOMPARE(writer.exitCode(), 1);
    QVERIFY(m_peers->all()->contains(peer(1, u"one"_s)));
    QVERIFY(m_peers->put(peer(2, u"two"_s)).isOk());
}

namespace {

/// Puts `count` peers from number `first` on; 1 if one of them failed.
int writePeers(const QString& folder, int first, int count)
{
    KnownPeers peers(folder);
    for (int number = first; number < first + count; ++number) {
        if (const Result<void> put = peers.put(peer(number, u"same name"_s)); !put) {
            fprintf(stderr, "%s\n", qPrintable(put.error().text));
            return 1;
        }
    }
    return 0;
}

/// Keeps other writers out until standard input ends.
int holdDatabase(const QString& path)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(u"QSQLITE"_s);
    database.setDatabaseName(path);
    if (!database.open() || !QSqlQuery(database).exec(u"BEGIN IMMEDIATE"_s))
        return 1;
    puts("held");
    fflush(stdout);
    return getchar() == EOF ? 0 : 1;
}

} // namespace

int main(int argc, char* argv[])
{
    const QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == "--write"_L1)
        return writePeers(arguments.value(2), arguments.value(3).toInt(), arguments.value(4).toInt());
    if (arguments.value(1) == "--hold"_L1)
        return holdDatabase(arguments.value(2));
    TestKnownPeers test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_knownpeers.moc"
