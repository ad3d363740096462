#include "logdock.h"
#include "peersdialog.h"
#include "receivepage.h"
#include "sampletransfers.h"
#include "switch.h"
#include "windowfixture.h"

#include <QAccessible>
#include <QAction>
#include <QClipboard>
#include <QMimeData>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableView>
#include <QUrl>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class MainWindowTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void titleShowsProgress();
    void logFillsAndToggles();
    void focusIsWhereWorkBegins();
    void commandLinePathsAreOffered();
    void pastedFilesAreNoText_data();
    void pastedFilesAreNoText();
    void questionsWaitOnTheirTabs();
    void knownDevicesOpenFromEverywhere();
    void everythingHasAName();
    void fieldsHaveLabels();
    void markupIsReadToNobody();
    void tabWalksDownThePage_data();
    void tabWalksDownThePage();
    void fitsANarrowScreen();

private:
    [[nodiscard]] MainWindow& window() { return m_fixture->window(); }
    [[nodiscard]] UploadQueue& queue() { return m_fixture->queue(); }
    [[nodiscard]] Receiver& receiver() { return m_fixture->receiver(); }

    std::unique_ptr<WindowFixture> m_fixture;
};

void MainWindowTest::init()
{
    m_fixture = std::make_unique<WindowFixture>();
    QVERIFY(m_fixture->show());
}

void MainWindowTest::cleanup()
{
    m_fixture.reset();
}

void MainWindowTest::titleShowsProgress()
{
    QCOMPARE(window().windowTitle(), u"Sockdrop (work)"_s);
    Q_EMIT queue().uploadsChanged({sampleTransfer(1, TransferState::Transferring)});
    QCOMPARE(window().windowTitle(), u"40% – Sockdrop (work)"_s);
    Q_EMIT receiver().uploadsChanged({sampleTransfer(1, TransferState::Waiting, Direction::Receiving)});
    QCOMPARE(window().windowTitle(), u"20% – Sockdrop (work)"_s);
    Q_EMIT queue().uploadsChanged({sampleTransfer(1, TransferState::Done)});
    QCOMPARE(window().windowTitle(), u"50% – Sockdrop (work)"_s);
    Q_EMIT receiver().uploadsChanged({sampleTransfer(1, TransferState::Failed, Direction::Receiving)});
    QTRY_COMPARE(window().windowTitle(), u"Sockdrop (work)"_s);
}

void MainWindowTest::logFillsAndToggles()
{
    QVERIFY(!window().logDock().isVisible());
    QTest::keyClick(&window(), Qt::Key_L, Qt::ControlModifier);
    QVERIFY(window().logDock().isVisible());
    LogEntry entry;
    entry.text = u"noted"_s;
    Q_EMIT queue().logged(entry);
    Q_EMIT receiver().logged(entry);
    QTRY_COMPARE(window().logDock().model().rowCount(), 2);
}

void MainWindowTest::focusIsWhereWorkBegins()
{
    window().activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window()));
    auto* field = static_cast<QWidget*>(window().sendPage().findChild<QComboBox*>());
    auto* onOff = static_cast<QWidget*>(&window().receivePage().receiveSwitch());
    QCOMPARE(QApplication::focusWidget(), field);
    QTest::keySequence(window().windowHandle(), QKeySequence(u"Ctrl+2"_s));
    QCOMPARE(QApplication::focusWidget(), onOff);
    window().receivePage().portField().setFocus();
    QTest::keySequence(window().windowHandle(), QKeySequence(u"Ctrl+1"_s));
    QCOMPARE(QApplication::focusWidget(), field);
    QTest::keySequence(window().windowHandle(), QKeySequence(u"Ctrl+2"_s));
    QCOMPARE(QApplication::focusWidget(), onOff);
    window().logDock().show();
    window().logDock().table().setFocus();
    QTest::keySequence(window().windowHandle(), QKeySequence(u"Ctrl+2"_s));
    QCOMPARE(QApplication::focusWidget(), onOff);
}

void MainWindowTest::commandLinePathsAreOffered()
{
    m_fixture->setPeer(u"laptop"_s);
    window().tabs().setCurrentIndex(1);
    window().offer({u"/a"_s, u"/b"_s});
    QCOMPARE(window().tabs().currentIndex(), 0);
    QCOMPARE(window().sendPage().held().size(), 2);
    QCOMPARE(window().sendPage().panel().model().rowCount(), 0); // nobody saw yet where they go
    window().offer({});
    QCOMPARE(window().sendPage().held().size(), 2);
}

void MainWindowTest::pastedFilesAreNoText_data()
{
    QTest::addColumn<QList<QUrl>>("urls");
    QTest::addColumn<QStringList>("held");
    QTest::addColumn<QString>("typed");
    QTest::newRow("a file") << QList<QUrl>{QUrl(u"file:///a"_s)} << QStringList{u"/a"_s} << QString();
    QTest::newRow("text") << QList<QUrl>() << QStringList() << u"laptop"_s;
}

void MainWindowTest::pastedFilesAreNoText()
{
    QFETCH(QList<QUrl>, urls);
    auto data = std::make_unique<QMimeData>();
    data->setText(u"laptop"_s);
    if (!urls.isEmpty())
        data->setUrls(urls);
    QGuiApplication::clipboard()->setMimeData(data.release());
    auto* field = window().sendPage().findChild<QComboBox*>()->lineEdit();
    window().activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window()));
    field->setFocus();
    QTest::keySequence(window().windowHandle(), QKeySequence::Paste);
    QTEST(window().sendPage().held(), "held");
    QTEST(field->text(), "typed");
}

/// What asks takes neither the tab nor the keyboard.
void MainWindowTest::questionsWaitOnTheirTabs()
{
    window().activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window()));
    window().tabs().setCurrentIndex(1);
    window().receivePage().portField().setFocus();
    const QWidget* before = QApplication::focusWidget();
    Q_EMIT queue().trustAsked({1, u"laptop"_s, u"anna"_s, QString(64, u'b'), u"123 456"_s});
    QCOMPARE(window().tabs().tabText(0), u"Send (1 asks)"_s);
    OfferSnapshot offer;
    offer.id = 1;
    offer.sender = u"anna"_s;
    OfferSnapshot another = offer;
    another.id = 2;
    Q_EMIT receiver().offersChanged({offer, another});
    QCOMPARE(window().tabs().tabText(1), u"Receive (2 ask)"_s);
    QCOMPARE(window().tabs().currentIndex(), 1);
    QCOMPARE(QApplication::focusWidget(), before);
    Q_EMIT receiver().offersChanged({});
    Q_EMIT queue().uploadsChanged({sampleTransfer(1, TransferState::Cancelled)});
    QCOMPARE(window().tabs().tabText(0), u"Send"_s);
    QCOMPARE(window().tabs().tabText(1), u"Receive"_s);
}

void MainWindowTest::knownDevicesOpenFromEverywhere()
{
    const auto close = [this] {
        auto* dialog = window().findChild<PeersDialog*>();
        const bool isThere = dialog && dialog->isVisible();
        delete dialog;
        return isThere;
    };
    window().setTrust(nullptr, std::make_shared<KnownPeers>(m_fixture->path({})));
    window().activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window()));
    QTest::keySequence(window().windowHandle(), QKeySequence(u"Ctrl+K"_s));
    QVERIFY(close());
    Q_EMIT window().sendPage().panel().knownPeersRequested();
    QVERIFY(close());
    Q_EMIT window().receivePage().knownPeersRequested();
    QVERIFY(close());
}

void MainWindowTest::everythingHasAName()
{
    const auto buttons = window().findChildren<QAbstractButton*>();
    for (const QAbstractButton* button : buttons) {
        if (button->isVisibleTo(&window()) && button->inherits("QToolButton") &&
            button->parent()->inherits("QTabBar") == false)
            QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty(),
                     button->metaObject()->className());
    }
    for (const char* kind : {"QComboBox", "QSpinBox", "QTableView", "sockdrop::RowView"}) {
        for (const QWidget* widget : window().findChildren<QWidget*>()) {
            if (widget->inherits(kind) && !widget->inherits("QComboBoxListView") &&
                !widget->window()->inherits("QComboBoxPrivateContainer"))
                QVERIFY2(!widget->accessibleName().isEmpty(), kind);
        }
    }
}

/// Readers of Linux take the name of a box from a label that belongs to it.
void MainWindowTest::fieldsHaveLabels()
{
    const auto isLabelled = [](QWidget* field) {
        const QAccessibleInterface* told = QAccessible::queryAccessibleInterface(field);
        const auto relations = told->relations(QAccessible::Label);
        return std::any_of(relations.begin(), relations.end(), [](const auto& relation) {
            return !relation.first->text(QAccessible::Name).isEmpty();
        });
    };
    const auto fields = window().findChildren<QWidget*>();
    int count = 0;
    for (QWidget* field : fields) {
        if (!qobject_cast<QComboBox*>(field) && !qobject_cast<QLineEdit*>(field))
            continue;
        const bool isInSpinBox = qobject_cast<QAbstractSpinBox*>(field->parentWidget()) != nullptr;
        QVERIFY2(isInSpinBox || isLabelled(field), qPrintable(field->accessibleName()));
        ++count;
    }
    QVERIFY(count >= 8); // an address, a name, a port, two choices, a search, two filters
}

void MainWindowTest::markupIsReadToNobody()
{
    Q_EMIT queue().uploadsChanged({sampleTransfer(1, TransferState::Transferring)});
    window().receivePage().receiveSwitch().click();
    QTRY_COMPARE(receiver().state(), Receiver::State::On);
    const auto widgets = window().findChildren<QWidget*>();
    for (QWidget* widget : widgets) {
        if (const QAccessibleInterface* told = QAccessible::queryAccessibleInterface(widget))
            QVERIFY2(!told->text(QAccessible::Description).contains(u'<'),
                     qPrintable(told->text(QAccessible::Description)));
    }
}

void MainWindowTest::tabWalksDownThePage_data()
{
    QTest::addColumn<int>("tab");
    QTest::newRow("send") << 0;
    QTest::newRow("receive") << 1;
}

void MainWindowTest::tabWalksDownThePage()
{
    QFETCH(int, tab);
    Q_EMIT queue().uploadsChanged({sampleTransfer(1, TransferState::Failed)});
    window().sendPage().hold({u"/a"_s});
    window().tabs().setCurrentIndex(tab);
    QWidget* page = window().tabs().currentWidget();
    window().activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window()));
    page->setFocus();
    int row = -1;
    int visited = 0;
    for (; page->isAncestorOf(QApplication::focusWidget()); ++visited) {
        QWidget* focused = QApplication::focusWidget();
        const int place = focused->mapTo(page, QPoint(0, focused->height() / 2)).y();
        QVERIFY2(place > row - focused->height(), focused->metaObject()->className());
        row = std::max(row, place);
        QTest::keyClick(focused, Qt::Key_Tab);
        QVERIFY(visited < 30);
    }
    QVERIFY(visited >= 8);
    QVERIFY(row > page->height() / 2); // down to the list
}

void MainWindowTest::fitsANarrowScreen()
{
    window().logDock().show();
    Q_EMIT queue().uploadsChanged({sampleTransfer(1, TransferState::Failed),
                                   sampleTransfer(2, TransferState::Waiting),
                                   sampleTransfer(3, TransferState::Waiting)});
    Q_EMIT queue().trustAsked({3, u"laptop"_s, u"anna"_s, QString(64, u'b'), u"123 456"_s});
    OfferSnapshot offer;
    offer.id = 1;
    offer.fingerprint = QString(64, u'a');
    offer.code = u"123 456"_s;
    Q_EMIT receiver().offersChanged({offer});
    for (int tab = 0; tab < 2; ++tab) {
        window().tabs().setCurrentIndex(tab);
        window().resize(360, 640);
        QCoreApplication::processEvents();
        QCOMPARE(window().width(), 360);
    }
}

QTEST_MAIN(MainWindowTest)
#include "tst_mainwindow.moc"
