#include "../sampletransfers.h"
#include "transfermodel.h"

#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>
#include <QUrl>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using State = TransferState;

/// The files of batches in a TransferModel.
class TransferFilesTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
    void closedBatchHasOneRow();
    void openBatchShowsItsFiles();
    void filesComeToAnOpenBatch();
    void onlyChangedRowsAreTold();
    void manyChangesAreToldAtOnce();
    void failedOnly();
    void whatDoesNotExpandStaysClosed();
    void strangersAreNobodys();
    void removedBatchesTakeTheirFilesAlong_data();
    void removedBatchesTakeTheirFilesAlong();
    void whatNeverBeganIsSaidSo();
    void folderCanBeOpenedOnceAllIsThere();
    void severalThingsCanBeShownInTheirFolder();
    void actionsOfFiles();
    void retryOfABatch_data();
    void retryOfABatch();
    void filesCanBeDraggedOut();
    void countingEnds();
    void hundredThousandFiles();

private:
    static QList<FileSnapshot> sampleFiles(TransferId batch, quint32 count, State state);
    /// "1", "1/3": the upload's id and the file's number.
    static QStringList rowsOf(const TransferModel& model);
};

QList<FileSnapshot> TransferFilesTest::sampleFiles(TransferId batch, quint32 count, State state)
{
    QList<FileSnapshot> files;
    for (quint32 number = 1; number <= count; ++number)
        files << sampleFile(batch, number, state);
    return files;
}

QStringList TransferFilesTest::rowsOf(const TransferModel& model)
{
    QStringList rows;
    for (int row = 0; row < model.rowCount(); ++row) {
        const RowId id = model.idAt(row);
        rows << (id.file == 0 ? QString::number(id.upload) : u"%1/%2"_s.arg(id.upload).arg(id.file));
        if (model.rowOf(id) != row || model.isFile(row) != (id.file != 0) || model.at(row).id != id.upload)
            rows << u"inconsistent"_s;
    }
    return rows;
}

void TransferFilesTest::closedBatchHasOneRow()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleBatch(1, State::Transferring)});
    QSignalSpy inserted(&model, &TransferModel::rowsInserted);
    QSignalSpy changed(&model, &TransferModel::dataChanged);
    model.applyFiles(sampleFiles(1, 3, State::Done));
    QCOMPARE(rowsOf(model), QStringList{u"1"_s});
    QCOMPARE(inserted.size() + changed.size(), 0); // costs nothing
    QCOMPARE(model.rowOf(RowId{1, 2}), -1);
}

void TransferFilesTest::openBatchShowsItsFiles()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleTransfer(7, State::Done), sampleBatch(1, State::Transferring),
                 sampleTransfer(9, State::Done), sampleBatch(2, State::Waiting)});
    model.applyFiles(sampleFiles(1, 3, State::Done) + sampleFiles(2, 2, State::Waiting));
    model.showFiles(2, ShownFiles::All);
    model.showFiles(1, ShownFiles::All);
    QCOMPARE(rowsOf(model),
             (QStringList{u"7"_s, u"1"_s, u"1/1"_s, u"1/2"_s, u"1/3"_s, u"9"_s, u"2"_s, u"2/1"_s, u"2/2"_s}));
    QCOMPARE(model.index(3).data().toString(), u"sea/2.jpg"_s);
    QVERIFY(model.fileAt(3) == sampleFile(1, 2, State::Done));
    QCOMPARE(model.index(1).data(TransferModel::ShownRole).toInt(), static_cast<int>(ShownFiles::All));
    QVERIFY(!model.index(0).data(TransferModel::ShownRole).isValid());
    model.showFiles(1, ShownFiles::None);
    QCOMPARE(rowsOf(model), (QStringList{u"7"_s, u"1"_s, u"9"_s, u"2"_s, u"2/1"_s, u"2/2"_s}));
}

void TransferFilesTest::filesComeToAnOpenBatch()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleBatch(1, State::Preparing), sampleBatch(2, State::Waiting)});
    model.showFiles(1, ShownFiles::All); // nothing known yet
    QCOMPARE(rowsOf(model), (QStringList{u"1"_s, u"2"_s}));
    QCOMPARE(model.shownAt(0), ShownFiles::All);
    model.applyFiles(sampleFiles(1, 2, State::Waiting));
    // In the order in which they are told, each once.
    model.applyFiles({sampleFile(1, 9, State::Waiting), sampleFile(1, 2, State::Done),
                      sampleFile(1, 4, State::Waiting), sampleFile(1, 9, State::Transferring)});
    QCOMPARE(rowsOf(model), (QStringList{u"1"_s, u"1/1"_s, u"1/2"_s, u"1/9"_s, u"1/4"_s, u"2"_s}));
    QCOMPARE(model.fileAt(3).state, State::Transferring);
    model.apply({sampleTransfer(3, State::Waiting)});
    QCOMPARE(rowsOf(model).last(), u"3"_s);
}

void TransferFilesTest::onlyChangedRowsAreTold()
{
    TransferModel model;
    model.apply({sampleBatch(1, State::Transferring)});
    model.applyFiles(sampleFiles(1, 10, State::Waiting));
    model.showFiles(1, ShownFiles::All);
    QSignalSpy changed(&model, &TransferModel::dataChanged);
    model.applyFiles(
        {sampleFile(1, 4, State::Done), sampleFile(1, 8, State::Done), sampleFile(1, 5, State::Done)});
    QCOMPARE(changed.size(), 2);
    QCOMPARE(changed[0][0].toModelIndex().row(), 4);
    QCOMPARE(changed[0][1].toModelIndex().row(), 5);
    QCOMPARE(changed[1][0].toModelIndex().row(), 8);
}

void TransferFilesTest::manyChangesAreToldAtOnce()
{
    TransferModel model;
    model.apply({sampleBatch(1, State::Transferring)});
    model.applyFiles(sampleFiles(1, 1000, State::Waiting));
    model.showFiles(1, ShownFiles::All);
    QList<FileSnapshot> scattered;
    for (quint32 number = 3; number <= 900; number += 3)
        scattered << sampleFile(1, number, State::Done);
    QSignalSpy changed(&model, &TransferModel::dataChanged);
    model.applyFiles(scattered);
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed[0][0].toModelIndex().row(), 3);
    QCOMPARE(changed[0][1].toModelIndex().row(), 900);
}

void TransferFilesTest::failedOnly()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleBatch(1, State::Transferring), sampleTransfer(2, State::Waiting)});
    model.applyFiles(sampleFiles(1, 5, State::Done));
    model.applyFiles({sampleFile(1, 2, State::Failed), sampleFile(1, 5, State::Failed)});
    model.showFiles(1, ShownFiles::Failed);
    QCOMPARE(rowsOf(model), (QStringList{u"1"_s, u"1/2"_s, u"1/5"_s, u"2"_s}));
    model.applyFiles(
        {sampleFile(1, 1, State::Failed), sampleFile(1, 6, State::Done), sampleFile(1, 2, State::Done)});
    QCOMPARE(rowsOf(model), (QStringList{u"1"_s, u"1/2"_s, u"1/5"_s, u"1/1"_s, u"2"_s}));
    QCOMPARE(model.fileAt(1).state, State::Done); // tried again; it does not vanish under anybody's eyes
    model.showFiles(1, ShownFiles::All);
    QCOMPARE(model.rowCount(), 8);
    QCOMPARE(model.rowOf(RowId{1, 6}), 6);
}

void TransferFilesTest::whatDoesNotExpandStaysClosed()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleTransfer(1, State::Transferring), sampleBatch(2, State::Preparing)});
    model.applyFiles(sampleFiles(1, 2, State::Done));
    model.showFiles(1, ShownFiles::All);
    model.showFiles(99, ShownFiles::All);
    QCOMPARE(model.rowCount(), 2);
    model.applyFiles(sampleFiles(2, 2, State::Done));
    model.showFiles(2, ShownFiles::All);
    QCOMPARE(model.rowCount(), 4);
    TransferSnapshot single = sampleTransfer(2, State::Transferring); // it turned out to be one file
    model.apply({single, sampleTransfer(1, State::Done)});
    QCOMPARE(rowsOf(model), (QStringList{u"1"_s, u"2"_s}));
}

void TransferFilesTest::strangersAreNobodys()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.applyFiles(sampleFiles(5, 2, State::Done));
    model.apply({sampleBatch(5, State::Done)});
    model.showFiles(5, ShownFiles::All);
    QCOMPARE(model.rowCount(), 1);
    model.remove({5});
    model.applyFiles(sampleFiles(5, 2, State::Done));
    QCOMPARE(model.rowCount(), 0);
}

void TransferFilesTest::removedBatchesTakeTheirFilesAlong_data()
{
    QTest::addColumn<QList<TransferId>>("removed");
    QTest::addColumn<QStringList>("left");
    QTest::newRow("first") << QList<TransferId>{1} << QStringList{u"2"_s, u"3"_s, u"3/1"_s, u"3/2"_s};
    QTest::newRow("next to each other") << QList<TransferId>{1, 2} << QStringList{u"3"_s, u"3/1"_s, u"3/2"_s};
    QTest::newRow("scattered") << QList<TransferId>{1, 3} << QStringList{u"2"_s};
    QTest::newRow("all") << QList<TransferId>{1, 2, 3} << QStringList();
}

void TransferFilesTest::removedBatchesTakeTheirFilesAlong()
{
    QFETCH(QList<TransferId>, removed);
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleBatch(1, State::Done), sampleTransfer(2, State::Done), sampleBatch(3, State::Done)});
    model.applyFiles(sampleFiles(1, 3, State::Done) + sampleFiles(3, 2, State::Done));
    model.showFiles(1, ShownFiles::All);
    model.showFiles(3, ShownFiles::All);
    const QStringList before = rowsOf(model);
    auto gone = model.remove(removed);
    QTEST(rowsOf(model), "left");
    model.restore(std::move(gone));
    QCOMPARE(rowsOf(model), before);
    QVERIFY(model.fileAt(2) == sampleFile(1, 2, State::Done));
}

void TransferFilesTest::whatNeverBeganIsSaidSo()
{
    TransferModel model;
    model.apply({sampleBatch(1, State::Transferring)});
    model.applyFiles({sampleFile(1, 1, State::Done), sampleFile(1, 2, State::Transferring)});
    model.showFiles(1, ShownFiles::All);
    QSignalSpy changed(&model, &TransferModel::dataChanged);
    model.apply({sampleBatch(1, State::Cancelled)});
    QCOMPARE(model.index(2).data(TransferModel::SideTextRole).toString(), u"Not sent"_s);
    QCOMPARE(model.index(2).data(TransferModel::StateIconRole).toString(), u"cancelled"_s);
    QCOMPARE(model.fileAt(1).state, State::Done);
    const bool told = std::any_of(changed.begin(), changed.end(), [](const QList<QVariant>& signal) {
        return signal[0].toModelIndex().row() == 1 && signal[1].toModelIndex().row() == 2;
    });
    QVERIFY(told);
    model.apply({sampleBatch(1, State::Waiting)}); // tried again
    QCOMPARE(model.fileAt(2).state, State::Transferring);
}

void TransferFilesTest::folderCanBeOpenedOnceAllIsThere()
{
    TransferModel model;
    TransferSnapshot batch = sampleBatch(1, State::Transferring, Direction::Receiving);
    batch.destination = u"/in/photos"_s;
    model.apply({batch});
    QCOMPARE(model.pathAt(0), QString());
    QVERIFY(!model.index(0).flags().testFlag(Qt::ItemIsDragEnabled));
    QCOMPARE(model.index(0).data(Qt::AccessibleTextRole).toString(),
             u"photos, 40 percent, about 2 minutes left"_s);
    batch.state = State::Done;
    model.apply({batch});
    QCOMPARE(model.pathAt(0), u"/in/photos"_s);
    QVERIFY(model.actionsAt(0).testFlag(TransferAction::ShowInFolder));
    QCOMPARE(model.index(0).data(TransferModel::FootnoteRole).toString(), u"/in/photos"_s);
}

void TransferFilesTest::severalThingsCanBeShownInTheirFolder()
{
    TransferModel model;
    model.apply({sampleBatch(1, State::Transferring, Direction::Receiving)});
    FileSnapshot file = sampleFile(1, 1, State::Done, Direction::Receiving);
    file.name = u"a.txt"_s;
    file.destination = u"/in/a.txt"_s;
    model.applyFiles({file});
    QVERIFY(!model.actionsAt(0).testFlag(TransferAction::ShowInFolder)); // not yet all of it
    model.apply({sampleBatch(1, State::Done, Direction::Receiving)});
    QVERIFY(model.actionsAt(0).testFlag(TransferAction::ShowInFolder));
    QVERIFY(!model.actionsAt(0).testFlag(TransferAction::Open));
    QCOMPARE(TransferActions(model.index(0).data(TransferModel::ButtonsRole).toInt()),
             TransferActions(TransferAction::ShowInFolder));
    QCOMPARE(model.pathToShow(0), u"/in/a.txt"_s);
    QCOMPARE(model.pathAt(0), QString());
    QCOMPARE(model.index(0).data(TransferModel::FootnoteRole).toString(), u"/in"_s);
}

void TransferFilesTest::actionsOfFiles()
{
    using Action = TransferAction;
    TransferModel model;
    model.apply(
        {sampleBatch(1, State::Transferring), sampleBatch(2, State::Transferring, Direction::Receiving)});
    model.applyFiles({sampleFile(1, 1, State::Failed), sampleFile(2, 1, State::Done, Direction::Receiving),
                      sampleFile(2, 2, State::Transferring, Direction::Receiving)});
    model.showFiles(1, ShownFiles::All);
    model.showFiles(2, ShownFiles::All);
    const TransferActions path = Action::Open | Action::ShowInFolder | Action::CopyPath;
    QCOMPARE(model.actionsAt(0),
             path | Action::Cancel | Action::Pause | Action::Discard | Action::ToggleFiles);
    QCOMPARE(model.actionsAt(1), path);
    QCOMPARE(model.actionsAt(3), path);
    QCOMPARE(model.actionsAt(4), TransferActions(Action::CopyPath));
    QCOMPARE(model.index(1).data(TransferModel::ButtonsRole).toInt(), 0);
    QCOMPARE(TransferActions(model.index(3).data(TransferModel::ButtonsRole).toInt()),
             Action::Open | Action::ShowInFolder);
    TransferSnapshot done = sampleBatch(1, State::Done);
    done.filesFailed = 1;
    model.apply({done});
    QCOMPARE(model.actionsAt(1), path | Action::Retry); // with all others that failed
}

void TransferFilesTest::retryOfABatch_data()
{
    QTest::addColumn<TransferSnapshot>("batch");
    QTest::addColumn<bool>("isRetried");
    QTest::addColumn<bool>("isClearable");
    QTest::addColumn<QString>("text");
    TransferSnapshot batch = sampleBatch(1, State::Done);
    QTest::newRow("done") << batch << false << true << QString();
    batch.filesFailed = 3;
    QTest::newRow("with warnings") << batch << true << false << u"Try failed files again"_s;
    batch.state = State::Failed;
    QTest::newRow("failed") << batch << true << false << u"Try again"_s;
    batch.direction = Direction::Receiving;
    batch.state = State::Done;
    QTest::newRow("received") << batch << false << true << QString();
    batch.state = State::Transferring;
    batch.direction = Direction::Sending;
    QTest::newRow("running") << batch << false << false << QString();
}

void TransferFilesTest::retryOfABatch()
{
    QFETCH(TransferSnapshot, batch);
    QFETCH(bool, isRetried);
    QFETCH(bool, isClearable);
    QFETCH(QString, text);
    TransferModel model;
    model.apply({batch});
    QCOMPARE(model.idsWith(TransferAction::Retry).size(), isRetried ? 1 : 0);
    QCOMPARE(model.clearableIds().size(), isClearable ? 1 : 0);
    QCOMPARE(model.totals().clearable, isClearable ? 1 : 0);
    if (isRetried) {
        QCOMPARE(model.totals().failed, 1);
        QCOMPARE(actionText(TransferAction::Retry, batch), text);
    }
    QCOMPARE(model.actionsAt(0).testFlag(TransferAction::ShowFailed), batch.filesFailed > 0);
}

void TransferFilesTest::filesCanBeDraggedOut()
{
    TransferModel model;
    model.apply({sampleBatch(1, State::Done, Direction::Receiving)});
    model.applyFiles({sampleFile(1, 1, State::Done, Direction::Receiving),
                      sampleFile(1, 2, State::Failed, Direction::Receiving)});
    model.showFiles(1, ShownFiles::All);
    QVERIFY(model.index(1).flags().testFlag(Qt::ItemIsDragEnabled));
    QVERIFY(!model.index(2).flags().testFlag(Qt::ItemIsDragEnabled));
    const std::unique_ptr<QMimeData> data(model.mimeData({model.index(1), model.index(2)}));
    QCOMPARE(data->urls(), QList{QUrl(u"file:///in/photos/sea/1.jpg"_s)});
}

void TransferFilesTest::countingEnds()
{
    TransferModel model;
    const auto details = [&model] {
        return model.index(0).data(TransferModel::DetailsRole).toStringList().front();
    };
    TransferSnapshot batch = sampleBatch(1, State::Preparing);
    for (batch.filesTotal = 100; batch.filesTotal < 3000; batch.filesTotal += 100)
        model.apply({batch});
    model.apply({batch}); // a slow folder
    QCOMPARE(details(), u"Calculating… 3,000 files"_s);
    for (int i = 0; i < 20; ++i)
        model.apply({batch});
    QCOMPARE(details(), u"Preparing"_s); // the peer is being asked
}

void TransferFilesTest::hundredThousandFiles()
{
    constexpr quint32 count = 100'000;
    TransferModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.apply({sampleBatch(1, State::Transferring), sampleTransfer(2, State::Waiting)});
    model.applyFiles(sampleFiles(1, count, State::Waiting));
    model.showFiles(1, ShownFiles::All);
    QCOMPARE(model.rowCount(), static_cast<int>(count) + 2);
    QList<FileSnapshot> changed;
    for (quint32 number = 1; number <= count; number += 7)
        changed << sampleFile(1, number, number % 2 == 0 ? State::Done : State::Failed);
    model.applyFiles(changed);
    for (const quint32 number : {1U, 2U, 8U, 99'996U, 100'000U}) {
        const int row = model.rowOf(RowId{1, number});
        QCOMPARE(row, static_cast<int>(number));
        const State state = number % 7 != 1 ? State::Waiting : number % 2 == 0 ? State::Done : State::Failed;
        QVERIFY(model.fileAt(row) == sampleFile(1, number, state));
    }
    QCOMPARE(model.rowOf(2), static_cast<int>(count) + 1);
    model.showFiles(1, ShownFiles::Failed);
    QCOMPARE(model.rowCount(), 2 + 7143);
    model.showFiles(1, ShownFiles::None);
    QCOMPARE(model.rowOf(2), 1);
}

QTEST_MAIN(TransferFilesTest)
#include "tst_transferfiles.moc"
