#include "droptarget.h"
#include "helditems.h"
#include "receivepage.h"
#include "windowfixture.h"

#include <QDropEvent>
#include <QMimeData>
#include <QTabWidget>
#include <QUrl>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// What is dragged over the window and dropped on it.
class WindowDropsTest final : public QObject
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

private:
    enum class Phase { Enter, Drop };
    /// A drag over `widget` as the window system reports it, up to `phase`; whether the window would take it.
    bool drag(QWidget& widget, const QMimeData& data, Phase phase,
              Qt::DropActions possible = Qt::CopyAction | Qt::MoveAction, Qt::DropAction* chosen = nullptr);
    [[nodiscard]] QString makeFile(const QString& name) const;
    void startReceiver();
    [[nodiscard]] DropOverlay* overlay() { return window().findChild<DropOverlay*>(); }
    [[nodiscard]] MainWindow& window() { return m_fixture->window(); }
    [[nodiscard]] Receiver& receiver() { return m_fixture->receiver(); }

    std::unique_ptr<WindowFixture> m_fixture;
};

void WindowDropsTest::init()
{
    m_fixture = std::make_unique<WindowFixture>();
    QVERIFY(m_fixture->show());
}

void WindowDropsTest::cleanup()
{
    m_fixture.reset();
}

bool WindowDropsTest::drag(QWidget& widget, const QMimeData& data, Phase phase, Qt::DropActions possible,
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
    QApplication::sendEvent(&window(), &move);
    QDropEvent drop(center, possible, &data, Qt::LeftButton, {});
    QApplication::sendEvent(&widget, &drop);
    if (chosen)
        *chosen = drop.dropAction();
    return enter.isAccepted() && move.isAccepted() && drop.isAccepted();
}

QString WindowDropsTest::makeFile(const QString& name) const
{
    QString path = m_fixture->path(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write("content") != 7)
        return {};
    return path;
}

void WindowDropsTest::startReceiver()
{
    ReceiveOptions options;
    options.accept = AcceptPolicy::Everyone;
    options.takesPlain = true;
    options.folder = m_fixture->settings().destination();
    options.address = QHostAddress(QHostAddress::LocalHost);
    receiver().start(options);
    QTRY_COMPARE(receiver().state(), Receiver::State::On);
    m_fixture->setPeer(u"http://127.0.0.1:%1"_s.arg(receiver().port()));
}

void WindowDropsTest::dropsLandFromAnyTab_data()
{
    QTest::addColumn<int>("tab");
    QTest::addColumn<QByteArray>("target"); // class of the widget under the pointer; empty: the window itself
    QTest::newRow("send, window") << 0 << QByteArray();
    QTest::newRow("send, peer field") << 0 << QByteArray("QLineEdit");
    QTest::newRow("receive, window") << 1 << QByteArray();
    QTest::newRow("receive, list") << 1 << QByteArray("sockdrop::TransferView");
    QTest::newRow("receive, port") << 1 << QByteArray("QSpinBox");
}

void WindowDropsTest::dropsLandFromAnyTab()
{
    QFETCH(int, tab);
    QFETCH(QByteArray, target);
    startReceiver();
    window().tabs().setCurrentIndex(tab);
    QWidget* under = &window();
    const auto children = window().tabs().currentWidget()->findChildren<QWidget*>();
    for (QWidget* child : children) {
        if (child->metaObject()->className() == target)
            under = child;
    }
    QVERIFY(target.isEmpty() || under != &window());
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(makeFile(u"a.txt"_s)), QUrl::fromLocalFile(makeFile(u"b.txt"_s))});
    QVERIFY(drag(*under, data, Phase::Drop));
    QTRY_VERIFY(QFile::exists(m_fixture->path(u"inbox/a.txt"_s)));
    QTRY_VERIFY(QFile::exists(m_fixture->path(u"inbox/b.txt"_s)));
    QVERIFY(QFile::exists(m_fixture->path(u"a.txt"_s))); // copied, not moved
    // Dropped together, they are one upload.
    QTRY_COMPARE(window().sendPage().panel().model().totals().finished, 1);
    QTRY_COMPARE(window().receivePage().panel().model().totals().finished, 1);
}

void WindowDropsTest::overlayNamesPeerAndCount()
{
    m_fixture->setPeer(u"laptop"_s);
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s), QUrl(u"file:///b"_s), QUrl(u"file:///c"_s)});
    QVERIFY(drag(window(), data, Phase::Enter));
    QVERIFY(overlay()->isVisible());
    QCOMPARE(overlay()->title(), u"Send 3 items to laptop"_s);
    QCOMPARE(overlay()->size(), window().size());
}

void WindowDropsTest::overlaySaysWhatIsLeftOut()
{
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s), QUrl(u"https://example.org/x"_s)});
    QVERIFY(drag(window(), data, Phase::Enter));
    const QStringList lines = overlay()->text().split(u'\n');
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[1].contains(u"1 item was skipped"_s));
    QVERIFY(!overlay()->text().contains(QChar(QChar::ReplacementCharacter)));
}

void WindowDropsTest::overlayGoesWithTheDrag()
{
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s)});
    QVERIFY(drag(window(), data, Phase::Enter));
    QDragLeaveEvent leave;
    QApplication::sendEvent(&window(), &leave);
    QVERIFY(!overlay()->isVisible());
    QVERIFY(window().sendPage().held().isEmpty());
}

void WindowDropsTest::dropWithoutPeerIsHeld()
{
    window().tabs().setCurrentIndex(1);
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s)});
    QVERIFY(drag(window(), data, Phase::Drop));
    QCOMPARE(window().sendPage().held(), QStringList{u"/a"_s});
    QCOMPARE(window().tabs().currentIndex(), 0);
    QVERIFY(window().sendPage().heldItems().bar().isVisible());
    QVERIFY(!overlay()->isVisible());
}

void WindowDropsTest::textIsRefusedWithItsReason()
{
    m_fixture->setPeer(u"laptop"_s);
    QMimeData text;
    text.setText(u"hello"_s);
    QVERIFY(!drag(window(), text, Phase::Enter));
    QVERIFY(overlay()->isVisible());
    QVERIFY(overlay()->text().contains(u"Only files and folders"_s));
    QMimeData web;
    web.setUrls({QUrl(u"https://example.org/x"_s)});
    QVERIFY(!drag(window(), web, Phase::Drop));
    QCOMPARE(window().sendPage().panel().model().rowCount(), 0);
    QVERIFY(window().sendPage().held().isEmpty());
}

void WindowDropsTest::neverMoves_data()
{
    QTest::addColumn<Qt::DropActions>("possible");
    QTest::addColumn<bool>("isTaken");
    QTest::addColumn<Qt::DropAction>("action");
    QTest::newRow("copy or move") << (Qt::CopyAction | Qt::MoveAction) << true << Qt::CopyAction;
    QTest::newRow("only link") << Qt::DropActions(Qt::LinkAction) << true << Qt::LinkAction;
    QTest::newRow("only move") << Qt::DropActions(Qt::MoveAction) << false << Qt::IgnoreAction;
}

void WindowDropsTest::neverMoves()
{
    QFETCH(Qt::DropActions, possible);
    QFETCH(bool, isTaken);
    QFETCH(Qt::DropAction, action);
    QMimeData data;
    data.setUrls({QUrl(u"file:///a"_s)});
    Qt::DropAction chosen = Qt::MoveAction;
    QCOMPARE(drag(window(), data, Phase::Drop, possible, &chosen), isTaken);
    QVERIFY(!isTaken || chosen == action);
    QCOMPARE(window().sendPage().held().size(), isTaken ? 1 : 0);
}

QTEST_MAIN(WindowDropsTest)
#include "tst_windowdrops.moc"
