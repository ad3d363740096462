#include "fakereceiver.h"
#include "queuefixture.h"

#include <QDir>
#include <QFile>
#include <QTest>

#include <xxhash.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Talk = FakeReceiver::Talk;

Q_DECLARE_METATYPE(sockdrop::FakeReceiver::Script)

namespace {

constexpr qint64 bigBytes = 2 * chunkBytes + 5;

QByteArray answerTo(const QByteArray& more)
{
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + more +
           "\r\n\r\n";
}

/// A control message of that JSON.
QByteArray withChecksum(const QByteArray& json)
{
    const quint64 checksum = XXH3_64bits(json.constData(), static_cast<size_t>(json.size()));
    return QByteArray::number(checksum, 16).rightJustified(16, '0') + ' ' + json;
}

} // namespace

/// The sender against a receiver that says what it must not say: a clear error, never a crash, never for
/// ever, and nothing counts as landed that was not.
class TestHostileReceiver : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void wrongAnswers_data();
    void wrongAnswers();
    void wrongUpgrades_data();
    void wrongUpgrades();
    void wordsOfTheReceiverAreOnlyShown();
    void reasonsAreShortened();
    void whatNobodyAskedForIsIgnored();
    void floodWhileNothingIsTaken();
    void violationsAreNotForEver();
    void violationsAfterEachChunkAreNotForEver();
    void cancelForGoodIsForGood_data();
    void cancelForGoodIsForGood();

private:
    /// File 1 is "big" with bigBytes bytes, 2 "small" with three, 3 "empty", 4 the empty folder "folder".
    [[nodiscard]] QStringList makeFiles() const;

    std::unique_ptr<QueueFixture> m_queue;
};

void TestHostileReceiver::init()
{
    m_queue = std::make_unique<QueueFixture>();
}

void TestHostileReceiver::cleanup()
{
    m_queue.reset();
}

QStringList TestHostileReceiver::makeFiles() const
{
    QDir().mkpath(m_queue->path(u"folder"_s));
    return {m_queue->makeFile(u"big"_s, noise(bigBytes)), m_queue->makeFile(u"small"_s, "abc"),
            m_queue->makeFile(u"empty"_s, ""), m_queue->path(u"folder"_s)};
}

void TestHostileReceiver::wrongAnswers_data()
{
    QTest::addColumn<FakeReceiver::Script>("script");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* name, ErrorCode code, const FakeReceiver::Script& script) {
        QTest::newRow(name) << FakeReceiver::Script([script](Talk& talk) {
            talk.next<Announce>();
            script(talk);
            talk.waitForEnd();
        }) << code;
    };
    const auto says = [&row](const char* name, const BatchMessage& message) {
        row(name, ErrorCode::ProtocolError, [message](Talk& talk) { talk.say(message); });
    };
    const auto writes = [&row](const char* name, const QByteArray& text) {
        row(name, ErrorCode::ProtocolError, [text](Talk& talk) { talk.sayText(text); });
    };
    constexpr FileNumber most = std::numeric_limits<FileNumber>::max();
    const QString digest = ChainDigest().text();

    says("a file wanted that there is not", Plan{{{5, 0, {}, false}}, {}, {}});
    says("the last number of all wanted", Plan{{{most, 0, {}, false}}, {}, {}});
    says("an empty file wanted", Plan{{{3, 0, {}, false}}, {}, {}});
    says("a folder wanted", Plan{{{4, 0, {}, false}}, {}, {}});
    says("wanted twice", Plan{{{2, 0, {}, false}, {2, 0, {}, false}}, {}, {}});
    says("wanted and skipped", Plan{{{2, 0, {}, false}}, {{2, u"x"_s}}, {}});
    says("wanted from the midst of a chunk", Plan{{{1, 5, {}, false}}, {}, {}});
    says("wanted from behind its end", Plan{{{1, 100 * chunkBytes, {}, false}}, {}, {}});
    says("wanted from far behind its end",
         Plan{{{1, (1LL << 53) / chunkBytes * chunkBytes, {}, false}}, {}, {}});
    says("skipped without being asked", Plan{{}, {{7, u"x"_s}}, {}});
    says("compared without being asked", Plan{{}, {}, {{7, digest, {}}}});
    says("a folder compared", Plan{{}, {}, {{4, digest, {}}}});
    says("landed without being sent", Landed{{{9, u"x"_s, digest, {}}}});
    says("landed before it was wanted", Landed{{{2, u"x"_s, digest, {}}}});
    says("landed twice", Landed{{{3, u"x"_s, digest, {}}, {3, u"x"_s, digest, {}}}});
    says("receipt at once", BatchReceipt{4, 0, 0});
    says("announcement", Announce{1, {}});
    says("end", End());
    says("drop", Drop{1, {ErrorCode::IoError, u"x"_s}});
    says("same", Same{{{1, {}}}});

    row("receipt before anything landed", ErrorCode::ProtocolError, [](Talk& talk) {
        talk.say(Plan{{{1, 0, {}, false}, {2, 0, {}, false}}, {}, {}});
        talk.takeChunks(bigBytes + 3);
        talk.acknowledge();
        talk.next<End>();
        talk.say(BatchReceipt{4, 0, 0});
    });
    row("receipt for nothing", ErrorCode::ProtocolError, [](Talk& talk) {
        talk.say(Plan{{{1, 0, {}, false}}, {{2, u"x"_s}}, {}});
        talk.takeChunks(bigBytes);
        talk.land(1, u"big"_s);
        for (const FileNumber number : {3U, 4U})
            talk.say(Failed{number, {ErrorCode::NoSpace, u"No room for it."_s}});
        talk.next<End>();
        talk.say(BatchReceipt{0, 1, 2});
    });
    row("binary message", ErrorCode::ProtocolError, [](Talk& talk) { talk.sayBinary("bytes"); });
    row("message over the limit", ErrorCode::TooLarge,
        [](Talk& talk) { talk.sayText(QByteArray(Limits().batchMessageBytes + 1, ' ')); });
    row("close", ErrorCode::ProtocolError, [](Talk& talk) { talk.close(1008); });
    row("hang up", ErrorCode::ConnectionLost, [](Talk& talk) { talk.hangUp(); });
    QByteArray damaged = encodeMessage(Plan{{}, {{1, u"x"_s}}, {}});
    damaged[damaged.size() - 3] ^= 1;
    writes("damaged message", damaged);
    writes("no message", "what?");
    writes("empty message", "");
    writes("message without an object", withChecksum("[]"));
    writes("unknown message", withChecksum(R"({"type":"dance"})"));
    writes("file 0", withChecksum(R"({"type":"plan","want":[{"file":0}]})"));
    writes("negative file", withChecksum(R"({"type":"plan","want":[{"file":-1}]})"));
    writes("fraction of a file", withChecksum(R"({"type":"plan","want":[{"file":1.5}]})"));
    writes("negative offset", withChecksum(R"({"type":"plan","want":[{"file":1,"offset":-262144}]})"));
    writes("offset without a digest", withChecksum(R"({"type":"plan","want":[{"file":1,"offset":262144}]})"));
    writes("negative credit", withChecksum(R"({"type":"ack","bytes":0,"credit":-1})"));
    writes("deep nesting", withChecksum(QByteArray(20'000, '[')));
}

void TestHostileReceiver::wrongAnswers()
{
    QFETCH(FakeReceiver::Script, script);
    QFETCH(ErrorCode, code);
    FakeReceiver receiver(script);
    QVERIFY(m_queue->sendAndWait(makeFiles(), receiver.address()));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Failed);
    QVERIFY(upload.error.has_value());
    QVERIFY2(upload.error->code == code,
             qPrintable(codeName(upload.error->code) + u": "_s + upload.error->text));
    QVERIFY(upload.error->text.size() > 20 && upload.error->text.endsWith(u'.'));
    QVERIFY(upload.filesDone <= 1 && upload.filesSkipped <= 1);
    QVERIFY(upload.filesDone + upload.filesSkipped + upload.filesFailed <= upload.filesTotal);
    QCOMPARE(m_queue->timesFinal(1), 1);
}

void TestHostileReceiver::wrongUpgrades_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("no subprotocol") << answerTo("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    QTest::newRow("nothing") << answerTo("X: y");
    QTest::newRow("no HTTP") << "220 mail.example ESMTP\r\n\r\n"_ba;
    QTest::newRow("not found") << "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"_ba;
    QTest::newRow("redirect") << "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n"_ba;
    QTest::newRow("endless") << QByteArray("HTTP/1.1 101 ") + QByteArray(100'000, 'x');
    QTest::newRow("cut") << "HTTP/1.1 101 Swi"_ba;
    QTest::newRow("an odd one") << "HTTP/1.1 \x1b[2J\xff\xfe\r\n\r\n"_ba;
}

void TestHostileReceiver::wrongUpgrades()
{
    QFETCH(QByteArray, answer);
    FakeReceiver receiver([](Talk&) {});
    receiver.upgradeAnswer = answer;
    QVERIFY(m_queue->sendAndWait(makeFiles(), receiver.address()));
    const TransferSnapshot& upload = m_queue->first();
    QCOMPARE(upload.state, TransferState::Failed);
    QVERIFY(!upload.startedAt.isValid());
    QVERIFY(upload.error && upload.error->text.size() > 20 && upload.error->text.size() < 300);
    QCOMPARE(upload.filesDone, 0);
}

/// Paths are taken for text, whatever they look like: nothing on this machine is opened or made.
void TestHostileReceiver::wordsOfTheReceiverAreOnlyShown()
{
    const QString odd = u"../../\x1b[2J\u202e/etc/passwd\n<b>%1\0"_s;
    FakeReceiver receiver([&odd](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{{{1, 0, {}, false}}, {{2, odd}}, {}});
        talk.takeChunks(bigBytes);
        talk.say(Landed{{{1, odd, talk.digestOf(1).text(), odd}, {4, odd, {}, odd}}});
        talk.say(Failed{3, {ErrorCode::NoSpace, odd}});
        talk.finish();
    });
    QVERIFY(m_queue->sendAndWait(makeFiles(), receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Done);
    QCOMPARE(m_queue->file(u"big"_s).destination, odd);
    QCOMPARE(m_queue->file(u"small"_s).destination, odd);
    QCOMPARE(m_queue->file(u"empty"_s).error->code, ErrorCode::NoSpace);
    QVERIFY(!m_queue->file(u"empty"_s).error->text.contains(u'\n'));
    QCOMPARE(m_queue->file(u"folder"_s).state, TransferState::Done);
    QCOMPARE(m_queue->first().filesDone, 2);
    QCOMPARE(m_queue->first().filesSkipped, 1);
    QCOMPARE(m_queue->first().filesFailed, 1);
}

void TestHostileReceiver::reasonsAreShortened()
{
    const QString endless = u"x"_s + u"😀"_s.repeated(50'000);
    FakeReceiver receiver([&endless](Talk& talk) {
        talk.next<Announce>();
        talk.say(Failed{1, {ErrorCode::IoError, endless}});
        talk.say(Pause{endless});
        talk.say(Cancel{{ErrorCode::Declined, endless}});
        talk.waitForEnd();
    });
    QVERIFY(m_queue->sendAndWait(makeFiles(), receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::Declined);
    QVERIFY(m_queue->first().error->text.size() <= 300);
    QVERIFY(m_queue->first().note.size() <= 300);
    QVERIFY(m_queue->file(u"big"_s).error->text.size() <= 300);
    QVERIFY(m_queue->first().error->text.isValidUtf16());
    QVERIFY(m_queue->file(u"big"_s).error->text.isValidUtf16());
}

void TestHostileReceiver::whatNobodyAskedForIsIgnored()
{
    FakeReceiver receiver([](Talk& talk) {
        talk.next<Announce>();
        talk.say(Failed{99, {ErrorCode::IoError, u"x"_s}});
        talk.say(Again{99, 0});
        talk.say(Again{4, 0});
        talk.say(Again{1, 3});
        talk.say(Again{1, 1LL << 50});
        talk.say(Ack{1LL << 50, 1LL << 50}); // of bytes that were not sent
        talk.say(Plan());
        talk.say(Landed());
        talk.say(Resume());
        talk.say(Plan{{{1, 0, {}, false}, {2, 0, {}, false}}, {}, {}});
        talk.takeChunks(bigBytes + 3);
        talk.land(1, u"big"_s);
        talk.land(2, u"small"_s);
        talk.say(Landed{{{3, u"empty"_s, ChainDigest().text(), {}}, {4, u"folder"_s, {}, {}}}});
        talk.finish();
    });
    QVERIFY(m_queue->sendAndWait(makeFiles(), receiver.address()));
    QVERIFY2(m_queue->state() == TransferState::Done,
             qPrintable(m_queue->first().error.value_or(Error()).text));
    QCOMPARE(m_queue->first().filesDone, 4);
    QCOMPARE(m_queue->first().bytesSent, bigBytes + 3);
}

void TestHostileReceiver::floodWhileNothingIsTaken()
{
    SendOptions options = QueueFixture::impatient();
    options.limits.creditBytes = 1LL << 30;
    m_queue->makeQueue(options);
    FakeReceiver receiver([](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        while (!talk.isDown())
            talk.say(Ack{0, 1LL << 40});
    });
    receiver.mostMessages = 2;
    const QString path = m_queue->makeFile(u"a"_s, "begin");
    QVERIFY(QFile::resize(path, 64LL * 1024 * 1024));
    QVERIFY(m_queue->sendAndWait({path}, receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ProtocolError);
}

void TestHostileReceiver::violationsAreNotForEver()
{
    m_queue->makeQueue(QueueFixture::patient());
    FakeReceiver receiver([](Talk& talk) {
        talk.next<Announce>();
        talk.sayText("what?");
        talk.waitForEnd();
    });
    QVERIFY(m_queue->sendAndWait(makeFiles(), receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ProtocolError);
    QVERIFY(receiver.offers().size() > 1 && receiver.offers().size() < 20);
}

/// Bytes that go over the line and are forgotten are no progress.
void TestHostileReceiver::violationsAfterEachChunkAreNotForEver()
{
    m_queue->makeQueue(QueueFixture::patient());
    FakeReceiver receiver([](Talk& talk) {
        talk.next<Announce>();
        talk.say(Plan{{{1, 0, {}, false}}, {}, {}});
        talk.takeChunks(chunkBytes);
        talk.acknowledge();
        talk.sayText("what?");
        talk.waitForEnd();
    });
    QVERIFY(m_queue->sendAndWait(makeFiles(), receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error->code, ErrorCode::ProtocolError);
    QVERIFY(receiver.offers().size() > 1 && receiver.offers().size() < 20);
}

void TestHostileReceiver::cancelForGoodIsForGood_data()
{
    QTest::addColumn<ErrorCode>("code");
    for (const ErrorCode code : {ErrorCode::Cancelled, ErrorCode::IoError, ErrorCode::TimedOut,
                                 ErrorCode::Busy, ErrorCode::ProtocolError})
        QTest::addRow("%s", qPrintable(codeName(code))) << code;
}

void TestHostileReceiver::cancelForGoodIsForGood()
{
    QFETCH(ErrorCode, code);
    m_queue->makeQueue(QueueFixture::patient());
    FakeReceiver receiver([code](Talk& talk) {
        talk.next<Announce>();
        talk.say(Cancel{{code, u"No more of this."_s}});
        talk.waitForEnd();
    });
    QVERIFY(m_queue->sendAndWait(makeFiles(), receiver.address()));
    QCOMPARE(m_queue->state(), TransferState::Failed);
    QCOMPARE(m_queue->first().error, (Error{code, u"No more of this."_s}));
    QCOMPARE(receiver.offers().size(), 1);
}

QTEST_GUILESS_MAIN(TestHostileReceiver)
#include "tst_hostilereceiver.moc"
