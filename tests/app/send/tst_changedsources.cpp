#include "fakereceiver.h"
#include "queuefixture.h"
#include "unseenrewrite.h"

#include <QFile>
#include <QTest>

#include <atomic>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Talk = FakeReceiver::Talk;

/// Files that somebody writes to while they are being sent: no mixture lands.
class TestChangedSources final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_queue = std::make_unique<QueueFixture>(); }
    void cleanup() { m_queue.reset(); }
    void changedBeforeItWasSent_data();
    void changedBeforeItWasSent();
    void changedWhileItWasSent_data();
    void changedWhileItWasSent();
    void changedBeforeAChunkIsSentAgain();
    void changedBeforeItGoesOn();

private:
    std::unique_ptr<QueueFixture> m_queue;
};

void TestChangedSources::changedBeforeItWasSent_data()
{
    QTest::addColumn<int>("size"); // -1: it is removed
    QTest::newRow("longer") << 2000;
    QTest::newRow("shorter") << 10;
    QTest::newRow("empty") << 0;
    QTest::newRow("gone") << -1;
}

void TestChangedSources::changedBeforeItWasSent()
{
    QFETCH(int, size);
    Gate announced;
    Gate changed;
    std::atomic<int> dropped = 0;
    std::atomic<bool> isPlaceTold = false;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        announced.open();
        changed.wait();
        talk.say(Plan{{{1, 0, {}, false}, {2, 0, {}, false}}, {}, {}});
        const std::optional<Drop> drop = talk.next<Drop>();
        isPlaceTold = drop && drop->error.text.contains(u'/');
        dropped = drop ? int(drop->file) : -1;
        talk.say(Failed{1, {ErrorCode::SourceChanged, u"You said so."_s}}); // as receivers answer
        talk.takeChunks(3);
        talk.land(2, u"b"_s);
        talk.finish();
    });
    const QString path = m_queue->makeFile(u"a"_s, QByteArray(1000, 'a'));
    m_queue->queue().send({path, m_queue->makeFile(u"b"_s, "abc")}, receiver.address());
    announced.wait();
    QVERIFY(size < 0 ? QFile::remove(path) : QFile::resize(path, size));
    changed.open();
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(dropped.load(), 1);
    QVERIFY(!isPlaceTold); // where files lie here is told to nobody
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, 1);
    QCOMPARE(m_queue->first().filesFailed, 1);
    QCOMPARE(m_queue->file(u"a"_s).error->code,
             size < 0 ? ErrorCode::SourceUnreadable : ErrorCode::SourceChanged);
    QCOMPARE(m_queue->timesFinal(m_queue->file(u"a"_s)), 1);
    QCOMPARE(m_queue->first().bytesTotal, 3);
}

void TestChangedSources::changedWhileItWasSent_data()
{
    QTest::addColumn<bool>("isUnseen");
    QTest::newRow("longer") << false;
    QTest::newRow("its size and time were put back") << true;
}

void TestChangedSources::changedWhileItWasSent()
{
    QFETCH(bool, isUnseen);
    Gate begun;
    Gate changed;
    std::atomic<int> dropped = 0;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        talk.say(Ack{0, chunkBytes});
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        talk.takeChunks(chunkBytes);
        begun.open();
        changed.wait();
        talk.acknowledge();
        const std::optional<Drop> drop = talk.next<Drop>();
        dropped = drop ? int(drop->file) : -1;
        talk.finish();
    });
    const QString path = m_queue->makeFile(u"a"_s, noise(3 * chunkBytes));
    m_queue->queue().send({path}, receiver.address());
    begun.wait();
    QFile file(path);
    QVERIFY(isUnseen ? rewriteUnseen(path, noise(3 * chunkBytes).last(2 * chunkBytes))
                     : file.open(QIODevice::Append) && file.write("more") == 4);
    file.close();
    changed.open();
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(dropped.load(), 1);
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::SourceChanged);
    QCOMPARE(m_queue->first().bytesDone, 0);
}

/// Else a chunk of another version would get into what was sent of the first one.
void TestChangedSources::changedBeforeAChunkIsSentAgain()
{
    Gate sent;
    Gate changed;
    std::atomic<int> dropped = 0;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        talk.takeChunks(2 * chunkBytes);
        sent.open();
        changed.wait();
        talk.say(Again{1, 0});
        const std::optional<Drop> drop = talk.next<Drop>();
        dropped = drop ? int(drop->file) : -1;
        talk.finish();
    });
    const QString path = m_queue->makeFile(u"a"_s, noise(2 * chunkBytes));
    m_queue->queue().send({path}, receiver.address());
    sent.wait();
    QVERIFY(rewriteUnseen(path, "another version"));
    changed.open();
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(dropped.load(), 1);
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::SourceChanged);
    QCOMPARE(m_queue->first().bytesSent, 2 * chunkBytes);
}

/// What the receiver has is of the version that was announced.
void TestChangedSources::changedBeforeItGoesOn()
{
    Gate announced;
    Gate changed;
    FakeReceiver receiver([&](Talk& talk) {
        talk.next<Announce>();
        announced.open();
        changed.wait();
        talk.say(Plan{{{1, chunkBytes, Hash128::of("of its beginning"), false}, {2, 0, {}, false}}, {}, {}});
        talk.next<Drop>();
        talk.takeChunks(3);
        talk.land(2, u"b"_s);
        talk.finish();
    });
    const QStringList paths{m_queue->makeFile(u"a"_s, noise(2 * chunkBytes)),
                            m_queue->makeFile(u"b"_s, "abc")};
    m_queue->queue().send(paths, receiver.address());
    announced.wait();
    for (const QString& path : paths)
        QVERIFY(rewriteUnseen(path, "xyz"));
    changed.open();
    QTRY_COMPARE(m_queue->finished(), 1);
    QCOMPARE(m_queue->file(u"a"_s).error->code, ErrorCode::SourceChanged);
    QCOMPARE(m_queue->file(u"b"_s).state, TransferState::Done); // sent as it is now, from its start
    QCOMPARE(m_queue->first().bytesSent, 3);
}

QTEST_GUILESS_MAIN(TestChangedSources)
#include "tst_changedsources.moc"
