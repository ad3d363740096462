#include "batchsession.h"
#include "nativeclient.h"
#include "systemcalls.h"
#include "uploadboard.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <array>
#include <cerrno>
#include <sys/socket.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

const QByteArray content = NativeClient::someBytes(3 * 1024 * 1024); // large enough to be continued

/// A disk that is full while it is told so.
class FullDisk final : public SystemCalls
{
public:
    ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) const override
    {
        if (!isFull)
            return SystemCalls::pwrite(file, bytes, count, offset);
        errno = ENOSPC;
        return -1;
    }
    std::atomic<bool> isFull = false;
};

/// A session on a full disk and its sender, whose second chunk waits for space.
class HeldSession final
{
public:
    HeldSession()
    {
        std::array<int, 2> sockets{-1, -1};
        ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data());
        client = std::make_unique<NativeClient>(SocketDescriptor(sockets[0]));
        const BatchGrant grant{{},
                               NativeClient::offer(1, content.size()),
                               LandingFolder::open(m_home.path(), disk).value(),
                               ConflictPolicy::Rename};
        BatchSessionOptions options;
        options.limits.spaceInterval = 1ms;
        session = std::make_unique<BatchSession>(
            SocketDescriptor(sockets[1]), nullptr, grant, id, u"peer"_s, board, options,
            [] { return std::nullopt; },
            [this](BatchSession::Ending how, const TransferSnapshot& snapshot) {
                const std::lock_guard lock(m_mutex);
                m_ending = {how, snapshot.state};
            });
        client->send(Announce{1, {NativeClient::announced(u"big"_s, content.size())}});
        isHeld = client->wait<Plan>().has_value();
        client->sendChunks(1, content, 0, chunkBytes);
        isHeld = isHeld && client->waitForAck(chunkBytes);
        disk.isFull = true;
        client->sendChunks(1, content, chunkBytes, 2 * chunkBytes);
        isHeld = isHeld && client->wait<Pause>();
    }

    [[nodiscard]] std::optional<std::pair<BatchSession::Ending, TransferState>> ending() const
    {
        const std::lock_guard lock(m_mutex);
        return m_ending;
    }
    [[nodiscard]] qsizetype partials() const
    {
        return QDir(m_home.filePath(u".sockdrop-partial"_s)).entryList(QDir::Files | QDir::Hidden).size();
    }
    [[nodiscard]] QByteArray landed() const
    {
        QFile file(m_home.filePath(u"big"_s));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(missing)");
    }

    bool isHeld = false;
    FullDisk disk;
    UploadBoard board;
    const TransferId id = board.newId();
    std::unique_ptr<NativeClient> client;

private:
    QTemporaryDir m_home;
    mutable std::mutex m_mutex;
    std::optional<std::pair<BatchSession::Ending, TransferState>> m_ending;

public:
    std::unique_ptr<BatchSession> session; ///< goes first
};

} // namespace

/// A BatchSession on a disk that is full.
class TestBatchSession : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void goesOnWhenThereIsSpace();
    void cancelledOnAFullDisk();
    void cutOnAFullDisk();
};

void TestBatchSession::goesOnWhenThereIsSpace()
{
    HeldSession held;
    QVERIFY(held.isHeld);
    const QList<TransferSnapshot> uploads = held.board.take().uploads;
    QCOMPARE(uploads.size(), 1);
    QCOMPARE(uploads.constFirst().state, TransferState::Paused);
    QVERIFY(!uploads.constFirst().note.isEmpty());
    held.disk.isFull = false;
    QVERIFY(held.client->wait<Resume>());
    held.client->sendChunks(1, content, 2 * chunkBytes);
    held.client->send(End());
    QCOMPARE(held.client->wait<BatchReceipt>(), (BatchReceipt{1, 0, 0}));
    QCOMPARE(held.client->waitForClose(), 1000);
    QTRY_VERIFY(held.ending());
    QCOMPARE(*held.ending(), std::pair(BatchSession::Ending::Concluded, TransferState::Done));
    QCOMPARE(held.landed(), content);
    QCOMPARE(held.partials(), 0);
}

void TestBatchSession::cancelledOnAFullDisk()
{
    HeldSession held;
    QVERIFY(held.isHeld);
    held.board.cancel(held.id);
    const std::optional<Cancel> cancel = held.client->wait<Cancel>();
    QVERIFY(cancel);
    QCOMPARE(cancel->error.code, ErrorCode::Cancelled);
    QCOMPARE(held.client->waitForClose(), 1000);
    QTRY_VERIFY(held.ending());
    QCOMPARE(*held.ending(), std::pair(BatchSession::Ending::Concluded, TransferState::Cancelled));
    QCOMPARE(held.partials(), 2); // with its journal
}

void TestBatchSession::cutOnAFullDisk()
{
    HeldSession held;
    QVERIFY(held.isHeld);
    held.session->cut();
    QCOMPARE(held.client->waitForClose(), 0);
    QTRY_VERIFY(held.ending());
    QCOMPARE(held.ending()->first, BatchSession::Ending::Lost);
    QCOMPARE(held.partials(), 2); // with its journal
}

QTEST_GUILESS_MAIN(TestBatchSession)
#include "tst_batchsession.moc"
