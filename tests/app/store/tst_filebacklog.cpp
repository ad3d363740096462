#include "filebacklog.h"

#include <QTest>

#include <atomic>
#include <thread>

using namespace sockdrop;

namespace {

const auto never = [] { return false; };
const auto always = [] { return true; };

FileSnapshot fileOf(TransferId batch, quint32 number, TransferState state = TransferState::Done)
{
    FileSnapshot file;
    file.batch = batch;
    file.file = number;
    file.state = state;
    return file;
}

QList<FileSnapshot> files(quint32 count, TransferId batch = 1)
{
    QList<FileSnapshot> files;
    for (quint32 number = 1; number <= count; ++number)
        files += fileOf(batch, number);
    return files;
}

constexpr quint32 more = 10'000; ///< than there is room for

} // namespace

class TestFileBacklog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsTheNewestButEachEnd();
    void isTakenInPortions();
    void waitsForRoom();
    void whatIsKnownNeedsNoRoom();
    void waitsForNothingThatIsOver();
};

void TestFileBacklog::keepsTheNewestButEachEnd()
{
    FileBacklog backlog;
    backlog.add({fileOf(1, 1, TransferState::Waiting), fileOf(2, 1, TransferState::Waiting)}, never);
    backlog.add({fileOf(1, 1, TransferState::Transferring), fileOf(1, 1, TransferState::Failed)}, never);
    backlog.add({fileOf(1, 1, TransferState::Waiting), fileOf(1, 1, TransferState::Done)}, never);
    QVERIFY(backlog.contains(1));
    QVERIFY(backlog.contains(2));
    QCOMPARE(backlog.take(), QList({fileOf(1, 1, TransferState::Failed), fileOf(2, 1, TransferState::Waiting),
                                    fileOf(1, 1, TransferState::Done)}));
    QVERIFY(!backlog.contains(1));
    QVERIFY(!backlog.contains(2));
    QVERIFY(backlog.take().isEmpty());
    backlog.add({fileOf(1, 1)}, never);
    QCOMPARE(backlog.take(), QList{fileOf(1, 1)});
}

void TestFileBacklog::isTakenInPortions()
{
    constexpr quint32 count = 2 * FileBacklog::mostAtOnce + 1;
    FileBacklog backlog;
    backlog.add(files(count), never);
    QList<FileSnapshot> all = backlog.take();
    QCOMPARE(static_cast<size_t>(all.size()), FileBacklog::mostAtOnce);
    QCOMPARE(backlog.size(), count - FileBacklog::mostAtOnce);
    all += backlog.take();
    QVERIFY(backlog.contains(1));
    all += backlog.take();
    QVERIFY(!backlog.contains(1));
    QCOMPARE(all, files(count));
}

void TestFileBacklog::waitsForRoom()
{
    constexpr quint32 count = FileBacklog::capacity + more;
    FileBacklog backlog;
    std::atomic<bool> isIn = false;
    std::thread thread([&] {
        backlog.add(files(count), never);
        isIn = true;
    });
    QTRY_COMPARE(backlog.size(), FileBacklog::capacity);
    QVERIFY(!isIn);
    QList<FileSnapshot> all;
    while (all.size() < count) {
        QVERIFY(backlog.size() <= FileBacklog::capacity);
        all += backlog.take();
    }
    thread.join();
    QVERIFY(isIn);
    QCOMPARE(all, files(count));
    QVERIFY(!backlog.contains(1));
}

void TestFileBacklog::whatIsKnownNeedsNoRoom()
{
    FileBacklog backlog;
    QList<FileSnapshot> waiting = files(FileBacklog::capacity);
    for (FileSnapshot& file : waiting)
        file.state = TransferState::Waiting;
    backlog.add(waiting, never);
    backlog.add(files(FileBacklog::capacity), never);
    QCOMPARE(backlog.size(), FileBacklog::capacity);
    QCOMPARE(backlog.take().constFirst(), fileOf(1, 1));
}

void TestFileBacklog::waitsForNothingThatIsOver()
{
    FileBacklog backlog;
    backlog.add(files(FileBacklog::capacity), never);
    backlog.add(files(1, 2), always);
    std::atomic<bool> isOver = false;
    std::thread thread([&] { backlog.add(files(more, 3), [&isOver] { return isOver.load(); }); });
    isOver = true;
    backlog.wake();
    thread.join();
    QCOMPARE(backlog.size(), FileBacklog::capacity + 1 + more);
}

QTEST_GUILESS_MAIN(TestFileBacklog)
#include "tst_filebacklog.moc"
