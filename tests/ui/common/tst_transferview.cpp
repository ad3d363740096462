#include "../sampletransfers.h"
#include "transferpanel.h"

#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QSignalSpy>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using State = TransferState;

/// Batches in the list: opening them, walking through their files, what can be done with those.
class TransferViewTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void chevronOpensAndCloses_data();
    void chevronOpensAndCloses();
    void doubleClickOpensABatch();
    void arrowsWalkIntoAndOut_data();
    void arrowsWalkIntoAndOut();
    void failedFilesAreShown();
    void buttonsAskForWhatTheySay_data();
    void buttonsAskForWhatTheySay();
    void pathsOfFilesAreCopied();
    void retryOfAFileIsThatOfItsBatch();
    void everythingSelectedIsCancelledOnce();
    void screenReaderFindsRows();
    void screenReaderOpensABatch();

private:
    void fill(int files);
    [[nodiscard]] TransferView& view() { return m_panel->view(); }
    [[nodiscard]] TransferModel& model() { return m_panel->model(); }
    void click(const QPoint& place);
    void focusRow(int row);

    std::unique_ptr<TransferPanel> m_panel;
};

void TransferViewTest::init()
{
    m_panel = std::make_unique<TransferPanel>(Direction::Sending);
    m_panel->resize(600, 500);
    m_panel->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    m_panel->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_panel.get()));
}

void TransferViewTest::cleanup()
{
    m_panel.reset();
}

/// A batch in row 0, a single upload behind it.
void TransferViewTest::fill(int files)
{
    TransferSnapshot batch = sampleBatch(1, State::Transferring);
    batch.filesTotal = files;
    m_panel->apply({batch, sampleTransfer(2, State::Waiting)});
    QList<FileSnapshot> all;
    for (quint32 number = 1; number <= static_cast<quint32>(files); ++number)
        all << sampleFile(1, number, State::Waiting);
    m_panel->applyFiles(all);
}

void TransferViewTest::click(const QPoint& place)
{
    QTest::mouseMove(view().viewport(), place);
    QTest::mouseClick(view().viewport(), Qt::LeftButton, {}, place);
}

void TransferViewTest::focusRow(int row)
{
    view().setFocus();
    view().setCurrentIndex(model().index(row));
}

void TransferViewTest::chevronOpensAndCloses_data()
{
    QTest::addColumn<Qt::LayoutDirection>("direction");
    QTest::newRow("left to right") << Qt::LeftToRight;
    QTest::newRow("right to left") << Qt::RightToLeft;
}

void TransferViewTest::chevronOpensAndCloses()
{
    QFETCH(Qt::LayoutDirection, direction);
    m_panel->setLayoutDirection(direction);
    fill(3);
    const QRect row = view().visualRect(model().index(0));
    const QPoint chevron(direction == Qt::LeftToRight ? row.left() + 15 : row.right() - 15, row.center().y());
    click(chevron);
    QCOMPARE(model().rowCount(), 5);
    QVERIFY(view().selectionModel()->selectedRows().isEmpty());
    click(chevron);
    QCOMPARE(model().rowCount(), 2);
    const QRect single = view().visualRect(model().index(1));
    click({chevron.x(), single.center().y()}); // nothing to open
    QCOMPARE(model().rowCount(), 2);
}

void TransferViewTest::doubleClickOpensABatch()
{
    fill(3);
    const QPoint name = view().visualRect(model().index(0)).center();
    QSignalSpy triggered(&view(), &TransferView::actionTriggered);
    QTest::mouseClick(view().viewport(), Qt::LeftButton, {}, name);
    QTest::mouseDClick(view().viewport(), Qt::LeftButton, {}, name);
    QCOMPARE(model().rowCount(), 5);
    QCOMPARE(triggered.size(), 0);
}

void TransferViewTest::arrowsWalkIntoAndOut_data()
{
    QTest::addColumn<Qt::LayoutDirection>("direction");
    QTest::addColumn<Qt::Key>("inwards");
    QTest::addColumn<Qt::Key>("outwards");
    QTest::newRow("left to right") << Qt::LeftToRight << Qt::Key_Right << Qt::Key_Left;
    QTest::newRow("right to left") << Qt::RightToLeft << Qt::Key_Left << Qt::Key_Right;
}

void TransferViewTest::arrowsWalkIntoAndOut()
{
    QFETCH(Qt::LayoutDirection, direction);
    QFETCH(Qt::Key, inwards);
    QFETCH(Qt::Key, outwards);
    m_panel->setLayoutDirection(direction);
    fill(3);
    focusRow(0);
    const auto press = [this](Qt::Key key) {
        QTest::keyClick(&view(), key);
        return std::pair(model().rowCount(), view().currentIndex().row());
    };
    QCOMPARE(press(outwards), std::pair(2, 0));
    QCOMPARE(press(inwards), std::pair(5, 0));
    QCOMPARE(press(inwards), std::pair(5, 1));
    QCOMPARE(press(inwards), std::pair(5, 1));
    QTest::keyClick(&view(), Qt::Key_Down);
    QCOMPARE(press(outwards), std::pair(5, 0));
    QCOMPARE(press(outwards), std::pair(2, 0));
    focusRow(1);
    QCOMPARE(press(inwards), std::pair(2, 1));
}

void TransferViewTest::failedFilesAreShown()
{
    fill(300);
    m_panel->applyFiles({sampleFile(1, 200, State::Failed), sampleFile(1, 250, State::Failed)});
    TransferSnapshot batch = sampleBatch(1, State::Done);
    batch.filesFailed = 2;
    m_panel->apply({batch});
    focusRow(0);
    QTest::keySequence(&view(), QKeySequence(u"Ctrl+E"_s));
    QCOMPARE(model().rowCount(), 4);
    QCOMPARE(view().selectionModel()->selectedRows().size(), 1);
    QCOMPARE(model().idAt(view().currentIndex().row()), (RowId{1, 200}));
    QVERIFY(view().isInSight(view().currentIndex()));
    view().setCurrentIndex(model().index(2));
    view().selectionModel()->select(model().index(0), QItemSelectionModel::ClearAndSelect);
    view().perform(TransferAction::ShowFailed); // all again, around the one that was looked at
    QCOMPARE(model().rowCount(), 302);
    QCOMPARE(model().idAt(view().currentIndex().row()), (RowId{1, 250}));
    QVERIFY(view().isInSight(view().currentIndex()));
}

void TransferViewTest::buttonsAskForWhatTheySay_data()
{
    QTest::addColumn<TransferAction>("action");
    QTest::addColumn<QKeySequence>("key");
    QTest::addColumn<TransferState>("state");
    QTest::addColumn<QString>("asked");
    QTest::newRow("pause") << TransferAction::Pause << QKeySequence(Qt::CTRL | Qt::Key_P)
                           << State::Transferring << u"pause"_s;
    QTest::newRow("nothing to pause")
        << TransferAction::Pause << QKeySequence(Qt::CTRL | Qt::Key_P) << State::Waiting << QString();
    QTest::newRow("resume") << TransferAction::Resume << QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P)
                            << State::Paused << u"resume"_s;
    QTest::newRow("cancel") << TransferAction::Cancel << QKeySequence(Qt::Key_Delete) << State::Reconnecting
                            << u"cancel"_s;
    QTest::newRow("retry") << TransferAction::Retry << QKeySequence(Qt::Key_F5) << State::Failed
                           << u"retry"_s;
}

void TransferViewTest::buttonsAskForWhatTheySay()
{
    QFETCH(TransferAction, action);
    QFETCH(QKeySequence, key);
    QFETCH(TransferState, state);
    QFETCH(QString, asked);
    m_panel->apply({sampleBatch(1, state)});
    QStringList told;
    const auto note = [&told](const QString& word) {
        return [&told, word](const QList<TransferId>& ids) {
            if (ids == QList<TransferId>{1})
                told << word;
        };
    };
    connect(m_panel.get(), &TransferPanel::pauseRequested, this, note(u"pause"_s));
    connect(m_panel.get(), &TransferPanel::resumeRequested, this, note(u"resume"_s));
    connect(m_panel.get(), &TransferPanel::cancelRequested, this, note(u"cancel"_s));
    connect(m_panel.get(), &TransferPanel::retryRequested, this, note(u"retry"_s));
    focusRow(0);
    QTest::keySequence(&view(), key);
    view().perform(action);
    QCOMPARE(told, asked.isEmpty() ? QStringList() : (QStringList{asked, asked}));
}

void TransferViewTest::pathsOfFilesAreCopied()
{
    fill(3);
    m_panel->applyFiles({sampleFile(1, 2, State::Failed)});
    model().showFiles(1, ShownFiles::All);
    focusRow(1);
    view().selectAll();
    QTest::keySequence(&view(), QKeySequence::Copy);
    QCOMPARE(QApplication::clipboard()->text().split(u'\n'),
             (QStringList{u"/somewhere/photos"_s, u"/somewhere/photos/sea/1.jpg"_s,
                          u"/somewhere/photos/sea/2.jpg"_s, u"/somewhere/photos/sea/3.jpg"_s,
                          u"/somewhere/folder/report 2.pdf"_s}));
}

void TransferViewTest::retryOfAFileIsThatOfItsBatch()
{
    fill(3);
    m_panel->applyFiles({sampleFile(1, 1, State::Failed), sampleFile(1, 3, State::Failed)});
    TransferSnapshot batch = sampleBatch(1, State::Done);
    batch.filesFailed = 2;
    m_panel->apply({batch});
    model().showFiles(1, ShownFiles::All);
    QSignalSpy retried(m_panel.get(), &TransferPanel::retryRequested);
    view().selectAll();
    view().perform(TransferAction::Retry);
    QCOMPARE(retried.size(), 1);
    QCOMPARE(retried[0][0].value<QList<TransferId>>(), QList<TransferId>{1});
    m_panel->retryAction().trigger();
    QCOMPARE(retried[1][0].value<QList<TransferId>>(), QList<TransferId>{1});
}

void TransferViewTest::everythingSelectedIsCancelledOnce()
{
    fill(3);
    model().showFiles(1, ShownFiles::All);
    QSignalSpy cancelled(m_panel.get(), &TransferPanel::cancelRequested);
    focusRow(2);
    view().perform(TransferAction::Cancel); // a file alone cannot be cancelled
    QCOMPARE(cancelled.size(), 0);
    view().selectAll();
    view().perform(TransferAction::Cancel);
    QCOMPARE(cancelled[0][0].value<QList<TransferId>>(), (QList<TransferId>{1, 2}));
}

void TransferViewTest::screenReaderFindsRows()
{
    fill(3);
    model().showFiles(1, ShownFiles::All);
    QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&view());
    QCOMPARE(list->role(), QAccessible::List);
    QCOMPARE(list->text(QAccessible::Name), u"Uploads to other devices"_s);
    QCOMPARE(list->childCount(), 5);
    QAccessibleInterface* batch = list->child(0);
    QAccessibleInterface* file = list->child(2);
    QCOMPARE(batch->text(QAccessible::Name), u"photos, 40 percent, about 2 minutes left"_s);
    QCOMPARE(file->text(QAccessible::Name), u"photos/sea/2.jpg, waiting"_s);
    QCOMPARE(file->role(), QAccessible::ListItem);
    QCOMPARE(list->indexOfChild(file), 2);
    QCOMPARE(list->child(2), file);
    QCOMPARE(file->parent(), list);
    const QRect place = file->rect();
    QCOMPARE(list->childAt(place.center().x(), place.center().y()), file);
    focusRow(2);
    QVERIFY(file->state().focused && file->state().selected && !file->state().expandable);
    QCOMPARE(list->focusChild(), file);
    QVERIFY(!list->child(5));
    model().showFiles(1, ShownFiles::None);
    QVERIFY(!file->isValid());
    QVERIFY(file->text(QAccessible::Name).isEmpty());
    QVERIFY(batch->isValid());
}

void TransferViewTest::screenReaderOpensABatch()
{
    fill(3);
    QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&view());
    QAccessibleInterface* batch = list->child(0);
    QVERIFY(batch->state().expandable && batch->state().collapsed && !batch->state().expanded);
    QVERIFY(batch->actionInterface()->actionNames().contains(QAccessibleActionInterface::toggleAction()));
    batch->actionInterface()->doAction(QAccessibleActionInterface::toggleAction());
    QCOMPARE(list->childCount(), 5);
    QVERIFY(batch->state().expanded);
    QAccessibleInterface* single = list->child(4);
    QVERIFY(!single->actionInterface()->actionNames().contains(QAccessibleActionInterface::toggleAction()));
    single->actionInterface()->doAction(QAccessibleActionInterface::setFocusAction());
    QCOMPARE(view().currentIndex().row(), 4);
}

QTEST_MAIN(TransferViewTest)
#include "tst_transferview.moc"
