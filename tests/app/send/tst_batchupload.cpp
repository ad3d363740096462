#include "batchid.h"
#include "batchupload.h"
#include "fakereceiver.h"
#include "queuefixture.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

#include <atomic>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Talk = FakeReceiver::Talk;

/// What a sender says on the wire, on one connection.
class TestBatchUpload : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void offerTellsTheBatch();
    void batchIdTakesASecret();
    void looksAtNothingBeforeItsTurn();
    void announcesEverything();
    void smallFilesShareMessages();
    void staysWithinTheCredit();
    void sendsWhatIsWantedFromWhereItIs();
    void damagedChunksAreSentAgain();
    void differentFileIsSentAfterACheck();
    void saysForWhomItWaits();

private:
    std::unique_ptr<QueueFixture> m_queue;
};

void TestBatchUpload::init()
{
    m_queue = std::make_unique<QueueFixture>();
}

void TestBatchUpload::cleanup()
{
    m_queue.reset();
}

void TestBatchUpload::offerTellsTheBatch()
{
    SendOptions options = QueueFixture::impatient();
    options.deviceName = u"Desk"_s;
    options.comparesDigests = true;
    m_queue->makeQueue(options);
    MemoryReceiver memory;
    FakeReceiver receiver([&memory](Talk& talk) { memory.serve(talk); });
    const QStringList paths{m_queue->makeFile(u"a"_s, "12345"), m_queue->makeFile(u"b"_s, "67")};
    QVERIFY(m_queue->sendAndWait(paths, receiver.address()));
    QVERIFY(m_queue->sendAndWait(paths, receiver.address()));
    QVERIFY(m_queue->sendAndWait({paths.first()}, receiver.address()));
    const QList<BatchOffer> offers = receiver.offers();
    QCOMPARE(offers.size(), 3);
    QCOMPARE(offers[0].sender, u"Desk"_s);
    QCOMPARE(offers[0].names, QStringList({u"a"_s, u"b"_s}));
    QCOMPARE(offers[0].dropped, 2);
    QCOMPARE(offers[0].files, 2);
    QCOMPARE(offers[0].bytes, 7);
    QVERIFY(offers[0].comparesDigests);
    QCOMPARE(offers[0].batch.size(), 32);
    QCOMPARE(offers[1].batch, offers[0].batch); // the same again, should the first have been killed
    QVERIFY(offers[2].batch != offers[0].batch);
}

void TestBatchUpload::batchIdTakesASecret()
{
    const QStringList paths{u"/a"_s, u"/b"_s};
    const PeerAddress peer{u"192.0.2.7"_s, 54321, true};
    const QByteArray id = batchIdFor("secret", peer, paths);
    static const QRegularExpression form(u"\\A[0-9a-f]{32}\\z"_s);
    QVERIFY(form.match(QString::fromLatin1(id)).hasMatch());
    QCOMPARE(batchIdFor("secret", peer, paths), id);
    QVERIFY(batchIdFor("another", peer, paths) != id);
    QVERIFY(batchIdFor("secret", {u"192.0.2.8"_s, 54321, true}, paths) != id);
    QVERIFY(batchIdFor("secret", peer, {u"/a"_s}) != id);
    // Without one that is kept it is anew with each queue, whatever everybody knows of the sender.
    MemoryReceiver memory;
    FakeReceiver receiver([&memory](Talk& talk) { memory.serve(talk); });
    for (int i = 0; i < 2; ++i) {
        m_queue->makeQueue(QueueFixture::impatient());
        QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "12345")}, receiver.address()));
    }
    QVERIFY(receiver.offers()[0].batch != receiver.offers()[1].batch);
}

/// The disk may be dead, and the window's thread makes it.
void TestBatchUpload::looksAtNothingBeforeItsTurn()
{
    FileBacklog files;
    Gate over;
    BatchUpload upload(
        1, {m_queue->path({})}, {u"127.0.0.1"_s, 1, true}, QueueFixture::impatient(), BatchUpload::Past::New,
        files, [&over] { over.open(); }, [](const TrustQuestion&) {});
    QVERIFY(!upload.snapshot().isBatch); // nobody knows yet that it is a folder
    (void)m_queue->makeFile(u"a"_s, "a");
    (void)m_queue->makeFile(u"b"_s, "b");
    upload.start();
    QVERIFY(over.wait());
    QVERIFY(upload.snapshot().isBatch);
    QCOMPARE(upload.snapshot().filesTotal, 2);
}

void TestBatchUpload::announcesEverything()
{
    std::mutex mutex;
    QList<AnnouncedFile> announced;
    FakeReceiver receiver([&](Talk& talk) {
        while (const std::optional<Announce> message = talk.next<Announce>()) {
            const std::lock_guard lock(mutex);
            if (message->first != announced.size() + 1)
                qFatal("a number was left out");
            announced += message->files;
        }
    });
    const QString script = m_queue->makeFile(u"tree/script"_s, "#!");
    QVERIFY(QFile::setPermissions(script, QFile::ReadOwner | QFile::ExeOwner));
    QFile file(m_queue->makeFile(u"plain"_s, "abc"));
    QVERIFY(file.open(QIODevice::ReadWrite) &&
            file.setFileTime(QDateTime::fromMSecsSinceEpoch(1234), QFileDevice::FileModificationTime));
    file.close();
    for (int i = 0; i < 600; ++i)
        (void)m_queue->makeFile(u"many/%1"_s.arg(i), "");
    m_queue->queue().send({m_queue->path(u"plain"_s), m_queue->path(u"tree"_s), m_queue->path(u"many"_s)},
                          receiver.address());
    const auto count = [&] {
        const std::lock_guard lock(mutex);
        return announced.size();
    };
    QTRY_COMPARE(count(), 602);
    m_queue->destroyQueue();
    const std::lock_guard lock(mutex);
    QCOMPARE(announced[0], (AnnouncedFile{u"plain"_s, 3, 1234, false, false, announced[0].source,
                                          announced[0].version, announced[0].mode, -1, 0}));
    QCOMPARE(announced[1].path, u"tree/script"_s);
    QVERIFY(announced[1].isExecutable && !announced[1].isFolder);
    QSet<QString> sources;
    for (const AnnouncedFile& one : std::as_const(announced))
        sources += one.source;
    QCOMPARE(sources.size(), 602);
}

void TestBatchUpload::smallFilesShareMessages()
{
    MemoryReceiver memory;
    std::atomic<qsizetype> mostAtOnce = 0;
    FakeReceiver receiver([&](Talk& talk) {
        memory.serve(talk);
        mostAtOnce = talk.mostChunksAtOnce();
    });
    for (int i = 0; i < 200; ++i)
        (void)m_queue->makeFile(u"tree/%1"_s.arg(i), QByteArray(100, char(i)));
    QVERIFY(m_queue->sendAndWait({m_queue->path(u"tree"_s)}, receiver.address()));
    QCOMPARE(memory.landed().size(), 200);
    QTRY_VERIFY(mostAtOnce > 50);
    for (int i = 0; i < 200; ++i)
        QCOMPARE(memory.landed().value(u"tree/%1"_s.arg(i)), QByteArray(100, char(i)));
}

void TestBatchUpload::staysWithinTheCredit()
{
    constexpr qint64 credit = 3 * chunkBytes;
    std::atomic<int> answers = 0;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        talk.say(Ack{0, credit});
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        ChainDigest digest;
        for (int round = 0; round < 3; ++round) {
            talk.takeChunks((round + 1) * credit + round * chunkBytes);
            for (const Talk::Chunk& chunk : talk.chunks().last(3))
                digest.add(chunk.header.hash);
            // What is asked for anew comes behind everything that is under way.
            talk.say(Again{1, 0});
            talk.takeChunks((round + 1) * (credit + chunkBytes));
            answers += talk.chunks().constLast().header.offset == 0 ? 1 : 0;
            talk.acknowledge(credit);
        }
        talk.say(Landed{{{1, u"a"_s, digest.text(), {}}}});
        talk.finish();
    });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, noise(9 * chunkBytes))}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(answers.load(), 3);
}

void TestBatchUpload::sendsWhatIsWantedFromWhereItIs()
{
    const QByteArray bytes = noise(5 * chunkBytes + 7);
    ChainDigest known;
    for (int i = 0; i < 3; ++i)
        known.add(Hash128::of(QByteArrayView(bytes).sliced(i * chunkBytes, chunkBytes)));
    std::atomic<qint64> first = -1;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{{{1, 3 * chunkBytes, known.value(), false}}, {}, {}});
        talk.takeChunks(2 * chunkBytes + 7);
        first = talk.chunks().constFirst().header.offset;
        talk.acknowledge();
        ChainDigest whole = known;
        for (const Talk::Chunk& chunk : talk.chunks())
            whole.add(chunk.header.hash);
        talk.say(Landed{{{1, u"a"_s, whole.text(), {}}}});
        talk.finish();
    });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, bytes)}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(first.load(), 3 * chunkBytes);
    QCOMPARE(m_queue->first().bytesSent, 2 * chunkBytes + 7);
    QCOMPARE(m_queue->first().bytesDone, bytes.size());
}

void TestBatchUpload::damagedChunksAreSentAgain()
{
    const QByteArray bytes = noise(2 * chunkBytes + 1);
    std::atomic<bool> isRight = false;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        talk.takeChunks(bytes.size());
        const ChainDigest digest = talk.digestOf(1);
        for (const qint64 offset : {2 * chunkBytes, qint64(0), qint64(0)})
            talk.say(Again{1, offset});
        talk.takeChunks(bytes.size() + 1 + 2 * chunkBytes);
        talk.acknowledge();
        isRight = talk.chunks().size() == 6 && talk.chunks()[3].bytes == bytes.last(1) &&
                  talk.chunks()[4].bytes == bytes.first(chunkBytes) && talk.chunks()[5].header.offset == 0;
        talk.say(Landed{{{1, u"a"_s, digest.text(), {}}}});
        talk.finish();
    });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, bytes)}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Done);
    QVERIFY(isRight);
    QCOMPARE(m_queue->first().bytesDone, bytes.size());
}

void TestBatchUpload::differentFileIsSentAfterACheck()
{
    const QByteArray bytes = noise(chunkBytes + 1);
    ChainDigest right;
    right.add(Hash128::of(bytes.first(chunkBytes)));
    right.add(Hash128::of(bytes.last(1)));
    std::atomic<int> same = 0;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{
            {}, {}, {{1, u"xxh3-128-chain:"_s + QString(32, u'0'), {}}, {2, right.text(), {}, u"b (1)"_s}}});
        const std::optional<Same> message = talk.next<Same>();
        same = message && message->files == QList<Same::File>{{2, {}}} ? 2 : -1;
        talk.takeChunks(bytes.size());
        talk.land(1, u"a"_s);
        talk.finish();
    });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, bytes), m_queue->makeFile(u"b"_s, bytes)},
                                 receiver.address()));
    QCOMPARE(same.load(), 2);
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, 1);
    QCOMPARE(m_queue->first().filesSkipped, 1);
    QCOMPARE(m_queue->file(u"a"_s).destination, u"a"_s);
    QCOMPARE(m_queue->file(u"b"_s).destination, u"b (1)"_s);
    QVERIFY(m_queue->file(u"b"_s).isSkipped);
}
/// The receiver reads and says nothing, as one whose own output nobody reads.
void TestBatchUpload::saysForWhomItWaits()
{
    SendOptions options = QueueFixture::impatient();
    options.limits.ackPatience = 20ms;
    m_queue->makeQueue(options);
    Gate isSeen;
    FakeReceiver receiver([&](Talk& talk) {
        static_cast<void>(talk.next<Announce>());
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        static_cast<void>(talk.takeChunks(3));
        static_cast<void>(isSeen.wait());
        talk.acknowledge();
        talk.land(1, u"a"_s);
        talk.finish();
    });
    m_queue->queue().send({m_queue->makeFile(u"a"_s, "abc")}, receiver.address());
    QTRY_VERIFY(!m_queue->uploads().isEmpty() && m_queue->last().isAwaited);
    isSeen.open();
    QTRY_COMPARE(m_queue->state(), TransferState::Done);
    QVERIFY(!m_queue->last().isAwaited);
}

QTEST_GUILESS_MAIN(TestBatchUpload)
#include "tst_batchupload.moc"
