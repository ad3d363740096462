#include "fakeserver.h"
#include "filedigest.h"
#include "queuefixture.h"
#include "receipt.h"
#include "receiverfixture.h"
#include "serviceinfo.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTest>

#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// The queue against a real receiver.
class TestUploadQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void files();
    void largeFile();
    void wholeFolder();
    void manySmallFiles();
    void severalJobs();
    void literalNames();
    void oneBadFileStopsNothing();
    void sourceChanges();
    void cancelAndRetry();
    void cancelWaiting();
    void receiverCancels();
    void receiverIsTurnedOff();
    void forgets();
    void destroyedWhileBusy();
    void destroyedWhileWalking();

private:
    void startReceiver();
    [[nodiscard]] PeerAddress receiverAddress() { return {u"127.0.0.1"_s, m_receiver->receiver().port()}; }
    void makeQueue(const Limits& limits = {}, int jobs = 1);
    [[nodiscard]] static PeerAddress addressOf(const FakeServer& server)
    {
        return {u"127.0.0.1"_s, server.port()};
    }

    std::unique_ptr<ReceiverFixture> m_receiver;
    std::unique_ptr<QueueFixture> m_queue;
};

void TestUploadQueue::init()
{
    m_receiver = std::make_unique<ReceiverFixture>();
    makeQueue();
}

void TestUploadQueue::cleanup()
{
    m_queue.reset();
    m_receiver.reset();
}

void TestUploadQueue::startReceiver()
{
    QVERIFY(m_receiver->start());
}

void TestUploadQueue::makeQueue(const Limits& limits, int jobs)
{
    m_queue = std::make_unique<QueueFixture>(limits, jobs);
}

void TestUploadQueue::files()
{
    startReceiver();
    const QString a = m_queue->makeFile(u"a.txt"_s, "hello");
    const QString b = m_queue->makeFile(u"empty"_s, "");
    QVERIFY(m_queue->sendAndWait({a, b}, receiverAddress()));
    QCOMPARE(m_queue->uploads().size(), 2);
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.name, u"a.txt"_s);
    QCOMPARE(upload.destination, u"a.txt"_s);
    QCOMPARE(upload.source, a);
    QCOMPARE(upload.bytesDone, 5);
    QVERIFY(upload.digest.startsWith(u"xxh3-128:"_s));
    QVERIFY(upload.startedAt.isValid() && upload.finishedAt >= upload.startedAt);
    QCOMPARE(m_queue->last().state, TransferState::Done);
    QCOMPARE(m_receiver->content(u"a.txt"_s), "hello"_ba);
    QCOMPARE(m_receiver->content(u"empty"_s), ""_ba);
    QCOMPARE(m_queue->entries().size(), 2);
    QCOMPARE(m_queue->entries().constFirst().result, LogEntry::Result::Landed);
    QCOMPARE(QFileInfo(m_receiver->path(u"a.txt"_s)).lastModified(), QFileInfo(a).lastModified());
}

void TestUploadQueue::largeFile()
{
    startReceiver();
    const QByteArray bytes = QByteArray("0123456789abcde").repeated(1'500'000); // no multiple of a chunk
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"big"_s, bytes)}, receiverAddress()));
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_receiver->content(u"big"_s), bytes);
}

void TestUploadQueue::wholeFolder()
{
    startReceiver();
    (void)m_queue->makeFile(u"tree/a"_s, "a");
    (void)m_queue->makeFile(u"tree/sub/deep/b"_s, "b");
    QDir().mkpath(m_queue->path(u"tree/empty"_s));
    QSignalSpy walk(&m_queue->queue(), &UploadQueue::walkChanged);
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->uploads().size(), 3);
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads()))
        QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(m_receiver->content(u"tree/a"_s), "a"_ba);
    QCOMPARE(m_receiver->content(u"tree/sub/deep/b"_s), "b"_ba);
    QVERIFY(QFileInfo(m_receiver->path(u"tree/empty"_s)).isDir());
    QCOMPARE(walk.constFirst()[0].toBool(), true);
    QCOMPARE(walk.constLast()[0].toBool(), false);
    QCOMPARE(walk.constLast()[1].toLongLong(), 3);
}

void TestUploadQueue::manySmallFiles()
{
    startReceiver();
    for (int i = 0; i < 300; ++i)
        (void)m_queue->makeFile(u"tree/%1"_s.arg(i), QByteArray::number(i));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->uploads().size(), 300);
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads())) {
        QCOMPARE(upload.state, TransferState::Done);
        QCOMPARE(m_queue->timesFinal(upload.id), 1);
    }
    for (int i = 0; i < 300; ++i)
        QCOMPARE(m_receiver->content(u"tree/%1"_s.arg(i)), QByteArray::number(i));
}

void TestUploadQueue::severalJobs()
{
    startReceiver();
    makeQueue({}, 4);
    QStringList paths;
    for (int i = 0; i < 20; ++i)
        paths += m_queue->makeFile(u"%1/same name"_s.arg(i), QByteArray(200'000, char('a' + i)));
    QVERIFY(m_queue->sendAndWait(paths, receiverAddress()));
    QStringList destinations;
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads())) {
        QCOMPARE(upload.state, TransferState::Done);
        destinations += upload.destination;
        const int number = upload.source.section(u'/', -2, -2).toInt();
        QCOMPARE(m_receiver->content(upload.destination), QByteArray(200'000, char('a' + number)));
    }
    QCOMPARE(destinations.removeDuplicates(), 0);
}

void TestUploadQueue::literalNames()
{
    startReceiver();
    const QString name = u"100%25 <b>grüße “x” #?&.txt"_s;
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(name, "x")}, receiverAddress()));
    QCOMPARE(m_queue->first().destination, name);
    QCOMPARE(m_receiver->content(name), "x"_ba);
}

void TestUploadQueue::oneBadFileStopsNothing()
{
    startReceiver();
    (void)m_queue->makeFile(u"tree/a"_s, "a");
    (void)m_queue->makeFile(u"tree/CON\\x"_s, "b"); // becomes another name over there
    QCOMPARE(mkfifo(QFile::encodeName(m_queue->path(u"tree/pipe"_s)).constData(), 0600), 0);
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"missing"_s), m_queue->path(u"tree"_s)}, receiverAddress()));
    QCOMPARE(m_queue->uploads().size(), 4);
    QStringList failures;
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads())) {
        if (upload.state == TransferState::Failed)
            failures += upload.source;
        else
            QCOMPARE(upload.state, TransferState::Done);
    }
    QCOMPARE(failures, QStringList({m_queue->path(u"missing"_s), m_queue->path(u"tree/pipe"_s)}));
    QCOMPARE(m_queue->entries().size(), 4);
}

void TestUploadQueue::sourceChanges()
{
    startReceiver();
    Limits slow;
    slow.chunkBytes = 1;
    slow.unsentBytes = 1;
    makeQueue(slow);
    const QString path = m_queue->makeFile(u"log"_s, QByteArray(10'000'000, 'x'));
    m_queue->queue().send({path}, receiverAddress());
    QTRY_VERIFY(!m_receiver->snapshots().isEmpty()); // under way
    QVERIFY(QFile::resize(path, 0));
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::SourceChanged);
    QVERIFY(!QFile::exists(m_receiver->path(u"log"_s)));
}

void TestUploadQueue::cancelAndRetry()
{
    FakeServer silent;
    silent.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    silent.token = R"({"token":"1"})";
    silent.isSilent = true;
    m_queue->queue().send({m_queue->makeFile(u"a"_s, "abc")}, addressOf(silent));
    QTRY_VERIFY(!m_queue->uploads().isEmpty() && m_queue->first().state == TransferState::Verifying);
    m_queue->queue().cancel(m_queue->first().id);
    m_queue->queue().cancel(m_queue->first().id);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->first().state, TransferState::Cancelled);
    QCOMPARE(m_queue->timesFinal(m_queue->first().id), 1);

    FileDigest digest;
    digest.add("abc");
    silent.reply = encodeReceipt(Receipt{u"a"_s, 3, digest.text(), {}}).toUtf8();
    m_queue->queue().retry(m_queue->first().id);
    QTRY_COMPARE(m_queue->finished(), 2);
    QCOMPARE(m_queue->first().state, TransferState::Done);
    QCOMPARE(m_queue->uploads().size(), 1);
    m_queue->queue().retry(m_queue->first().id); // nothing: it is done
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"a"_s)}, addressOf(silent)));
    QCOMPARE(m_queue->timesFinal(m_queue->first().id), 2);
}

void TestUploadQueue::cancelWaiting()
{
    FakeServer silent;
    silent.isSilent = true;
    silent.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    silent.token = R"({"token":"1"})";
    m_queue->queue().send(
        {m_queue->makeFile(u"a"_s, "a"), m_queue->makeFile(u"b"_s, "b"), m_queue->makeFile(u"c"_s, "c")},
        addressOf(silent));
    QTRY_COMPARE(m_queue->uploads().size(), 3);
    m_queue->queue().cancelAll();
    QTRY_COMPARE(m_queue->finished(), 1);
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads()))
        QCOMPARE(upload.state, TransferState::Cancelled);
    QVERIFY(silent.names.size() <= 1);
}

void TestUploadQueue::receiverCancels()
{
    startReceiver();
    Limits slow;
    slow.chunkBytes = 1;
    slow.unsentBytes = 1;
    makeQueue(slow);
    m_queue->queue().send({m_queue->makeFile(u"a"_s, QByteArray(10'000'000, 'x'))}, receiverAddress());
    QTRY_VERIFY(!m_receiver->snapshots().isEmpty());
    m_receiver->receiver().cancel(m_receiver->snapshots().constFirst().id);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::Cancelled);
    QVERIFY(!QFile::exists(m_receiver->path(u"a"_s)));
}

void TestUploadQueue::receiverIsTurnedOff()
{
    startReceiver();
    Limits slow;
    slow.chunkBytes = 1;
    slow.unsentBytes = 1;
    makeQueue(slow);
    m_queue->queue().send(
        {m_queue->makeFile(u"a"_s, QByteArray(10'000'000, 'x')), m_queue->makeFile(u"b"_s, "b")},
        receiverAddress());
    QTRY_VERIFY(!m_receiver->snapshots().isEmpty());
    m_receiver->receiver().stop();
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->last().state, TransferState::Failed);
    QCOMPARE(m_queue->last().error->code, ErrorCode::Refused);
}

void TestUploadQueue::forgets()
{
    startReceiver();
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "a")}, receiverAddress()));
    QCOMPARE(m_queue->uploads().size(), 1);
    m_queue->queue().forget({m_queue->first().id, 99});
    m_queue->queue().retry(m_queue->first().id);
    m_queue->queue().cancel(m_queue->first().id);
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"b"_s, "b")}, receiverAddress()));
    QCOMPARE(m_queue->uploads().size(), 2);
    QCOMPARE(m_queue->timesFinal(m_queue->first().id), 1);
}

void TestUploadQueue::destroyedWhileBusy()
{
    startReceiver();
    for (int i = 0; i < 50; ++i)
        (void)m_queue->makeFile(u"tree/%1"_s.arg(i), QByteArray(100'000, 'x'));
    m_queue->queue().send({m_queue->path(u"tree"_s)}, receiverAddress());
    QTRY_VERIFY(!m_receiver->snapshots().isEmpty());
    m_queue->destroyQueue();
    QTRY_VERIFY(isFinal(m_receiver->snapshots().constLast().state));
}

void TestUploadQueue::destroyedWhileWalking()
{
    for (int i = 0; i < 5000; ++i)
        (void)m_queue->makeFile(u"tree/%1"_s.arg(i), "");
    const PeerAddress nobody{u"127.0.0.1"_s, 9};
    for (int i = 0; i < 10; ++i) {
        UploadQueue queue(SendOptions{});
        queue.send({m_queue->path(u"tree"_s)}, nobody);
        queue.send({m_queue->path(u"tree"_s)}, nobody); // must not come to life when the first walk ends
    }
}

QTEST_GUILESS_MAIN(TestUploadQueue)
#include "tst_uploadqueue.moc"
