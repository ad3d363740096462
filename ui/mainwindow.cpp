#include "mainwindow.h"

#include "droptarget.h"
#include "filepastefilter.h"
#include "format.h"
#include "icons.h"
#include "logdock.h"
#include "peersdialog.h"
#include "programlimits.h"
#include "receivepage.h"
#include "sendpage.h"
#include "settings.h"
#include "tlscontext.h"
#include "uploadqueue.h"

#include <QAction>
#include <QApplication>
#include <QCloseEvent>
#include <QLineEdit>
#include <QMenuBar>
#include <QMessageBox>
#include <QPushButton>
#include <QScreen>
#include <QTabWidget>
#include <QToolButton>

#include <algorithm>
#include <utility>

namespace sockdrop {

using namespace Qt::StringLiterals;

MainWindow::MainWindow(const Profile& profile, Settings& settings, UploadQueue& queue, Receiver& receiver,
                       QWidget* parent)
    : QMainWindow(parent), m_settings(settings), m_receiver(receiver), m_profileName(profile.name()),
      m_tabs(new QTabWidget(this)), m_sendPage(new SendPage(queue, settings, this)),
      m_receivePage(new ReceivePage(receiver, settings, this)), m_log(new LogDock(Limits().logEntries, this)),
      m_dropTarget(new DropTarget(*this))
{
    arrange();
    makeMenus();
    connectParts(queue, receiver);
    restoreWindow();
    showTitle();
}

void MainWindow::arrange()
{
    m_tabs->setDocumentMode(true);
    m_tabs->setIconSize(QSize(fontMetrics().height(), fontMetrics().height()));
    m_tabs->addTab(m_sendPage, symbolicIcon(u"send"_s), tr("Send"));
    m_tabs->addTab(m_receivePage, symbolicIcon(u"receive"_s), tr("Receive"));
    setCentralWidget(m_tabs);
    addDockWidget(Qt::BottomDockWidgetArea, m_log);
    m_log->hide();
    // A text field would take a dropped or pasted file as text.
    const auto fields = findChildren<QLineEdit*>();
    for (QLineEdit* field : fields) {
        field->setAcceptDrops(false);
        new FilePasteFilter(*field);
    }
}

void MainWindow::makeMenus()
{
    QMenu* file = menuBar()->addMenu(tr("&File"));
    file->addAction(&m_sendPage->addFilesAction());
    file->addAction(&m_sendPage->addFolderAction());
    file->addAction(&m_sendPage->pasteAction());
    file->addSeparator();
    QAction* quit = file->addAction(tr("&Quit"), this, &QWidget::close);
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));

    QMenu* view = menuBar()->addMenu(tr("&View"));
    for (int tab = 0; tab < m_tabs->count(); ++tab) {
        QAction* show = view->addAction(m_tabs->tabText(tab), this, [this, tab] {
            m_tabs->setCurrentIndex(tab);
            m_tabs->currentWidget()->setFocus();
        });
        show->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + tab)));
    }
    view->addSeparator();
    QAction* log = m_log->toggleViewAction();
    log->setIcon(symbolicIcon(u"log"_s));
    log->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_L));
    log->setToolTip(tr("Show or hide the log (Ctrl+L)"));
    view->addAction(log);
    auto* corner = new QToolButton(m_tabs);
    corner->setDefaultAction(log);
    corner->setAutoRaise(true);
    corner->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_tabs->setCornerWidget(corner);

    view->addSeparator();
    QAction* peers = view->addAction(tr("&Known devices…"), this, &MainWindow::showKnownPeers);
    peers->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_K));

    QMenu* help = menuBar()->addMenu(tr("&Help"));
    help->addAction(tr("&About Sockdrop"), this, &MainWindow::showAbout);
}

void MainWindow::connectParts(UploadQueue& queue, Receiver& receiver)
{
    connect(&queue, &UploadQueue::logged, m_log, &LogDock::append);
    connect(&receiver, &Receiver::logged, m_log, &LogDock::append);
    connect(m_dropTarget, &DropTarget::dropped, this, [this](const QStringList& paths, int leftOut) {
        m_tabs->setCurrentWidget(m_sendPage);
        activateWindow(); // the file manager has the keyboard still, and the page may have a question
        m_sendPage->send(paths, leftOut);
    });
    connect(m_sendPage, &SendPage::peerChanged, m_dropTarget, &DropTarget::setPeer);
    m_dropTarget->setPeer(m_sendPage->peer());
    connect(m_sendPage, &SendPage::attentionNeeded, this, [this] { m_tabs->setCurrentWidget(m_sendPage); });
    for (TransferPanel* panel : {&m_sendPage->panel(), &m_receivePage->panel()})
        connect(&panel->model(), &TransferModel::totalsChanged, this, &MainWindow::showTitle);
    connect(&receiver, &Receiver::stateChanged, this, &MainWindow::showTabs);
    connect(m_receivePage, &ReceivePage::offersWaiting, this,
            [this](qsizetype count) { showWaiting(m_offersWaiting, count); });
    connect(m_sendPage, &SendPage::questionsWaiting, this,
            [this](qsizetype count) { showWaiting(m_questionsWaiting, count); });
    connect(m_receivePage, &ReceivePage::knownPeersRequested, this, &MainWindow::showKnownPeers);
    connect(m_sendPage, &SendPage::knownPeersRequested, this, &MainWindow::showKnownPeers);
}

/// Takes neither the tab nor the keyboard from what the person does.
void MainWindow::showWaiting(qsizetype& known, qsizetype count)
{
    if (count > std::exchange(known, count))
        QApplication::alert(this);
    showTabs();
}

void MainWindow::setTrust(const std::shared_ptr<const TlsContext>& identity,
                          const std::shared_ptr<KnownPeers>& knownPeers)
{
    m_knownPeers = knownPeers;
    m_fingerprint = identity ? identity->fingerprint() : QString();
    m_receivePage->setTrust(identity, knownPeers);
}

void MainWindow::showProblem(const Error& error)
{
    // What helps stands in its text: the remedies are for uploads and folders.
    for (MessageBar* notice : {&m_sendPage->notice(), &m_receivePage->notice()})
        notice->showMessage(MessageBar::Kind::Error, error.text);
}

void MainWindow::tellOfMissingPictures()
{
    m_sendPage->notice().showMessage(
        MessageBar::Kind::Warning,
        tr("Icons cannot be shown, because a part of Qt is missing. Install the package qt6-svg-plugins "
           "(on Debian 12: libqt6svg6), then start Sockdrop again."));
}

void MainWindow::showWarning(const QString& text)
{
    m_sendPage->notice().showMessage(MessageBar::Kind::Warning, text);
    m_receivePage->notice().showMessage(MessageBar::Kind::Warning, text);
}

void MainWindow::showTabs()
{
    const auto withCount = [](const QString& text, qsizetype count) {
        return count == 0   ? text
               : count == 1 ? tr("%1 (1 asks)").arg(text)
                            : tr("%1 (%2 ask)").arg(text, countText(count));
    };
    const bool isOn = m_receiver.state() == Receiver::State::On;
    const QString receive = isOn && m_offersWaiting == 0 ? tr("Receive (on)") : tr("Receive");
    m_tabs->setTabText(m_tabs->indexOf(m_sendPage), withCount(tr("Send"), m_questionsWaiting));
    m_tabs->setTabText(m_tabs->indexOf(m_receivePage), withCount(receive, m_offersWaiting));
}

void MainWindow::showKnownPeers()
{
    if (!m_knownPeers)
        return;
    auto* dialog = new PeersDialog(m_knownPeers, m_settings.deviceName(m_fingerprint), m_fingerprint, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
}

void MainWindow::offer(const QStringList& paths)
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
    m_sendPage->hold(paths);
}

void MainWindow::showTitle()
{
    const TransferTotals totals =
        m_sendPage->panel().model().totals().plus(m_receivePage->panel().model().totals());
    const QString name = m_profileName.isEmpty() ? u"Sockdrop"_s : u"Sockdrop (%1)"_s.arg(m_profileName);
    const auto percent = totals.percent();
    setWindowTitle(percent ? u"%1% – %2"_s.arg(*percent).arg(name) : name);
}

void MainWindow::showAbout()
{
    QMessageBox box(this);
    box.setWindowTitle(tr("About Sockdrop"));
    box.setIconPixmap(appIcon().pixmap(fontMetrics().height() * 4));
    box.setTextFormat(Qt::PlainText);
    box.setText(tr("Sockdrop %1").arg(QStringLiteral(SOCKDROP_VERSION)));
    box.setInformativeText(
        tr("Drop files on the window. They arrive on the other device, complete and verified."));
    box.exec();
}

QStringList MainWindow::whatQuittingEnds() const
{
    QStringList sentences;
    const auto add = [&sentences](qsizetype count, const QString& one, const QString& many) {
        if (count > 0)
            sentences << (count == 1 ? one : many.arg(count));
    };
    add(m_sendPage->panel().model().totals().active, tr("1 upload to another machine is still running."),
        tr("%1 uploads to other machines are still running."));
    add(m_receivePage->panel().model().totals().active, tr("1 upload to this machine is still running."),
        tr("%1 uploads to this machine are still running."));
    add(m_sendPage->held().size(), tr("1 item still waits to be sent."),
        tr("%1 items still wait to be sent."));
    return sentences;
}

bool MainWindow::mayQuit()
{
    const QStringList sentences = whatQuittingEnds();
    if (sentences.isEmpty())
        return true;
    QMessageBox box(QMessageBox::Warning, tr("Quit Sockdrop?"), sentences.join(u'\n'), QMessageBox::NoButton,
                    this);
    box.setTextFormat(Qt::PlainText);
    box.setInformativeText(tr("What is under way goes on from here when Sockdrop is opened again."));
    const QPushButton* quit = box.addButton(tr("Quit"), QMessageBox::DestructiveRole);
    QPushButton* stay = box.addButton(tr("Keep running"), QMessageBox::RejectRole);
    box.setDefaultButton(stay);
    box.setEscapeButton(stay);
    box.exec();
    return box.clickedButton() == static_cast<const QAbstractButton*>(quit);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!mayQuit()) {
        event->ignore();
        return;
    }
    m_settings.setWindow(saveGeometry(), saveState());
    event->accept();
}

void MainWindow::restoreWindow()
{
    const int letter = fontMetrics().averageCharWidth();
    const int line = fontMetrics().height();
    resize(letter * 120, line * 44);
    restoreGeometry(m_settings.windowGeometry());
    restoreState(m_settings.windowState());
    fitScreen();
    if (m_sendPage->peer().isEmpty()) // the first thing to do here
        m_sendPage->setFocus();
}

void MainWindow::fitScreen()
{
    if (isMaximized() || isFullScreen())
        return;
    const int line = fontMetrics().height();
    const QRect free = screen()->availableGeometry();
    const QSize frame(line / 2, line * 2); // nobody can say how thick it is before it is shown
    resize(size().boundedTo(free.size() - frame));
    if (testAttribute(Qt::WA_Moved)) // else the desktop finds a place
        move(std::max(free.left(), std::min(x(), free.left() + free.width() - frame.width() - width())),
             std::max(free.top(), std::min(y(), free.top() + free.height() - frame.height() - height())));
}

} // namespace sockdrop
