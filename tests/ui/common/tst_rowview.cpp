#include "../sampletransfers.h"
#include "transferpanel.h"

#include <QApplication>
#include <QScrollBar>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using State = TransferState;

/// Where the rows of the list lie, with files open: scrolling, moving, selecting.
class RowViewTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void staysInPlaceWhenFilesComeAbove();
    void followsTheRunningFile();
    void leavesThoseAloneWhoLookElsewhere();
    void rowsAreWhereTheySay();
    void cursorMovesByRowsAndPages();
    void shiftSelectsAcrossHeights();
    void everyFilePaints();
    void hundredThousandRowsScroll();

private:
    void fill(int files);
    [[nodiscard]] TransferView& view() { return m_panel->view(); }
    [[nodiscard]] TransferModel& model() { return m_panel->model(); }
    [[nodiscard]] QModelIndex rowAt(const QPoint& place) { return view().indexAt(place); }
    void focusRow(int row);

    std::unique_ptr<TransferPanel> m_panel;
};

void RowViewTest::init()
{
    m_panel = std::make_unique<TransferPanel>(Direction::Sending);
    m_panel->resize(600, 500);
    m_panel->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_panel.get()));
    m_panel->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_panel.get()));
}

void RowViewTest::cleanup()
{
    m_panel.reset();
}

/// A batch in row 0, a single upload behind it.
void RowViewTest::fill(int files)
{
    TransferSnapshot batch = sampleBatch(1, State::Transferring);
    batch.filesTotal = files;
    m_panel->apply({batch, sampleTransfer(2, State::Waiting)});
    QList<FileSnapshot> all;
    for (quint32 number = 1; number <= static_cast<quint32>(files); ++number)
        all << sampleFile(1, number, State::Waiting);
    m_panel->applyFiles(all);
}

void RowViewTest::focusRow(int row)
{
    view().setFocus();
    view().setCurrentIndex(model().index(row));
}

void RowViewTest::staysInPlaceWhenFilesComeAbove()
{
    fill(100);
    model().showFiles(1, ShownFiles::All);
    for (TransferId id = 10; id < 60; ++id)
        m_panel->apply({sampleTransfer(id, State::Waiting)});
    view().scrollTo(model().index(model().rowOf(30)), QAbstractItemView::PositionAtTop);
    const auto place = [this] { return view().visualRect(model().index(model().rowOf(30))).top(); };
    QCOMPARE(place(), 0);
    QList<FileSnapshot> more;
    for (quint32 number = 101; number <= 300; ++number)
        more << sampleFile(1, number, State::Waiting);
    m_panel->applyFiles(more);
    QCOMPARE(place(), 0);
    model().showFiles(1, ShownFiles::None);
    QCOMPARE(place(), 0);
    model().showFiles(1, ShownFiles::All);
    QCOMPARE(place(), 0);
}

void RowViewTest::followsTheRunningFile()
{
    fill(500);
    model().showFiles(1, ShownFiles::All);
    for (const quint32 number : {1U, 2U, 40U, 300U}) {
        m_panel->applyFiles({sampleFile(1, number, State::Transferring)});
        QVERIFY(view().isInSight(model().index(model().rowOf(RowId{1, number}))));
    }
}

void RowViewTest::leavesThoseAloneWhoLookElsewhere()
{
    fill(500);
    m_panel->applyFiles({sampleFile(1, 300, State::Transferring)});
    model().showFiles(1, ShownFiles::All);
    QScrollBar* bar = view().verticalScrollBar();
    bar->setValue(400);
    m_panel->applyFiles({sampleFile(1, 301, State::Transferring)});
    QCOMPARE(bar->value(), 400);
    bar->setValue(bar->maximum());
    m_panel->applyFiles({sampleFile(1, 302, State::Transferring), sampleFile(1, 303, State::Waiting)});
    QCOMPARE(bar->value(), bar->maximum());
}

void RowViewTest::rowsAreWhereTheySay()
{
    fill(30);
    model().showFiles(1, ShownFiles::All);
    int bottom = -view().verticalScrollBar()->value();
    for (int row = 0; row < model().rowCount(); ++row) {
        const QModelIndex index = model().index(row);
        const QRect rect = view().visualRect(index);
        QCOMPARE(rect.top(), bottom);
        QCOMPARE(rect.height(), view().sizeHintForIndex(index).height());
        QCOMPARE(rect.width(), view().viewport()->width());
        QCOMPARE(rowAt(rect.topLeft()), index);
        QCOMPARE(rowAt(rect.bottomRight()), index);
        bottom = rect.bottom() + 1;
    }
    QVERIFY(!rowAt({10, bottom}).isValid());
}

void RowViewTest::cursorMovesByRowsAndPages()
{
    fill(200);
    model().showFiles(1, ShownFiles::All);
    focusRow(0);
    const auto press = [this](Qt::Key key) {
        QTest::keyClick(&view(), key);
        const QModelIndex current = view().currentIndex();
        return view().viewport()->rect().contains(view().visualRect(current)) ? current.row() : -1;
    };
    QCOMPARE(press(Qt::Key_Down), 1);
    QCOMPARE(press(Qt::Key_Up), 0);
    QCOMPARE(press(Qt::Key_Up), 0);
    const int page = press(Qt::Key_PageDown);
    QVERIFY(page > 5 && page < 40);
    QVERIFY(press(Qt::Key_PageDown) > page);
    QCOMPARE(press(Qt::Key_PageUp), page);
    QCOMPARE(press(Qt::Key_End), 201);
    QCOMPARE(press(Qt::Key_Down), 201);
    QVERIFY(press(Qt::Key_PageUp) < 201);
    QCOMPARE(press(Qt::Key_Home), 0);
}

void RowViewTest::shiftSelectsAcrossHeights()
{
    fill(5);
    model().showFiles(1, ShownFiles::All);
    QTest::mouseClick(view().viewport(), Qt::LeftButton, {}, view().visualRect(model().index(0)).center());
    QTest::mouseClick(view().viewport(), Qt::LeftButton, Qt::ShiftModifier,
                      view().visualRect(model().index(3)).center());
    QCOMPARE(view().selectionModel()->selectedRows().size(), 4);
    QTest::keyClick(&view(), Qt::Key_Down, Qt::ShiftModifier);
    QCOMPARE(view().selectionModel()->selectedRows().size(), 5);
    QTest::mouseClick(view().viewport(), Qt::LeftButton, Qt::ControlModifier,
                      view().visualRect(model().index(2)).center());
    QCOMPARE(view().selectionModel()->selectedRows().size(), 4);
    QTest::mouseClick(view().viewport(), Qt::LeftButton, {},
                      view().viewport()->rect().bottomLeft() + QPoint(9, -3));
    QCOMPARE(view().selectionModel()->selectedRows().size(), 0);
}

void RowViewTest::everyFilePaints()
{
    fill(1);
    model().showFiles(1, ShownFiles::All);
    for (int state = 0; state <= static_cast<int>(State::Cancelled); ++state) {
        FileSnapshot file = sampleFile(1, 1, static_cast<State>(state));
        for (const qsizetype length : {0, 4000}) {
            file.name = QString(length, u'W');
            for (const int width : {40, 360, 1200}) {
                m_panel->applyFiles({file});
                m_panel->resize(width, 300);
                QVERIFY(!view().grab().toImage().isNull());
            }
        }
    }
}

void RowViewTest::hundredThousandRowsScroll()
{
    constexpr int count = 100'000;
    fill(count);
    model().showFiles(1, ShownFiles::All);
    view().scrollToBottom();
    const QModelIndex last = model().index(count + 1);
    QVERIFY(view().viewport()->rect().contains(view().visualRect(last)));
    QCOMPARE(rowAt(view().visualRect(last).center()), last);
    view().scrollTo(model().index(count / 2), QAbstractItemView::PositionAtCenter);
    QVERIFY(view().isInSight(model().index(count / 2)));
    view().selectAll();
    QCOMPARE(view().selectionModel()->selection().size(), 1);
    QCOMPARE(view().selectionModel()->selection().first().height(), count + 2);
}

QTEST_MAIN(RowViewTest)
#include "tst_rowview.moc"
