#include "uploadqueue.h"

#include "fakeserver.h"
#include "filedigest.h"
#include "receipt.h"
#include "receiver.h"
#include "serviceinfo.h"

#include <QDir>
#include <QFile>
#include <QMap>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The queue against a real receiver, and against servers that behave in other ways.
class TestUploadQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void files();
    void largeFile();
    void wholeFolder();
    void manySmallFiles();
    void severalJobs();
    void literalNames();
    void oneBadFileStopsNothing();
    void sourceChanges();
    void nobodyListens();
    void unknownHost();
    void otherServer();
    void cancelAndRetry();
    void cancelWaiting();
    void receiverCancels();
    void receiverIsTurnedOff();
    void forgets();
    void originalServer();
    void originalServerRefusesLargeFiles();
    void originalServerTakesNoFolders();
    void answers_data();
    void answers();
    void wrongReceipts_data();
    void wrongReceipts();
    void silentReceiver();
    void destroyedWhileBusy();

private:
    void startReceiver(const Limits& limits = {});
    void makeQueue(const Limits& limits = {}, int jobs = 1);
    [[nodiscard]] QString makeFile(const QString& relative, const QByteArray& bytes) const;
    [[nodiscard]] QString in(const QString& relative) const { return m_source->filePath(relative); }
    [[nodiscard]] PeerAddress receiverAddress() const { return {u"127.0.0.1"_s, m_receiver->port()}; }
    [[nodiscard]] static PeerAddress addressOf(const FakeServer& server) { return {u"127.0.0.1"_s, server.port()}; }
    [[nodiscard]] QByteArray landed(const QString& relative) const;
    /// Sends and waits until everything has ended.
    void sendAndWait(const QStringList& paths, const PeerAddress& peer);
    [[nodiscard]] const TransferSnapshot& only() const { return m_uploads.first(); }

    std::unique_ptr<QTemporaryDir> m_source;
    std::unique_ptr<QTemporaryDir> m_destination;
    std::unique_ptr<Receiver> m_receiver;
    QList<TransferSnapshot> m_incoming;
    std::unique_ptr<UploadQueue> m_queue;
    QMap<TransferId, TransferSnapshot> m_uploads;
    QMap<TransferId, int> m_timesFinal;
    QList<LogEntry> m_entries;
    int m_finished = 0;
};

void TestUploadQueue::init()
{
    m_source = std::make_unique<QTemporaryDir>();
    m_destination = std::make_unique<QTemporaryDir>();
    m_incoming.clear();
    m_uploads.clear();
    m_timesFinal.clear();
    m_entries.clear();
    m_finished = 0;
}

void TestUploadQueue::cleanup()
{
    m_queue.reset();
    m_receiver.reset();
}

void TestUploadQueue::startReceiver(const Limits& limits)
{
    m_receiver = std::make_unique<Receiver>();
    connect(m_receiver.get(), &Receiver::uploadsChanged, this,
            [this](const QList<TransferSnapshot>& uploads) { m_incoming += uploads; });
    ReceiveOptions options;
    options.folder = m_destination->path();
    options.address = QHostAddress::LocalHost;
    options.limits = limits;
    m_receiver->start(options);
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
}

void TestUploadQueue::makeQueue(const Limits& limits, int jobs)
{
    m_queue = std::make_unique<UploadQueue>(SendOptions{jobs, limits});
    connect(m_queue.get(), &UploadQueue::uploadsChanged, this, [this](const QList<TransferSnapshot>& uploads) {
        for (const TransferSnapshot& upload : uploads) {
            m_uploads[upload.id] = upload;
            m_timesFinal[upload.id] += isFinal(upload.state) ? 1 : 0;
        }
    });
    connect(m_queue.get(), &UploadQueue::logged, this, [this](const LogEntry& entry) { m_entries += entry; });
    connect(m_queue.get(), &UploadQueue::finished, this, [this] { ++m_finished; });
}

QString TestUploadQueue::makeFile(const QString& relative, const QByteArray& bytes) const
{
    QDir().mkpath(QFileInfo(in(relative)).path());
    QFile file(in(relative));
    if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
        qFatal("cannot write %s", qPrintable(relative));
    return in(relative);
}

QByteArray TestUploadQueue::landed(const QString& relative) const
{
    QFile file(m_destination->filePath(relative));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(missing)");
}

void TestUploadQueue::sendAndWait(const QStringList& paths, const PeerAddress& peer)
{
    const int before = m_finished;
    m_queue->send(paths, peer);
    QTRY_COMPARE_WITH_TIMEOUT(m_finished, before + 1, 60'000);
}

void TestUploadQueue::files()
{
    startReceiver();
    makeQueue();
    const QString a = makeFile(u"a.txt"_s, "hello");
    const QString b = makeFile(u"empty"_s, "");
    sendAndWait({a, b}, receiverAddress());
    QCOMPARE(m_uploads.size(), 2);
    const TransferSnapshot& upload = only();
    QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(upload.name, u"a.txt"_s);
    QCOMPARE(upload.destination, u"a.txt"_s);
    QCOMPARE(upload.source, a);
    QCOMPARE(upload.bytesDone, 5);
    QVERIFY(upload.digest.startsWith(u"xxh3-128:"_s));
    QVERIFY(upload.startedAt.isValid() && upload.finishedAt >= upload.startedAt);
    QCOMPARE(m_uploads.last().state, TransferState::Done);
    QCOMPARE(landed(u"a.txt"_s), "hello"_ba);
    QCOMPARE(landed(u"empty"_s), ""_ba);
    QCOMPARE(m_entries.size(), 2);
    QCOMPARE(m_entries.constFirst().result, LogEntry::Result::Landed);
    QCOMPARE(QFileInfo(m_destination->filePath(u"a.txt"_s)).lastModified(), QFileInfo(a).lastModified());
}

void TestUploadQueue::largeFile()
{
    startReceiver();
    makeQueue();
    const QByteArray bytes = QByteArray("0123456789abcde").repeated(1'500'000); // no multiple of a chunk
    sendAndWait({makeFile(u"big"_s, bytes)}, receiverAddress());
    QCOMPARE(only().state, TransferState::Done);
    QCOMPARE(landed(u"big"_s), bytes);
}

void TestUploadQueue::wholeFolder()
{
    startReceiver();
    makeQueue();
    (void)makeFile(u"tree/a"_s, "a");
    (void)makeFile(u"tree/sub/deep/b"_s, "b");
    QDir().mkpath(in(u"tree/empty"_s));
    QSignalSpy walk(m_queue.get(), &UploadQueue::walkChanged);
    sendAndWait({in(u"tree"_s)}, receiverAddress());
    QCOMPARE(m_uploads.size(), 3);
    for (const TransferSnapshot& upload : std::as_const(m_uploads))
        QCOMPARE(upload.state, TransferState::Done);
    QCOMPARE(landed(u"tree/a"_s), "a"_ba);
    QCOMPARE(landed(u"tree/sub/deep/b"_s), "b"_ba);
    QVERIFY(QFileInfo(m_destination->filePath(u"tree/empty"_s)).isDir());
    QCOMPARE(walk.constFirst()[0].toBool(), true);
    QCOMPARE(walk.constLast()[0].toBool(), false);
    QCOMPARE(walk.constLast()[1].toLongLong(), 3);
}

void TestUploadQueue::manySmallFiles()
{
    startReceiver();
    makeQueue();
    for (int i = 0; i < 300; ++i)
        (void)makeFile(u"tree/%1"_s.arg(i), QByteArray::number(i));
    sendAndWait({in(u"tree"_s)}, receiverAddress());
    QCOMPARE(m_uploads.size(), 300);
    for (const TransferSnapshot& upload : std::as_const(m_uploads)) {
        QCOMPARE(upload.state, TransferState::Done);
        QCOMPARE(m_timesFinal.value(upload.id), 1);
    }
    for (int i = 0; i < 300; ++i)
        QCOMPARE(landed(u"tree/%1"_s.arg(i)), QByteArray::number(i));
}

void TestUploadQueue::severalJobs()
{
    startReceiver();
    makeQueue({}, 4);
    QStringList paths;
    for (int i = 0; i < 20; ++i)
        paths += makeFile(u"%1/same name"_s.arg(i), QByteArray(200'000, char('a' + i)));
    sendAndWait(paths, receiverAddress());
    QStringList destinations;
    for (const TransferSnapshot& upload : std::as_const(m_uploads)) {
        QCOMPARE(upload.state, TransferState::Done);
        destinations += upload.destination;
        const int number = upload.source.section(u'/', -2, -2).toInt();
        QCOMPARE(landed(upload.destination), QByteArray(200'000, char('a' + number)));
    }
    QCOMPARE(destinations.removeDuplicates(), 0);
}

void TestUploadQueue::literalNames()
{
    startReceiver();
    makeQueue();
    const QString name = u"100%25 <b>grüße “x” #?&.txt"_s;
    sendAndWait({makeFile(name, "x")}, receiverAddress());
    QCOMPARE(only().destination, name);
    QCOMPARE(landed(name), "x"_ba);
}

void TestUploadQueue::oneBadFileStopsNothing()
{
    startReceiver();
    makeQueue();
    (void)makeFile(u"tree/a"_s, "a");
    (void)makeFile(u"tree/CON\\x"_s, "b"); // becomes another name over there
    QCOMPARE(mkfifo(QFile::encodeName(in(u"tree/pipe"_s)).constData(), 0600), 0);
    sendAndWait({in(u"missing"_s), in(u"tree"_s)}, receiverAddress());
    QCOMPARE(m_uploads.size(), 2);
    for (const TransferSnapshot& upload : std::as_const(m_uploads))
        QCOMPARE(upload.state, TransferState::Done);
    QStringList failures;
    for (const LogEntry& entry : std::as_const(m_entries)) {
        if (entry.result == LogEntry::Result::Failed)
            failures += entry.name;
    }
    QCOMPARE(failures, QStringList({in(u"missing"_s), in(u"tree/pipe"_s)}));
}

void TestUploadQueue::sourceChanges()
{
    startReceiver();
    makeQueue();
    const QString path = makeFile(u"log"_s, QByteArray(40'000'000, 'x'));
    m_queue->send({path}, receiverAddress());
    QTRY_VERIFY(!m_incoming.isEmpty()); // under way
    const timespec times[2] = {{1, 0}, {1, 0}};
    QCOMPARE(utimensat(AT_FDCWD, QFile::encodeName(path).constData(), times, 0), 0);
    QTRY_COMPARE(m_finished, 1);
    // On a fast machine the file may have been read whole before it was touched.
    if (only().state != TransferState::Done) {
        QCOMPARE(only().state, TransferState::Failed);
        QCOMPARE(only().error->code, ErrorCode::SourceChanged);
        QVERIFY(!QFile::exists(m_destination->filePath(u"log"_s)));
    }
}

void TestUploadQueue::nobodyListens()
{
    makeQueue();
    quint16 port = 0;
    {
        const FakeServer server;
        port = server.port();
    }
    sendAndWait({makeFile(u"a"_s, "a"), makeFile(u"b"_s, "b")}, {u"127.0.0.1"_s, port});
    for (const TransferSnapshot& upload : std::as_const(m_uploads)) {
        QCOMPARE(upload.state, TransferState::Failed);
        QCOMPARE(upload.error->code, ErrorCode::Refused);
        QVERIFY(upload.error->text.contains(QString::number(port)));
    }
    QCOMPARE(m_uploads.size(), 2);
}

void TestUploadQueue::unknownHost()
{
    makeQueue();
    sendAndWait({makeFile(u"a"_s, "a")}, {u"no-such-host.invalid"_s, 1});
    QCOMPARE(only().state, TransferState::Failed);
    QCOMPARE(only().error->code, ErrorCode::Unreachable);
}

void TestUploadQueue::otherServer()
{
    FakeServer server;
    server.description = "<html>It works!</html>";
    makeQueue();
    sendAndWait({makeFile(u"a"_s, "a")}, addressOf(server));
    QCOMPARE(only().state, TransferState::Failed);
    QCOMPARE(only().error->code, ErrorCode::ProtocolError);
    QVERIFY(server.names.isEmpty());
}

void TestUploadQueue::cancelAndRetry()
{
    FakeServer silent;
    silent.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    silent.token = R"({"token":"1"})";
    silent.isSilent = true;
    makeQueue();
    m_queue->send({makeFile(u"a"_s, "abc")}, addressOf(silent));
    QTRY_VERIFY(!m_uploads.isEmpty() && only().state == TransferState::Verifying);
    m_queue->cancel(only().id);
    m_queue->cancel(only().id);
    QTRY_COMPARE(m_finished, 1);
    QCOMPARE(only().state, TransferState::Cancelled);
    QCOMPARE(m_timesFinal.value(only().id), 1);

    FileDigest digest;
    digest.add("abc");
    silent.reply = encodeReceipt(Receipt{u"a"_s, 3, digest.text(), {}}).toUtf8();
    m_queue->retry(only().id);
    QTRY_COMPARE(m_finished, 2);
    QCOMPARE(only().state, TransferState::Done);
    QCOMPARE(m_uploads.size(), 1);
    m_queue->retry(only().id); // nothing: it is done
    sendAndWait({in(u"a"_s)}, addressOf(silent));
    QCOMPARE(m_timesFinal.first(), 2);
}

void TestUploadQueue::cancelWaiting()
{
    FakeServer silent;
    silent.isSilent = true;
    silent.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    silent.token = R"({"token":"1"})";
    makeQueue();
    m_queue->send({makeFile(u"a"_s, "a"), makeFile(u"b"_s, "b"), makeFile(u"c"_s, "c")}, addressOf(silent));
    QTRY_COMPARE(m_uploads.size(), 3);
    m_queue->cancelAll();
    QTRY_COMPARE(m_finished, 1);
    for (const TransferSnapshot& upload : std::as_const(m_uploads))
        QCOMPARE(upload.state, TransferState::Cancelled);
    QVERIFY(silent.names.size() <= 1);
}

void TestUploadQueue::receiverCancels()
{
    startReceiver();
    Limits slow;
    slow.chunkBytes = 1;
    slow.unsentBytes = 1;
    makeQueue(slow);
    m_queue->send({makeFile(u"a"_s, QByteArray(10'000'000, 'x'))}, receiverAddress());
    QTRY_VERIFY(!m_incoming.isEmpty());
    m_receiver->cancel(m_incoming.constFirst().id);
    QTRY_COMPARE(m_finished, 1);
    QCOMPARE(only().state, TransferState::Failed);
    QCOMPARE(only().error->code, ErrorCode::Cancelled);
    QVERIFY(!QFile::exists(m_destination->filePath(u"a"_s)));
}

void TestUploadQueue::receiverIsTurnedOff()
{
    startReceiver();
    Limits slow;
    slow.chunkBytes = 1;
    slow.unsentBytes = 1;
    makeQueue(slow);
    m_queue->send({makeFile(u"a"_s, QByteArray(10'000'000, 'x')), makeFile(u"b"_s, "b")}, receiverAddress());
    QTRY_VERIFY(!m_incoming.isEmpty());
    m_receiver->stop();
    QTRY_COMPARE(m_finished, 1);
    QCOMPARE(only().state, TransferState::Failed);
    QCOMPARE(m_uploads.last().state, TransferState::Failed);
    QCOMPARE(m_uploads.last().error->code, ErrorCode::Refused);
}

void TestUploadQueue::forgets()
{
    startReceiver();
    makeQueue();
    sendAndWait({in(u"missing"_s), makeFile(u"a"_s, "a")}, receiverAddress());
    QCOMPARE(m_uploads.size(), 1);
    m_queue->forget({only().id, 99});
    m_queue->retry(only().id);
    m_queue->cancel(only().id);
    sendAndWait({makeFile(u"b"_s, "b")}, receiverAddress());
    QCOMPARE(m_uploads.size(), 2);
    QCOMPARE(m_timesFinal.first(), 1);
}

void TestUploadQueue::originalServer()
{
    FakeServer server;
    makeQueue();
    const QByteArray bytes(3'000'000, 'o');
    sendAndWait({makeFile(u"data%20.bin"_s, bytes), makeFile(u"empty"_s, "")}, addressOf(server));
    QCOMPARE(server.names, QList({"data%20.bin"_ba, "empty"_ba}));
    QCOMPARE(server.messages, QList({bytes, ""_ba}));
    for (const TransferSnapshot& upload : std::as_const(m_uploads)) {
        QCOMPARE(upload.state, TransferState::SentNotConfirmed);
        QVERIFY(upload.note.startsWith(u"Sent, not confirmed"_s));
        QVERIFY(upload.destination.isEmpty());
    }
    QCOMPARE(m_entries.constFirst().result, LogEntry::Result::NotConfirmed);
}

void TestUploadQueue::originalServerRefusesLargeFiles()
{
    FakeServer server;
    Limits limits;
    limits.originalServerFileBytes = 1000;
    makeQueue(limits);
    sendAndWait({makeFile(u"fits"_s, QByteArray(1000, 'x')), makeFile(u"large"_s, QByteArray(1001, 'x'))},
                addressOf(server));
    QCOMPARE(only().state, TransferState::SentNotConfirmed);
    QCOMPARE(m_uploads.last().state, TransferState::Failed);
    QCOMPARE(m_uploads.last().error->code, ErrorCode::TooLarge);
    QCOMPARE(server.names, QList({"fits"_ba}));
}

void TestUploadQueue::originalServerTakesNoFolders()
{
    FakeServer server;
    makeQueue();
    QDir().mkpath(in(u"empty"_s));
    sendAndWait({in(u"empty"_s)}, addressOf(server));
    QCOMPARE(only().error->code, ErrorCode::Unsupported);
}

void TestUploadQueue::answers_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("bad name") << 400 << "no\n"_ba << ErrorCode::UnsafeName;
    QTest::newRow("declined") << 403 << "no\n"_ba << ErrorCode::Declined;
    QTest::newRow("too large") << 413 << "no\n"_ba << ErrorCode::TooLarge;
    QTest::newRow("busy") << 429 << "no\n"_ba << ErrorCode::Busy;
    QTest::newRow("full") << 507 << "no\n"_ba << ErrorCode::NoSpace;
    QTest::newRow("broken") << 500 << ""_ba << ErrorCode::ProtocolError;
    QTest::newRow("redirect") << 302 << ""_ba << ErrorCode::ProtocolError;
    QTest::newRow("no token") << 200 << ""_ba << ErrorCode::ProtocolError;
    QTest::newRow("path as token") << 200 << R"({"token":"../../x"})"_ba << ErrorCode::ProtocolError;
    QTest::newRow("query as token") << 200 << R"({"token":"1?x=1"})"_ba << ErrorCode::ProtocolError;
    QTest::newRow("endless token") << 200 << R"({"token":")"_ba + QByteArray(257, 'a') + R"("})" << ErrorCode::ProtocolError;
}

void TestUploadQueue::answers()
{
    QFETCH(int, status);
    QFETCH(QByteArray, body);
    QFETCH(ErrorCode, code);
    FakeServer server;
    server.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    server.tokenStatus = status;
    server.token = body;
    makeQueue();
    sendAndWait({makeFile(u"a"_s, "a")}, addressOf(server));
    QCOMPARE(only().state, TransferState::Failed);
    QCOMPARE(only().error->code, code);
    QVERIFY(!only().error->text.isEmpty());
}

void TestUploadQueue::wrongReceipts_data()
{
    QTest::addColumn<QByteArray>("reply");
    QTest::addColumn<ErrorCode>("code");
    FileDigest right;
    right.add("abc");
    FileDigest wrong;
    wrong.add("abd");
    const auto receipt = [](qint64 bytes, const QString& digest) {
        return encodeReceipt(Receipt{u"a"_s, bytes, digest, {}}).toUtf8();
    };
    QTest::newRow("other digest") << receipt(3, wrong.text()) << ErrorCode::DigestMismatch;
    QTest::newRow("no digest") << receipt(3, {}) << ErrorCode::DigestMismatch;
    QTest::newRow("other size") << receipt(4, right.text()) << ErrorCode::DigestMismatch;
    QTest::newRow("nonsense") << "what?"_ba << ErrorCode::ProtocolError;
    QTest::newRow("failure") << encodeReceipt(Error{ErrorCode::NoSpace, u"full"_s}).toUtf8() << ErrorCode::NoSpace;
    QTest::newRow("flood") << QByteArray(100'000, 'x') << ErrorCode::ConnectionLost;
}

void TestUploadQueue::wrongReceipts()
{
    QFETCH(QByteArray, reply);
    QFETCH(ErrorCode, code);
    FakeServer server;
    server.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    server.token = R"({"token":"1"})";
    server.reply = reply;
    makeQueue();
    sendAndWait({makeFile(u"a"_s, "abc")}, addressOf(server));
    QCOMPARE(only().state, TransferState::Failed);
    QCOMPARE(only().error->code, code);
}

void TestUploadQueue::silentReceiver()
{
    FakeServer server;
    server.description = ServiceInfo{u"x"_s, u"1"_s}.toJson();
    server.token = R"({"token":"1"})";
    server.isSilent = true;
    Limits limits;
    limits.receiptTimeout = 50ms;
    makeQueue(limits);
    sendAndWait({makeFile(u"a"_s, "abc")}, addressOf(server));
    QCOMPARE(only().state, TransferState::Failed);
    QCOMPARE(only().error->code, ErrorCode::TimedOut);
}

void TestUploadQueue::destroyedWhileBusy()
{
    startReceiver();
    makeQueue();
    for (int i = 0; i < 50; ++i)
        (void)makeFile(u"tree/%1"_s.arg(i), QByteArray(100'000, 'x'));
    m_queue->send({in(u"tree"_s)}, receiverAddress());
    QTRY_VERIFY(!m_incoming.isEmpty());
    m_queue.reset();
    QTRY_VERIFY(isFinal(m_incoming.constLast().state));
}

QTEST_GUILESS_MAIN(TestUploadQueue)
#include "tst_uploadqueue.moc"
