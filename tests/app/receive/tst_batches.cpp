#include "nativeclient.h"
#include "receiverfixture.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestBatches : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void filesLandAndAreReceipted();
    void goesOnAfterACut();
    void aNewConnectionTakesOver();
    void damagedChunkIsAskedForAlone();
    void oneBadFileStopsNoOther();
    void receiverPauses();
    void cancelledByTheSender();
    void cancelledByTheReceiver();
    void violations_data();
    void violations();
    void tokenNeedsTheSubprotocol();
    void onceLetsTheSameBatchComeBack();
    void aSenderThatStaysAwayIsGivenUp();

private:
    [[nodiscard]] static AnnouncedFile file(const QString& path, qint64 size)
    {
        AnnouncedFile announced;
        announced.path = path;
        announced.size = size;
        announced.modifiedAt = 1'600'000'000'000;
        announced.source = u"source"_s;
        return announced;
    }
    [[nodiscard]] NativeClient client() const { return NativeClient(m_fixture->receiver().port()); }
    [[nodiscard]] TransferId lastId() const
    {
        return m_fixture->snapshots().isEmpty() ? 0 : m_fixture->snapshots().constLast().id;
    }
    [[nodiscard]] TransferState lastState() const
    {
        return m_fixture->snapshots().isEmpty() ? TransferState::Waiting
                                                : m_fixture->snapshots().constLast().state;
    }

    const QByteArray m_large = QByteArray(8 * chunkBytes + 5, 'l');
    std::unique_ptr<ReceiverFixture> m_fixture;
};

void TestBatches::init()
{
    m_fixture = std::make_unique<ReceiverFixture>();
    QVERIFY(m_fixture->start());
}

void TestBatches::filesLandAndAreReceipted()
{
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 3, 10), 101);
    AnnouncedFile folder = file(u"tree/empty"_s, 0);
    folder.isFolder = true;
    sender.announce(1, {file(u"tree/a"_s, 3), folder});
    const auto plan = sender.next<Plan>();
    QVERIFY(plan);
    QCOMPARE(plan->want.size(), 1);
    sender.announce(7, {file(u"b"_s, m_large.size())});
    sender.sendChunk(1, "abc");
    sender.sendRest(7, m_large);
    sender.send(End());
    QMap<FileNumber, Landed::File> landed;
    while (landed.size() < 3) {
        const auto message = sender.next<Landed>();
        QVERIFY(message);
        for (const Landed::File& one : message->files)
            landed.insert(one.file, one);
    }
    const auto receipt = sender.next<BatchReceipt>();
    QVERIFY(receipt);
    QCOMPARE(receipt->landed, 3);
    QCOMPARE(receipt->failed, 0);
    QCOMPARE(sender.readClose(), 1000);
    QCOMPARE(landed[1].path, u"tree/a"_s);
    QCOMPARE(landed[1].digest, u"xxh3-128:06b05ab6733a618578af5f94892f3950"_s);
    QVERIFY(landed[7].digest.startsWith(u"xxh3-128-chain:"_s));
    QCOMPARE(m_fixture->content(u"tree/a"_s), "abc"_ba);
    QCOMPARE(m_fixture->content(u"b"_s), m_large);
    QVERIFY(QFileInfo(m_fixture->path(u"tree/empty"_s)).isDir());
    QCOMPARE(m_fixture->finalState().state, TransferState::Done);
    QCOMPARE(m_fixture->finalState().filesDone, 3);
    QCOMPARE(m_fixture->partials(), 0);
}

void TestBatches::goesOnAfterACut()
{
    qint64 offset = 0;
    {
        NativeClient sender = client();
        QCOMPARE(sender.open("1", 1, m_large.size()), 101);
        sender.announce(1, {file(u"a"_s, m_large.size())});
        QVERIFY(sender.next<Plan>());
        for (int chunk = 0; chunk < 5; ++chunk)
            sender.sendChunk(1, m_large, chunk * chunkBytes);
        const auto ack = sender.next<Ack>();
        QVERIFY(ack);
        sender.hangUp();
    }
    QTRY_COMPARE(lastState(), TransferState::Reconnecting);
    const TransferId row = lastId();
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 1, m_large.size()), 101);
    sender.announce(1, {file(u"a"_s, m_large.size())});
    const auto plan = sender.next<Plan>();
    QVERIFY(plan && plan->want.size() == 1);
    offset = plan->want.first().offset;
    QCOMPARE(offset, 5 * chunkBytes);
    ChainDigest before;
    for (int chunk = 0; chunk < 5; ++chunk)
        before.add(Hash128::of(QByteArrayView(m_large).first(chunkBytes)));
    QCOMPARE(plan->want.first().digest, before.value());
    sender.sendRest(1, m_large, offset);
    sender.send(End());
    QVERIFY(sender.next<BatchReceipt>());
    QCOMPARE(m_fixture->content(u"a"_s), m_large);
    QTRY_COMPARE(lastState(), TransferState::Done);
    QCOMPARE(lastId(), row);
}

void TestBatches::aNewConnectionTakesOver()
{
    NativeClient dead = client();
    QCOMPARE(dead.open("1", 1, m_large.size()), 101);
    dead.announce(1, {file(u"a"_s, m_large.size())});
    QVERIFY(dead.next<Plan>());
    for (int chunk = 0; chunk < 4; ++chunk)
        dead.sendChunk(1, m_large, chunk * chunkBytes);
    QVERIFY(dead.next<Ack>());
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 1, m_large.size()), 101);
    sender.announce(1, {file(u"a"_s, m_large.size())});
    const auto plan = sender.next<Plan>();
    QVERIFY(plan && plan->want.size() == 1);
    QCOMPARE(plan->want.first().offset, 4 * chunkBytes);
    QCOMPARE(dead.readClose(), int{takenOverCode});
    sender.sendRest(1, m_large, plan->want.first().offset);
    sender.send(End());
    QVERIFY(sender.next<BatchReceipt>());
    QCOMPARE(m_fixture->content(u"a"_s), m_large);
    QCOMPARE(m_fixture->landed(), QStringList{u"a"_s});
}

void TestBatches::damagedChunkIsAskedForAlone()
{
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 1, m_large.size()), 101);
    sender.announce(1, {file(u"a"_s, m_large.size())});
    QVERIFY(sender.next<Plan>());
    for (qint64 offset = 0; offset < m_large.size(); offset += chunkBytes)
        sender.sendChunk(1, m_large, offset, offset == 3 * chunkBytes ? 1000 : -1);
    const auto again = sender.next<Again>();
    QVERIFY(again);
    QCOMPARE(*again, (Again{1, 3 * chunkBytes}));
    sender.sendChunk(1, m_large, again->offset);
    sender.send(End());
    QVERIFY(sender.next<BatchReceipt>());
    QCOMPARE(m_fixture->content(u"a"_s), m_large);
}

void TestBatches::oneBadFileStopsNoOther()
{
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 4, 12), 101);
    sender.announce(1, {file(u"../escape"_s, 3), file(u"good"_s, 3), file(u"changed"_s, 3)});
    const auto failed = sender.next<Failed>();
    QVERIFY(failed);
    QCOMPARE(failed->file, 1U);
    QCOMPARE(failed->error.code, ErrorCode::UnsafeName);
    sender.sendChunk(1, "abc"); // it may cross the failure
    sender.send(Drop{3, {ErrorCode::SourceChanged, u"It changed."_s}});
    sender.sendChunk(2, "abc");
    sender.send(End());
    const auto receipt = sender.next<BatchReceipt>();
    QVERIFY(receipt);
    QCOMPARE(*receipt, (BatchReceipt{1, 0, 2}));
    QCOMPARE(m_fixture->landed(), QStringList{u"good"_s});
    QCOMPARE(m_fixture->finalState().filesFailed, 2);
}

void TestBatches::receiverPauses()
{
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 1, 3), 101);
    sender.announce(1, {file(u"a"_s, 3)});
    QVERIFY(sender.next<Plan>());
    QTRY_VERIFY(lastId() != 0);
    m_fixture->receiver().pause(lastId());
    QVERIFY(sender.next<Pause>());
    QTRY_COMPARE(lastState(), TransferState::Paused);
    m_fixture->receiver().resume(lastId());
    QVERIFY(sender.next<Resume>());
    sender.send(Pause{});
    QTRY_COMPARE(lastState(), TransferState::Paused);
    sender.send(Resume());
    sender.sendChunk(1, "abc");
    sender.send(End());
    QVERIFY(sender.next<BatchReceipt>());
    QCOMPARE(m_fixture->finalState().state, TransferState::Done);
}

void TestBatches::cancelledByTheSender()
{
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 1, m_large.size()), 101);
    sender.announce(1, {file(u"a"_s, m_large.size())});
    QVERIFY(sender.next<Plan>());
    sender.sendChunk(1, m_large);
    sender.send(Cancel{{ErrorCode::Cancelled, u"Enough."_s}});
    QCOMPARE(sender.readClose(), 1000);
    QCOMPARE(m_fixture->finalState().state, TransferState::Failed);
    QCOMPARE(m_fixture->finalState().error->code, ErrorCode::Cancelled);
    QCOMPARE(m_fixture->partials(), 0);
    QVERIFY(m_fixture->landed().isEmpty());
}

void TestBatches::cancelledByTheReceiver()
{
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 1, m_large.size()), 101);
    sender.announce(1, {file(u"a"_s, m_large.size())});
    QVERIFY(sender.next<Plan>());
    sender.sendChunk(1, m_large);
    QTRY_VERIFY(m_fixture->partials() > 0);
    QTRY_VERIFY(lastId() != 0);
    m_fixture->receiver().cancel(lastId());
    QVERIFY(sender.next<Cancel>());
    QCOMPARE(sender.readClose(), 1000);
    QCOMPARE(m_fixture->finalState().state, TransferState::Cancelled);
    QCOMPARE(m_fixture->partials(), 0);
}

void TestBatches::violations_data()
{
    QTest::addColumn<int>("what");
    QTest::newRow("numbers do not rise") << 0;
    QTest::newRow("too many open files") << 1;
    QTest::newRow("chunk of wrong length") << 2;
    QTest::newRow("chunk beyond the end") << 3;
    QTest::newRow("a receiver's message") << 4;
    QTest::newRow("damaged message") << 5;
    QTest::newRow("kept, but not to be compared") << 6;
    QTest::newRow("binary message without a chunk") << 7;
}

void TestBatches::violations()
{
    QFETCH(int, what);
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 2, 6), 101);
    sender.announce(5, {file(u"a"_s, 3), file(u"b"_s, m_large.size())});
    QVERIFY(sender.next<Plan>());
    switch (what) {
    case 0:
        sender.announce(6, {file(u"c"_s, 1)});
        break;
    case 1:
        for (FileNumber first = 10; first < 10'000; first += 1000)
            sender.announce(first, QList<AnnouncedFile>(1000, file(u"x"_s, 1)));
        break;
    case 2:
        sender.sendChunk(5, "ab");
        break;
    case 3:
        sender.sendChunk(5, QByteArray(chunkBytes + 3, 'x'), chunkBytes);
        break;
    case 4:
        sender.send(Ack{1, 1});
        break;
    case 5:
        sender.sendText(encodeMessage(End()).replace("end", "enb"));
        break;
    case 6:
        sender.send(Same{{5}});
        break;
    default:
        sender.sendText("x");
    }
    QCOMPARE(sender.readClose(), 1002);
    QTRY_COMPARE(lastState(), TransferState::Reconnecting);
    QVERIFY(m_fixture->landed().isEmpty());
}

void TestBatches::tokenNeedsTheSubprotocol()
{
    BatchOffer offer;
    offer.batch = QByteArray(32, 'a');
    offer.files = 1;
    offer.names = {u"a"_s};
    const WireClient::Answer answer = m_fixture->client().request(
        "POST", "/upload", {{"Content-Type", "application/json"}}, offer.toJson());
    QCOMPARE(answer.status, 200);
    const QByteArray token = QJsonDocument::fromJson(answer.body).object()["token"_L1].toString().toLatin1();
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(token, {{"Sec-WebSocket-Protocol", "sockdrop.v0"}}), 400);
    QCOMPARE(m_fixture->client().open(token, {{"Sec-WebSocket-Protocol", batchProtocol}}),
             404); // it is spent
}

void TestBatches::onceLetsTheSameBatchComeBack()
{
    m_fixture = std::make_unique<ReceiverFixture>();
    ReceiveOptions once;
    once.mostUploads = 1;
    QVERIFY(m_fixture->start(once));
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 1, 3), 101);
    sender.hangUp();
    NativeClient other = client();
    QCOMPARE(other.open("2", 1, 3), 403);
    NativeClient again = client();
    QCOMPARE(again.open("1", 1, 3), 101);
}

void TestBatches::aSenderThatStaysAwayIsGivenUp()
{
    m_fixture = std::make_unique<ReceiverFixture>();
    ReceiveOptions impatient;
    impatient.limits.returnTimeout = 1ms;
    QVERIFY(m_fixture->start(impatient));
    NativeClient sender = client();
    QCOMPARE(sender.open("1", 1, 3), 101);
    sender.hangUp();
    QCOMPARE(m_fixture->finalState().state, TransferState::Failed);
    QCOMPARE(m_fixture->finalState().error->code, ErrorCode::ConnectionLost);
}

QTEST_GUILESS_MAIN(TestBatches)
#include "tst_batches.moc"
