#include "droptarget.h"
#include "helditems.h"
#include "logdock.h"
#include "mainwindow.h"
#include "peersdialog.h"
#include "receivepage.h"
#include "receiver.h"
#include "sampletransfers.h"
#include "sendpage.h"
#include "settings.h"
#include "switch.h"
#include "uploadqueue.h"

#include <QAccessible>
#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class MainWindowTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void dropsLandFromAnyTab_data();
    void dropsLandFromAnyTab();
    void overlayNamesPeerAndCount();
    void overlaySaysWhatIsLeftOut();
    void overlayGoesWithTheDrag();
    void dropWithoutPeerIsHeld();
    void textIsRefusedWithItsReason();
    void neverMoves_data();
    void neverMoves();
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
    enum class Phase { Enter, Drop };
    /// A drag over `widget` as the window system reports it, up to `phase`; whether the window would take it.
    bool drag(QWidget& widget, const QMimeData& data, Phase phase,
              Qt::DropActions possible = Qt::CopyAction | Qt::MoveAction, Qt::DropAction* chosen = nullptr);
    [[nodiscard]] QString makeFile(const QString& name) const;
    void startReceiver();
    [[nodiscard]] DropOverlay* overlay() const { return m_window->findChild<DropOverlay*>(); }
    void setPeer(const QString& peer)
    {
        m_window->sendPage().findChild<QComboBox*>()->lineEdit()->setText(peer);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Profile> m_profile;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<UploadQueue> m_queue;
    std::unique_ptr<Receiver> m_receiver;
    std::unique_ptr<MainWindow> m_window;
};

void MainWindowTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CONFIG_HOME", m_folder->path().toUtf8());
    QVERIFY(QDir(m_folder->path()).mkdir(u"inbox"_s));
    m_profile = std::make_unique<Profile>(Profile::named(u"work"_s).value());
    m_settings = std::make_unique<Settings>(*m_profile);
    m_settings->setDestination(m_folder->filePath(u"inbox"_s));
    m_queue = std::make_unique<UploadQueue>(SendOptions{});
    m_receiver = std::make_unique<Receiver>();
    m_window = std::make_unique<MainWindow>(*m_profile, *m_settings, *m_queue, *m_receiver);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void MainWindowTest::cleanup()
{
    m_window.reset();
    m_queue.reset();
    m_receiver.reset();
    m_settings.reset();
}

bool MainWindowTest::drag(QWidget& widget, const QMimeData& data, Phase phase, Qt::DropActions possible,
                          Qt::DropAction* chosen)
{
    const QPoint center = widget.rect().center();
    QDragEnterEvent enter(center, possible, &data, Qt::LeftButton, {});
    QApplication::sendEvent(&widget, &enter);
    if (chosen)
        *chosen = enter.dropAction();
    if (phase == Phase::Enter)
        return enter.isAccepted();
    QDragMoveEvent move(center, possible, &data, Qt::LeftButton, {});
    QApplication::sendEvent(m_window.get(), &move);
    QDropEvent drop(center, possible, &data, Qt::LeftButton, {});
    QApplication::sendEvent(&widget, &drop);
    if (chosen)
        *chosen = drop.dropAction();
    return enter.isAccepted() && move.isAccepted() && drop.isAccepted();
}

QString MainWindowTest::makeFile(const QString& name) const
{
    QString path = m_folder->filePath(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write("content") != 7)
        return {};
    return path;
}

void MainWindowTest::startReceiver()
{
    ReceiveOptions options;
    options.accept = AcceptPolicy::Everyone;
    options.takesPlain = true;
    options.folder = m_settings->destination();
    options.address = QHostAddress(QHostAddress::LocalHost);
    m_receiver->start(options);
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    setPeer(u"http://127.0.0.1:%1"_s.arg(m_receiver->port()));
}

void MainWindowTest::dropsLandFromAnyTab_data()
{
    QTest::addColumn<int>("tab");
    QTest::addColumn<QByteArray>("target"); // class of the widget under the pointer; empty: the window itself
    QTest::newRow("send, window") << 0 << QByteArray();
    QTest::newRow("send, peer field") << 0 << QByteArray("QLineEdit");
    QTest::newRow("receive, window") << 1 << QByteArray();
    QTest::newRow("receive, list") << 1 << QByteArray("sockdrop::TransferView");
    QTest::newRow("receive, port") << 1 << QByteArray("QSpinBox");
}

void MainWindowTest::dropsLandFromAnyTab()
{
    QFETCH(int, tab);
    QFETCH(QByteArray, target);
    startReceiver();
    m_window->tabs().setCurrentIndex(tab);
    QWidget* under = m_window.get();
    const auto children = m_window->tabs().currentWidget()->findChildren<QWidget*>();
    for (QWidget* child : children) {
        if (child->metaObject()->className() == target)
            under = child;
    }
    QVERIFY(target.isEmpty() || under != m_window.get());
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(makeFile(u"a.txt"_s)), QUrl::fromLocalFile(makeFile(u"b.txt"_s))});
    QVERIFY(drag(*under, data, Phase::Drop));
    QTRY_VERIFY(QFile::exists(m_folder->filePath(u"inbox/a.txt"_s)));
    QTRY_VERIFY(QFile::exists(m_folder->filePath(u"inbox/b.txt"_s)));
    QVERIFY(QFile::exists(m_folder->filePath(u"a.txt"_s))); // copied, not moved
    // Dropped together, they are one upload.
    QTRY_COMPARE(m_window->sendPage().panel().model().totals().finished, 1);
    QTRY_COMPARE(m_window->receivePage().panel().model().totals().finished, 1);
}

void MainWindowTest::overlayNamesPeerAndCount()
{
    setPeer(u"laptop"_s);
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s), QUrl(u"file:///b"_s), QUrl(u"file:///c"_s)});
    QVERIFY(drag(*m_window, data, Phase::Enter));
    QVERIFY(overlay()->isVisible());
    QCOMPARE(overlay()->title(), u"Send 3 items to laptop"_s);
    QCOMPARE(overlay()->size(), m_window->size());
}

void MainWindowTest::overlaySaysWhatIsLeftOut()
{
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s), QUrl(u"https://example.org/x"_s)});
    QVERIFY(drag(*m_window, data, Phase::Enter));
    const QStringList lines = overlay()->text().split(u'\n');
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[1].contains(u"1 item was skipped"_s));
    QVERIFY(!overlay()->text().contains(QChar(QChar::ReplacementCharacter)));
}

void MainWindowTest::overlayGoesWithTheDrag()
{
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s)});
    QVERIFY(drag(*m_window, data, Phase::Enter));
    QDragLeaveEvent leave;
    QApplication::sendEvent(m_window.get(), &leave);
    QVERIFY(!overlay()->isVisible());
    QVERIFY(m_window->sendPage().held().isEmpty());
}

void MainWindowTest::dropWithoutPeerIsHeld()
{
    m_window->tabs().setCurrentIndex(1);
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s)});
    QVERIFY(drag(*m_window, data, Phase::Drop));
    QCOMPARE(m_window->sendPage().held(), QStringList{u"/a"_s});
    QCOMPARE(m_window->tabs().currentIndex(), 0);
    QVERIFY(m_window->sendPage().heldItems().bar().isVisible());
    QVERIFY(!overlay()->isVisible());
}

void MainWindowTest::textIsRefusedWithItsReason()
{
    setPeer(u"laptop"_s);
    QMimeData text;
    text.setText(u"hello"_s);
    QVERIFY(!drag(*m_window, text, Phase::Enter));
    QVERIFY(overlay()->isVisible());
    QVERIFY(overlay()->text().contains(u"Only files and folders"_s));
    QMimeData web;
    web.setUrls({QUrl(u"https://example.org/x"_s)});
    QVERIFY(!drag(*m_window, web, Phase::Drop));
    QCOMPARE(m_window->sendPage().panel().model().rowCount(), 0);
    QVERIFY(m_window->sendPage().held().isEmpty());
}

void MainWindowTest::neverMoves_data()
{
    QTest::addColumn<Qt::DropActions>("possible");
    QTest::addColumn<bool>("isTaken");
    QTest::addColumn<Qt::DropAction>("action");
    QTest::newRow("copy or move") << (Qt::CopyAction | Qt::MoveAction) << true << Qt::CopyAction;
    QTest::newRow("only link") << Qt::DropActions(Qt::LinkAction) << true << Qt::LinkAction;
    QTest::newRow("only move") << Qt::DropActions(Qt::MoveAction) << false << Qt::IgnoreAction;
}

void MainWindowTest::neverMoves()
{
    QFETCH(Qt::DropActions, possible);
    QFETCH(bool, isTaken);
    QFETCH(Qt::DropAction, action);
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s)});
    Qt::DropAction chosen = Qt::MoveAction;
    QCOMPARE(drag(*m_window, data, Phase::Drop, possible, &chosen), isTaken);
    QVERIFY(!isTaken || chosen == action);
    QCOMPARE(m_window->sendPage().held().size(), isTaken ? 1 : 0);
}

void MainWindowTest::titleShowsProgress()
{
    QCOMPARE(m_window->windowTitle(), u"Sockdrop (work)"_s);
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Transferring)});
    QCOMPARE(m_window->windowTitle(), u"40% – Sockdrop (work)"_s);
    Q_EMIT m_receiver->uploadsChanged({sampleTransfer(1, TransferState::Waiting, Direction::Receiving)});
    QCOMPARE(m_window->windowTitle(), u"20% – Sockdrop (work)"_s);
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Done)});
    QCOMPARE(m_window->windowTitle(), u"50% – Sockdrop (work)"_s);
    Q_EMIT m_receiver->uploadsChanged({sampleTransfer(1, TransferState::Failed, Direction::Receiving)});
    QTRY_COMPARE(m_window->windowTitle(), u"Sockdrop (work)"_s);
}

void MainWindowTest::logFillsAndToggles()
{
    QVERIFY(!m_window->logDock().isVisible());
    QTest::keyClick(m_window.get(), Qt::Key_L, Qt::ControlModifier);
    QVERIFY(m_window->logDock().isVisible());
    LogEntry entry;
    entry.text = u"noted"_s;
    Q_EMIT m_queue->logged(entry);
    Q_EMIT m_receiver->logged(entry);
    QTRY_COMPARE(m_window->logDock().model().rowCount(), 2);
}

void MainWindowTest::focusIsWhereWorkBegins()
{
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    auto* field = static_cast<QWidget*>(m_window->sendPage().findChild<QComboBox*>());
    auto* onOff = static_cast<QWidget*>(&m_window->receivePage().receiveSwitch());
    QCOMPARE(QApplication::focusWidget(), field);
    QTest::keySequence(m_window->windowHandle(), QKeySequence(u"Ctrl+2"_s));
    QCOMPARE(QApplication::focusWidget(), onOff);
    m_window->receivePage().portField().setFocus();
    QTest::keySequence(m_window->windowHandle(), QKeySequence(u"Ctrl+1"_s));
    QCOMPARE(QApplication::focusWidget(), field);
    QTest::keySequence(m_window->windowHandle(), QKeySequence(u"Ctrl+2"_s));
    QCOMPARE(QApplication::focusWidget(), onOff);
    m_window->logDock().show();
    m_window->logDock().table().setFocus();
    QTest::keySequence(m_window->windowHandle(), QKeySequence(u"Ctrl+2"_s));
    QCOMPARE(QApplication::focusWidget(), onOff);
}

void MainWindowTest::commandLinePathsAreOffered()
{
    setPeer(u"laptop"_s);
    m_window->tabs().setCurrentIndex(1);
    m_window->offer({u"/a"_s, u"/b"_s});
    QCOMPARE(m_window->tabs().currentIndex(), 0);
    QCOMPARE(m_window->sendPage().held().size(), 2);
    QCOMPARE(m_window->sendPage().panel().model().rowCount(), 0); // nobody saw yet where they go
    m_window->offer({});
    QCOMPARE(m_window->sendPage().held().size(), 2);
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
    auto* field = m_window->sendPage().findChild<QComboBox*>()->lineEdit();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    field->setFocus();
    QTest::keySequence(m_window->windowHandle(), QKeySequence::Paste);
    QTEST(m_window->sendPage().held(), "held");
    QTEST(field->text(), "typed");
}

/// What asks takes neither the tab nor the keyboard.
void MainWindowTest::questionsWaitOnTheirTabs()
{
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    m_window->tabs().setCurrentIndex(1);
    m_window->receivePage().portField().setFocus();
    const QWidget* before = QApplication::focusWidget();
    Q_EMIT m_queue->trustAsked({1, u"laptop"_s, u"anna"_s, QString(64, u'b'), u"123 456"_s});
    QCOMPARE(m_window->tabs().tabText(0), u"Send (1 asks)"_s);
    OfferSnapshot offer;
    offer.id = 1;
    offer.sender = u"anna"_s;
    OfferSnapshot another = offer;
    another.id = 2;
    Q_EMIT m_receiver->offersChanged({offer, another});
    QCOMPARE(m_window->tabs().tabText(1), u"Receive (2 ask)"_s);
    QCOMPARE(m_window->tabs().currentIndex(), 1);
    QCOMPARE(QApplication::focusWidget(), before);
    Q_EMIT m_receiver->offersChanged({});
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Cancelled)});
    QCOMPARE(m_window->tabs().tabText(0), u"Send"_s);
    QCOMPARE(m_window->tabs().tabText(1), u"Receive"_s);
}

void MainWindowTest::knownDevicesOpenFromEverywhere()
{
    const auto close = [this] {
        auto* dialog = m_window->findChild<PeersDialog*>();
        const bool isThere = dialog && dialog->isVisible();
        delete dialog;
        return isThere;
    };
    m_window->setTrust(nullptr, std::make_shared<KnownPeers>(m_folder->path()));
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    QTest::keySequence(m_window->windowHandle(), QKeySequence(u"Ctrl+K"_s));
    QVERIFY(close());
    Q_EMIT m_window->sendPage().panel().knownPeersRequested();
    QVERIFY(close());
    Q_EMIT m_window->receivePage().knownPeersRequested();
    QVERIFY(close());
}

void MainWindowTest::everythingHasAName()
{
    const auto buttons = m_window->findChildren<QAbstractButton*>();
    for (const QAbstractButton* button : buttons) {
        if (button->isVisibleTo(m_window.get()) && button->inherits("QToolButton") &&
            button->parent()->inherits("QTabBar") == false)
            QVERIFY2(!button->text().isEmpty() || !button->accessibleName().isEmpty(),
                     button->metaObject()->className());
    }
    for (const char* kind : {"QComboBox", "QSpinBox", "QTableView", "sockdrop::RowView"}) {
        for (const QWidget* widget : m_window->findChildren<QWidget*>()) {
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
    const auto fields = m_window->findChildren<QWidget*>();
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
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Transferring)});
    m_window->receivePage().receiveSwitch().click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    const auto widgets = m_window->findChildren<QWidget*>();
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
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Failed)});
    m_window->sendPage().hold({u"/a"_s});
    m_window->tabs().setCurrentIndex(tab);
    QWidget* page = m_window->tabs().currentWidget();
    m_window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
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
    m_window->logDock().show();
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Failed),
                                    sampleTransfer(2, TransferState::Waiting),
                                    sampleTransfer(3, TransferState::Waiting)});
    Q_EMIT m_queue->trustAsked({3, u"laptop"_s, u"anna"_s, QString(64, u'b'), u"123 456"_s});
    OfferSnapshot offer;
    offer.id = 1;
    offer.fingerprint = QString(64, u'a');
    offer.code = u"123 456"_s;
    Q_EMIT m_receiver->offersChanged({offer});
    for (int tab = 0; tab < 2; ++tab) {
        m_window->tabs().setCurrentIndex(tab);
        m_window->resize(360, 640);
        QCoreApplication::processEvents();
        QCOMPARE(m_window->width(), 360);
    }
}

QTEST_MAIN(MainWindowTest)
#include "tst_mainwindow.moc"
