#include "uploadboard.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

const auto never = [] { return false; };

TransferSnapshot batch(TransferId id, TransferState state)
{
    TransferSnapshot upload;
    upload.id = id;
    upload.isBatch = true;
    upload.state = state;
    return upload;
}

/// Landed ones.
QList<FileSnapshot> files(TransferId batch, qsizetype count)
{
    QList<FileSnapshot> files(count);
    for (qsizetype i = 0; i < count; ++i) {
        files[i].batch = batch;
        files[i].file = static_cast<quint32>(i + 1);
        files[i].state = TransferState::Done;
    }
    return files;
}

} // namespace

class TestUploadBoard : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsTheNewestOfEach();
    void endsComeAfterTheFiles();
    void isKnownBeforeItsFiles();
    void filesThatEndedAreLogged();
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

void TestUploadBoard::endsComeAfterTheFiles()
{
    UploadBoard board;
    const TransferSnapshot first = batch(board.newId(), TransferState::Done);
    const TransferSnapshot second = batch(board.newId(), TransferState::Done);
    const TransferSnapshot third = batch(board.newId(), TransferState::Transferring);
    constexpr auto most = static_cast<qsizetype>(FileBacklog::mostAtOnce);
    board.publish(files(first.id, most), never);
    board.publish(files(second.id, most + 1), never);
    for (const TransferSnapshot& upload : {first, second, third})
        board.publish(upload);
    UploadBoard::News news = board.take();
    QCOMPARE(news.uploads, QList{third}); // waits for nobody's files
    QCOMPARE(news.files, files(first.id, most));
    QCOMPARE(news.ended, QList{first});
    QVERIFY(board.hasNews());
    news = board.take();
    QCOMPARE(news.files, files(second.id, most));
    QVERIFY(news.ended.isEmpty());
    QVERIFY(board.hasFiles());
    news = board.take();
    QCOMPARE(news.files.size(), 1);
    QCOMPARE(news.ended, QList{second});
    QVERIFY(!board.hasFiles());
    QVERIFY(!board.hasNews());
}

void TestUploadBoard::isKnownBeforeItsFiles()
{
    UploadBoard board;
    const TransferId id = board.newId();
    const TransferSnapshot began = batch(id, TransferState::Transferring);
    const TransferSnapshot ended = batch(id, TransferState::Done);
    board.publish(began);
    board.publish(files(id, 1), never);
    board.publish(ended);
    const UploadBoard::News news = board.take();
    QCOMPARE(news.uploads, QList{began});
    QCOMPARE(news.ended, QList{ended});
    // Without files to tell the end is enough.
    board.publish(began);
    board.publish(ended);
    QVERIFY(board.take().uploads.isEmpty());
}

void TestUploadBoard::filesThatEndedAreLogged()
{
    UploadBoard board;
    QList<FileSnapshot> some = files(board.newId(), 2);
    some.last().state = TransferState::Transferring;
    board.publish(some, never);
    QCOMPARE(board.take().entries.size(), 1);
    board.publish(batch(board.newId(), TransferState::Done), files(board.newId(), 1).constFirst());
    const UploadBoard::News news = board.take();
    QCOMPARE(news.files.size(), 1);
    QVERIFY(news.entries.isEmpty());
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
