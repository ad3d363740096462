#include "bigbatch.h"

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// How people and programs at either end stop a native batch, and what is kept of it.
class TestBatchEnds final : public BigBatch
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<ReceiverFixture>(); }
    void cleanup() { m_fixture.reset(); }
    void cancelledByTheReceiver_data();
    void cancelledByTheReceiver();
    void cancelledByTheSender_data();
    void cancelledByTheSender();
    void senderGoesAway();
    void cancelledWhileTheSenderIsAway();
    void senderDoesNotComeBack();
};

void TestBatchEnds::cancelledByTheReceiver_data()
{
    QTest::addColumn<bool>("isKept");
    QTest::newRow("and kept") << true;
    QTest::newRow("and discarded") << false;
}

void TestBatchEnds::cancelledByTheReceiver()
{
    QFETCH(bool, isKept);
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    QTRY_COMPARE(state(), TransferState::Transferring);
    const TransferId id = m_fixture->snapshots().constLast().id;
    isKept ? m_fixture->receiver().cancel(id) : m_fixture->receiver().discard(id);
    const std::optional<Cancel> cancel = client.wait<Cancel>();
    QVERIFY(cancel);
    QCOMPARE(cancel->error.code, ErrorCode::Cancelled);
    QCOMPARE(cancel->isKept, isKept);
    QCOMPARE(client.waitForClose(), 1000);
    const TransferSnapshot last = m_fixture->finalState();
    QCOMPARE(last.state, TransferState::Cancelled);
    QCOMPARE(last.keptUntil.isValid(), isKept);
    QCOMPARE(m_fixture->partials(), isKept ? 2 : 0); // with its journal
    QVERIFY(m_fixture->landed().isEmpty());
}

void TestBatchEnds::cancelledByTheSender_data()
{
    cancelledByTheReceiver_data();
}

void TestBatchEnds::cancelledByTheSender()
{
    QFETCH(bool, isKept);
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.send(Cancel{{ErrorCode::Cancelled, u"No."_s}, isKept});
    QCOMPARE(client.waitForClose(), 1000);
    const TransferSnapshot last = m_fixture->finalState();
    QCOMPARE(last.state, TransferState::Failed);
    QCOMPARE(last.error->code, ErrorCode::Cancelled);
    QCOMPARE(last.keptUntil.isValid(), isKept);
    QCOMPARE(m_fixture->partials(), isKept ? 2 : 0);
    QVERIFY(m_fixture->landed().isEmpty());
}

/// Nobody waits for it; it may come back all the same, without being asked about.
void TestBatchEnds::senderGoesAway()
{
    ReceiveOptions options;
    options.mostUploads = 1;
    QVERIFY(m_fixture->start(options));
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.close(1001);
    const TransferSnapshot last = m_fixture->finalState();
    QCOMPARE(last.state, TransferState::Failed);
    QCOMPARE(last.error->code, ErrorCode::Cancelled);
    QVERIFY(last.keptUntil > QDateTime::currentDateTimeUtc());

    QVERIFY(client.open(NativeClient::offer(1, bigBytes)));
    client.send(Announce{1, {NativeClient::announced(u"big"_s, bigBytes)}});
    QCOMPARE(client.wait<Plan>().value_or(Plan()).want.value(0).offset, sentBytes);
    QVERIFY(endBig(client));
}

void TestBatchEnds::cancelledWhileTheSenderIsAway()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.hangUp();
    QTRY_COMPARE(state(), TransferState::Reconnecting);
    m_fixture->receiver().cancel(m_fixture->snapshots().constLast().id);
    QCOMPARE(m_fixture->finalState().state, TransferState::Cancelled);
    QVERIFY(!m_fixture->finalState().error);
}

void TestBatchEnds::senderDoesNotComeBack()
{
    ReceiveOptions options;
    options.limits.returnTimeout = 1ms;
    QVERIFY(m_fixture->start(options));
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(beginBig(client));
    client.hangUp();
    const TransferSnapshot last = m_fixture->finalState();
    QCOMPARE(last.state, TransferState::Failed);
    QCOMPARE(last.error->code, ErrorCode::ConnectionLost);
    QCOMPARE(m_fixture->partials(), 2); // the file and its journal: it can still be continued
    QVERIFY(m_fixture->landed().isEmpty());
    QTRY_COMPARE(m_fixture->entries().size(), 1);

    QVERIFY(client.open(NativeClient::offer(1, bigBytes)));
    client.send(Announce{1, {NativeClient::announced(u"big"_s, bigBytes)}});
    QCOMPARE(client.wait<Plan>().value_or(Plan()).want.value(0).offset, sentBytes);
    QVERIFY(endBig(client));
    QVERIFY(!isOneUpload());
}

QTEST_GUILESS_MAIN(TestBatchEnds)
#include "tst_batchends.moc"
