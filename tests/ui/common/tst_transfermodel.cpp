#include "../sampletransfers.h"
#include "icons.h"
#include "transfermodel.h"

#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>
#include <QUrl>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using State = TransferState;

class TransferModelTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rowsComeAndChangeById();
    void changesAreToldInRanges();
    void oneBatchMayTellTwice();
    void removedRowsComeBackToTheirPlaces_data();
    void removedRowsComeBackToTheirPlaces();
    void runningRowsAreNotRemoved();
    void runGoesFromNothingToAll();
    void nextRunBeginsAtNothing();
    void failureDoesNotHoldTheRunBack();
    void failedBytesAreNoProgress_data();
    void failedBytesAreNoProgress();
    void retryBeginsARun();
    void totalsCountFiles();
    void emptyFolderLooksLikeOne();
    void peerMayCancel_data();
    void peerMayCancel();
    void rowsSayWhatToDo_data();
    void rowsSayWhatToDo();
    void landedFilesCanBeDraggedOut();
    void whatIsNotEncryptedHasASign();
    void anotherKeyLeadsToTheKnownDevices();
    void peerTextIsPlain();
    void tenThousandRows();

private:
    static QList<TransferId> idsIn(const TransferModel& model);
};

QList<TransferId> TransferModelTest::idsIn(const TransferModel& model)
{
    QList<TransferId> ids;
    for (int row = 0; row < model.rowCount(); ++row)
        ids << model.at(row).id;
    return ids;
}

void TransferModelTest::rowsComeAndChangeById()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleTransfer(7, State::Waiting), sampleTransfer(3, State::Waiting)});
    QCOMPARE(idsIn(model), (QList<TransferId>{7, 3}));
    model.apply({sampleTransfer(3, State::Transferring), sampleTransfer(9, State::Waiting)});
    QCOMPARE(idsIn(model), (QList<TransferId>{7, 3, 9}));
    QCOMPARE(model.rowOf(3), 1);
    QCOMPARE(model.rowOf(4), -1);
    QCOMPARE(model.index(1).data(TransferModel::BytesDoneRole).toLongLong(), 400);
    QCOMPARE(model.index(1).data(TransferModel::ProgressRole).toDouble(), 0.4);
    QVERIFY(!model.index(0).data(TransferModel::ProgressRole).isValid());
    QCOMPARE(model.index(1).data(Qt::AccessibleTextRole).toString(),
             u"folder/report 3.pdf, 40 percent, about 2 minutes left"_s);
}

void TransferModelTest::changesAreToldInRanges()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    QList<TransferSnapshot> all;
    for (TransferId id = 1; id <= 6; ++id)
        all << sampleTransfer(id, State::Waiting);
    model.apply(all);
    QSignalSpy spy(&model, &TransferModel::dataChanged);
    model.apply({all[4], all[0], all[1], all[0]});
    QCOMPARE(spy.size(), 2);
    QCOMPARE(spy[0][0].toModelIndex().row(), 0);
    QCOMPARE(spy[0][1].toModelIndex().row(), 1);
    QCOMPARE(spy[1][0].toModelIndex().row(), 4);
}

void TransferModelTest::oneBatchMayTellTwice()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleTransfer(1, State::Waiting), sampleTransfer(1, State::Transferring)});
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(model.at(0).state, State::Transferring);
    QCOMPARE(model.totals().active, 1);
}

void TransferModelTest::removedRowsComeBackToTheirPlaces_data()
{
    QTest::addColumn<QList<TransferId>>("removed");
    QTest::addColumn<QList<TransferId>>("left");
    QTest::newRow("one") << QList<TransferId>{3} << QList<TransferId>{1, 2, 4, 5};
    QTest::newRow("first two") << QList<TransferId>{2, 1} << QList<TransferId>{3, 4, 5};
    QTest::newRow("scattered") << QList<TransferId>{5, 1, 3} << QList<TransferId>{2, 4};
    QTest::newRow("all") << QList<TransferId>{1, 2, 3, 4, 5} << QList<TransferId>();
}

void TransferModelTest::removedRowsComeBackToTheirPlaces()
{
    QFETCH(QList<TransferId>, removed);
    QFETCH(QList<TransferId>, left);
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    for (TransferId id = 1; id <= 5; ++id)
        model.apply({sampleTransfer(id, id == 4 ? State::Failed : State::Done)});
    const TransferTotals before = model.totals();
    auto gone = model.remove(removed);
    QCOMPARE(gone.size(), static_cast<size_t>(removed.size()));
    QCOMPARE(idsIn(model), left);
    QCOMPARE(model.totals().finished, static_cast<int>(left.size()));
    for (const TransferId id : left)
        QCOMPARE(model.at(model.rowOf(id)).id, id);
    model.restore(std::move(gone));
    QCOMPARE(idsIn(model), (QList<TransferId>{1, 2, 3, 4, 5}));
    QCOMPARE(model.totals().finished, before.finished);
    QCOMPARE(model.totals().failed, before.failed);
}

void TransferModelTest::runningRowsAreNotRemoved()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model);
    model.apply({sampleTransfer(1, State::Transferring), sampleTransfer(2, State::Done)});
    QCOMPARE(model.remove({1, 2, 99}).size(), 1U);
    QCOMPARE(idsIn(model), QList<TransferId>{1});
}

void TransferModelTest::runGoesFromNothingToAll()
{
    TransferModel model;
    QVERIFY(!model.totals().percent());
    model.apply({sampleTransfer(1, State::Waiting), sampleTransfer(2, State::Waiting)});
    QCOMPARE(model.totals().percent(), 0);
    model.apply({sampleTransfer(1, State::Transferring)});
    QCOMPARE(model.totals().percent(), 20);
    QCOMPARE(model.totals().bytesPerSecond, 100);
    QCOMPARE(model.totals().timeLeft(), std::chrono::seconds(17));
    model.apply({sampleTransfer(1, State::Done)});
    QCOMPARE(model.totals().percent(), 50);
    QCOMPARE(model.totals().bytesPerSecond, 0);
    model.endRun(); // not yet
    model.apply({sampleTransfer(2, State::Done)});
    QCOMPARE(model.totals().percent(), 100);
    QCOMPARE(model.totals().runFinished, 2);
    model.endRun();
    QVERIFY(!model.totals().percent());
}

void TransferModelTest::nextRunBeginsAtNothing()
{
    TransferModel model;
    model.apply({sampleTransfer(1, State::Transferring)});
    model.apply({sampleTransfer(1, State::Done)});
    model.endRun();
    model.apply({sampleTransfer(2, State::Waiting)});
    QCOMPARE(model.totals().percent(), 0);
    QCOMPARE(model.totals().runCount, 1);
    model.apply({sampleTransfer(3, State::Done)}); // small and quick: told only when it is over
    QCOMPARE(model.totals().runCount, 2);
    QCOMPARE(model.totals().percent(), 50);
}

void TransferModelTest::failureDoesNotHoldTheRunBack()
{
    TransferModel model;
    model.apply({sampleTransfer(1, State::Waiting), sampleTransfer(2, State::Waiting)});
    model.apply({sampleTransfer(1, State::Failed)});
    model.apply({sampleTransfer(2, State::Verifying)});
    TransferSnapshot last = sampleTransfer(2, State::Verifying);
    last.bytesDone = 1000;
    model.apply({last});
    QCOMPARE(model.totals().percent(), 100);
    QCOMPARE(model.totals().failed, 1);
    QCOMPARE(model.totals().runFailed, 1);
    model.apply({sampleTransfer(2, State::Cancelled)});
    QVERIFY(!model.totals().percent()); // nothing of it landed
}

void TransferModelTest::failedBytesAreNoProgress_data()
{
    QTest::addColumn<TransferState>("end");
    QTest::newRow("failed") << State::Failed;
    QTest::newRow("cancelled") << State::Cancelled;
}

void TransferModelTest::failedBytesAreNoProgress()
{
    QFETCH(TransferState, end);
    TransferModel model;
    TransferSnapshot big = sampleTransfer(1, State::Transferring);
    big.bytesTotal = 1'000'000;
    big.bytesDone = 900'000;
    model.apply({big, sampleTransfer(2, State::Transferring)});
    QCOMPARE(model.totals().percent(), 89);
    big.state = end;
    model.apply({big});
    QCOMPARE(model.totals().percent(), 40);
    QCOMPARE(model.totals().runBytesDone, 400);
    QCOMPARE(model.totals().runBytesTotal, 1000);
    model.apply({sampleTransfer(2, end)});
    QVERIFY(!model.totals().percent());
}

void TransferModelTest::totalsCountFiles()
{
    TransferModel model;
    TransferSnapshot batch = sampleBatch(1, State::Preparing);
    batch.filesTotal = 0;
    batch.bytesTotal = -1;
    model.apply({batch, sampleTransfer(2, State::Waiting)});
    QCOMPARE(model.totals().runCount, 1);
    batch = sampleBatch(1, State::Transferring);
    batch.filesDone = 3;
    batch.filesSkipped = 1;
    batch.filesFailed = 2;
    model.apply({batch});
    QCOMPARE(model.totals().active, 2);
    QCOMPARE(model.totals().runCount, 11);
    QCOMPARE(model.totals().runFinished, 6);
    QCOMPARE(model.totals().runFailed, 2);
    QCOMPARE(model.totals().percent(), 20);
    batch.state = State::Cancelled;
    model.apply({batch});
    QCOMPARE(model.totals().runFinished, 10);
    QCOMPARE(model.totals().runFailed, 6);
    batch.state = State::Done;
    batch.filesDone = 7;
    model.apply({batch, sampleTransfer(2, State::Done)});
    QCOMPARE(model.totals().runFinished, 11);
    QCOMPARE(model.totals().runFailed, 2);
    QCOMPARE(model.totals().runUploads, 2);
    model.endRun();
    QVERIFY(!model.totals().percent());
}

void TransferModelTest::emptyFolderLooksLikeOne()
{
    TransferModel model;
    TransferSnapshot folder = sampleTransfer(1, State::Done);
    folder.isFolder = true;
    folder.name = u"photos.jpg"_s;
    folder.bytesTotal = folder.bytesDone = 0;
    model.apply({folder});
    QCOMPARE(model.index(0).data(TransferModel::IconRole).toString(), u"folder"_s);
    QCOMPARE(model.index(0).data(TransferModel::DetailsRole).toStringList(), QStringList{u"Done"_s});
}

void TransferModelTest::peerMayCancel_data()
{
    QTest::addColumn<Direction>("direction");
    QTest::addColumn<QString>("text");
    QTest::newRow("receiver") << Direction::Sending << u"Cancelled by the receiver"_s;
    QTest::newRow("sender") << Direction::Receiving << u"Cancelled by the sender"_s;
}

void TransferModelTest::peerMayCancel()
{
    QFETCH(Direction, direction);
    QFETCH(QString, text);
    TransferModel model;
    TransferSnapshot transfer = sampleTransfer(1, State::Failed, direction);
    transfer.error = Error{ErrorCode::Cancelled, u"The other one cancelled the upload."_s};
    model.apply({transfer});
    const QModelIndex row = model.index(0);
    QCOMPARE(row.data(TransferModel::DetailsRole).toStringList().front(), text);
    QCOMPARE(row.data(TransferModel::ToneRole).toInt(), static_cast<int>(Tone::Neutral));
    QCOMPARE(row.data(TransferModel::StateIconRole).toString(), u"cancelled"_s);
    QVERIFY(row.data(Qt::AccessibleTextRole).toString().contains(text.toLower()));
}

void TransferModelTest::retryBeginsARun()
{
    TransferModel model;
    model.apply({sampleTransfer(1, State::Done), sampleTransfer(2, State::Failed)});
    model.endRun();
    model.apply({sampleTransfer(2, State::Waiting)});
    QCOMPARE(model.totals().runCount, 1);
    QCOMPARE(model.totals().active, 1);
    QCOMPARE(model.totals().failed, 0);
}

void TransferModelTest::rowsSayWhatToDo_data()
{
    using Action = TransferAction;
    QTest::addColumn<TransferSnapshot>("transfer");
    QTest::addColumn<TransferActions>("buttons");
    QTest::addColumn<TransferActions>("actions");
    const TransferActions path = Action::Open | Action::ShowInFolder | Action::CopyPath;
    QTest::newRow("sending") << sampleTransfer(1, State::Transferring) << (Action::Cancel | Action::Pause)
                             << (path | Action::Cancel | Action::Pause | Action::Discard);
    QTest::newRow("not sent") << sampleTransfer(1, State::Failed) << (Action::Retry | Action::Remove)
                              << (path | Action::Retry | Action::Remove);
    QTest::newRow("sent") << sampleTransfer(1, State::Done) << TransferActions() << (path | Action::Remove);
    QTest::newRow("receiving") << sampleTransfer(1, State::Transferring, Direction::Receiving)
                               << (Action::Cancel | Action::Pause)
                               << (Action::Cancel | Action::Pause | Action::Discard);
    TransferSnapshot basic = sampleTransfer(1, State::Transferring, Direction::Receiving);
    basic.isBasic = true;
    QTest::newRow("receiving from a browser")
        << basic << TransferActions(Action::Cancel) << TransferActions(Action::Cancel);
    QTest::newRow("received") << sampleTransfer(1, State::Done, Direction::Receiving)
                              << (Action::Open | Action::ShowInFolder) << (path | Action::Remove);
    QTest::newRow("not received") << sampleTransfer(1, State::Failed, Direction::Receiving)
                                  << TransferActions(Action::Remove) << TransferActions(Action::Remove);
}

void TransferModelTest::rowsSayWhatToDo()
{
    QFETCH(TransferSnapshot, transfer);
    QFETCH(TransferActions, buttons);
    QFETCH(TransferActions, actions);
    TransferModel model;
    model.apply({transfer});
    QCOMPARE(TransferActions(model.index(0).data(TransferModel::ButtonsRole).toInt()), buttons);
    QCOMPARE(TransferActions(model.index(0).data(TransferModel::ActionsRole).toInt()), actions);
}

void TransferModelTest::landedFilesCanBeDraggedOut()
{
    TransferModel model;
    model.apply({sampleTransfer(1, State::Done, Direction::Receiving),
                 sampleTransfer(2, State::Transferring, Direction::Receiving)});
    QVERIFY(model.index(0).flags().testFlag(Qt::ItemIsDragEnabled));
    QVERIFY(!model.index(1).flags().testFlag(Qt::ItemIsDragEnabled));
    QCOMPARE(model.supportedDragActions(), Qt::CopyAction);
    const std::unique_ptr<QMimeData> data(model.mimeData({model.index(0), model.index(1)}));
    QCOMPARE(data->urls(), QList{QUrl(u"file:///in/folder/report.pdf"_s)});
    QVERIFY(!model.mimeData({model.index(1)}));
}

void TransferModelTest::whatIsNotEncryptedHasASign()
{
    TransferModel model;
    TransferSnapshot plain = sampleTransfer(1, TransferState::Transferring);
    plain.isEncrypted = false;
    TransferSnapshot known = sampleTransfer(2, TransferState::Transferring);
    known.peerName = u"Anna's laptop"_s;
    known.peer = u"192.0.2.7"_s;
    model.apply({plain, known});
    const QModelIndex first = model.index(model.rowOf(1));
    const QModelIndex second = model.index(model.rowOf(2));
    QCOMPARE(first.data(TransferModel::SideIconRole).toString(), u"not-encrypted"_s);
    QCOMPARE(first.data(TransferModel::SideTextRole).toString(), u"to laptop, not encrypted"_s);
    QVERIFY(!second.data(TransferModel::SideIconRole).isValid());
    QCOMPARE(second.data(TransferModel::SideTextRole).toString(), u"to Anna's laptop"_s);
    QVERIFY(second.data(Qt::ToolTipRole).toString().contains(u"192.0.2.7"_s));
}

/// What failed over a key leads to the known devices.
void TransferModelTest::anotherKeyLeadsToTheKnownDevices()
{
    TransferSnapshot failed = sampleTransfer(1, TransferState::Failed);
    QVERIFY(!buttonsFor(failed).testFlag(TransferAction::KnownPeers));
    failed.error = Error{ErrorCode::NotTrusted, u"Another key."_s};
    QVERIFY(buttonsFor(failed).testFlag(TransferAction::KnownPeers));
    failed.state = TransferState::Waiting; // tried again
    QVERIFY(!buttonsFor(failed).testFlag(TransferAction::KnownPeers));
}

void TransferModelTest::peerTextIsPlain()
{
    TransferModel model;
    TransferSnapshot transfer = sampleTransfer(1, State::Failed);
    transfer.name = u"<b>x</b>\u202E.pdf"_s;
    transfer.error->text = u"<img src=x>"_s;
    model.apply({transfer});
    QCOMPARE(model.index(0).data().toString(), u"<b>x</b>\uFFFD.pdf"_s);
    const QString tip = model.index(0).data(Qt::ToolTipRole).toString();
    QVERIFY(tip.contains(u"&lt;b&gt;"_s) && tip.contains(u"&lt;img"_s) && !tip.contains(u"<b>"_s));
}

void TransferModelTest::tenThousandRows()
{
    TransferModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QList<TransferSnapshot> all;
    for (TransferId id = 1; id <= 10'000; ++id)
        all << sampleTransfer(id, State::Waiting);
    model.apply(all);
    for (TransferSnapshot& transfer : all)
        transfer.state = transfer.id % 2 == 0 ? State::Done : State::Failed;
    model.apply(all);
    QCOMPARE(model.totals().failed, 5000);
    QCOMPARE(model.idsWith(TransferAction::Retry).size(), 5000);
    auto gone = model.remove(model.idsWith(TransferAction::Retry));
    QCOMPARE(model.rowCount(), 5000);
    QCOMPARE(model.rowOf(10'000), 4999);
    model.restore(std::move(gone));
    QCOMPARE(model.rowCount(), 10'000);
    QCOMPARE(model.rowOf(10'000), 9999);
}

QTEST_MAIN(TransferModelTest)
#include "tst_transfermodel.moc"
