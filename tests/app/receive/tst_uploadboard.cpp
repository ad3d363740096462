#include "uploadboard.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestUploadBoard : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsTheNewestOfEach();
    void cancelReachesUntilRemoved();
    void logIsBounded();
};

void TestUploadBoard::keepsTheNewestOfEach()
{
    UploadBoard board;
    TransferSnapshot first;
    first.id = board.newId();
    TransferSnapshot second;
    second.id = board.newId();
    QVERIFY(first.id != second.id);
    board.publish(first);
    board.publish(second);
    first.bytesDone = 10;
    board.publish(first);
    QCOMPARE(board.take().uploads, QList({first, second}));
    QVERIFY(board.take().uploads.isEmpty());
    board.publish(second);
    QCOMPARE(board.take().uploads, QList{second});
}

void TestUploadBoard::cancelReachesUntilRemoved()
{
    UploadBoard board;
    int calls = 0;
    const TransferId id = board.newId();
    board.add(id, {[&calls] { ++calls; }, {}});
    board.cancel(id + 1);
    QCOMPARE(calls, 0);
    board.cancel(id);
    QCOMPARE(calls, 1);
    board.remove(id);
    board.cancel(id);
    QCOMPARE(calls, 1);
}

void TestUploadBoard::logIsBounded()
{
    UploadBoard board;
    for (int i = 0; i < 10'007; ++i)
        board.log({});
    const QList<LogEntry> entries = board.take().entries;
    QCOMPARE(entries.size(), 10'001);
    QVERIFY(entries.constLast().text.startsWith(u"7 more events"_s));
    QVERIFY(board.take().entries.isEmpty());
}

QTEST_GUILESS_MAIN(TestUploadBoard)
#include "tst_uploadboard.moc"
