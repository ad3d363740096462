#include "logdock.h"
#include "messagebar.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QMainWindow>
#include <QPushButton>
#include <QScrollBar>
#include <QTableView>
#include <QTest>
#include <QToolButton>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class LogDockTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup() { m_window.reset(); }
    void followsItsEnd();
    void staysWhereSomebodyScrolledTo();
    void copiesRowsAndPaths();
    void clearCanBeUndone();

private:
    void add(int count);
    QScrollBar& scrollBar() { return *m_dock->table().verticalScrollBar(); }

    std::unique_ptr<QMainWindow> m_window;
    LogDock* m_dock = nullptr;
};

void LogDockTest::init()
{
    m_window = std::make_unique<QMainWindow>();
    m_dock = new LogDock(1000, m_window.get());
    m_window->addDockWidget(Qt::BottomDockWidgetArea, m_dock);
    m_window->resize(600, 300);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void LogDockTest::add(int count)
{
    for (int number = 0; number < count; ++number) {
        LogEntry entry;
        entry.name = u"file %1"_s.arg(number);
        entry.destination = u"/in/file %1"_s.arg(number);
        m_dock->append(entry);
    }
    m_dock->model().flush();
}

void LogDockTest::followsItsEnd()
{
    add(100);
    QTRY_VERIFY(scrollBar().maximum() > 0 && scrollBar().value() == scrollBar().maximum());
    const int before = scrollBar().maximum();
    add(50);
    QTRY_VERIFY(scrollBar().maximum() > before && scrollBar().value() == scrollBar().maximum());
}

void LogDockTest::staysWhereSomebodyScrolledTo()
{
    add(100);
    QTRY_VERIFY(scrollBar().maximum() > 0);
    scrollBar().setValue(3);
    const int before = scrollBar().maximum();
    add(50);
    QTRY_VERIFY(scrollBar().maximum() > before);
    QCOMPARE(scrollBar().value(), 3);
}

void LogDockTest::copiesRowsAndPaths()
{
    add(3);
    m_dock->table().setCurrentIndex(m_dock->table().model()->index(1, LogModel::Name));
    const QList<QAction*> actions = m_dock->table().actions();
    actions.at(1)->trigger();
    QCOMPARE(QApplication::clipboard()->text(), u"/in/file 1"_s);
    actions.at(0)->trigger();
    const QStringList cells = QApplication::clipboard()->text().split(u'\t');
    QCOMPARE(cells.size(), LogModel::ColumnCount);
    QCOMPARE(cells.at(LogModel::Name), u"file 1"_s);
}

void LogDockTest::clearCanBeUndone()
{
    add(3);
    const auto buttons = m_dock->findChildren<QToolButton*>();
    const auto clear = std::find_if(buttons.begin(), buttons.end(), [](const QToolButton* button) {
        return button->accessibleName() == u"Clear the log"_s;
    });
    QVERIFY(clear != buttons.end());
    (*clear)->click();
    QCOMPARE(m_dock->model().rowCount(), 0);
    auto* bar = m_dock->findChild<MessageBar*>();
    QVERIFY(bar->isVisible());
    static_cast<QPushButton*>(bar->choiceButton(0))->click();
    QCOMPARE(m_dock->model().rowCount(), 3);
}

QTEST_MAIN(LogDockTest)
#include "tst_logdock.moc"
