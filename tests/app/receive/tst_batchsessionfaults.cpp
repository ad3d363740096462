#include "batchsession.h"
#include "batchtools.h"
#include "failingcalls.h"
#include "uploadboard.h"

#include <QTest>

#include <future>
#include <sys/socket.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Call = FailingCalls::Call;
using Ending = BatchSession::Ending;

namespace {

/// A session over a disk that fails on demand, and the sender's end of its connection.
class Line final
{
public:
    explicit Line(Limits limits = {})
    {
        limits.spaceInterval = 1ms;
        limits.closeTimeout = 5s;
        std::array<int, 2> ends{-1, -1};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
            qFatal("no socket pair");
        FrameStream::Options options;
        options.role = FrameStream::Role::Client;
        options.mostMessages = 1000;
        options.mostMessageBytes = limits.batchMessageBytes;
        options.idleTimeout = options.pingInterval = options.closeTimeout = 60s;
        m_sender = std::make_unique<FrameStream>(SocketDescriptor(ends[1]), options);
        BatchOffer offer;
        offer.batch = QByteArray(32, 'a');
        offer.files = 2;
        offer.names = {u"a"_s, u"b"_s};
        offer.dropped = 2;
        BatchSessionOptions session;
        session.limits = limits;
        m_session = std::make_unique<BatchSession>(
            SocketDescriptor(ends[0]), nullptr,
            BatchGrant{{}, offer, destination.folder(), ConflictPolicy::Rename}, board.newId(),
            u"192.0.2.1"_s, board, session, [] { return std::nullopt; },
            [this](Ending ending, const TransferSnapshot& last) {
                m_ended.set_value({ending, last});
            });
    }

    void send(const BatchMessage& message) { static_cast<void>(m_sender->sendText(encodeMessage(message))); }
    void sendChunk(FileNumber file, const QByteArray& content, qint64 offset = 0)
    {
        const ChunkHeader header = chunkOf(file, content, offset);
        QByteArray bytes(ChunkHeader::size, Qt::Uninitialized);
        header.encode(bytes.data());
        bytes += QByteArrayView(content).sliced(offset, header.length);
        static_cast<void>(m_sender->sendBinary(bytes.data(), bytes.size()));
    }
    /// Announces the files and waits for the plan.
    void announce(const QList<AnnouncedFile>& files)
    {
        send(Announce{1, files});
        static_cast<void>(next<Plan>());
    }
    /// The next message of this kind, others are passed over; nothing where the line ends first.
    template <typename Message>
    std::optional<Message> next()
    {
        for (;;) {
            const Result<FrameStream::Message> message = m_sender->receive(20s);
            if (!message || message->isEmpty())
                return std::nullopt;
            const Result<BatchMessage> decoded = decodeMessage(message->bytes(), Limits());
            if (const auto* wanted = decoded ? std::get_if<Message>(&decoded.value()) : nullptr)
                return *wanted;
        }
    }
    /// What the sender heard at last; it answers and hangs up.
    [[nodiscard]] int closeCode()
    {
        while (const Result<FrameStream::Message> message = m_sender->receive(20s)) {
            if (message->isEmpty())
                return -1;
        }
        return m_sender->closeCode();
    }
    void hangUp() { m_sender->cut(); }

    [[nodiscard]] BatchSession& session() { return *m_session; }
    [[nodiscard]] std::pair<Ending, TransferSnapshot> ended()
    {
        std::future<std::pair<Ending, TransferSnapshot>> future = m_ended.get_future();
        if (future.wait_for(20s) != std::future_status::ready)
            return {Ending::Lost, {}};
        return future.get();
    }
    void fillDisk() { calls.fail(Call::WriteAt, ENOSPC, FailingCalls::always); }

    FailingCalls calls;
    Destination destination{calls};
    UploadBoard board;

private:
    std::promise<std::pair<Ending, TransferSnapshot>> m_ended;
    std::unique_ptr<FrameStream> m_sender;
    std::unique_ptr<BatchSession> m_session; ///< goes first: it ends the connection and waits
};

} // namespace

/// One connection of a batch, where the disk or the line fails.
class TestBatchSessionFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void cutWhileTheDiskIsFull_data();
    void cutWhileTheDiskIsFull();
    void givesWayWhileTheDiskIsFull();
    void givesWayBeforeItIsSynced();
    void wholeFilesWaitForSpace_data();
    void wholeFilesWaitForSpace();
    void wholeFilesAreKeptForTheirNames();
    void brokenDiskFailsOneFile();
    void failedSyncOfAGroup();
    void failedLastSync();
    void tellsNoPathOfThisMachine();
    void longPathsFitTheMessages();
    void withoutMemory();

private:
    /// Large enough to be continued.
    const QByteArray m_large = someBytes(5 * chunkBytes + 7);
    const AnnouncedFile m_a = announcedFile(u"a"_s, m_large.size(), u"source"_s);
};

void TestBatchSessionFaults::cutWhileTheDiskIsFull_data()
{
    QTest::addColumn<bool>("isBySender");
    QTest::newRow("by the sender") << true;
    QTest::newRow("by the receiver") << false;
}

void TestBatchSessionFaults::cutWhileTheDiskIsFull()
{
    QFETCH(bool, isBySender);
    Line line;
    line.announce({m_a});
    line.sendChunk(1, m_large);
    line.fillDisk();
    line.sendChunk(1, m_large, chunkBytes);
    QVERIFY(line.next<Pause>());
    if (isBySender)
        line.hangUp();
    else
        line.session().cut();
    const auto [ending, last] = line.ended();
    QCOMPARE(ending, Ending::Lost);
    QCOMPARE(last.error->code, ErrorCode::ConnectionLost);
    QCOMPARE(line.destination.partials().size(), 2); // to go on from, with its journal
    QCOMPARE(line.destination.entries(), QStringList());
}

void TestBatchSessionFaults::givesWayWhileTheDiskIsFull()
{
    Line line;
    line.announce({m_a});
    line.fillDisk();
    line.sendChunk(1, m_large);
    QVERIFY(line.next<Pause>());
    std::thread other([&line] { line.session().giveWay(); });
    QCOMPARE(line.closeCode(), int{takenOverCode});
    other.join();
    QCOMPARE(line.ended().first, Ending::Lost);
}

/// A disk that takes its time over a sync holds up neither the next connection nor the end of the program.
void TestBatchSessionFaults::givesWayBeforeItIsSynced()
{
    Line line;
    line.announce({m_a});
    line.sendChunk(1, m_large);
    QVERIFY(line.next<Ack>());
    line.calls.holdSyncs(true);
    std::thread other([&line] { line.session().giveWay(); });
    other.join();
    QCOMPARE(line.destination.partials().size(), 2);
    line.calls.holdSyncs(false);
    QCOMPARE(line.ended().first, Ending::Lost);
}

void TestBatchSessionFaults::wholeFilesWaitForSpace_data()
{
    QTest::addColumn<Call>("call");
    QTest::addColumn<int>("problem");
    QTest::newRow("time") << Call::SetTimes << ENOSPC;
    QTest::newRow("folder") << Call::MakeFolder << EDQUOT;
    QTest::newRow("name") << Call::Rename << ENOSPC;
}

/// They are verified and synced: nobody has to send them again.
void TestBatchSessionFaults::wholeFilesWaitForSpace()
{
    QFETCH(Call, call);
    QFETCH(int, problem);
    Line line;
    AnnouncedFile large = m_a;
    large.path = u"sub/a"_s;
    line.announce({large, announcedFile(u"sub/b"_s, 3)});
    line.calls.fail(call, problem, FailingCalls::always);
    for (qint64 offset = 0; offset < m_large.size(); offset += chunkBytes)
        line.sendChunk(1, m_large, offset);
    line.sendChunk(2, "abc");
    line.send(End());
    QVERIFY(line.next<Pause>());
    line.calls.fail(call, 0, 1'000'000);
    QVERIFY(line.next<Resume>());
    QCOMPARE(line.next<BatchReceipt>().value_or(BatchReceipt()), (BatchReceipt{2, 0, 0}));
    QCOMPARE(contentOf(line.destination.path(u"sub/a"_s)) == m_large, true);
    QCOMPARE(contentOf(line.destination.path(u"sub/b"_s)), "abc"_ba);
    QCOMPARE(line.destination.partials(), QStringList());
}

void TestBatchSessionFaults::wholeFilesAreKeptForTheirNames()
{
    Limits limits;
    limits.journalBytes = 2 * chunkBytes;
    Line line(limits);
    line.announce({m_a});
    line.calls.fail(Call::Rename, ENOSPC, FailingCalls::always);
    for (qint64 offset = 0; offset < m_large.size(); offset += chunkBytes)
        line.sendChunk(1, m_large, offset);
    QVERIFY(line.next<Pause>());
    line.hangUp();
    QCOMPARE(line.ended().first, Ending::Lost);
    const QList<PartialFile> partials = line.destination.folder()->partials(Limits());
    QCOMPARE(partials.size(), 1);
    QCOMPARE(partials.constFirst().bytesDone, 4 * chunkBytes); // the last record
    QCOMPARE(line.destination.entries(), QStringList());
}

void TestBatchSessionFaults::brokenDiskFailsOneFile()
{
    Line line;
    line.announce({m_a, announcedFile(u"b"_s, 3)});
    line.calls.fail(Call::WriteAt, EIO, 2);
    line.sendChunk(1, m_large);
    line.sendChunk(1, m_large, chunkBytes);
    const auto failed = line.next<Failed>();
    QVERIFY(failed);
    QCOMPARE(failed->file, 1U);
    QCOMPARE(failed->error.code, ErrorCode::IoError);
    line.sendChunk(1, m_large, 2 * chunkBytes); // was under way
    line.sendChunk(2, "abc");
    line.send(End());
    QCOMPARE(line.next<BatchReceipt>().value_or(BatchReceipt()), (BatchReceipt{1, 0, 1}));
    const auto [ending, last] = line.ended();
    QCOMPARE(last.state, TransferState::Done);
    QCOMPARE(last.filesFailed, 1);
    QCOMPARE(last.bytesDone, 3);
    QCOMPARE(line.destination.entries(), QStringList{u"b"_s});
    QCOMPARE(line.destination.partials(), QStringList());
}

void TestBatchSessionFaults::failedSyncOfAGroup()
{
    Line line;
    line.announce({announcedFile(u"a"_s, 3), announcedFile(u"b"_s, 3)});
    line.calls.fail(Call::SyncAll, EIO);
    line.sendChunk(1, "abc");
    const auto failed = line.next<Failed>(); // after a short while without more
    QVERIFY(failed);
    QCOMPARE(failed->file, 1U);
    line.sendChunk(2, "def");
    line.send(End());
    QCOMPARE(line.next<BatchReceipt>().value_or(BatchReceipt()), (BatchReceipt{1, 0, 1}));
    QCOMPARE(line.destination.entries(), QStringList{u"b"_s});
    QCOMPARE(line.ended().second.bytesDone, 3);
}

/// Without it nobody may say that all is safe.
void TestBatchSessionFaults::failedLastSync()
{
    Line line;
    line.announce({announcedFile(u"a"_s, 3)});
    line.sendChunk(1, "abc");
    QVERIFY(line.next<Landed>());
    line.calls.fail(Call::SyncAll, EIO);
    line.send(End());
    const auto cancel = line.next<Cancel>();
    QVERIFY(cancel);
    QCOMPARE(cancel->error.code, ErrorCode::IoError);
    QVERIFY(!line.next<BatchReceipt>());
    const auto [ending, last] = line.ended();
    QCOMPARE(ending, Ending::Concluded);
    QCOMPARE(last.state, TransferState::Failed);
    QCOMPARE(last.error->code, ErrorCode::IoError);
}

void TestBatchSessionFaults::tellsNoPathOfThisMachine()
{
    Line line;
    line.calls.fail(Call::Open2, EACCES); // of the staging folder
    line.send(Announce{1, {m_a}});
    const auto failed = line.next<Failed>();
    QVERIFY(failed);
    QCOMPARE(failed->error.code, ErrorCode::PermissionDenied);
    QVERIFY2(!failed->error.text.contains(line.destination.path()), qPrintable(failed->error.text));
    QVERIFY(!failed->error.text.isEmpty());
}

/// However long the paths are, each message is one that the sender takes.
void TestBatchSessionFaults::longPathsFitTheMessages()
{
    constexpr int files = 200;
    Line line;
    const QString deep = QStringList(15, QString(250, u'd')).join(u'/') + u'/';
    for (FileNumber number = 1; number <= files; ++number) // as a sender bounds its messages, too
        line.send(Announce{number, {announcedFile(deep + QString::number(number), 1)}});
    for (FileNumber number = 1; number <= files; ++number)
        line.sendChunk(number, "x");
    line.send(End());
    QCOMPARE(line.next<BatchReceipt>().value_or(BatchReceipt()), (BatchReceipt{files, 0, 0}));
}

/// It ends this connection, of which something can be made later, and not the process.
void TestBatchSessionFaults::withoutMemory()
{
    Line line;
    line.announce({m_a});
    line.calls.fail(Call::WriteAt, FailingCalls::noMemory);
    line.sendChunk(1, m_large);
    const auto [ending, last] = line.ended();
    QCOMPARE(ending, Ending::Lost);
    QCOMPARE(last.error->code, ErrorCode::Busy);
}

QTEST_GUILESS_MAIN(TestBatchSessionFaults)
#include "tst_batchsessionfaults.moc"
