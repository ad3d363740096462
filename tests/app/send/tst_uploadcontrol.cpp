#include "chunk.h"
#include "queuefixture.h"
#include "receiverfixture.h"

#include <QTest>

#include <functional>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 longBytes = 16 * chunkBytes;

/// One chunk at a time, and the receiver takes a moment to acknowledge each.
SendOptions slowly(SendOptions options)
{
    options.limits.creditBytes = chunkBytes;
    return options;
}

} // namespace

/// What people at either end do to an upload that waits or runs. It is slow enough to be paused in time, and
/// that keeps it where it is for as long as a test needs.
class TestUploadControl : public QObject
{
    Q_OBJECT

    using End = std::function<void(UploadQueue&, Receiver&, TransferId)>;

private Q_SLOTS:
    void init();
    void cleanup();
    void pauseAndResume();
    void receiverPauses();
    void cancelRunning();
    void retryGoesOn_data();
    void retryGoesOn();
    void cancelWaiting();
    void receiverCancels();
    void receiverIsTurnedOff();
    void receiverComesBack();
    void forgets();
    void destroyedWhileBusy();
    void destroyedWhileWalking();

private:
    void startReceiver(const ReceiveOptions& options = {});
    /// Takes a third of a second, see init().
    [[nodiscard]] QString makeLong(const QString& name) const
    {
        return m_queue->makeFile(name, QByteArray(longBytes, 'x'));
    }
    [[nodiscard]] PeerAddress receiverAddress()
    {
        return {u"127.0.0.1"_s, m_receiver->receiver().port(), true};
    }

    std::unique_ptr<ReceiverFixture> m_receiver;
    std::unique_ptr<QueueFixture> m_queue;
};

void TestUploadControl::init()
{
    m_receiver = std::make_unique<ReceiverFixture>();
    m_queue = std::make_unique<QueueFixture>(slowly(QueueFixture::impatient()));
}

void TestUploadControl::cleanup()
{
    m_queue.reset();
    m_receiver.reset();
}

void TestUploadControl::startReceiver(const ReceiveOptions& options)
{
    QVERIFY(m_receiver->start(options));
}

void TestUploadControl::pauseAndResume()
{
    startReceiver();
    m_queue->queue().send({makeLong(u"a"_s)}, receiverAddress());
    m_queue->queue().pause(1);
    QTRY_COMPARE(m_queue->state(), TransferState::Paused);
    QVERIFY(!m_queue->first().note.isEmpty());
    QVERIFY(m_queue->first().isPausedHere);
    QTRY_COMPARE(m_receiver->snapshots().constLast().state, TransferState::Paused);
    QVERIFY(!m_receiver->snapshots().constLast().isPausedHere);
    QVERIFY(m_queue->first().bytesDone < longBytes);
    QVERIFY(m_receiver->landed().isEmpty());
    m_queue->queue().resume(1);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->state(), TransferState::Done);
    QVERIFY(m_queue->first().note.isEmpty());
    QCOMPARE(m_receiver->content(u"a"_s).size(), longBytes);
    m_queue->queue().pause(1); // nothing: it is done
    m_queue->queue().pause(99);
    QCOMPARE(m_queue->state(), TransferState::Done);
}

void TestUploadControl::receiverPauses()
{
    startReceiver();
    m_queue->queue().send({makeLong(u"a"_s)}, receiverAddress());
    m_queue->queue().pause(1); // holds it until the receiver has its row
    QTRY_VERIFY(!m_receiver->snapshots().isEmpty());
    const TransferId there = m_receiver->snapshots().constFirst().id;
    m_receiver->receiver().pause(there);
    QTRY_VERIFY(m_receiver->snapshots().constLast().isPausedHere);
    m_receiver->receiver().resume(there);
    QTRY_VERIFY(!m_receiver->snapshots().constLast().isPausedHere);
    QCOMPARE(m_receiver->snapshots().constLast().state, TransferState::Paused); // over there it is still
    m_receiver->receiver().pause(there);
    QTRY_VERIFY(m_receiver->snapshots().constLast().isPausedHere);
    m_queue->queue().resume(1);
    QTRY_VERIFY(m_queue->state() == TransferState::Paused && m_queue->first().note.contains(u"receiver"_s));
    QVERIFY(!m_queue->first().isPausedHere);
    QVERIFY(m_receiver->landed().isEmpty());
    m_receiver->receiver().resume(there);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->state(), TransferState::Done);
}

void TestUploadControl::cancelRunning()
{
    startReceiver();
    const QString path = makeLong(u"a"_s);
    m_queue->queue().send({path}, receiverAddress());
    m_queue->queue().pause(1);
    QTRY_COMPARE(m_queue->state(), TransferState::Paused);
    m_queue->queue().cancel(1);
    m_queue->queue().cancel(1);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->state(), TransferState::Cancelled);
    QVERIFY(!m_queue->first().error);
    QCOMPARE(m_queue->timesFinal(1), 1);
    QCOMPARE(m_receiver->finalState().state, TransferState::Failed);
    QCOMPARE(m_receiver->finalState().error->code, ErrorCode::Cancelled);

    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(m_queue->uploads().size(), 1);
    QCOMPARE(m_receiver->content(u"a"_s).size(), longBytes);
}

void TestUploadControl::retryGoesOn_data()
{
    QTest::addColumn<End>("end");
    QTest::addColumn<bool>("isKept");
    QTest::newRow("cancelled") << End([](UploadQueue& queue, Receiver&, TransferId) { queue.cancel(1); })
                               << true;
    QTest::newRow("discarded") << End([](UploadQueue& queue, Receiver&, TransferId) { queue.discard(1); })
                               << false;
    QTest::newRow("left") << End([](UploadQueue& queue, Receiver&, TransferId) { queue.leaveAll(); }) << true;
    QTest::newRow("cancelled by the receiver")
        << End([](UploadQueue&, Receiver& receiver, TransferId id) { receiver.cancel(id); }) << true;
}

void TestUploadControl::retryGoesOn()
{
    QFETCH(End, end);
    QFETCH(bool, isKept);
    startReceiver();
    m_queue->queue().send({makeLong(u"a"_s)}, receiverAddress());
    QTRY_VERIFY(!m_queue->uploads().isEmpty() && m_queue->first().bytesDone > 0);
    m_queue->queue().pause(1);
    QTRY_COMPARE(m_queue->state(), TransferState::Paused);
    QTRY_COMPARE(m_receiver->snapshots().constLast().state, TransferState::Paused);
    end(m_queue->queue(), m_receiver->receiver(), m_receiver->snapshots().constFirst().id);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_receiver->finalState().keptUntil.isValid(), isKept);
    QCOMPARE(m_receiver->partials(), isKept ? 2 : 0); // with its journal
    const qint64 before = m_queue->first().bytesSent;

    QVERIFY(m_queue->retryAndWait(1));
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(m_receiver->content(u"a"_s).size(), longBytes);
    QCOMPARE(m_queue->first().bytesSent - before < longBytes, isKept);
}

void TestUploadControl::cancelWaiting()
{
    startReceiver();
    const QString path = makeLong(u"a"_s);
    const QStringList others{m_queue->makeFile(u"b"_s, "x"), m_queue->makeFile(u"c"_s, "x")};
    m_queue->queue().send({path}, receiverAddress());
    m_queue->queue().pause(1);
    for (const QString& other : others)
        m_queue->queue().send({other}, receiverAddress());
    QTRY_VERIFY(!m_queue->uploads().isEmpty() && m_queue->first().state == TransferState::Paused);
    QCOMPARE(m_queue->uploads().value(3).state, TransferState::Waiting);
    m_queue->queue().cancel(2);
    QTRY_COMPARE(m_queue->uploads().value(2).state, TransferState::Cancelled);
    QCOMPARE(m_queue->first().state, TransferState::Paused);
    m_queue->queue().cancelAll();
    QTRY_COMPARE(m_queue->finished(), 1);
    for (const TransferSnapshot& upload : std::as_const(m_queue->uploads())) {
        QCOMPARE(upload.state, TransferState::Cancelled);
        QCOMPARE(m_queue->timesFinal(upload.id), 1);
    }
    QVERIFY(m_receiver->landed().isEmpty());
    QVERIFY(m_queue->retryAndWait(2));
    QCOMPARE(m_receiver->landed(), QStringList{u"b"_s});
}

void TestUploadControl::receiverCancels()
{
    startReceiver();
    m_queue->queue().send({makeLong(u"a"_s)}, receiverAddress());
    m_queue->queue().pause(1);
    QTRY_VERIFY(!m_receiver->snapshots().isEmpty());
    m_receiver->receiver().cancel(m_receiver->snapshots().constFirst().id);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::Cancelled);
    QVERIFY(m_receiver->landed().isEmpty());
}

void TestUploadControl::receiverIsTurnedOff()
{
    startReceiver();
    m_queue->queue().send({makeLong(u"a"_s)}, receiverAddress());
    m_queue->queue().send({m_queue->makeFile(u"b"_s, "b")}, receiverAddress());
    m_queue->queue().pause(1);
    QTRY_VERIFY(m_queue->uploads().value(1).state == TransferState::Paused);
    m_receiver->receiver().stop();
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->first().state, TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ConnectionLost);
    QCOMPARE(m_queue->last().state, TransferState::Failed);
    QCOMPARE(m_queue->last().error->code, ErrorCode::Refused);
}

void TestUploadControl::receiverComesBack()
{
    startReceiver();
    m_queue->makeQueue(slowly(QueueFixture::patient()));
    const PeerAddress address = receiverAddress();
    m_queue->queue().send({makeLong(u"a"_s)}, address);
    m_queue->queue().pause(1);
    QTRY_COMPARE(m_queue->state(), TransferState::Paused);
    m_receiver->receiver().stop();
    QTRY_COMPARE(m_queue->state(), TransferState::Reconnecting);
    QVERIFY(m_queue->first().error.has_value());
    ReceiveOptions again;
    again.port = address.port;
    startReceiver(again);
    QTRY_COMPARE(m_queue->state(), TransferState::Paused); // still wanted
    m_queue->queue().resume(1);
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->state(), TransferState::Done);
    QVERIFY(!m_queue->first().error);
    QCOMPARE(m_receiver->content(u"a"_s).size(), longBytes);
}

void TestUploadControl::forgets()
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

void TestUploadControl::destroyedWhileBusy()
{
    startReceiver();
    for (int i = 0; i < 50; ++i)
        (void)m_queue->makeFile(u"tree/%1"_s.arg(i), QByteArray(100'000, 'x'));
    m_queue->queue().send({m_queue->path(u"tree"_s)}, receiverAddress());
    QTRY_VERIFY(!m_receiver->snapshots().isEmpty());
    m_queue->destroyQueue();
    QTRY_VERIFY(isFinal(m_receiver->snapshots().constLast().state) ||
                m_receiver->snapshots().constLast().state == TransferState::Reconnecting);
}

void TestUploadControl::destroyedWhileWalking()
{
    for (int i = 0; i < 2000; ++i)
        (void)m_queue->makeFile(u"tree/%1"_s.arg(i), "");
    const PeerAddress nobody{u"127.0.0.1"_s, 9, true};
    for (int i = 0; i < 10; ++i) {
        UploadQueue queue(QueueFixture::impatient());
        queue.send({m_queue->path(u"tree"_s)}, nobody);
        queue.send({m_queue->path(u"tree"_s)}, nobody); // must not come to life when the first one ends
    }
}

QTEST_GUILESS_MAIN(TestUploadControl)
#include "tst_uploadcontrol.moc"
