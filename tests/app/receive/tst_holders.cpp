#include "nativeclient.h"
#include "receiverfixture.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 bigBytes = 3 * 1024 * 1024 + 5; // large enough to be continued
constexpr qint64 sentBytes = 6 * chunkBytes;

} // namespace

/// Two devices that were both let in, of which one says everything that the other does: the same id of the
/// batch, path, size, time and source.
class TestHolders : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_fixture.reset(); }
    void anotherContinuesNothing();
    void anotherEndsNothing_data();
    void anotherEndsNothing();
    void anotherIsAnotherUpload();

private:
    [[nodiscard]] bool start(ReceiveOptions options = {});
    [[nodiscard]] NativeClient newDevice() const
    {
        return NativeClient(m_fixture->receiver().port(), NativeClient::newIdentity());
    }
    /// What is planned for the big file; nothing when the batch is not let in.
    [[nodiscard]] std::optional<Plan> announce(NativeClient& client) const;
    [[nodiscard]] static bool begin(NativeClient& client, const QByteArray& content);
    [[nodiscard]] static bool end(NativeClient& client, const QByteArray& content, qint64 from);

    std::unique_ptr<ReceiverFixture> m_fixture;
    const QByteArray m_big = NativeClient::someBytes(bigBytes);
    const QByteArray m_spoilt = QByteArray(bigBytes, 'x');
    const QList<Plan::Want> m_fromStart{{1, 0, {}, false}};
};

void TestHolders::init()
{
    m_fixture = std::make_unique<ReceiverFixture>();
}

bool TestHolders::start(ReceiveOptions options)
{
    options.identity = NativeClient::newIdentity();
    return m_fixture->start(options);
}

std::optional<Plan> TestHolders::announce(NativeClient& client) const
{
    if (!client.open(NativeClient::offer(1, bigBytes)))
        return std::nullopt;
    AnnouncedFile file = NativeClient::announced(u"big"_s, bigBytes);
    file.source = u"source"_s;
    client.send(Announce{1, {file}});
    return client.wait<Plan>();
}

bool TestHolders::begin(NativeClient& client, const QByteArray& content)
{
    client.sendChunks(1, content, 0, sentBytes);
    return client.waitForAck(sentBytes);
}

bool TestHolders::end(NativeClient& client, const QByteArray& content, qint64 from)
{
    client.sendChunks(1, content, from);
    const std::optional<Landed> landed = client.wait<Landed>();
    client.send(End());
    return landed && landed->files.constFirst().digest == NativeClient::digest(content).text() &&
           client.wait<BatchReceipt>() == BatchReceipt{1, 0, 0} && client.waitForClose() == 1000;
}

void TestHolders::anotherContinuesNothing()
{
    QVERIFY(start());
    NativeClient other = newDevice();
    QCOMPARE(announce(other)->want, m_fromStart);
    QVERIFY(begin(other, m_spoilt));
    other.hangUp();
    NativeClient client = newDevice();
    QCOMPARE(announce(client)->want, m_fromStart);
    QVERIFY(end(client, m_big, 0));
    QCOMPARE(m_fixture->content(u"big"_s) == m_big, true);
    // Nor is the other one told that its file is there: that is for the bytes to say.
    const std::optional<Plan> plan = announce(other);
    QVERIFY(plan && plan->skip.isEmpty());
    QCOMPARE(plan->check.size(), 1);
    QVERIFY(end(other, m_spoilt, 0));
    QCOMPARE(m_fixture->content(u"big"_s) == m_big, true);
}

void TestHolders::anotherEndsNothing_data()
{
    QTest::addColumn<bool>("hasKey");
    QTest::newRow("another key") << true;
    QTest::newRow("no key") << false;
}

void TestHolders::anotherEndsNothing()
{
    QFETCH(bool, hasKey);
    QVERIFY(start());
    NativeClient client = newDevice();
    QCOMPARE(announce(client)->want, m_fromStart);
    QVERIFY(begin(client, m_big));
    NativeClient other = hasKey ? newDevice() : NativeClient(m_fixture->receiver().port());
    QCOMPARE(announce(other)->want, m_fromStart);
    QVERIFY(end(other, m_spoilt, 0));
    QVERIFY(end(client, m_big, sentBytes));
    QCOMPARE(m_fixture->content(u"big"_s) == m_spoilt, true);
    QCOMPARE(m_fixture->content(u"big (1)"_s) == m_big, true);
}

void TestHolders::anotherIsAnotherUpload()
{
    ReceiveOptions options;
    options.mostUploads = 1;
    QVERIFY(start(options));
    NativeClient client = newDevice();
    QCOMPARE(announce(client)->want, m_fromStart);
    QVERIFY(begin(client, m_big));
    client.hangUp();
    NativeClient other = newDevice();
    QVERIFY(!announce(other));
    QCOMPARE(announce(client)->want,
             (QList<Plan::Want>{{1, sentBytes, NativeClient::digest(m_big, sentBytes).value(), false}}));
    QVERIFY(end(client, m_big, sentBytes));
}

QTEST_GUILESS_MAIN(TestHolders)
#include "tst_holders.moc"
