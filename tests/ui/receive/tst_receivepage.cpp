#include "../sampletransfers.h"
#include "destinationbox.h"
#include "partialsline.h"
#include "receivepage.h"
#include "settings.h"
#include "switch.h"
#include "uploadqueue.h"

#include <QComboBox>
#include <QPushButton>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QSpinBox>
#include <QStandardPaths>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class ReceivePageTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void startsOffAndTurnsOn();
    void keyboardTurnsOn();
    void uploadLandsAndIsShown();
    void usedPortOffersAnother();
    void forbiddenPortOffersAnother();
    void missingFolderCanBeCreated();
    void missingDefaultFolderIsMade();
    void spaceBesideTheSwitchDoesNothing();
    void switchSaysItsTextInEveryDirection();
    void turningOffAsksBeforeItCuts();
    void changesAreKept();
    void newPortWaitsForTheNextStart();
    void offStaysOffAfterALateRestart();
    void unusableNewFolderGoesBack();
    void offShowsFreeSpace();
    void partialsAreShownWhileReceiving();
    void narrowPageFits();

private:
    void turnOn();
    [[nodiscard]] QPushButton* choice(int number) const;

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<Receiver> m_receiver;
    std::unique_ptr<ReceivePage> m_page;
};

void ReceivePageTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CONFIG_HOME", m_folder->path().toUtf8());
    QVERIFY(QDir(m_folder->path()).mkdir(u"inbox"_s));
    m_settings = std::make_unique<Settings>(Profile::named({}).value());
    m_settings->setDestination(m_folder->filePath(u"inbox"_s));
    QTcpServer probe;
    QVERIFY(probe.listen());
    m_settings->setPort(probe.serverPort());
    probe.close();
    m_settings->setAcceptPolicy(AcceptPolicy::Everyone);
    m_settings->setTakesPlain(true);
    m_receiver = std::make_unique<Receiver>();
    m_page = std::make_unique<ReceivePage>(*m_receiver, *m_settings);
    m_page->resize(700, 700);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

void ReceivePageTest::cleanup()
{
    m_page.reset();
    m_receiver.reset();
    m_settings.reset();
}

void ReceivePageTest::turnOn()
{
    m_page->receiveSwitch().click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
}

QPushButton* ReceivePageTest::choice(int number) const
{
    return static_cast<QPushButton*>(m_page->notice().choiceButton(number));
}

void ReceivePageTest::startsOffAndTurnsOn()
{
    QCOMPARE(m_receiver->state(), Receiver::State::Off);
    QVERIFY(!m_page->receiveSwitch().isChecked());
    QCOMPARE(m_page->receiveSwitch().text(), u"Receiving is off"_s);
    turnOn();
    QVERIFY(m_page->receiveSwitch().isChecked());
    QCOMPARE(m_page->receiveSwitch().text(), u"Receiving is on"_s);
    QCOMPARE(m_receiver->port(), m_settings->port());
    m_page->receiveSwitch().click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::Off);
    QCOMPARE(m_page->receiveSwitch().text(), u"Receiving is off"_s);
    QVERIFY(m_page->receiveSwitch().isEnabled());
}

void ReceivePageTest::keyboardTurnsOn()
{
    m_page->receiveSwitch().setFocus();
    QTest::keyClick(&m_page->receiveSwitch(), Qt::Key_Space);
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
}

void ReceivePageTest::uploadLandsAndIsShown()
{
    turnOn();
    QFile file(m_folder->filePath(u"a.txt"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("content") == 7);
    file.close();
    UploadQueue queue(SendOptions{});
    queue.send({file.fileName()}, PeerAddress{u"127.0.0.1"_s, m_receiver->port(), true});
    TransferModel& model = m_page->panel().model();
    QTRY_COMPARE(model.totals().finished, 1);
    QCOMPARE(model.at(0).state, TransferState::Done);
    QCOMPARE(model.at(0).destination, m_folder->filePath(u"inbox/a.txt"_s));
    QVERIFY(TransferActions(model.index(0).data(TransferModel::ButtonsRole).toInt())
                .testFlag(TransferAction::ShowInFolder));
}

void ReceivePageTest::usedPortOffersAnother()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::Any, m_settings->port()));
    m_page->receiveSwitch().click();
    QTRY_VERIFY(m_page->notice().isVisible());
    QVERIFY(!m_page->receiveSwitch().isChecked());
    QVERIFY(choice(0));
    const QString offer = choice(0)->text();
    choice(0)->click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    QCOMPARE(offer, u"Use port %1"_s.arg(m_receiver->port()));
    QCOMPARE(m_settings->port(), m_receiver->port());
    QCOMPARE(m_page->portField().value(), m_receiver->port());
    QVERIFY(!m_page->notice().isVisible());
}

/// A folder would not help.
void ReceivePageTest::forbiddenPortOffersAnother()
{
    Q_EMIT m_receiver->startFailed({ErrorCode::PortForbidden, u"Not this port."_s}, 1080);
    QVERIFY(m_page->notice().text().contains(remedy(ErrorCode::PortForbidden)));
    QCOMPARE(choice(0)->text(), u"Use port 1080"_s);
    QVERIFY(!choice(1));
}

void ReceivePageTest::missingFolderCanBeCreated()
{
    const QString missing = m_folder->filePath(u"not/there/yet"_s);
    m_settings->setDestination(missing);
    m_page->destinationBox().setFolder(missing);
    m_page->receiveSwitch().click();
    QTRY_VERIFY(m_page->notice().isVisible());
    QCOMPARE(choice(0)->text(), u"Create the folder"_s);
    choice(0)->click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    QVERIFY(QFileInfo(missing).isDir());
}

/// On a new account nobody has made ~/Downloads yet.
void ReceivePageTest::missingDefaultFolderIsMade()
{
    QStandardPaths::setTestModeEnabled(false);
    const QByteArray home = qgetenv("HOME");
    const auto back = qScopeGuard([&home] { qputenv("HOME", home); });
    qputenv("HOME", m_folder->path().toUtf8());
    m_settings->setDestination({});
    m_page = std::make_unique<ReceivePage>(*m_receiver, *m_settings);
    m_page->show();
    const QString folder = m_settings->destination();
    QVERIFY(folder.startsWith(m_folder->path()) && !QFileInfo::exists(folder));
    const auto widgets = m_page->findChildren<QWidget*>();
    QTRY_VERIFY(std::any_of(widgets.begin(), widgets.end(), [](const QWidget* widget) {
        return widget->accessibleName().endsWith(u" free"_s);
    }));
    m_page->receiveSwitch().click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    QVERIFY(QFileInfo(folder).isDir());
    QVERIFY(!m_page->notice().isVisible());
}

void ReceivePageTest::spaceBesideTheSwitchDoesNothing()
{
    Switch& onOff = m_page->receiveSwitch();
    QCOMPARE(onOff.width(), onOff.sizeHint().width());
    onOff.resize(onOff.width() * 3, onOff.height()); // should a layout ever stretch it
    QTest::mouseClick(&onOff, Qt::LeftButton, {}, QPoint(onOff.width() - 5, onOff.height() / 2));
    QCOMPARE(m_receiver->state(), Receiver::State::Off);
    QTest::mouseClick(&onOff, Qt::LeftButton, {}, QPoint(onOff.sizeHint().width() - 5, onOff.height() / 2));
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
}

void ReceivePageTest::switchSaysItsTextInEveryDirection()
{
    Switch& onOff = m_page->receiveSwitch();
    const auto inkBeside = [&onOff](Qt::LayoutDirection direction) {
        onOff.setLayoutDirection(direction);
        const QImage shown = onOff.grab().toImage();
        const QRect track = QStyle::visualRect(direction, shown.rect(), QRect(0, 0, shown.height() * 2, 1));
        const QRgb ground = shown.pixel(direction == Qt::LeftToRight ? shown.width() - 1 : 0, 0);
        int ink = 0;
        for (int y = 0; y < shown.height(); ++y) {
            for (int x = 0; x < shown.width(); ++x)
                ink += !track.contains(x, 0) && shown.pixel(x, y) != ground ? 1 : 0;
        }
        return ink;
    };
    const int ink = inkBeside(Qt::LeftToRight);
    QVERIFY(ink > 100);
    QVERIFY(inkBeside(Qt::RightToLeft) > ink * 4 / 5);
}

void ReceivePageTest::turningOffAsksBeforeItCuts()
{
    turnOn();
    Q_EMIT m_receiver->uploadsChanged({sampleTransfer(1, TransferState::Transferring, Direction::Receiving)});
    m_page->receiveSwitch().click();
    QVERIFY(m_page->notice().isVisible());
    QCOMPARE(m_receiver->state(), Receiver::State::On);
    QVERIFY(m_page->receiveSwitch().isChecked());
    choice(1)->click(); // keep receiving
    QCOMPARE(m_receiver->state(), Receiver::State::On);
    m_page->receiveSwitch().click();
    choice(0)->click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::Off);
}

void ReceivePageTest::changesAreKept()
{
    QComboBox& policy = m_page->destinationBox().policyCombo();
    policy.setFocus();
    QTest::keyClick(&policy, Qt::Key_Down);
    QCOMPARE(m_settings->conflictPolicy(), ConflictPolicy::Replace);
    const QString folder = m_folder->filePath(u"other"_s);
    QVERIFY(QDir().mkdir(folder));
    Q_EMIT m_page->destinationBox().folderChosen(folder);
    QCOMPARE(m_settings->destination(), folder);
    m_page = std::make_unique<ReceivePage>(*m_receiver, *m_settings);
    QCOMPARE(m_page->destinationBox().folder(), folder);
    QCOMPARE(m_page->destinationBox().policy(), ConflictPolicy::Replace);
}

void ReceivePageTest::newPortWaitsForTheNextStart()
{
    turnOn();
    QTcpServer probe;
    QVERIFY(probe.listen());
    const quint16 port = probe.serverPort();
    probe.close();
    const quint16 before = m_receiver->port();
    m_page->portField().setValue(port);
    Q_EMIT m_page->portField().editingFinished();
    QCOMPARE(m_receiver->port(), before);
    QVERIFY(m_page->notice().isVisible());
    choice(0)->click();
    QTRY_COMPARE(m_receiver->port(), port);
}

void ReceivePageTest::offStaysOffAfterALateRestart()
{
    turnOn();
    m_page->portField().setValue(m_page->portField().value() == 1025 ? 1026 : 1025);
    Q_EMIT m_page->portField().editingFinished();
    m_settings->setPort(m_receiver->port());
    QPushButton* again = choice(0);
    m_page->receiveSwitch().click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::Off);
    again->click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    QSignalSpy states(m_receiver.get(), &Receiver::stateChanged);
    m_page->receiveSwitch().click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::Off);
    QCOMPARE(states.size(), 2); // Stopping, Off: not on again by itself
}

void ReceivePageTest::unusableNewFolderGoesBack()
{
    turnOn();
    QSignalSpy status(m_receiver.get(), &Receiver::folderStatusChanged);
    QTRY_VERIFY(!m_page->destinationBox().folder().isEmpty());
    const QString before = m_settings->destination();
    Q_EMIT m_page->destinationBox().folderChosen(m_folder->filePath(u"gone"_s));
    QTRY_VERIFY(m_page->notice().isVisible());
    QCOMPARE(m_settings->destination(), before);
    QCOMPARE(m_page->destinationBox().folder(), before);
    QVERIFY(m_page->notice().text().contains(before));
}

void ReceivePageTest::offShowsFreeSpace()
{
    const auto says = [this](const QString& text) {
        const auto widgets = m_page->findChildren<QWidget*>();
        return std::any_of(widgets.begin(), widgets.end(), [&text](const QWidget* widget) {
            return widget->accessibleName().endsWith(text);
        });
    };
    QTRY_VERIFY(says(u" free"_s));
    Q_EMIT m_page->destinationBox().folderChosen(m_folder->filePath(u"gone"_s));
    QTRY_VERIFY(says(u"gone does not exist."_s));
}

void ReceivePageTest::partialsAreShownWhileReceiving()
{
    turnOn();
    PartialFile partial;
    partial.name = u"big.iso"_s;
    partial.bytesDone = 1000;
    partial.expiresAt = QDateTime::currentDateTime().addDays(1);
    Q_EMIT m_receiver->partialsChanged({partial});
    QVERIFY(m_page->partialsLine().isVisible());
    QVERIFY(m_page->partialsLine().text().startsWith(u"1 unfinished upload (1 kB)"_s));
    m_page->receiveSwitch().click();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::Off);
    QVERIFY(!m_page->partialsLine().isVisible());
}

void ReceivePageTest::narrowPageFits()
{
    turnOn();
    Q_EMIT m_receiver->partialsChanged({PartialFile()});
    m_page->resize(360, 640); // which stands the parts of the page below each other
    QTRY_VERIFY(m_page->minimumSizeHint().width() <= 360);
}

QTEST_MAIN(ReceivePageTest)
#include "tst_receivepage.moc"
