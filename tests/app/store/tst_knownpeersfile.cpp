#include "queuestore.h"
#include "samplepeers.h"
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

/// The known peers under what befalls their file.
class TestKnownPeersFile final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void isPrivate_data();
    void isPrivate();
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

void TestKnownPeersFile::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_peers = std::make_unique<KnownPeers>(m_folder->path());
}

void TestKnownPeersFile::isPrivate_data()
{
    QTest::addColumn<bool>("isQueue");
    QTest::addColumn<bool>("isOld");
    QTest::newRow("made by the known peers") << false << false;
    QTest::newRow("made by the queue") << true << false;
    QTest::newRow("open to all before, known peers") << false << true;
    QTest::newRow("open to all before, queue") << true << true;
}

/// Whom a person knows and what they send is nobody else's business; what SQLite keeps beside it has the same
/// in it.
void TestKnownPeersFile::isPrivate()
{
    QFETCH(bool, isQueue);
    QFETCH(bool, isOld);
    const mode_t before = ::umask(0);
    if (isOld)
        QVERIFY(writeFile(database(), {}) && ::chmod(qPrintable(database()), 0664) == 0);
    QueueStore queue(m_folder->path());
    QSignalSpy loaded(&queue, &QueueStore::loaded);
    if (isQueue)
        queue.load();
    else
        QVERIFY(m_peers->put(peer(1, u"laptop"_s)));
    QVERIFY(!isQueue || loaded.size() == 1 || loaded.wait());
    ::umask(before);
    for (const QString& suffix : {u""_s, u"-wal"_s, u"-shm"_s}) {
        struct stat status = {};
        const QString path = database() + suffix;
        const bool isThere = ::stat(qPrintable(path), &status) == 0;
        QVERIFY2(isThere || !suffix.isEmpty(), qPrintable(path));
        QVERIFY2(!isThere || (status.st_mode & 0777) == 0600, qPrintable(path));
    }
}

void TestKnownPeersFile::sharesItsFileWithTheQueue()
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

void TestKnownPeersFile::manyThreadsLoseNothing()
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
void TestKnownPeersFile::twoProcessesLoseNothing()
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

void TestKnownPeersFile::saysThatTheFileIsBusy()
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

void TestKnownPeersFile::damageIsAnErrorAndStays_data()
{
    QTest::addColumn<bool>("isWhole");
    QTest::newRow("no database at all") << true;
    QTest::newRow("all but the first page") << false;
}

void TestKnownPeersFile::damageIsAnErrorAndStays()
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

void TestKnownPeersFile::unreadableIsNotEmpty()
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

void TestKnownPeersFile::aFullDiskLosesNothing()
{
    QVERIFY(m_peers->put(peer(1, u"one"_s)).isOk());
    QProcess writer;
    // ThreadSanitizer would map a file of its own there, which cannot grow either.
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"TMPDIR"_s, m_folder->filePath(u"none"_s));
    writer.setProcessEnvironment(environment);
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
    TestKnownPeersFile test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_knownpeersfile.moc"
