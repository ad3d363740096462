#include "../sampletransfers.h"
#include "batchfiles.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using State = TransferState;

/// FileTable, which keeps the files of a batch small, and BatchFiles, which shows some of them.
class BatchFilesTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsEverything_data();
    void keepsEverything();
    void newerWordsReplaceOlder();
    void filesStayInTheirOrder();
    void hasItsLimit();
    void showsWhatIsAskedFor();
    void failedStayShownWhenTheyAreTriedAgain();
    void tellsWhatLanded_data();
    void tellsWhatLanded();
};

namespace {

FileSnapshot withoutPeer(FileSnapshot file)
{
    file.peer.clear();
    return file;
}

} // namespace

void BatchFilesTest::keepsEverything_data()
{
    QTest::addColumn<FileSnapshot>("file");
    for (const Direction direction : {Direction::Sending, Direction::Receiving}) {
        for (int state = 0; state <= static_cast<int>(State::Cancelled); ++state)
            QTest::addRow("%d, state %d", static_cast<int>(direction), state)
                << sampleFile(3, 7, static_cast<State>(state), direction);
    }
    FileSnapshot odd = sampleFile(3, 8, State::Done);
    odd.destination = u"photos/sea/8 (1).jpg"_s;
    odd.source = u"/elsewhere"_s;
    odd.note = u"Renamed."_s;
    odd.isSkipped = true;
    QTest::newRow("another name") << odd;
    FileSnapshot chain = sampleFile(3, 10, State::Done);
    chain.digest = u"xxh3-128-chain:"_s + QString(16, u'f') + QString(16, u'1');
    QTest::newRow("digest of many chunks") << chain;
    FileSnapshot folder = sampleFile(3, 9, State::Done);
    folder.isFolder = true;
    folder.digest.clear();
    folder.name = u"größe/文件 😀"_s;
    QTest::newRow("folder") << folder;
    FileSnapshot bare;
    bare.batch = 3;
    bare.file = 1;
    QTest::newRow("nothing known") << bare;
    FileSnapshot large = sampleFile(3, 4'000'000'000U, State::Transferring);
    large.bytesTotal = std::numeric_limits<qint64>::max();
    QTest::newRow("large") << large;
}

void BatchFilesTest::keepsEverything()
{
    QFETCH(FileSnapshot, file);
    FileTable table;
    QCOMPARE(table.put(sampleFile(3, 1000, State::Done)), 0);
    QCOMPARE(table.put(file), 1);
    QCOMPARE(table.put(sampleFile(3, 1001, State::Failed)), 2);
    QVERIFY(withoutPeer(file) == table.at(1));
    QVERIFY(withoutPeer(sampleFile(3, 1000, State::Done)) == table.at(0));
    QCOMPARE(table.number(1), file.file);
    QCOMPARE(table.placeOf(file.file), 1);
    QCOMPARE(table.placeOf(99), -1);
}

void BatchFilesTest::newerWordsReplaceOlder()
{
    FileTable table;
    table.put(sampleFile(1, 1, State::Failed));
    QCOMPARE(table.failed(), std::vector<int>{0});
    FileSnapshot renamed = sampleFile(1, 1, State::Done);
    renamed.name = u"photos/other.jpg"_s;
    table.put(renamed);
    QCOMPARE(table.size(), 1);
    QVERIFY(withoutPeer(renamed) == table.at(0));
    QVERIFY(table.failed().empty());
}

void BatchFilesTest::filesStayInTheirOrder()
{
    FileTable table;
    for (const quint32 number : {5U, 2U, 9U, 2U, 5U})
        table.put(sampleFile(1, number, State::Waiting));
    QCOMPARE(table.size(), 3);
    QCOMPARE(table.number(0), 5U);
    QCOMPARE(table.number(1), 2U);
    QCOMPARE(table.number(2), 9U);
}

void BatchFilesTest::hasItsLimit()
{
    FileTable table;
    FileSnapshot file = sampleFile(1, 1, State::Waiting);
    for (quint32 number = 1; number <= FileTable::most; ++number) {
        file.file = number;
        table.put(file);
    }
    file.file = FileTable::most + 1;
    QCOMPARE(table.put(file), -1);
    file.file = 17;
    QCOMPARE(table.put(file), 16);
    QCOMPARE(table.put(sampleFile(1, FileTable::most + 5, State::Failed)), FileTable::most);
    QCOMPARE(table.size(), FileTable::most + 1);
    FileSnapshot failed = sampleFile(1, 1, State::Failed);
    failed.error.reset();
    for (quint32 number = FileTable::most + 6; number <= FileTable::mostWithFailed + 5; ++number) {
        failed.file = number;
        table.put(failed);
    }
    QCOMPARE(table.size(), FileTable::mostWithFailed);
}

void BatchFilesTest::showsWhatIsAskedFor()
{
    BatchFiles files;
    for (const quint32 number : {1U, 2U, 3U, 4U})
        files.put(sampleFile(1, number, number % 2 == 0 ? State::Failed : State::Done));
    QCOMPARE(files.rows(), 0);
    QCOMPARE(files.rowOf(1), -1);
    files.show(ShownFiles::All);
    QCOMPARE(files.rows(), 4);
    QCOMPARE(files.rowOf(3), 3);
    files.put(sampleFile(1, 5, State::Waiting));
    QCOMPARE(files.rows(), 5);
    files.show(ShownFiles::Failed);
    QCOMPARE(files.rows(), 2);
    QCOMPARE(files.placeAt(1), 3);
    QCOMPARE(files.rowOf(3), 1);
    QCOMPARE(files.rowOf(0), -1);
    files.show(ShownFiles::None);
    QCOMPARE(files.rows(), 0);
}

void BatchFilesTest::failedStayShownWhenTheyAreTriedAgain()
{
    BatchFiles files;
    for (const quint32 number : {1U, 2U, 3U})
        files.put(sampleFile(1, number, number == 2 ? State::Failed : State::Waiting));
    files.show(ShownFiles::Failed);
    files.put(sampleFile(1, 2, State::Done));
    QCOMPARE(files.rows(), 1);
    QCOMPARE(files.table().at(files.placeAt(0)).state, State::Done);
    files.put(sampleFile(1, 1, State::Failed)); // failed later, stands below
    QCOMPARE(files.rows(), 2);
    QCOMPARE(files.placeAt(1), 0);
    files.put(sampleFile(1, 1, State::Failed));
    QCOMPARE(files.rows(), 2);
    files.show(ShownFiles::Failed); // asked anew: only what failed now
    QCOMPARE(files.rows(), 1);
}

void BatchFilesTest::tellsWhatLanded_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("destination");
    QTest::addColumn<QString>("item");
    QTest::newRow("file") << u"a.txt"_s << u"/in/a.txt"_s << u"/in/a.txt"_s;
    QTest::newRow("another name") << u"a.txt"_s << u"/in/a (1).txt"_s << u"/in/a (1).txt"_s;
    QTest::newRow("in a folder") << u"photos/sea/1.jpg"_s << u"/in/photos/sea/1 (1).jpg"_s << u"/in/photos"_s;
    QTest::newRow("sent") << u"a.txt"_s << u"a.txt"_s << QString();
    QTest::newRow("nonsense") << u"a/b/c.txt"_s << u"c.txt"_s << QString();
}

void BatchFilesTest::tellsWhatLanded()
{
    QFETCH(QString, name);
    QFETCH(QString, destination);
    BatchFiles files;
    QCOMPARE(files.landedItem(), QString());
    files.put(sampleFile(1, 1, State::Failed, Direction::Receiving));
    FileSnapshot file = sampleFile(1, 2, State::Done, Direction::Receiving);
    file.name = name;
    file.destination = destination;
    files.put(file);
    QTEST(files.landedItem(), "item");
}

QTEST_GUILESS_MAIN(BatchFilesTest)
#include "tst_batchfiles.moc"
