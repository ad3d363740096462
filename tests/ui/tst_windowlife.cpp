#include "logdock.h"
#include "mainwindow.h"
#include "receiver.h"
#include "sampletransfers.h"
#include "sendpage.h"
#include "settings.h"
#include "uploadqueue.h"

#include <QMessageBox>
#include <QScreen>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// How the window comes and goes: its place on the screen, and the question before it closes.
class WindowLifeTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void quitAsksWhileUploadsRun();
    void quitNamesWhatItEnds_data();
    void quitNamesWhatItEnds();
    void quitDoesNotAskOtherwise();
    void geometryIsKept();
    void geometryFitsTheScreen();

private:
    std::unique_ptr<MainWindow> makeWindow()
    {
        return std::make_unique<MainWindow>(*m_profile, *m_settings, *m_queue, *m_receiver);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Profile> m_profile;
    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<UploadQueue> m_queue;
    std::unique_ptr<Receiver> m_receiver;
    std::unique_ptr<MainWindow> m_window;
};

void WindowLifeTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CONFIG_HOME", m_folder->path().toUtf8());
    m_profile = std::make_unique<Profile>(Profile::named({}).value());
    m_settings = std::make_unique<Settings>(*m_profile);
    m_queue = std::make_unique<UploadQueue>(SendOptions{});
    m_receiver = std::make_unique<Receiver>();
    m_window = makeWindow();
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void WindowLifeTest::cleanup()
{
    m_window.reset();
    m_queue.reset();
    m_receiver.reset();
    m_settings.reset();
}

void WindowLifeTest::quitAsksWhileUploadsRun()
{
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Transferring)});
    for (const bool isQuitting : {false, true}) {
        bool asked = false;
        QTimer::singleShot(0, m_window.get(), [&asked, isQuitting] {
            auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            asked = box && box->defaultButton() == box->escapeButton() &&
                    box->informativeText().contains(u"goes on"_s);
            if (!box)
                return;
            for (QAbstractButton* button : box->buttons()) {
                if ((box->buttonRole(button) == QMessageBox::DestructiveRole) == isQuitting)
                    button->click();
            }
        });
        QCOMPARE(m_window->close(), isQuitting);
        QVERIFY(asked);
    }
}

void WindowLifeTest::quitNamesWhatItEnds_data()
{
    QTest::addColumn<int>("sending");
    QTest::addColumn<QStringList>("held");
    QTest::addColumn<QString>("text");
    QTest::newRow("one") << 1 << QStringList() << u"1 upload to another machine is still running."_s;
    QTest::newRow("two") << 2 << QStringList() << u"2 uploads to other machines are still running."_s;
    QTest::newRow("held") << 0 << QStringList{u"/a"_s} << u"1 item still waits to be sent."_s;
}

void WindowLifeTest::quitNamesWhatItEnds()
{
    QFETCH(int, sending);
    QFETCH(QStringList, held);
    QList<TransferSnapshot> running;
    for (int i = 0; i < sending; ++i)
        running << sampleTransfer(static_cast<TransferId>(i) + 1, TransferState::Transferring);
    Q_EMIT m_queue->uploadsChanged(running);
    m_window->offer(held);
    QString text;
    QTimer::singleShot(0, m_window.get(), [&text] {
        if (auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget())) {
            text = box->text();
            box->reject();
        }
    });
    QVERIFY(!m_window->close());
    QTEST(text, "text");
}

void WindowLifeTest::quitDoesNotAskOtherwise()
{
    Q_EMIT m_queue->uploadsChanged({sampleTransfer(1, TransferState::Done)});
    QVERIFY(m_window->close());
}

void WindowLifeTest::geometryIsKept()
{
    m_window->logDock().show();
    const QSize chosen = m_window->screen()->availableGeometry().size() - QSize(60, 40);
    m_window->resize(chosen);
    QCOMPARE(m_window->size(), chosen);
    QVERIFY(m_window->close());
    m_window = makeWindow();
    m_window->show();
    QCOMPARE(m_window->size(), chosen);
    QVERIFY(m_window->logDock().isVisible());
}

void WindowLifeTest::geometryFitsTheScreen()
{
    const QRect free = m_window->screen()->availableGeometry();
    QVERIFY(free.contains(m_window->geometry()));
    m_window->setGeometry(free.right() - 50, free.bottom() - 50, free.width() * 2, free.height() * 2);
    QVERIFY(m_window->close());
    m_window = makeWindow();
    m_window->show();
    QVERIFY(free.contains(m_window->geometry()));
}

QTEST_MAIN(WindowLifeTest)
#include "tst_windowlife.moc"
