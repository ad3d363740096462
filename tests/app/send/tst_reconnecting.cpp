#include "fakereceiver.h"
#include "queuefixture.h"

#include <QFile>
#include <QTest>

#include <atomic>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Talk = FakeReceiver::Talk;

/// What becomes of an upload whose connection ends too early, and how a person ends one.
class TestReconnecting : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void goesOnAfterACut();
    void goesOnAfterEveryCut();
    void cutBeforeTheReceipt();
    void failedFilesStayFailedAfterACut();
    void failureMidwayStopsTheFile();
    void changedBetweenConnections();
    void noSecondTryWithoutPatience();
    void patienceEnds();
    void noSecondTryWithoutABeginning();
    void silenceIsAnEnd();
    void pingsAreNoWord();
    void cancelOfAStalledReceiver();
    void stalledReceiverHangsUp();
    void cancelAfterTheReceipt();
    void cancelWhileReconnecting();
    void destroyedWhileReconnecting();

private:
    void stall(FakeReceiver& receiver);

    std::unique_ptr<QueueFixture> m_queue;
};

void TestReconnecting::init()
{
    m_queue = std::make_unique<QueueFixture>();
}

void TestReconnecting::cleanup()
{
    m_queue.reset();
}

void TestReconnecting::goesOnAfterACut()
{
    m_queue->makeQueue(QueueFixture::patient());
    MemoryReceiver memory;
    memory.cutAfter = 5 * chunkBytes;
    Gate goOn;
    FakeReceiver receiver([&](Talk& talk) {
        if (talk.number() == 2)
            goOn.wait();
        memory.serve(talk);
    });
    const QByteArray big = noise(20 * chunkBytes + 5);
    qint64 farthest = 0;
    bool isFalling = false;
    connect(&m_queue->queue(), &UploadQueue::uploadsChanged, this,
            [&](const QList<TransferSnapshot>& uploads) {
                for (const TransferSnapshot& one : uploads) {
                    isFalling = isFalling || one.bytesDone < farthest;
                    farthest = one.bytesDone;
                }
            });
    m_queue->queue().send({m_queue->makeFile(u"small"_s, "small"), m_queue->makeFile(u"big"_s, big)},
                          receiver.address());
    QTRY_VERIFY(m_queue->states().contains(TransferState::Reconnecting) || receiver.offers().size() == 2);
    goOn.open();
    QTRY_COMPARE(m_queue->finished(), 1);
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Done);
    QVERIFY(!upload.error);
    QCOMPARE(upload.filesDone + upload.filesSkipped, 2); // word of the small one may have been cut off
    QCOMPARE(upload.bytesDone, upload.bytesTotal);
    QVERIFY(!isFalling);
    QCOMPARE(memory.landed().value(u"big"_s), big);
    QCOMPARE(memory.landed().value(u"small"_s), "small"_ba);
    QCOMPARE(m_queue->timesFinal(m_queue->file(u"small"_s)), 1);
    // Nothing that was verified came twice; what was under way did at most.
    QCOMPARE(memory.bytesTaken(), upload.bytesTotal);
    QVERIFY(upload.bytesSent - upload.bytesTotal <= Limits().creditBytes);
    const QList<BatchOffer> offers = receiver.offers();
    QCOMPARE(offers.size(), 2);
    QCOMPARE(offers[1].batch, offers[0].batch);
    QCOMPARE(offers[1].filesDone, upload.filesDone - 1);
    QCOMPARE(offers[1].bytesDone, 5 * offers[1].filesDone);
}

/// Each connection brings one chunk over.
void TestReconnecting::goesOnAfterEveryCut()
{
    m_queue->makeQueue(QueueFixture::patient());
    const QByteArray bytes = noise(30 * chunkBytes);
    ChainDigest digest; // of the fake's thread
    qint64 offset = 0;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        talk.say(Ack{0, chunkBytes});
        talk.say(Plan{{{1, offset, digest.value(), false}}, {}, {}});
        talk.takeChunks(chunkBytes);
        digest.add(talk.chunks().constFirst().header.hash);
        offset += chunkBytes;
        if (offset < bytes.size())
            return;
        talk.acknowledge();
        talk.say(Landed{{{1, u"a"_s, digest.text(), {}}}});
        talk.finish();
    });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, bytes)}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(receiver.offers().size(), 30);
    QVERIFY(m_queue->first().bytesSent >= bytes.size());
}

void TestReconnecting::cutBeforeTheReceipt()
{
    m_queue->makeQueue(QueueFixture::patient());
    MemoryReceiver memory;
    FakeReceiver receiver([&](Talk& talk) {
        if (talk.number() > 1)
            return memory.serve(talk);
        talk.next<Announce>();
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        talk.takeChunks(3);
        talk.land(1, u"a"_s);
        talk.next<End>();
    });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "abc")}, receiver.address()));
    // Everything had landed: the second connection only gets the receipt.
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, 1);
    QCOMPARE(m_queue->first().bytesSent, 3);
    QCOMPARE(receiver.offers().size(), 2);
    QVERIFY(memory.landed().isEmpty());
}

void TestReconnecting::failedFilesStayFailedAfterACut()
{
    m_queue->makeQueue(QueueFixture::patient());
    MemoryReceiver memory;
    FakeReceiver receiver([&](Talk& talk) {
        if (talk.number() > 1)
            return memory.serve(talk);
        talk.next<Announce>();
        talk.say(Failed{1, {ErrorCode::NoSpace, u"No room for it."_s}});
    });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "abc"), m_queue->makeFile(u"b"_s, "de")},
                                 receiver.address()));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.filesDone, 1);
    QCOMPARE(upload.filesFailed, 1);
    QCOMPARE(upload.bytesTotal, 2);
    QCOMPARE(upload.bytesDone, 2);
    QCOMPARE(memory.landed().keys(), QStringList{u"b"_s});
    QCOMPARE(m_queue->file(u"a"_s).error->code, ErrorCode::NoSpace);
    QCOMPARE(m_queue->timesFinal(m_queue->file(u"a"_s)), 1);
}

/// A receiver whose disk fails must not be sent the rest of the file, however long that is.
void TestReconnecting::failureMidwayStopsTheFile()
{
    m_queue->makeQueue(QueueFixture::patient());
    constexpr qint64 credit = 2 * chunkBytes;
    std::atomic<qint64> sentOfIt = 0;
    MemoryReceiver memory;
    FakeReceiver receiver([&](Talk& talk) {
        if (talk.number() > 1)
            return memory.serve(talk);
        talk.next<Announce>();
        talk.say(Ack{0, credit});
        talk.say(Plan{{{1, 0, {}, false}, {2, 0, {}, false}}, {}, {}});
        talk.takeChunks(credit);
        talk.say(Failed{1, {ErrorCode::IoError, u"The disk is broken."_s}});
        talk.acknowledge(1LL << 40);
        talk.takeChunks(credit + 3);
        for (const Talk::Chunk& chunk : talk.chunks())
            sentOfIt += chunk.header.file == 1 ? chunk.header.length : 0;
        talk.land(2, u"b"_s);
        talk.next<End>(); // and the line is cut: what failed is not to be sent again
    });
    QVERIFY(m_queue->sendAndWait(
        {m_queue->makeFile(u"a"_s, noise(20 * chunkBytes)), m_queue->makeFile(u"b"_s, "abc")},
        receiver.address()));
    QCOMPARE(sentOfIt.load(), credit);
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.filesDone, 1);
    QCOMPARE(upload.filesFailed, 1);
    QCOMPARE(upload.bytesDone, 3);
    QCOMPARE(upload.bytesTotal, 3);
    QVERIFY(memory.landed().isEmpty());
}

void TestReconnecting::changedBetweenConnections()
{
    SendOptions options = QueueFixture::patient();
    options.limits.creditBytes = chunkBytes; // it waits then, and does not look at the file
    m_queue->makeQueue(options);
    MemoryReceiver memory;
    memory.cutAfter = chunkBytes;
    Gate begun;
    Gate changed;
    FakeReceiver receiver([&](Talk& talk) {
        memory.serve(talk);
        if (talk.number() > 1)
            return;
        begun.open();
        changed.wait(); // before the line is down
    });
    const QString path = m_queue->makeFile(u"a"_s, noise(3 * chunkBytes));
    m_queue->queue().send({path}, receiver.address());
    begun.wait();
    (void)m_queue->makeFile(u"a"_s, "another version");
    changed.open();
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(memory.landed().value(u"a"_s), "another version"_ba);
    QCOMPARE(m_queue->first().bytesDone, 15);
    QCOMPARE(m_queue->first().bytesTotal, 15);
}

void TestReconnecting::noSecondTryWithoutPatience()
{
    FakeReceiver receiver([](Talk& talk) { talk.next<Announce>(); });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "abc")}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ConnectionLost);
    QVERIFY(m_queue->first().startedAt.isValid());
    QCOMPARE(receiver.offers().size(), 1);
    QVERIFY(!m_queue->states().contains(TransferState::Reconnecting));
}

void TestReconnecting::patienceEnds()
{
    SendOptions options = QueueFixture::patient();
    options.retryFor = 100ms;
    m_queue->makeQueue(options);
    FakeReceiver receiver([](Talk& talk) { talk.next<Announce>(); });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "abc")}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ConnectionLost);
    QVERIFY(receiver.offers().size() > 1);
}

/// Whoever typed a wrong address wants to be told at once.
void TestReconnecting::noSecondTryWithoutABeginning()
{
    m_queue->makeQueue(QueueFixture::patient());
    FakeReceiver receiver([](Talk&) {});
    receiver.upgradeAnswer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "abc")}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QVERIFY(m_queue->first().error->text.contains(u"404"_s));
    QVERIFY(!m_queue->first().startedAt.isValid());
    QCOMPARE(receiver.offers().size(), 1);
}

void TestReconnecting::silenceIsAnEnd()
{
    SendOptions options = QueueFixture::impatient();
    options.limits.idleTimeout = 1ms; // looked at once a second
    m_queue->makeQueue(options);
    FakeReceiver receiver([](Talk& talk) { talk.waitForEnd(); });
    QVERIFY(m_queue->sendAndWait({m_queue->makeFile(u"a"_s, "abc")}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::TimedOut);
}

/// Nor is a pause an end, however long it is.
void TestReconnecting::pingsAreNoWord()
{
    SendOptions options = QueueFixture::impatient();
    options.limits.wordTimeout = 1ms;
    m_queue->makeQueue(options);
    Gate held;
    FakeReceiver receiver([&held](Talk& talk) {
        talk.say(Pause{u"Later."_s});
        held.wait();
        talk.say(Resume());
        talk.waitForEnd();
    });
    m_queue->queue().send({m_queue->makeFile(u"a"_s, "abc")}, receiver.address());
    QTRY_COMPARE(m_queue->state(), TransferState::Paused);
    m_queue->queue().resume(1); // wakes it
    held.open();
    const auto isOver = [this] {
        m_queue->queue().resume(1);
        return m_queue->finished() == 1;
    };
    QTRY_VERIFY(isOver());
    QCOMPARE(m_queue->first().error->code, ErrorCode::TimedOut);
}

/// A sender that is stuck in the midst of a message: the receiver reads nothing any more.
void TestReconnecting::stall(FakeReceiver& receiver)
{
    SendOptions options = QueueFixture::impatient();
    options.limits.creditBytes = 1LL << 30; // more than any socket takes
    options.limits.closeTimeout = 100ms;
    m_queue->makeQueue(options);
    receiver.mostMessages = 2;
    const QString path = m_queue->makeFile(u"a"_s, "begin");
    QVERIFY(QFile::resize(path, 64LL * 1024 * 1024));
    m_queue->queue().send({path}, receiver.address());
    qint64 before = 0;
    QTRY_VERIFY(receiver.bytesUnread() > 0 &&
                std::exchange(before, receiver.bytesUnread()) == receiver.bytesUnread());
}

void TestReconnecting::cancelOfAStalledReceiver()
{
    Gate ended;
    FakeReceiver receiver([&ended](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        talk.say(Ack{0, 1LL << 40});
        ended.wait();
    });
    stall(receiver);
    m_queue->queue().cancel(1);
    const bool isSoon = QTest::qWaitFor([this] { return m_queue->finished() == 1; }, 15'000);
    ended.open();
    QVERIFY(isSoon);
    QCOMPARE(m_queue->state(), TransferState::Cancelled);
}

void TestReconnecting::stalledReceiverHangsUp()
{
    Gate ended;
    FakeReceiver receiver([&ended](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        talk.say(Ack{0, 1LL << 40});
        ended.wait();
    });
    stall(receiver);
    receiver.stopSending();
    const bool isSoon = QTest::qWaitFor([this] { return m_queue->finished() == 1; }, 15'000);
    ended.open();
    QVERIFY(isSoon);
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ConnectionLost);
}

/// What landed is not called cancelled.
void TestReconnecting::cancelAfterTheReceipt()
{
    SendOptions options = QueueFixture::impatient();
    options.limits.closeTimeout = 60s;
    m_queue->makeQueue(options);
    Gate landed;
    Gate cancelled;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        talk.say(Landed{{{1, u"a"_s, ChainDigest().text(), {}}}});
        landed.wait();
        talk.say(talk.receipt());
        cancelled.wait();
    });
    receiver.mostMessages = 1; // so it stops reading after two, and does not answer a close frame
    m_queue->queue().send({m_queue->makeFile(u"a"_s, "")}, receiver.address());
    QTRY_COMPARE(m_queue->state(), TransferState::Verifying);
    m_queue->queue().pause(1);
    QTRY_COMPARE(m_queue->state(), TransferState::Paused);
    m_queue->queue().resume(1);
    QTRY_VERIFY(receiver.bytesUnread() > 0); // it reads nothing more
    const qint64 before = receiver.bytesUnread();
    landed.open();
    QTRY_VERIFY(receiver.bytesUnread() > before); // the close frame: the sender has its receipt
    m_queue->queue().cancel(1);
    cancelled.open();
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, 1);
}

void TestReconnecting::cancelWhileReconnecting()
{
    SendOptions options = QueueFixture::patient();
    options.limits.firstBackoff = 1h;
    options.retryFor = 24h;
    m_queue->makeQueue(options);
    FakeReceiver receiver([](Talk& talk) { talk.next<Announce>(); });
    m_queue->queue().send({m_queue->makeFile(u"a"_s, "abc")}, receiver.address());
    QTRY_COMPARE(m_queue->state(), TransferState::Reconnecting);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ConnectionLost);
    m_queue->queue().cancel(1);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->state(), TransferState::Cancelled);
    QVERIFY(!m_queue->first().error);
}

void TestReconnecting::destroyedWhileReconnecting()
{
    SendOptions options = QueueFixture::patient();
    options.limits.firstBackoff = 1h;
    options.retryFor = 24h;
    m_queue->makeQueue(options);
    FakeReceiver receiver([](Talk& talk) { talk.next<Announce>(); });
    m_queue->queue().send({m_queue->makeFile(u"a"_s, "abc")}, receiver.address());
    QTRY_COMPARE(m_queue->state(), TransferState::Reconnecting);
    m_queue->destroyQueue();
}

QTEST_GUILESS_MAIN(TestReconnecting)
#include "tst_reconnecting.moc"
