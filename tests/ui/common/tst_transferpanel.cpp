#include "../sampletransfers.h"
#include "rowstyle.h"
#include "transferpanel.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QMessageBox>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using State = TransferState;

class TransferPanelTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void buttonInTheRowCancels();
    void buttonThatMovedAwayDoesNothing();
    void discardAsks_data();
    void discardAsks();
    void keysDoWhatButtonsDo_data();
    void keysDoWhatButtonsDo();
    void clearCanBeUndone();
    void clearKeepsWhatCanBeRetried_data();
    void clearKeepsWhatCanBeRetried();
    void undoEndsWithTheNextUpload();
    void clearedRowsAreForgottenInTheEnd();
    void openingWhatIsGoneSaysSo_data();
    void openingWhatIsGoneSaysSo();
    void longFailureKeepsItsReason();
    void copiesPaths();
    void rowsHaveOneHeight();
    void everyStatePaints_data();
    void everyStatePaints();
    void followsTheRunningRow();
    void staysWhereSomebodyScrolledTo();
    void showsNewRows_data();
    void showsNewRows();
    void tenThousandRowsScroll();

private:
    static void show(TransferPanel& panel);
    static QPoint buttonPlace(TransferPanel& panel, int row);
};

void TransferPanelTest::show(TransferPanel& panel)
{
    panel.resize(600, 400);
    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
}

/// Where the row's Cancel is.
QPoint TransferPanelTest::buttonPlace(TransferPanel& panel, int row)
{
    const QModelIndex index = panel.model().index(row);
    QStyleOptionViewItem option;
    option.initFrom(&panel.view());
    option.rect = panel.view().visualRect(index);
    const auto* delegate = static_cast<const TransferDelegate*>(panel.view().itemDelegate());
    QPoint place = option.rect.center();
    for (place.setX(option.rect.left()); option.rect.contains(place); place += QPoint(1, 0)) {
        if (delegate->buttonAt(option, index, place) == TransferAction::Cancel)
            return place + QPoint(2, 0);
    }
    return {};
}

void TransferPanelTest::buttonInTheRowCancels()
{
    TransferPanel panel(Direction::Sending);
    panel.apply({sampleTransfer(1, State::Waiting), sampleTransfer(2, State::Transferring)});
    show(panel);
    QSignalSpy cancelled(&panel, &TransferPanel::cancelRequested);
    const QPoint place = buttonPlace(panel, 1);
    QTest::mouseMove(panel.view().viewport(), place);
    QTest::mouseClick(panel.view().viewport(), Qt::LeftButton, {}, place);
    QCOMPARE(cancelled.size(), 1);
    QCOMPARE(cancelled[0][0].value<QList<TransferId>>(), QList<TransferId>{2});
    QVERIFY(panel.view().selectionModel()->selectedRows().isEmpty());
}

void TransferPanelTest::buttonThatMovedAwayDoesNothing()
{
    TransferPanel panel(Direction::Sending);
    panel.apply({sampleTransfer(1, State::Transferring)});
    show(panel);
    QSignalSpy cancelled(&panel, &TransferPanel::cancelRequested);
    QSignalSpy retried(&panel, &TransferPanel::retryRequested);
    QTest::mousePress(panel.view().viewport(), Qt::LeftButton, {}, buttonPlace(panel, 0));
    panel.apply({sampleTransfer(1, State::Failed)}); // Retry stands there now
    QTest::mouseRelease(panel.view().viewport(), Qt::LeftButton, {}, buttonPlace(panel, 0));
    QCOMPARE(cancelled.size() + retried.size(), 0);
}

void TransferPanelTest::discardAsks_data()
{
    QTest::addColumn<bool>("isWanted");
    QTest::newRow("discarded") << true;
    QTest::newRow("kept") << false;
}

void TransferPanelTest::discardAsks()
{
    QFETCH(bool, isWanted);
    TransferPanel panel(Direction::Receiving);
    panel.apply({sampleTransfer(7, State::Transferring, Direction::Receiving)});
    QSignalSpy cancelled(&panel, &TransferPanel::cancelRequested);
    QSignalSpy discarded(&panel, &TransferPanel::discardRequested);
    panel.view().selectionModel()->setCurrentIndex(panel.model().index(0),
                                                   QItemSelectionModel::ClearAndSelect);
    panel.view().perform(TransferAction::Discard);
    auto* box = panel.findChild<QMessageBox*>();
    QVERIFY(box && discarded.isEmpty());
    QVERIFY(box->buttonRole(box->defaultButton()) == QMessageBox::RejectRole); // a stray Enter loses nothing
    for (QAbstractButton* button : box->buttons()) {
        if ((box->buttonRole(button) == QMessageBox::DestructiveRole) == isWanted) {
            button->click();
            break;
        }
    }
    QCOMPARE(discarded.size(), isWanted ? 1 : 0);
    QCOMPARE(cancelled.size(), 0);
    if (isWanted)
        QCOMPARE(discarded[0][0].value<QList<TransferId>>(), QList<TransferId>{7});
}

void TransferPanelTest::keysDoWhatButtonsDo_data()
{
    QTest::addColumn<TransferState>("state");
    QTest::addColumn<QKeySequence>("key");
    QTest::addColumn<QString>("asked");
    QTest::newRow("Delete cancels") << State::Transferring << QKeySequence(Qt::Key_Delete) << u"cancel"_s;
    QTest::newRow("F5 retries") << State::Failed << QKeySequence(Qt::Key_F5) << u"retry"_s;
    QTest::newRow("Ctrl+R retries") << State::Cancelled << QKeySequence(Qt::CTRL | Qt::Key_R) << u"retry"_s;
    QTest::newRow("nothing to retry") << State::Done << QKeySequence(Qt::Key_F5) << QString();
    QTest::newRow("nothing to cancel") << State::Done << QKeySequence(Qt::Key_Delete) << QString();
}

void TransferPanelTest::keysDoWhatButtonsDo()
{
    QFETCH(TransferState, state);
    QFETCH(QKeySequence, key);
    TransferPanel panel(Direction::Sending);
    panel.apply({sampleTransfer(5, state), sampleTransfer(6, State::Waiting)});
    show(panel);
    QString asked;
    connect(&panel, &TransferPanel::cancelRequested, &panel, [&asked] { asked = u"cancel"_s; });
    connect(&panel, &TransferPanel::retryRequested, &panel, [&asked] { asked = u"retry"_s; });
    panel.activateWindow();
    panel.view().setFocus();
    QVERIFY(QTest::qWaitForWindowActive(&panel));
    panel.view().setCurrentIndex(panel.model().index(0));
    QTest::keySequence(&panel.view(), key);
    QTEST(asked, "asked");
}

void TransferPanelTest::clearCanBeUndone()
{
    TransferPanel panel(Direction::Sending);
    show(panel);
    QVERIFY(!panel.clearAction().isEnabled());
    panel.apply({sampleTransfer(1, State::Done), sampleTransfer(2, State::Transferring),
                 sampleTransfer(3, State::Cancelled)});
    QSignalSpy forgotten(&panel, &TransferPanel::forgotten);
    panel.clearAction().trigger();
    QCOMPARE(panel.model().rowCount(), 1);
    QVERIFY(panel.messageBar().isVisible());
    QWidget* undo = panel.messageBar().choiceButton(0);
    undo->setFocus();
    QTRY_COMPARE(QApplication::focusWidget(), undo);
    QTest::keyClick(undo, Qt::Key_Return);
    QCOMPARE(panel.model().rowCount(), 3);
    QVERIFY(!panel.messageBar().isVisible());
    QCOMPARE(forgotten.size(), 0);
}

void TransferPanelTest::clearKeepsWhatCanBeRetried_data()
{
    QTest::addColumn<Direction>("direction");
    QTest::addColumn<int>("left");
    QTest::newRow("sent") << Direction::Sending << 1;
    QTest::newRow("received") << Direction::Receiving << 0;
}

void TransferPanelTest::clearKeepsWhatCanBeRetried()
{
    QFETCH(Direction, direction);
    TransferPanel panel(direction);
    panel.apply({sampleTransfer(1, State::Done, direction), sampleTransfer(2, State::Failed, direction),
                 sampleTransfer(3, State::Cancelled, direction),
                 sampleTransfer(4, State::SentNotConfirmed, direction)});
    panel.clearAction().trigger();
    QTEST(panel.model().rowCount(), "left");
    QVERIFY(!panel.clearAction().isEnabled());
}

void TransferPanelTest::undoEndsWithTheNextUpload()
{
    TransferPanel panel(Direction::Sending);
    show(panel);
    panel.apply({sampleTransfer(1, State::Done), sampleTransfer(2, State::Transferring)});
    panel.clearAction().trigger();
    QSignalSpy forgotten(&panel, &TransferPanel::forgotten);
    panel.apply({sampleTransfer(2, State::Verifying)});
    QVERIFY(panel.messageBar().isVisible());
    panel.apply({sampleTransfer(3, State::Waiting)});
    QVERIFY(!panel.messageBar().isVisible());
    QCOMPARE(forgotten.size(), 1);
}

void TransferPanelTest::clearedRowsAreForgottenInTheEnd()
{
    TransferPanel panel(Direction::Sending);
    show(panel);
    panel.apply({sampleTransfer(1, State::Done)});
    QSignalSpy forgotten(&panel, &TransferPanel::forgotten);
    panel.clearAction().trigger();
    panel.apply({sampleTransfer(2, State::Done)});
    panel.clearAction().trigger(); // the second clearing ends the chance to undo the first
    QCOMPARE(forgotten.size(), 1);
    QCOMPARE(forgotten[0][0].value<QList<TransferId>>(), QList<TransferId>{1});
    panel.messageBar().dismiss();
    QCOMPARE(forgotten.size(), 2);
}

void TransferPanelTest::openingWhatIsGoneSaysSo_data()
{
    QTest::addColumn<TransferAction>("action");
    QTest::newRow("open") << TransferAction::Open;
    QTest::newRow("show in folder") << TransferAction::ShowInFolder;
}

void TransferPanelTest::openingWhatIsGoneSaysSo()
{
    QFETCH(TransferAction, action);
    TransferPanel panel(Direction::Receiving);
    TransferSnapshot gone = sampleTransfer(1, State::Done, Direction::Receiving);
    gone.destination = u"/nowhere/at all/a.txt"_s;
    panel.apply({gone});
    show(panel);
    panel.view().setCurrentIndex(panel.model().index(0));
    panel.view().perform(action);
    QTRY_VERIFY(panel.messageBar().isVisible());
    QVERIFY(panel.messageBar().text().contains(gone.destination));
}

/// However long the name is, and however narrow the window.
void TransferPanelTest::longFailureKeepsItsReason()
{
    const QFont font = QApplication::font();
    const QFontMetrics metrics(font);
    const int width = metrics.averageCharWidth() * 60;
    const QString name(200, u'n');
    const QString reason = u"No such file or directory."_s;
    const QStringList lines =
        inTwoLines(u"Cannot read “%1”: %2"_s.arg(name, reason), u"Retry."_s, font, width);
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[0].startsWith(u"Cannot read"_s));
    QVERIFY(lines[1].endsWith(u"directory."_s));
    for (const QString& line : lines)
        QVERIFY(metrics.horizontalAdvance(line) <= width);
    const QStringList both = inTwoLines(u"Not enough space for “a.txt”: 40.0 MB needed, 12.6 MB free."_s,
                                        u"Free some space."_s, font, width);
    QCOMPARE(both.join(u' '),
             u"Not enough space for “a.txt”: 40.0 MB needed, 12.6 MB free. Free some space."_s);
}

void TransferPanelTest::copiesPaths()
{
    TransferPanel panel(Direction::Receiving);
    panel.apply({sampleTransfer(1, State::Done, Direction::Receiving)});
    show(panel);
    panel.view().selectAll();
    panel.view().perform(TransferAction::CopyPath);
    QCOMPARE(QApplication::clipboard()->text(), u"/in/folder/report.pdf"_s);
}

void TransferPanelTest::rowsHaveOneHeight()
{
    TransferPanel panel(Direction::Sending);
    QList<TransferSnapshot> all;
    for (int state = 0; state <= static_cast<int>(State::Cancelled); ++state)
        all << sampleTransfer(static_cast<TransferId>(state) + 1, static_cast<State>(state));
    panel.apply(all);
    show(panel);
    const int height = panel.view().sizeHintForIndex(panel.model().index(0)).height();
    for (int row = 1; row < panel.model().rowCount(); ++row)
        QCOMPARE(panel.view().sizeHintForIndex(panel.model().index(row)).height(), height);
}

void TransferPanelTest::everyStatePaints_data()
{
    QTest::addColumn<TransferSnapshot>("transfer");
    for (int state = 0; state <= static_cast<int>(State::Cancelled); ++state)
        QTest::addRow("%d", state) << sampleTransfer(1, static_cast<State>(state));
    TransferSnapshot odd = sampleTransfer(1, State::Transferring, Direction::Receiving);
    odd.bytesTotal = -1;
    odd.name = QString(4000, u'W');
    odd.peer = QString(4000, u'W');
    QTest::newRow("unknown size, endless names") << odd;
    TransferSnapshot bare;
    bare.id = 1;
    QTest::newRow("nothing known") << bare;
}

void TransferPanelTest::everyStatePaints()
{
    QFETCH(TransferSnapshot, transfer);
    for (const Qt::LayoutDirection direction : {Qt::LeftToRight, Qt::RightToLeft}) {
        for (const int width : {40, 360, 1200}) {
            TransferPanel panel(Direction::Sending);
            panel.setLayoutDirection(direction);
            panel.apply({transfer});
            panel.resize(width, 200);
            const QImage normal = panel.grab().toImage();
            panel.view().selectAll();
            QVERIFY(panel.grab().toImage() != normal);
        }
    }
}

void TransferPanelTest::followsTheRunningRow()
{
    TransferPanel panel(Direction::Sending);
    QList<TransferSnapshot> all;
    for (TransferId id = 1; id <= 100; ++id)
        all << sampleTransfer(id, State::Waiting);
    panel.apply(all);
    show(panel);
    for (const TransferId id : {TransferId(1), TransferId(2), TransferId(40)}) {
        panel.apply({sampleTransfer(id, State::Transferring)});
        const QRect row = panel.view().visualRect(panel.model().index(panel.model().rowOf(id)));
        QVERIFY(panel.view().viewport()->rect().contains(row.center()));
    }
}

void TransferPanelTest::staysWhereSomebodyScrolledTo()
{
    TransferPanel panel(Direction::Sending);
    QList<TransferSnapshot> all;
    for (TransferId id = 1; id <= 100; ++id)
        all << sampleTransfer(id, State::Waiting);
    panel.apply(all);
    show(panel);
    panel.apply({sampleTransfer(1, State::Transferring)});
    QScrollBar* bar = panel.view().verticalScrollBar();
    bar->setValue(bar->maximum());
    panel.apply({sampleTransfer(1, State::Done), sampleTransfer(2, State::Transferring)});
    QCOMPARE(bar->value(), bar->maximum());
}

void TransferPanelTest::showsNewRows_data()
{
    QTest::addColumn<int>("scrolledTo"); // percent of the list
    QTest::addColumn<bool>("isOwn");
    QTest::addColumn<TransferState>("state");
    QTest::addColumn<bool>("isShown");
    QTest::newRow("at the end, waiting") << 100 << false << State::Waiting << true;
    QTest::newRow("at the end, over already") << 100 << false << State::Done << true;
    QTest::newRow("at the end, failed") << 100 << false << State::Failed << true;
    QTest::newRow("scrolled away") << 50 << false << State::Transferring << false;
    QTest::newRow("scrolled away, own") << 50 << true << State::Done << true;
}

void TransferPanelTest::showsNewRows()
{
    QFETCH(int, scrolledTo);
    QFETCH(bool, isOwn);
    QFETCH(TransferState, state);
    TransferPanel panel(Direction::Sending);
    QList<TransferSnapshot> all;
    for (TransferId id = 1; id <= 100; ++id)
        all << sampleTransfer(id, State::Waiting);
    panel.apply(all);
    show(panel);
    panel.apply({sampleTransfer(1, State::Transferring)});
    QScrollBar* bar = panel.view().verticalScrollBar();
    bar->setValue(bar->maximum() * scrolledTo / 100);
    if (isOwn)
        panel.showNewRows();
    panel.apply({sampleTransfer(200, state)});
    const QRect row = panel.view().visualRect(panel.model().index(100));
    QTEST(panel.view().viewport()->rect().contains(row.center()), "isShown");
}

void TransferPanelTest::tenThousandRowsScroll()
{
    TransferPanel panel(Direction::Sending);
    QList<TransferSnapshot> all;
    for (TransferId id = 1; id <= 10'000; ++id)
        all << sampleTransfer(id, State::Waiting);
    panel.apply(all);
    show(panel);
    panel.view().scrollToBottom();
    for (TransferSnapshot& transfer : all)
        transfer.state = State::Done;
    panel.apply(all);
    const QModelIndex last = panel.model().index(9999);
    QVERIFY(panel.view().viewport()->rect().contains(panel.view().visualRect(last).center()));
    QCOMPARE(panel.view().indexAt(panel.view().visualRect(last).center()), last);
}

QTEST_MAIN(TransferPanelTest)
#include "tst_transferpanel.moc"
