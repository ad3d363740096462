#include "batchsession.h"
#include "nativeclient.h"
#include "uploadboard.h"

#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <sys/socket.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

constexpr int announcedFiles = 600; ///< more than a session keeps back
constexpr auto never = [] { return false; };

QList<FileSnapshot> filesOf(TransferId batch, size_t count)
{
    QList<FileSnapshot> files(static_cast<qsizetype>(count));
    quint32 number = 0;
    for (FileSnapshot& file : files) {
        file.batch = batch;
        file.file = ++number;
    }
    return files;
}

} // namespace

/// A BatchSession whose news nobody takes.
class TestFullBacklog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sessionEnds_data();
    void sessionEnds();

private:
    [[nodiscard]] bool announce(NativeClient& client) const;
};

/// Returns when all of them have been planned: then the session tells of them.
bool TestFullBacklog::announce(NativeClient& client) const
{
    Announce message{1, {}};
    for (int i = 0; i < announcedFiles; ++i)
        message.files += NativeClient::announced(u"files/%1"_s.arg(i), 10);
    client.send(message);
    qsizetype planned = 0;
    while (planned < announcedFiles) {
        const std::optional<Plan> plan = client.wait<Plan>();
        if (!plan)
            return false;
        planned += plan->want.size();
    }
    return true;
}

void TestFullBacklog::sessionEnds_data()
{
    using End = std::function<void(BatchSession&, UploadBoard&, TransferId)>;
    QTest::addColumn<End>("end");
    QTest::addColumn<TransferState>("state");
    QTest::newRow("cut") << End([](BatchSession& session, UploadBoard&, TransferId) { session.cut(); })
                         << TransferState::Transferring;
    QTest::newRow("gives way") << End([](BatchSession& session, UploadBoard&, TransferId) {
        session.giveWay();
    }) << TransferState::Transferring;
    QTest::newRow("cancelled") << End([](BatchSession&, UploadBoard& board, TransferId id) {
        board.cancel(id);
    }) << TransferState::Cancelled;
}

void TestFullBacklog::sessionEnds()
{
    QFETCH(const std::function<void(BatchSession&, UploadBoard&, TransferId)>, end);
    QFETCH(const TransferState, state);
    const QTemporaryDir home;
    UploadBoard board;
    board.publish(filesOf(board.newId(), FileBacklog::capacity), never);
    std::array<int, 2> sockets{-1, -1};
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
    NativeClient client{SocketDescriptor(sockets[0])};
    const TransferId id = board.newId();
    std::atomic<bool> isOver = false;
    const BatchGrant grant{{},
                           NativeClient::offer(announcedFiles, 10 * announcedFiles),
                           LandingFolder::open(home.path()).value(),
                           ConflictPolicy::Rename};
    BatchSession session(
        SocketDescriptor(sockets[1]), nullptr, grant, id, u"peer"_s, board, BatchSessionOptions(),
        [] { return std::nullopt; },
        [&isOver](BatchSession::Ending, const TransferSnapshot&) { isOver = true; });
    QVERIFY(announce(client));
    QVERIFY(!isOver);
    end(session, board, id);
    QTRY_VERIFY(isOver);

    qsizetype told = 0;
    TransferState last = TransferState::Waiting;
    while (board.hasNews()) {
        const UploadBoard::News news = board.take();
        for (const FileSnapshot& file : news.files)
            told += file.batch == id ? 1 : 0;
        for (const TransferSnapshot& upload : news.uploads + news.ended)
            last = upload.state;
    }
    QCOMPARE(told, announcedFiles);
    QCOMPARE(last, state);
}

QTEST_GUILESS_MAIN(TestFullBacklog)
#include "tst_fullbacklog.moc"
