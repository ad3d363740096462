#include "../sampletransfers.h"
#include "helditems.h"
#include "peerfield.h"
#include "receiver.h"
#include "sendpage.h"
#include "settings.h"
#include "trustpanel.h"
#include "uploadqueue.h"

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class SendPageTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void filesLandAtThePeer();
    void answeringPeerIsRemembered();
    void wrongPeerIsNotRemembered();
    void withoutPeerNothingIsLost();
    void heldPathsGatherAndCanBeDiscarded();
    void heldPathsFollowThePeer();
    void pathsFromOutsideWaitForAWord();
    void heldPathsOutliveAnotherMessage();
    void heldPathsOutliveEveryTry_data();
    void heldPathsOutliveEveryTry();
    void badAddressIsSaidInItsPlace();
    void answeredQuestionsLeaveTheKeyboardToTheList();
    void pasteSendsFilesAndRefusesText();
    void forgottenPeerComesBack();
    void retryOnlyWhereSomethingFailed();
    void batchesShowTheirFiles();
    void firstEverPageIsEmpty();
    void refusedUploadSaysWhatToDo();

private:
    [[nodiscard]] QString makeFile(const QString& name) const;
    [[nodiscard]] static QPushButton* choice(const MessageBar& bar, int number);
    [[nodiscard]] MessageBar& heldBar() const { return m_page->heldItems().bar(); }
    [[nodiscard]] QLineEdit* peerEdit() const { return m_page->findChild<QComboBox*>()->lineEdit(); }
    void startReceiver();

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<UploadQueue> m_queue;
    std::unique_ptr<Receiver> m_receiver;
    std::unique_ptr<SendPage> m_page;
    QString m_inbox;
};

void SendPageTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CONFIG_HOME", m_folder->path().toUtf8());
    m_inbox = m_folder->filePath(u"inbox"_s);
    QVERIFY(QDir().mkdir(m_inbox));
    m_settings = std::make_unique<Settings>(Profile::named({}).value());
    m_queue = std::make_unique<UploadQueue>(SendOptions{});
    m_receiver = std::make_unique<Receiver>();
    m_page = std::make_unique<SendPage>(*m_queue, *m_settings);
    m_page->resize(600, 500);
    m_page->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
}

void SendPageTest::cleanup()
{
    m_page.reset();
    m_queue.reset();
    m_receiver.reset();
    m_settings.reset();
}

QString SendPageTest::makeFile(const QString& name) const
{
    QString path = m_folder->filePath(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write("content") != 7)
        return {};
    return path;
}

QPushButton* SendPageTest::choice(const MessageBar& bar, int number)
{
    return static_cast<QPushButton*>(bar.choiceButton(number));
}

void SendPageTest::startReceiver()
{
    ReceiveOptions options;
    options.folder = m_inbox;
    options.accept = AcceptPolicy::Everyone;
    options.takesPlain = true;
    options.address = QHostAddress(QHostAddress::LocalHost);
    m_receiver->start(options);
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    peerEdit()->setText(u"http://127.0.0.1:%1"_s.arg(m_receiver->port()));
}

void SendPageTest::filesLandAtThePeer()
{
    startReceiver();
    QCOMPARE(m_page->peer(), u"http://127.0.0.1:%1"_s.arg(m_receiver->port()));
    m_page->send({makeFile(u"a.txt"_s), makeFile(u"b.txt"_s)});
    TransferModel& model = m_page->panel().model();
    QTRY_COMPARE(model.rowCount(), 1); // sent together, they are one upload
    QTRY_COMPARE(model.totals().finished, 1);
    QCOMPARE(model.at(0).state, TransferState::Done);
    QCOMPARE(model.at(0).filesDone, 2);
    QCOMPARE(QDir(m_inbox).entryList(QDir::Files), (QStringList{u"a.txt"_s, u"b.txt"_s}));
    QVERIFY(!m_page->notice().isVisible());
}

void SendPageTest::answeringPeerIsRemembered()
{
    startReceiver();
    const QString peer = m_page->peer();
    m_page->send({makeFile(u"a.txt"_s)});
    QVERIFY(m_settings->recentPeers().isEmpty());
    QTRY_COMPARE(m_settings->recentPeers(), QStringList{peer});
    QCOMPARE(m_settings->peer(), peer);
    m_page = std::make_unique<SendPage>(*m_queue, *m_settings);
    QCOMPARE(m_page->peer(), peer);
}

void SendPageTest::wrongPeerIsNotRemembered()
{
    QTcpServer nobody;
    QVERIFY(nobody.listen(QHostAddress::LocalHost));
    peerEdit()->setText(u"http://127.0.0.1:%1"_s.arg(nobody.serverPort()));
    nobody.close();
    m_page->send({makeFile(u"a.txt"_s)});
    QTRY_COMPARE(m_page->panel().model().totals().failed, 1);
    QVERIFY(m_settings->recentPeers().isEmpty());
    QCOMPARE(m_settings->peer(), QString());
}

void SendPageTest::withoutPeerNothingIsLost()
{
    QSignalSpy attention(m_page.get(), &SendPage::attentionNeeded);
    const QString path = makeFile(u"a.txt"_s);
    m_page->send({path});
    QCOMPARE(m_page->held(), QStringList{path});
    QVERIFY(heldBar().isVisible());
    QVERIFY(!m_page->findChild<PeerField*>()->findChild<QLabel*>()->isVisible()); // the notice says it
    QCOMPARE(attention.size(), 1);
    choice(heldBar(), 0)->click(); // still no peer
    QCOMPARE(m_page->held(), QStringList{path});

    startReceiver();
    QTest::keyClick(peerEdit(), Qt::Key_Return);
    QVERIFY(m_page->held().isEmpty());
    QVERIFY(!heldBar().isVisible());
    QTRY_VERIFY(QFile::exists(m_inbox + u"/a.txt"_s));
}

void SendPageTest::heldPathsGatherAndCanBeDiscarded()
{
    m_page->send({u"/a"_s});
    m_page->send({u"/b"_s, u"/a"_s});
    QCOMPARE(m_page->held(), (QStringList{u"/a"_s, u"/b"_s}));
    choice(heldBar(), 1)->click();
    QVERIFY(m_page->held().isEmpty());
    QVERIFY(!heldBar().isVisible());
    QTest::keyClick(peerEdit(), Qt::Key_Return);
    QCOMPARE(m_page->panel().model().rowCount(), 0);
}

void SendPageTest::heldPathsFollowThePeer()
{
    m_page->send({u"/a"_s, u"/b"_s});
    QVERIFY(!heldBar().text().contains(u"laptop"_s));
    peerEdit()->setText(u"laptop"_s);
    QVERIFY(heldBar().text().contains(u"laptop"_s));
    QVERIFY(heldBar().text().contains(u"2 items"_s));
    QCOMPARE(m_page->held().size(), 2);
}

void SendPageTest::pathsFromOutsideWaitForAWord()
{
    startReceiver();
    m_page->hold({makeFile(u"a.txt"_s)});
    QCOMPARE(m_page->held().size(), 1);
    QCOMPARE(m_page->panel().model().rowCount(), 0);
    QVERIFY(heldBar().text().contains(m_page->peer()));
    choice(heldBar(), 0)->click();
    QTRY_VERIFY(QFile::exists(m_inbox + u"/a.txt"_s));
    m_page->hold({}); // only raised: no question
    QVERIFY(!heldBar().isVisible());
}

void SendPageTest::heldPathsOutliveAnotherMessage()
{
    startReceiver();
    const QStringList held{makeFile(u"a.txt"_s)};
    m_page->hold(held);
    m_page->send({makeFile(u"b.txt"_s)}, 2);
    QCOMPARE(m_page->held(), held);
    QVERIFY(heldBar().isVisible());
    QVERIFY(m_page->notice().text().contains(u"2 items"_s));
    choice(heldBar(), 0)->click();
    QTRY_VERIFY(QFile::exists(m_inbox + u"/a.txt"_s));
}

void SendPageTest::heldPathsOutliveEveryTry_data()
{
    QTest::addColumn<QString>("address");
    QTest::newRow("none") << QString();
    QTest::newRow("wrong") << u"host:0"_s;
}

/// What was dropped is let go of only when it is sent or the person says so.
void SendPageTest::heldPathsOutliveEveryTry()
{
    QFETCH(QString, address);
    const QStringList held{makeFile(u"a.txt"_s)};
    m_page->hold(held);
    peerEdit()->setText(address);
    QTest::keyClick(peerEdit(), Qt::Key_Return);
    QCOMPARE(m_page->held(), held);
    QTest::keyClick(peerEdit(), Qt::Key_Return);
    choice(heldBar(), 0)->click();
    QCOMPARE(m_page->held(), held);
    QVERIFY(heldBar().isVisible());
    m_page->notice().showMessage(MessageBar::Kind::Error, u"Something else"_s);
    m_page->notice().dismiss();
    QCOMPARE(m_page->held(), held);
    QVERIFY(heldBar().isVisible());

    startReceiver();
    QTest::keyClick(peerEdit(), Qt::Key_Return);
    QTRY_VERIFY(QFile::exists(m_inbox + u"/a.txt"_s));
}

void SendPageTest::badAddressIsSaidInItsPlace()
{
    const auto* field = m_page->findChild<PeerField*>();
    auto* problem = field->findChild<QLabel*>();
    peerEdit()->setFocus();
    QTest::keyClicks(peerEdit(), u"host:0"_s);
    QVERIFY(!problem->isVisible()); // not while somebody types
    QVERIFY(m_page->peer().isEmpty());
    QTest::keyClick(peerEdit(), Qt::Key_Return);
    QVERIFY(problem->isVisible());
    QCOMPARE(problem->textFormat(), Qt::PlainText);
    peerEdit()->setText(u"host:1"_s);
    QVERIFY(!problem->isVisible());
    QCOMPARE(m_page->peer(), u"host:1"_s);
}

/// A second Space must not press what comes next.
void SendPageTest::answeredQuestionsLeaveTheKeyboardToTheList()
{
    m_page->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Asking)});
    const auto press = [](QWidget* button) {
        button->setFocus();
        QTest::keyClick(button, Qt::Key_Space);
        return QApplication::focusWidget();
    };
    const QWidget* list = &m_page->panel().view();
    Q_EMIT m_queue->trustAsked({1, u"laptop"_s, u"192.0.2.7"_s, QString(64, u'b'), u"123 456"_s});
    QPushButton& differ = m_page->trustPanel().differentButton();
    QTRY_VERIFY(differ.isEnabled());
    QCOMPARE(press(&differ), list);
    m_page->notice().showMessage(MessageBar::Kind::Information, u"a"_s, {{u"b"_s, [] {}}});
    QCOMPARE(press(choice(m_page->notice(), 0)), list);
    m_page->hold({u"/a"_s});
    QCOMPARE(press(choice(heldBar(), 1)), list); // don't send
}

void SendPageTest::pasteSendsFilesAndRefusesText()
{
    QMimeData text;
    text.setText(u"hello"_s);
    m_page->paste(text);
    QVERIFY(m_page->notice().text().contains(u"Only files and folders"_s));

    startReceiver();
    QMimeData files;
    files.setUrls({QUrl::fromLocalFile(makeFile(u"ä.txt"_s)), QUrl(u"https://x/y"_s)});
    m_page->paste(files);
    QVERIFY(m_page->notice().text().contains(u"1 item was skipped"_s));
    QTRY_VERIFY(QFile::exists(m_inbox + u"/ä.txt"_s));
}

void SendPageTest::forgottenPeerComesBack()
{
    m_settings->setRecentPeers({u"one"_s, u"two"_s});
    m_page = std::make_unique<SendPage>(*m_queue, *m_settings);
    m_page->show();
    auto* field = m_page->findChild<PeerField*>();
    field->setText(u"two"_s);
    Q_EMIT field->forgetRequested(u"two"_s);
    QCOMPARE(m_settings->recentPeers(), QStringList{u"one"_s});
    QCOMPARE(field->text(), u"two"_s);
    choice(m_page->notice(), 0)->click();
    QCOMPARE(m_settings->recentPeers(), (QStringList{u"one"_s, u"two"_s}));
    QCOMPARE(m_page->findChild<QComboBox*>()->count(), 2);
}

void SendPageTest::retryOnlyWhereSomethingFailed()
{
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Done)});
    QVERIFY(!m_page->panel().retryAction().isVisible());
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(2, TransferState::Failed)});
    QVERIFY(m_page->panel().retryAction().isVisible());
    QSignalSpy retried(&m_page->panel(), &TransferPanel::retryRequested);
    m_page->panel().retryAction().trigger();
    QCOMPARE(retried[0][0].value<QList<TransferId>>(), QList<TransferId>{2});
}

void SendPageTest::batchesShowTheirFiles()
{
    TransferModel& model = m_page->panel().model();
    Q_EMIT m_queue->uploadsChanged({sampleBatch(1, TransferState::Preparing)});
    QCOMPARE(model.index(0).data(TransferModel::DetailsRole).toStringList().front(),
             u"Calculating… 10 files"_s);
    Q_EMIT m_queue->filesChanged(
        {sampleFile(1, 1, TransferState::Done), sampleFile(1, 2, TransferState::Failed)});
    m_page->panel().view().setCurrentIndex(model.index(0));
    m_page->panel().view().perform(TransferAction::ToggleFiles);
    QCOMPARE(model.rowCount(), 3);
    TransferSnapshot done = sampleBatch(1, TransferState::Done);
    done.filesFailed = 1;
    Q_EMIT m_queue->uploadsChanged({done});
    QVERIFY(m_page->panel().retryAction().isVisible());
    QVERIFY(!m_page->panel().clearAction().isEnabled()); // somebody has to look at it first
}

void SendPageTest::firstEverPageIsEmpty()
{
    QVERIFY(!m_page->panel().isVisible());
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Done)});
    QVERIFY(m_page->panel().isVisible());
    m_settings->setRecentPeers({u"laptop"_s});
    m_page = std::make_unique<SendPage>(*m_queue, *m_settings);
    m_page->show();
    QVERIFY(m_page->panel().isVisible());
}

void SendPageTest::refusedUploadSaysWhatToDo()
{
    startReceiver();
    const QString peer = m_page->peer();
    m_receiver->stop();
    QTRY_COMPARE(m_receiver->state(), Receiver::State::Off);
    m_page->send({makeFile(u"a.txt"_s)});
    TransferModel& model = m_page->panel().model();
    QTRY_COMPARE(model.totals().failed, 1);
    QCOMPARE(model.index(0).data(TransferModel::FootnoteRole).toString(), remedy(ErrorCode::Refused));
    QVERIFY(model.index(0)
                .data(TransferModel::DetailsRole)
                .toStringList()
                .front()
                .startsWith(u"Nothing is receiving at "_s));

    ReceiveOptions options;
    options.folder = m_inbox;
    options.accept = AcceptPolicy::Everyone;
    options.takesPlain = true;
    options.port = PeerAddress::parse(peer).value().port;
    m_receiver->start(options);
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    m_page->panel().retryAction().trigger();
    QTRY_COMPARE(model.at(0).state, TransferState::Done);
}

QTEST_MAIN(SendPageTest)
#include "tst_sendpage.moc"
