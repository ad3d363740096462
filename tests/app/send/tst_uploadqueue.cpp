#include "chunk.h"
#include "filetime.h"
#include "queuefixture.h"
#include "receiverfixture.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The queue against a real receiver: what is told of uploads and their files, and what stands there then.
class TestUploadQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void singleFile();
    void emptyFile();
    void emptyFolder();
    void largeFile();
    void severalFiles();
    void wholeFolder();
    void manySmallFiles();
    void longNames();
    void onlyFailuresAreTold();
    void severalJobs();
    void sameNamesInOneBatch();
    void literalNames();
    void timesAndModes_data();
    void timesAndModes();
    void timesOfFolders();
    void sameFilesAreSkipped();
    void changedBytesAreAnotherFile();
    void digestsAreComparedWhenAsked();

private:
    void startReceiver(const ReceiveOptions& options = {});
    [[nodiscard]] PeerAddress receiverAddress()
    {
        return {u"127.0.0.1"_s, m_receiver->receiver().port(), true};
    }

    std::unique_ptr<ReceiverFixture> m_receiver;
    std::unique_ptr<QueueFixture> m_queue;
};

void TestUploadQueue::init()
{
    m_receiver = std::make_unique<ReceiverFixture>();
    m_queue = std::make_unique<QueueFixture>();
}

void TestUploadQueue::cleanup()
{
    m_queue.reset();
    m_receiver.reset();
}

void TestUploadQueue::startReceiver(const ReceiveOptions& options)
{
    QVERIFY(m_receiver->start(options));
}

void TestUploadQueue::singleFile()
{
    startReceiver();
    const QString path = m_queue->makeFile(u"a.txt"_s, "hello");
    QVERIFY(m_queue->sendAndWait({path}, receiverAddress()));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.direction, Direction::Sending);
    QCOMPARE(upload.name, u"a.txt"_s);
    QCOMPARE(upload.destination, u"a.txt"_s);
    QCOMPARE(upload.source, path);
    QCOMPARE(upload.peer, receiverAddress().toString());
    QCOMPARE(upload.digest, u"xxh3-128:"_s + QString::fromLatin1(Hash128::of("hello").toHex()));
    QVERIFY(!upload.isBatch && !upload.isFolder && !upload.error && upload.note.isEmpty());
    QVERIFY(upload.startedAt.isValid() && upload.finishedAt >= upload.startedAt);
    QCOMPARE(upload.filesTotal, 1);
    QCOMPARE(upload.filesDone, 1);
    QCOMPARE(upload.bytesDone, 5);
    QCOMPARE(upload.bytesTotal, 5);
    QCOMPARE(upload.bytesSent, 5);
    QCOMPARE(m_queue->timesFinal(upload.id), 1);
    QCOMPARE(m_receiver->content(u"a.txt"_s), "hello"_ba);

    const FileSnapshot file = m_queue->file(u"a.txt"_s);
    QCOMPARE(file.state, TransferState::Done);
    QCOMPARE(file.file, 1U);
    QCOMPARE(file.destination, upload.destination);
    QCOMPARE(file.digest, upload.digest);
    QCOMPARE(file.source, path);
    QCOMPARE(m_queue->entries().size(), 1);
    QCOMPARE(m_queue->entries().constFirst().result, LogEntry::Result::Landed);
}

void TestUploadQueue::emptyFile()
{
    startReceiver();
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"empty"_s, "")}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->first().digest, ChainDigest().text());
    QCOMPARE(m_receiver->content(u"empty"_s), ""_ba);
}

void TestUploadQueue::emptyFolder()
{
    startReceiver();
    QDir().mkpath(m_queue->path(u"empty"_s));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"empty"_s)}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QVERIFY(m_queue->first().isFolder && !m_queue->first().isBatch);
    QCOMPARE(m_queue->first().destination, u"empty"_s);
    QVERIFY(m_queue->first().digest.isEmpty());
    QVERIFY(QFileInfo(m_receiver->path(u"empty"_s)).isDir());
}

void TestUploadQueue::largeFile()
{
    startReceiver();
    const QByteArray bytes = QByteArray("0123456789abcde").repeated(1'500'000); // no multiple of a chunk
    ChainDigest digest;
    for (qint64 at = 0; at < bytes.size(); at += chunkBytes)
        digest.add(Hash128::of(QByteArrayView(bytes).sliced(at, std::min(chunkBytes, bytes.size() - at))));
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"big"_s, bytes)}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->first().digest, digest.text());
    QVERIFY(m_queue->first().digest.startsWith(u"xxh3-128-chain:"_s));
    QCOMPARE(m_queue->first().bytesSent, bytes.size());
    QCOMPARE(m_receiver->content(u"big"_s), bytes);
}

void TestUploadQueue::severalFiles()
{
    startReceiver();
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a"), m_queue->makeFile(u"b"_s, "bb")},
                                 receiverAddress()));
    QCOMPARE(m_queue->uploads().size(), 1);
    QCOMPARE(m_queue->first().name, u"a and 1 more"_s);
    QVERIFY(m_queue->first().isBatch);
    QCOMPARE(m_queue->first().filesDone, 2);
    QCOMPARE(m_queue->first().bytesDone, 3);
    QCOMPARE(m_queue->entries().size(), 2);
    QCOMPARE(m_receiver->landed(), QStringList({u"a"_s, u"b"_s}));
}

void TestUploadQueue::wholeFolder()
{
    startReceiver();
    (void)m_queue->makeFile(u"tree/a"_s, "a");
    (void)m_queue->makeFile(u"tree/empty file"_s, "");
    (void)m_queue->makeFile(u"tree/sub/deep/b"_s, "b");
    QDir().mkpath(m_queue->path(u"tree/empty"_s));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.name, u"tree"_s);
    QVERIFY(upload.isBatch && !upload.isFolder);
    QCOMPARE(upload.filesTotal, 4);
    QCOMPARE(upload.filesDone, 4);
    QCOMPARE(m_queue->names(TransferState::Done),
             QStringList({u"tree/a"_s, u"tree/empty"_s, u"tree/empty file"_s, u"tree/sub/deep/b"_s}));
    QVERIFY(m_queue->file(u"tree/empty"_s).isFolder);
    QCOMPARE(m_receiver->content(u"tree/a"_s), "a"_ba);
    QCOMPARE(m_receiver->content(u"tree/empty file"_s), ""_ba);
    QCOMPARE(m_receiver->content(u"tree/sub/deep/b"_s), "b"_ba);
    QVERIFY(QFileInfo(m_receiver->path(u"tree/empty"_s)).isDir());
}

void TestUploadQueue::manySmallFiles()
{
    startReceiver();
    constexpr int count = 600; // several announcements
    for (int i = 0; i < count; ++i)
        (void)m_queue->makeFile(u"tree/%1"_s.arg(i), QByteArray::number(i));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->first().filesDone, count);
    for (int i = 0; i < count; ++i) {
        const FileSnapshot file = m_queue->file(u"tree/%1"_s.arg(i));
        QCOMPARE(file.state, TransferState::Done);
        QCOMPARE(m_queue->timesFinal(file), 1);
        QCOMPARE(m_receiver->content(u"tree/%1"_s.arg(i)), QByteArray::number(i));
    }
}

/// A control message has a limit that hundreds of such paths would break.
void TestUploadQueue::longNames()
{
    startReceiver();
    constexpr int count = 300;
    for (int i = 0; i < count; ++i)
        (void)m_queue->makeFile(u"%1/%2"_s.arg(QStringList(15, QString(120, QChar(0xe4))).join(u'/')).arg(i),
                                "x");
    QVERIFY(m_queue->sendAndWait({m_queue->path(QString(120, QChar(0xe4)))}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, count);
}

void TestUploadQueue::onlyFailuresAreTold()
{
    startReceiver();
    SendOptions options = QueueFixture::impatient();
    options.tellsFiles = false;
    m_queue->makeQueue(options);
    (void)m_queue->makeFile(u"tree/a"_s, "a");
    (void)m_queue->makeFile(u"tree/b"_s, QByteArray(1'000'000, 'b'));
    QVERIFY(QFile::link(u"nowhere"_s, m_queue->path(u"tree/link"_s)));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->first().filesDone, 2);
    QVERIFY(m_queue->names(TransferState::Done).isEmpty());
    QCOMPARE(m_queue->names(TransferState::Failed), QStringList{u"link"_s});
}

void TestUploadQueue::severalJobs()
{
    startReceiver();
    SendOptions options = QueueFixture::impatient();
    options.jobs = 4;
    m_queue->makeQueue(options);
    for (int i = 0; i < 20; ++i)
        m_queue->queue().send(
            {m_queue->makeFile(u"%1/same name"_s.arg(i), QByteArray(200'000 + i, char('a' + i)))},
            receiverAddress());
    QTRY_COMPARE_WITH_TIMEOUT(m_queue->finished(), 1, 60'000);
    QStringList destinations;
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads())) {
        QVERIFY2(upload.state == TransferState::Done,
                 qPrintable(upload.error ? upload.error->text : QString()));
        QCOMPARE(m_queue->timesFinal(upload.id), 1);
        destinations += upload.destination;
        const int number = upload.source.section(u'/', -2, -2).toInt();
        QCOMPARE(m_receiver->content(upload.destination), QByteArray(200'000 + number, char('a' + number)));
    }
    QCOMPARE(destinations.size(), 20);
    QCOMPARE(destinations.removeDuplicates(), 0);
}

void TestUploadQueue::sameNamesInOneBatch()
{
    startReceiver();
    (void)m_queue->makeFile(u"1/tree/a"_s, "first");
    (void)m_queue->makeFile(u"2/tree/a"_s, "second");
    QVERIFY(
        m_queue->sendAndWait({m_queue->path(u"1/tree"_s), m_queue->path(u"2/tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, 2);
    QCOMPARE(m_receiver->landed(), QStringList{u"tree"_s});
    QSet<QByteArray> contents;
    for (const QString& name : {u"tree/a"_s, u"tree/a (1)"_s})
        contents += m_receiver->content(name);
    QCOMPARE(contents, QSet({"first"_ba, "second"_ba}));
}

void TestUploadQueue::literalNames()
{
    startReceiver();
    const QString name = u"100%25 <b>grüße “x” #?&.txt"_s;
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(name, "x")}, receiverAddress()));
    QCOMPARE(m_queue->first().destination, name);
    QCOMPARE(m_receiver->content(name), "x"_ba);
}

void TestUploadQueue::timesAndModes_data()
{
    QTest::addColumn<bool>("isKept");
    QTest::newRow("by default") << false;
    QTest::newRow("executables are kept") << true;
}

void TestUploadQueue::timesAndModes()
{
    QFETCH(bool, isKept);
    ReceiveOptions receive;
    receive.keepsExecutable = isKept;
    startReceiver(receive);
    const QString script = m_queue->makeFile(u"script"_s, "#!/bin/sh\n");
    const QString text = m_queue->makeFile(u"text"_s, "text");
    QVERIFY(QFile::setPermissions(script, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner));
    QFile file(text);
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(1'234'567'890'123);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.setFileTime(time, QFileDevice::FileModificationTime));
    file.close();
    QVERIFY(m_queue->sendAndWait({script, text}, receiverAddress()));
    QCOMPARE(QFileInfo(m_receiver->path(u"text"_s)).lastModified(), time);
    QCOMPARE(bool(QFile::permissions(m_receiver->path(u"script"_s)) & QFile::ExeOwner), isKept);
    QVERIFY(!(QFile::permissions(m_receiver->path(u"text"_s)) & QFile::ExeOwner));
}

void TestUploadQueue::timesOfFolders()
{
    startReceiver();
    (void)m_queue->makeFile(u"tree/sub/a"_s, QByteArray(2'000'000, 'a'));
    QDir().mkpath(m_queue->path(u"tree/sub/empty"_s));
    const timespec times[2] = {{0, 0}, {1'234'567'890, 123'456'789}};
    for (const QString& name : {u"tree/sub/a"_s, u"tree/sub/empty"_s, u"tree/sub"_s, u"tree"_s}) {
        const QByteArray path = QFile::encodeName(m_queue->path(name));
        QCOMPARE(::utimensat(AT_FDCWD, path.constData(), times, 0), 0);
    }
    for (int time = 0; time < 2; ++time) {
        QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
        QCOMPARE(m_queue->last().state, TransferState::Done);
        for (const QString& name : {u"tree/sub/a"_s, u"tree/sub/empty"_s, u"tree/sub"_s, u"tree"_s}) {
            struct stat there = {};
            QCOMPARE(::stat(QFile::encodeName(m_receiver->path(name)).constData(), &there), 0);
            QCOMPARE(there.st_mtim.tv_sec, times[1].tv_sec);
            QVERIFY(FileTime::of(there.st_mtim).isSameAs(FileTime::of(times[1])));
        }
    }
}

void TestUploadQueue::sameFilesAreSkipped()
{
    startReceiver();
    (void)m_queue->makeFile(u"tree/a"_s, "a");
    (void)m_queue->makeFile(u"tree/big"_s, QByteArray(2'000'000, 'b'));
    QVERIFY(QDir(m_queue->path(u"tree"_s)).mkpath(u"empty"_s));
    const QStringList paths{m_queue->path(u"tree"_s)};
    QVERIFY(m_queue->sendAndWait(paths, receiverAddress()));
    (void)m_queue->makeFile(u"tree/new"_s, "new");
    QVERIFY(m_queue->sendAndWait(paths, receiverAddress()));
    const TransferSnapshot& upload = m_queue->last();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.filesSkipped, 3);
    QCOMPARE(upload.filesDone, 1);
    QCOMPARE(upload.bytesSent, 3);
    QCOMPARE(upload.bytesDone, upload.bytesTotal);
    const FileSnapshot same = m_queue->file(u"tree/big"_s);
    QVERIFY(same.state == TransferState::Done && same.isSkipped);
    QVERIFY(!same.note.isEmpty());
    QVERIFY(m_queue->file(u"tree/empty"_s).isSkipped);
    QCOMPARE(m_queue->file(u"tree/empty"_s).destination, u"tree/empty"_s);
    QCOMPARE(QDir(m_receiver->path(u"tree"_s)).entryList(QDir::Files).size(), 3);
}

void TestUploadQueue::changedBytesAreAnotherFile()
{
    startReceiver();
    const QString path = m_queue->makeFile(u"a"_s, "a");
    QVERIFY(m_queue->sendAndWait({path}, receiverAddress()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.write("b") == 1 && file.flush() &&
            file.setFileTime(QDateTime::fromMSecsSinceEpoch(1), QFileDevice::FileModificationTime));
    file.close();
    QVERIFY(m_queue->sendAndWait({path}, receiverAddress()));
    QCOMPARE(m_queue->last().filesDone, 1);
    QCOMPARE(m_receiver->landed(), QStringList({u"a"_s, u"a (1)"_s}));
}

void TestUploadQueue::digestsAreComparedWhenAsked()
{
    startReceiver();
    const QString path = m_queue->makeFile(u"a"_s, QByteArray(600'000, 'a'));
    QVERIFY(m_queue->sendAndWait({path}, receiverAddress()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) &&
            file.setFileTime(QDateTime::fromMSecsSinceEpoch(1), QFileDevice::FileModificationTime));
    file.close();
    SendOptions options = QueueFixture::impatient();
    options.comparesDigests = true;
    m_queue->makeQueue(options);
    QVERIFY(m_queue->sendAndWait({path}, receiverAddress()));
    QCOMPARE(m_queue->first().filesSkipped, 1);
    QCOMPARE(m_queue->first().bytesSent, 0);
    QCOMPARE(m_receiver->landed(), QStringList{u"a"_s});
}

QTEST_GUILESS_MAIN(TestUploadQueue)
#include "tst_uploadqueue.moc"
