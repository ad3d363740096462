#include "bigbatch.h"
#include "threadfamine.h"

#include <QFileInfo>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Native batches between a client written by hand and a Receiver.
class TestBatches : public BigBatch
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<ReceiverFixture>(); }
    void cleanup() { m_fixture.reset(); }
    void fromOfferToReceipt();
    void smallFilesInOneMessage();
    void onlyRefusedFiles();
    void droppedFile();
    void continuesAfterACut();
    void progressStaysAfterACut();
    void cutBeforeTheSenderHeardTheEnd();
    void damagedOnTheDiskAfterACut();
    void anotherVersionBeginsAnew();
    void takenOver();
    void pausedByTheReceiver();
    void pausedByTheSender();
    void turnedOff();
    void needsTheSubprotocol();
    void oneUploadMayComeBack();
    void noThreadForIt();
};

void TestBatches::fromOfferToReceipt()
{
    QVERIFY(m_fixture->start());
    const QByteArray large = NativeClient::someBytes(2 * chunkBytes + 5);
    AnnouncedFile folder = NativeClient::announced(u"dir/void"_s, 0);
    folder.isFolder = true;
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(client.open(NativeClient::offer(4, large.size() + 3)));
    client.send(
        Announce{1,
                 {NativeClient::announced(u"dir/a.txt"_s, 3), NativeClient::announced(u"dir/empty"_s, 0),
                  folder, NativeClient::announced(u"dir/sub/large"_s, large.size())}});
    const std::optional<Plan> plan = client.wait<Plan>();
    QVERIFY(plan);
    QCOMPARE(plan->want, (QList<Plan::Want>{{1, 0, {}, false}, {4, 0, {}, false}}));
    client.sendChunks(1, "abc");
    client.sendChunks(4, large);
    QMap<FileNumber, Landed::File> landed;
    while (landed.size() < 4) {
        const std::optional<Landed> message = client.wait<Landed>();
        QVERIFY(message);
        for (const Landed::File& file : message->files)
            landed.insert(file.file, file);
    }
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{4, 0, 0}));
    QCOMPARE(client.waitForClose(), 1000);

    QCOMPARE(landed[1], (Landed::File{1, u"dir/a.txt"_s, NativeClient::digest("abc").text(), {}}));
    QCOMPARE(landed[2], (Landed::File{2, u"dir/empty"_s, ChainDigest().text(), {}}));
    QCOMPARE(landed[3], (Landed::File{3, u"dir/void"_s, {}, {}}));
    QCOMPARE(landed[4], (Landed::File{4, u"dir/sub/large"_s, NativeClient::digest(large).text(), {}}));
    QVERIFY(landed[4].digest.startsWith(u"xxh3-128-chain:"_s));
    QCOMPARE(m_fixture->content(u"dir/a.txt"_s), "abc"_ba);
    QCOMPARE(m_fixture->content(u"dir/empty"_s), ""_ba);
    QCOMPARE(m_fixture->content(u"dir/sub/large"_s), large);
    QVERIFY(QFileInfo(m_fixture->path(u"dir/void"_s)).isDir());
    QCOMPARE(QFileInfo(m_fixture->path(u"dir/sub/large"_s)).lastModified().toMSecsSinceEpoch(),
             1'500'000'000'123);
    QCOMPARE(m_fixture->partials(), 0);
    const TransferSnapshot last = m_fixture->finalState();
    QCOMPARE(last.state, TransferState::Done);
    QVERIFY(last.isBatch);
    QCOMPARE(last.filesDone, 4);
    QCOMPARE(last.bytesDone, large.size() + 3);
    QCOMPARE(last.destination, m_fixture->path(u"dir"_s));
    QTRY_COMPARE(m_fixture->entries().size(), 4);
}

void TestBatches::smallFilesInOneMessage()
{
    QVERIFY(m_fixture->start());
    constexpr int count = 200;
    Announce announce;
    QByteArray chunks;
    for (int i = 1; i <= count; ++i) {
        const QByteArray content = QByteArray::number(i);
        announce.files.append(NativeClient::announced(u"d/%1"_s.arg(i), content.size()));
        chunks += NativeClient::chunk(static_cast<FileNumber>(i), content, 0);
    }
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(client.open(NativeClient::offer(count, 492)));
    client.send(announce);
    qsizetype wanted = 0;
    while (wanted < count) {
        const std::optional<Plan> plan = client.wait<Plan>();
        QVERIFY(plan);
        wanted += plan->want.size();
    }
    client.sendBinary(chunks);
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{count, 0, 0}));
    for (int i = 1; i <= count; ++i)
        QCOMPARE(m_fixture->content(u"d/%1"_s.arg(i)), QByteArray::number(i));
    QCOMPARE(m_fixture->finalState().bytesDone, 492);
}

void TestBatches::onlyRefusedFiles()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(client.open(NativeClient::offer(1, 3)));
    client.send(Announce{1, {NativeClient::announced(u"../a"_s, 3)}});
    const std::optional<Failed> failed = client.wait<Failed>();
    QVERIFY(failed);
    QCOMPARE(failed->file, FileNumber{1});
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{0, 0, 1}));
    const TransferSnapshot last = m_fixture->finalState();
    QCOMPARE(last.state, TransferState::Failed);
    QCOMPARE(last.error->code, failed->error.code);
    QVERIFY(m_fixture->landed().isEmpty());
}

void TestBatches::droppedFile()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(client.open(NativeClient::offer(2, bigBytes + 3)));
    client.send(
        Announce{1, {NativeClient::announced(u"big"_s, bigBytes), NativeClient::announced(u"a"_s, 3)}});
    client.sendChunks(1, m_big, 0, sentBytes);
    client.send(Drop{1, {ErrorCode::SourceChanged, u"It changed."_s}});
    client.send(Drop{1, {ErrorCode::SourceChanged, u"It changed."_s}}); // does nothing
    client.sendChunks(2, "abc");
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{1, 0, 1}));
    const TransferSnapshot last = m_fixture->finalState();
    QCOMPARE(last.state, TransferState::Done);
    QCOMPARE(last.filesFailed, 1);
    QCOMPARE(last.bytesDone, 3);
    QCOMPARE(last.bytesTotal, 3);
    QCOMPARE(m_fixture->landed(), QStringList{u"a"_s});
    QCOMPARE(m_fixture->partials(), 0);
}

void TestBatches::continuesAfterACut()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.hangUp();
    QTRY_COMPARE(state(), TransferState::Reconnecting);
    QCOMPARE(m_fixture->snapshots().constLast().error->code, ErrorCode::ConnectionLost);
    QVERIFY(m_fixture->landed().isEmpty());

    QVERIFY(client.open(NativeClient::offer(1, bigBytes)));
    client.send(Announce{1, {NativeClient::announced(u"big"_s, bigBytes)}});
    const std::optional<Plan> plan = client.wait<Plan>();
    QVERIFY(plan);
    QCOMPARE(plan->want,
             (QList<Plan::Want>{{1, sentBytes, NativeClient::digest(m_big, sentBytes).value(), false}}));
    QVERIFY(endBig(client));
    QCOMPARE(m_fixture->finalState().bytesDone, bigBytes);
    QVERIFY(isOneUpload());
}

void TestBatches::progressStaysAfterACut()
{
    QVERIFY(m_fixture->start());
    NativeClient first(m_fixture->receiver().port());
    QVERIFY(beginBig(first));
    first.hangUp();
    QTRY_COMPARE(state(), TransferState::Reconnecting);
    NativeClient second(m_fixture->receiver().port());
    QVERIFY(second.open(NativeClient::offer(1, bigBytes)));
    QTRY_COMPARE(state(), TransferState::Transferring); // and nothing is announced yet
    second.send(Announce{1, {NativeClient::announced(u"big"_s, bigBytes)}});
    QVERIFY(second.wait<Plan>());
    QVERIFY(endBig(second));
    qint64 before = 0;
    for (const TransferSnapshot& upload : m_fixture->snapshots()) {
        QVERIFY(upload.bytesDone >= before);
        QVERIFY(upload.bytesDone <= bigBytes);
        before = upload.bytesDone;
    }
    QCOMPARE(before, bigBytes);
    QVERIFY(isOneUpload());
}

/// It comes back for the receipt: that is no further upload.
void TestBatches::cutBeforeTheSenderHeardTheEnd()
{
    QVERIFY(m_fixture->start());
    NativeClient first(m_fixture->receiver().port());
    QVERIFY(first.open(NativeClient::offer(1, 3)));
    const Announce announce{1, {NativeClient::announced(u"a"_s, 3)}};
    first.send(announce);
    QVERIFY(first.wait<Plan>());
    first.sendChunks(1, "abc");
    QVERIFY(first.wait<Landed>());
    first.send(End());
    first.fallSilent();
    QTRY_COMPARE(state(), TransferState::Done);
    const qsizetype told = m_fixture->snapshots().size();
    const qsizetype logged = m_fixture->entries().size();
    for (int time = 0; time < 2; ++time) {
        NativeClient again(m_fixture->receiver().port());
        QVERIFY(again.open(NativeClient::offer(1, 3)));
        again.send(announce);
        const std::optional<Plan> plan = again.wait<Plan>();
        QVERIFY(plan && plan->want.isEmpty());
        if (!plan->check.isEmpty()) // a file system that does not keep where a file came from
            again.send(Same{{{1, {}}}});
        again.send(End());
        if (time == 0)
            again.fallSilent(); // once more unheard
        QCOMPARE(again.wait<BatchReceipt>(), (BatchReceipt{0, 1, 0}));
        QCOMPARE(again.waitForClose(), 1000);
    }
    m_fixture->receiver().stop();
    QTRY_COMPARE(m_fixture->receiver().state(), Receiver::State::Off);
    QCOMPARE(m_fixture->snapshots().size(), told);
    QCOMPARE(m_fixture->entries().size(), logged);
    QVERIFY(isOneUpload());
}

/// The sender has told its end before that is known.
void TestBatches::damagedOnTheDiskAfterACut()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.hangUp();
    QTRY_COMPARE(state(), TransferState::Reconnecting);
    const auto folder = LandingFolder::open(m_fixture->path()).value();
    QTRY_COMPARE(folder->partials(Limits()).size(), 1); // it was let go of
    const QString id = QString::fromLatin1(folder->partials(Limits()).constFirst().id);
    QFile file(m_fixture->path(u".sockdrop-partial/"_s + id));
    QVERIFY(file.open(QIODevice::ReadWrite) && file.putChar('x'));
    file.close();

    QVERIFY(client.open(NativeClient::offer(1, bigBytes)));
    client.send(Announce{1, {NativeClient::announced(u"big"_s, bigBytes)}});
    QCOMPARE(client.wait<Plan>().value_or(Plan()).want.value(0).offset, sentBytes);
    client.sendChunks(1, m_big, sentBytes);
    client.send(End());
    for (qint64 offset = 0; offset < sentBytes; offset += chunkBytes) {
        QCOMPARE(client.wait<Again>(), (Again{1, offset}));
        client.sendChunks(1, m_big, offset, offset + chunkBytes);
    }
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{1, 0, 0}));
    QCOMPARE(m_fixture->content(u"big"_s), m_big);
}

void TestBatches::anotherVersionBeginsAnew()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.hangUp();
    QTRY_COMPARE(state(), TransferState::Reconnecting);
    QVERIFY(client.open(NativeClient::offer(1, bigBytes)));
    AnnouncedFile changed = NativeClient::announced(u"big"_s, bigBytes);
    changed.modifiedAt += 1000;
    client.send(Announce{1, {changed}});
    const std::optional<Plan> plan = client.wait<Plan>();
    QVERIFY(plan);
    QCOMPARE(plan->want.size(), 1);
    QCOMPARE(plan->want.constFirst().offset, 0);
    QVERIFY(plan->want.constFirst().isRestarted);
    client.sendChunks(1, m_big, 0, sentBytes);
    QVERIFY(endBig(client));
}

/// The sender noticed that the line is dead before we did.
void TestBatches::takenOver()
{
    QVERIFY(m_fixture->start());
    NativeClient first(m_fixture->receiver().port());
    QVERIFY(beginBig(first));
    NativeClient second(m_fixture->receiver().port());
    QVERIFY(second.open(NativeClient::offer(1, bigBytes)));
    QCOMPARE(first.waitForClose(), int{takenOverCode});
    second.send(Announce{1, {NativeClient::announced(u"big"_s, bigBytes)}});
    const std::optional<Plan> plan = second.wait<Plan>();
    QVERIFY(plan);
    QCOMPARE(plan->want.size(), 1);
    QCOMPARE(plan->want.constFirst().offset, sentBytes);
    QVERIFY(endBig(second));
    QVERIFY(isOneUpload());
    const QList<TransferSnapshot>& all = m_fixture->snapshots();
    QVERIFY(std::none_of(all.begin(), all.end(), [](const TransferSnapshot& one) {
        return one.state == TransferState::Reconnecting;
    }));
}

void TestBatches::pausedByTheReceiver()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    QTRY_COMPARE(state(), TransferState::Transferring);
    const TransferId id = m_fixture->snapshots().constLast().id;
    m_fixture->receiver().pause(id);
    const std::optional<Pause> pause = client.wait<Pause>();
    QVERIFY(pause);
    QVERIFY(!pause->reason.isEmpty());
    QTRY_COMPARE(state(), TransferState::Paused);
    QVERIFY(!m_fixture->snapshots().constLast().note.isEmpty());
    // It holds whatever the sender says, and on the next connection too.
    client.send(Resume());
    client.hangUp();
    QTRY_COMPARE(state(), TransferState::Reconnecting);
    NativeClient again(m_fixture->receiver().port());
    QVERIFY(again.open(NativeClient::offer(1, bigBytes)));
    QVERIFY(again.wait<Pause>());
    again.send(Announce{1, {NativeClient::announced(u"big"_s, bigBytes)}});
    QVERIFY(again.wait<Plan>());
    QTRY_COMPARE(state(), TransferState::Paused);
    m_fixture->receiver().resume(id);
    QVERIFY(again.wait<Resume>());
    QTRY_COMPARE(state(), TransferState::Transferring);
    QVERIFY(endBig(again));
}

void TestBatches::pausedByTheSender()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.send(Pause{u"Paused."_s});
    QTRY_COMPARE(state(), TransferState::Paused);
    client.send(Resume());
    QTRY_COMPARE(state(), TransferState::Transferring);
    QVERIFY(endBig(client));
}

void TestBatches::turnedOff()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    m_fixture->receiver().stop();
    QCOMPARE(client.waitForClose(), 0);
    QCOMPARE(m_fixture->finalState().state, TransferState::Failed);
    QTRY_COMPARE(m_fixture->receiver().state(), Receiver::State::Off);
    QCOMPARE(m_fixture->partials(), 2);
}

void TestBatches::needsTheSubprotocol()
{
    QVERIFY(m_fixture->start());
    const NativeClient client(m_fixture->receiver().port());
    for (const QByteArray& protocol : {""_ba, "chat"_ba, "sockdrop.v2"_ba}) {
        WireClient::Headers headers;
        if (!protocol.isEmpty())
            headers = {{"Sec-WebSocket-Protocol", protocol}};
        const QByteArray token = client.token(NativeClient::offer(1, 3));
        QVERIFY(!token.isEmpty());
        QCOMPARE(m_fixture->client().open(token, headers), 400);
    }
    WireClient wire = m_fixture->client();
    QCOMPARE(
        wire.open(client.token(NativeClient::offer(1, 3)), {{"Sec-WebSocket-Protocol", "chat, sockdrop.v1"}}),
        101);
}

void TestBatches::oneUploadMayComeBack()
{
    ReceiveOptions options;
    options.mostUploads = 1;
    QVERIFY(m_fixture->start(options));
    NativeClient client(m_fixture->receiver().port());
    NativeClient other(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.hangUp();
    QVERIFY(!other.open(NativeClient::offer(1, 3, 'b')));
    QCOMPARE(m_fixture->client().token("c"), ""_ba);
    QVERIFY(client.open(NativeClient::offer(1, bigBytes)));
    client.send(Announce{1, {NativeClient::announced(u"big"_s, bigBytes)}});
    QVERIFY(client.wait<Plan>());
    QVERIFY(endBig(client));
    QVERIFY(!other.open(NativeClient::offer(1, 3, 'b')));
}

/// As at a limit of processes: its sender sees a lost line and comes back, the receiver goes on.
void TestBatches::noThreadForIt()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    const QByteArray token = client.token(NativeClient::offer(1, bigBytes));
    {
        const ThreadFamine famine;
        WireClient early = m_fixture->client();
        QCOMPARE(early.open(token, {{"Sec-WebSocket-Protocol", "sockdrop.v1"}}), 101);
        QCOMPARE(early.readClose(), 0);
    }
    QVERIFY(beginBig(client));
    QVERIFY(endBig(client));
    QVERIFY(isOneUpload());
}

QTEST_GUILESS_MAIN(TestBatches)
#include "tst_batches.moc"
