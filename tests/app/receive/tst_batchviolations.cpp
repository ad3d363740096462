#include "nativeclient.h"
#include "receiverfixture.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray content(chunkBytes + 5, 'x'); // two chunks, and too small to be continued

QByteArray damaged(QByteArray bytes, qsizetype at)
{
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    return bytes;
}

/// A chunk whose header is right for itself, of any length and offset.
QByteArray oddChunk(FileNumber file, qint64 offset, const QByteArray& bytes)
{
    QByteArray message(ChunkHeader::size, Qt::Uninitialized);
    ChunkHeader{file, static_cast<quint32>(bytes.size()), offset, Hash128::of(bytes)}.encode(message.data());
    return message + bytes;
}

} // namespace

/// What a Receiver makes of a native sender that is broken or whose line damages what it carries.
class TestBatchViolations : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<ReceiverFixture>(); }
    void cleanup() { m_fixture.reset(); }
    void violations_data();
    void violations();
    void damagedChunkIsAskedForAlone();
    void damagedBeforeTheEnd();
    void damagedAgainAndAgain();
    void chunksOfOtherFilesAreIgnored();
    void chunksThatComeTwice();
    void giantPathsAreRefused_data();
    void giantPathsAreRefused();
    void allTokensForOne();
    void sumsStayNumbers();
    void theLastNumber();

private:
    [[nodiscard]] bool begin(NativeClient& client);

    std::unique_ptr<ReceiverFixture> m_fixture;
};

/// Announces the file as number 5 and another small one as 6.
bool TestBatchViolations::begin(NativeClient& client)
{
    if (!client.open(NativeClient::offer(2, content.size() + 3)))
        return false;
    client.send(Announce{
        5, {NativeClient::announced(u"file"_s, content.size()), NativeClient::announced(u"other"_s, 3)}});
    const std::optional<Plan> plan = client.wait<Plan>();
    return plan && plan->want.size() == 2;
}

void TestBatchViolations::violations_data()
{
    QTest::addColumn<QByteArray>("text"); // one of both is sent
    QTest::addColumn<QByteArray>("binary");
    QTest::addColumn<int>("code");
    const auto text = [](const char* name, const QByteArray& bytes, int code = 1002) {
        QTest::newRow(name) << bytes << QByteArray() << code;
    };
    const auto binary = [](const char* name, const QByteArray& bytes, int code = 1002) {
        QTest::newRow(name) << QByteArray() << bytes << code;
    };
    const AnnouncedFile file = NativeClient::announced(u"a"_s, 3);
    text("same number", encodeMessage(Announce{6, {file}}));
    text("lower number", encodeMessage(Announce{1, {file}}));
    text("number over all", encodeMessage(Announce{0xffff'ffff, {file, file}}));
    text("too many open files", encodeMessage(Announce{7, {file, file, file}}));
    text("end too early", encodeMessage(End()));
    text("kept what was not compared", encodeMessage(Same{{{5, {}}}}));
    text("kept what was not announced", encodeMessage(Same{{{77, {}}}}));
    text("receiver's plan", encodeMessage(Plan{{{5, 0, {}, false}}, {}, {}}));
    text("receiver's ack", encodeMessage(Ack{1, 1}));
    text("receiver's again", encodeMessage(Again{5, 0}));
    text("receiver's landed", encodeMessage(Landed{{{5, u"file"_s, {}, {}}}}));
    text("receiver's failed", encodeMessage(Failed{5, {ErrorCode::IoError, u"x"_s}}));
    text("receiver's receipt", encodeMessage(BatchReceipt{1, 0, 0}));
    text("damaged message", damaged(encodeMessage(Drop{5, {ErrorCode::IoError, u"x"_s}}), 30));
    text("damaged checksum", damaged(encodeMessage(Drop{5, {ErrorCode::IoError, u"x"_s}}), 0));
    text("no message", "hello");
    text("message too large", QByteArray(Limits().batchMessageBytes + 1, ' '), 1009);
    binary("no chunk", "");
    binary("too short for a header", QByteArray(ChunkHeader::size - 1, 'x'));
    binary("damaged header", damaged(NativeClient::chunk(5, content, chunkBytes), 3));
    binary("shorter than its header says", NativeClient::chunk(5, content, chunkBytes).chopped(1));
    binary("longer than its header says", NativeClient::chunk(5, content, 0) + 'x');
    binary("chunk too short", oddChunk(5, chunkBytes, "xxxx"));
    binary("chunk too long", oddChunk(5, chunkBytes, "xxxxxx"));
    binary("chunk behind the end", oddChunk(5, 2 * chunkBytes, "x"));
    binary("chunk between chunks", oddChunk(5, 1, QByteArray(chunkBytes, 'x')));
    binary("too large together", NativeClient::chunk(5, content, 0).append(Limits().batchMessageBytes, 'x'),
           1009);
}

void TestBatchViolations::violations()
{
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, binary);
    QFETCH(int, code);
    ReceiveOptions options;
    options.limits.openFiles = 4;
    options.limits.returnTimeout = 1ms;
    QVERIFY(m_fixture->start(options));
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(begin(client));
    client.sendBinary(NativeClient::chunk(5, content, 0));
    if (text.isEmpty())
        client.sendBinary(binary);
    else
        client.sendText(text);
    QCOMPARE(client.waitForClose(), code);
    const TransferSnapshot last = m_fixture->finalState();
    QCOMPARE(last.state, TransferState::Failed);
    QCOMPARE(last.error->code, code == 1009 ? ErrorCode::TooLarge : ErrorCode::ProtocolError);
    QVERIFY(m_fixture->landed().isEmpty());
    QCOMPARE(m_fixture->partials(), 0);
    NativeClient next(m_fixture->receiver().port()); // others are served as ever
    QVERIFY(begin(next));
}

void TestBatchViolations::damagedChunkIsAskedForAlone()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(begin(client));
    const QByteArray first = NativeClient::chunk(5, content, 0);
    client.sendBinary(damaged(first, ChunkHeader::size + 1000));
    client.sendBinary(NativeClient::chunk(5, content, chunkBytes));
    client.sendBinary(NativeClient::chunk(6, "abc", 0));
    QCOMPARE(client.wait<Again>(), (Again{5, 0}));
    client.sendBinary(first);
    QStringList landed;
    while (landed.size() < 2) {
        const std::optional<BatchMessage> message = client.next();
        QVERIFY(message);
        QVERIFY(!std::holds_alternative<Again>(*message));
        if (const auto* files = std::get_if<Landed>(&*message)) {
            for (const Landed::File& file : files->files)
                landed += file.digest;
        }
    }
    QVERIFY(landed.contains(NativeClient::digest(content).text()));
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{2, 0, 0}));
    QCOMPARE(m_fixture->content(u"file"_s), content);
}

/// The sender cannot know of it when it says that everything was sent.
void TestBatchViolations::damagedBeforeTheEnd()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(client.open(NativeClient::offer(1, 3)));
    client.send(Announce{1, {NativeClient::announced(u"a"_s, 3)}});
    QVERIFY(client.wait<Plan>());
    QByteArray damaged = NativeClient::chunk(1, "abc", 0);
    damaged.back() = 'x';
    client.sendBinary(damaged);
    client.send(End());
    QCOMPARE(client.wait<Again>(), (Again{1, 0}));
    client.sendChunks(1, "abc");
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{1, 0, 0}));
    QCOMPARE(client.waitForClose(), 1000);
    QCOMPARE(m_fixture->content(u"a"_s), "abc"_ba);
}

void TestBatchViolations::damagedAgainAndAgain()
{
    ReceiveOptions options;
    options.limits.badChunks = 2;
    QVERIFY(m_fixture->start(options));
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(begin(client));
    const QByteArray bad = damaged(NativeClient::chunk(5, content, 0), ChunkHeader::size);
    client.sendBinary(NativeClient::chunk(5, content, chunkBytes));
    for (int i = 0; i < 2; ++i) {
        client.sendBinary(bad);
        QCOMPARE(client.wait<Again>(), (Again{5, 0}));
    }
    client.sendBinary(bad);
    const std::optional<Failed> failed = client.wait<Failed>();
    QVERIFY(failed);
    QCOMPARE(failed->file, FileNumber{5});
    QCOMPARE(failed->error.code, ErrorCode::DigestMismatch);
    client.sendBinary(bad); // was under way
    client.sendBinary(NativeClient::chunk(6, "abc", 0));
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{1, 0, 1}));
    QCOMPARE(m_fixture->landed(), QStringList{u"other"_s});
    QCOMPARE(m_fixture->partials(), 0);
    QCOMPARE(m_fixture->finalState().state, TransferState::Done);
    QCOMPARE(m_fixture->finalState().filesFailed, 1);
}

void TestBatchViolations::chunksOfOtherFilesAreIgnored()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(begin(client));
    client.sendBinary(NativeClient::chunk(99, "abcdef", 0));
    QVERIFY(client.waitForAck(6)); // else its sender would run out of credit
    client.sendChunks(5, content);
    client.sendChunks(6, "abc");
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{2, 0, 0}));
    QCOMPARE(m_fixture->landed(), (QStringList{u"file"_s, u"other"_s}));
    QCOMPARE(m_fixture->finalState().bytesDone, content.size() + 3);
}

void TestBatchViolations::chunksThatComeTwice()
{
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(begin(client));
    for (const qint64 offset : {chunkBytes, chunkBytes, qint64{0}, qint64{0}})
        client.sendBinary(NativeClient::chunk(5, content, offset));
    client.sendChunks(6, "abc");
    client.sendChunks(6, "abc");
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{2, 0, 0}));
    QCOMPARE(m_fixture->content(u"file"_s), content);
    QCOMPARE(m_fixture->finalState().bytesDone, content.size() + 3);
}

void TestBatchViolations::giantPathsAreRefused_data()
{
    const QString giant = u"evil"_s + QString(80'000, u' ');
    QTest::addColumn<QString>("path");
    QTest::newRow("blanks, which would be dropped") << giant;
    QTest::newRow("the same in a folder") << u"in/"_s + giant;
    QTest::newRow("as a folder") << giant + u"/in"_s;
    QTest::newRow("not blank at the end") << giant + u'x';
}

/// Were one cut, a name would land that nobody has announced. What is told of it is short.
void TestBatchViolations::giantPathsAreRefused()
{
    QFETCH(QString, path);
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(client.open(NativeClient::offer(2, 6)));
    client.send(Announce{1, {NativeClient::announced(path, 3), NativeClient::announced(u"good"_s, 3)}});
    const std::optional<Failed> failed = client.wait<Failed>();
    QVERIFY(failed && failed->file == 1);
    QCOMPARE(failed->error.code, ErrorCode::UnsafeName);
    QVERIFY(failed->error.text.size() < 300);
    client.sendChunks(1, "abc"); // was under way
    client.sendChunks(2, "abc");
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{1, 0, 1}));
    QCOMPARE(m_fixture->landed(), QStringList{u"good"_s});
    QCOMPARE(m_fixture->finalState().filesFailed, 1);
    QTRY_VERIFY(m_fixture->entries().size() >= 2);
    for (const LogEntry& entry : m_fixture->entries())
        QVERIFY(entry.name.size() <= Limits().textCharacters);
}

/// They stay for those at other addresses.
void TestBatchViolations::allTokensForOne()
{
    ReceiveOptions options;
    options.limits.tokensPerPeer = 3;
    QVERIFY(m_fixture->start(options));
    NativeClient client(m_fixture->receiver().port());
    QByteArray token;
    for (int i = 0; i < options.limits.tokensPerPeer; ++i) {
        token = client.token(NativeClient::offer(1, 3));
        QVERIFY(!token.isEmpty());
    }
    const WireClient::Answer answer = m_fixture->client().request("POST", "/upload", {}, "a");
    QCOMPARE(answer.status, 429);
    QVERIFY(client.openWith(token)); // a spent one makes room
    QVERIFY(!client.token(NativeClient::offer(1, 3)).isEmpty());
}

/// More than 64 bits can count, if one believed it.
void TestBatchViolations::sumsStayNumbers()
{
    constexpr qint64 most = (1LL << 53) - 1;
    constexpr int files = 2000;
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(client.open(NativeClient::offer(files, most)));
    client.send(Announce{1, QList<AnnouncedFile>(files, NativeClient::announced(u".."_s, most))});
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{0, 0, files}));
    QCOMPARE(m_fixture->finalState().bytesTotal, 0);
}

void TestBatchViolations::theLastNumber()
{
    constexpr FileNumber last = std::numeric_limits<FileNumber>::max();
    QVERIFY(m_fixture->start());
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(client.open(NativeClient::offer(2, 6)));
    client.send(Announce{last - 1, {NativeClient::announced(u"a"_s, 3), NativeClient::announced(u"b"_s, 3)}});
    QVERIFY(client.wait<Plan>());
    client.sendChunks(last - 1, "abc");
    client.sendChunks(last, "abc");
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{2, 0, 0}));
}

QTEST_GUILESS_MAIN(TestBatchViolations)
#include "tst_batchviolations.moc"
