#include "sendpage.h"

#include "actionbar.h"
#include "droptarget.h"
#include "emptystate.h"
#include "helditems.h"
#include "icons.h"
#include "peerfield.h"
#include "settings.h"
#include "taborder.h"
#include "trustpanel.h"
#include "uploadqueue.h"

#include <QAction>
#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QLabel>
#include <QMimeData>
#include <QStackedLayout>
#include <QVBoxLayout>

namespace sockdrop {

using namespace Qt::StringLiterals;

SendPage::SendPage(UploadQueue& queue, Settings& settings, QWidget* parent)
    : QWidget(parent), m_queue(queue), m_settings(settings), m_recent(settings.recentPeers()),
      m_panel(new TransferPanel(Direction::Sending, this)), m_notice(new MessageBar(this)),
      m_held(new HeldItems(this)), m_trust(new TrustPanel(this)), m_contactEnd(new MessageBar(this)),
      m_peer(new PeerField(this)),
      m_empty(
          new EmptyState(tr("Enter where to send to, then drop files or folders anywhere on this window."),
                         tr("Add files…"), this))
{
    setFocusProxy(m_peer);
    for (TintedFrame* frame : {static_cast<TintedFrame*>(m_notice), static_cast<TintedFrame*>(m_trust)})
        frame->setHeir(m_panel->view());
    m_held->bar().setHeir(m_panel->view());
    makeActions();
    arrange();
    connectQueue();
    m_peer->setRecent(m_recent.list());
    m_peer->setText(m_settings.peer());
    connect(m_peer, &PeerField::changed, this, [this] {
        m_held->setPeer(peer());
        Q_EMIT peerChanged(peer());
    });
    connect(m_peer, &PeerField::confirmed, this, &SendPage::sendHeld);
    connect(m_peer, &PeerField::forgetRequested, this, &SendPage::forgetPeer);
    connect(m_held, &HeldItems::sendRequested, this, &SendPage::sendHeld);
    m_held->setPeer(peer());
    connect(m_empty, &EmptyState::clicked, this, &SendPage::chooseFiles);
    m_panel->setEmptyText(tr("Nothing sent yet. Drop files or folders anywhere on this window."));
    showContent();
}

void SendPage::makeActions()
{
    const auto make = [this](const QString& icon, const QString& text, const QString& tip) {
        auto* action = new QAction(symbolicIcon(icon), text, this);
        action->setToolTip(tip);
        return action;
    };
    m_addFiles = make(u"add-file"_s, tr("Add files…"), tr("Choose files to send (Ctrl+O)"));
    m_addFiles->setShortcut(QKeySequence::Open);
    connect(m_addFiles, &QAction::triggered, this, &SendPage::chooseFiles);
    m_addFolder = make(u"add-folder"_s, tr("Add folder…"), tr("Choose a folder to send (Ctrl+Shift+O)"));
    m_addFolder->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O));
    connect(m_addFolder, &QAction::triggered, this, &SendPage::chooseFolder);
    m_paste = make(u"paste"_s, tr("Paste"), tr("Send the files and folders on the clipboard (Ctrl+V)"));
    m_paste->setShortcut(QKeySequence::Paste);
    connect(m_paste, &QAction::triggered, this, [this] {
        if (const QMimeData* data = QGuiApplication::clipboard()->mimeData()) // none: nothing was ever copied
            paste(*data);
    });
    m_cancelAll = make(u"cancel"_s, tr("Cancel all"), tr("Cancel everything that waits or runs"));
    connect(m_cancelAll, &QAction::triggered, this, [this] { m_queue.cancelAll(); });
}

void SendPage::arrange()
{
    const int line = fontMetrics().height();
    auto* label = new QLabel(tr("Send to"), this);
    label->setBuddy(m_peer);
    auto* peerRow = new QHBoxLayout;
    peerRow->setSpacing(line / 2);
    peerRow->addWidget(label, 0, Qt::AlignTop);
    peerRow->addWidget(m_peer, 1);
    label->setMinimumHeight(m_peer->sizeHint().height());

    auto* bar = new ActionBar(this);
    for (QAction* action : {m_addFiles, m_addFolder, m_paste})
        bar->addLeading(action);
    for (QAction* action : {&m_panel->retryAction(), m_cancelAll, &m_panel->clearAction()})
        bar->addTrailing(action);

    auto* stack = new QWidget(this);
    m_content = new QStackedLayout(stack);
    m_content->addWidget(m_empty);
    m_content->addWidget(m_panel);
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins(line * 3 / 4, line * 3 / 4, line * 3 / 4, line * 3 / 4);
    box->setSpacing(line / 2);
    box->addLayout(peerRow);
    box->addWidget(m_notice);
    box->addWidget(&m_held->bar());
    box->addWidget(m_trust);
    box->addWidget(m_contactEnd);
    box->addWidget(bar);
    box->addWidget(stack, 1);
    tabInLayoutOrder(*this);
}

void SendPage::connectQueue()
{
    connect(&m_queue, &UploadQueue::uploadsChanged, this, [this](const QList<TransferSnapshot>& uploads) {
        m_panel->apply(uploads);
        m_trust->follow(uploads);
        remember(uploads);
        showContent();
    });
    connect(&m_queue, &UploadQueue::trustAsked, m_trust, &TrustPanel::ask);
    connect(m_trust, &TrustPanel::waitingChanged, this, &SendPage::questionsWaiting);
    connect(m_trust, &TrustPanel::ended, this, &SendPage::showContactEnd);
    connect(m_panel, &TransferPanel::knownPeersRequested, this, &SendPage::knownPeersRequested);
    connect(m_trust, &TrustPanel::answered, &m_queue, &UploadQueue::answerTrust);
    connect(&m_queue, &UploadQueue::filesChanged, m_panel, &TransferPanel::applyFiles);
    connect(m_panel, &TransferPanel::cancelRequested, this, &SendPage::cancel);
    connect(m_panel, &TransferPanel::discardRequested, this, [this](const QList<TransferId>& ids) {
        for (const TransferId id : ids)
            m_queue.discard(id);
    });
    connect(m_panel, &TransferPanel::retryRequested, this, [this](const QList<TransferId>& ids) {
        for (const TransferId id : ids)
            m_queue.retry(id);
    });
    connect(m_panel, &TransferPanel::pauseRequested, this, [this](const QList<TransferId>& ids) {
        for (const TransferId id : ids)
            m_queue.pause(id);
    });
    connect(m_panel, &TransferPanel::resumeRequested, this, [this](const QList<TransferId>& ids) {
        for (const TransferId id : ids)
            m_queue.resume(id);
    });
    connect(m_panel, &TransferPanel::forgotten, &m_queue, &UploadQueue::forget);
    connect(&m_panel->model(), &TransferModel::totalsChanged, this,
            [this] { m_cancelAll->setVisible(m_panel->model().totals().active > 1); });
    m_cancelAll->setVisible(false);
}

void SendPage::showContactEnd(const TrustQuestion& question)
{
    const bool differs = question.state == ContactState::DiffersThere;
    if (const QString text = contactEndText(question); !text.isEmpty())
        m_contactEnd->showMessage(differs ? MessageBar::Kind::Error : MessageBar::Kind::Warning, text);
}

void SendPage::send(const QStringList& paths, int leftOut)
{
    const auto address = m_peer->address();
    if (!address) {
        hold(paths);
        m_peer->ask();
        showLeftOut(leftOut);
        return;
    }
    m_panel->showNewRows();
    m_typed.insert(address->toString(), m_peer->text());
    m_queue.send(paths, address.value());
    showLeftOut(leftOut);
    showContent();
}

/// Only where somebody answered: a slip of the finger is not worth it.
void SendPage::remember(const QList<TransferSnapshot>& uploads)
{
    for (const TransferSnapshot& upload : uploads) {
        const QString typed = upload.isReached ? m_typed.take(upload.peer) : QString();
        if (typed.isEmpty())
            continue;
        m_recent.use(typed);
        m_settings.setRecentPeers(m_recent.list());
        m_settings.setPeer(typed);
        m_peer->setRecent(m_recent.list());
    }
}

void SendPage::showLeftOut(int count)
{
    if (count > 0)
        m_notice->showMessage(MessageBar::Kind::Warning, leftOutText(count));
}

void SendPage::hold(const QStringList& paths)
{
    if (paths.isEmpty())
        return;
    m_held->add(paths);
    if (QWidget* button = m_held->bar().choiceButton(0); button && m_peer->address())
        button->setFocus();
    else
        m_peer->setFocus();
    Q_EMIT attentionNeeded();
}

QStringList SendPage::held() const
{
    return m_held->paths();
}

void SendPage::sendHeld()
{
    if (m_held->isEmpty())
        return;
    if (m_peer->address())
        send(m_held->take());
    else
        m_peer->ask();
}

void SendPage::paste(const QMimeData& data)
{
    const auto offer = readOffer(data);
    if (offer) {
        Q_EMIT attentionNeeded();
        send(offer.value().paths, offer.value().leftOut);
    } else {
        m_notice->showMessage(MessageBar::Kind::Warning, offer.error().text);
        Q_EMIT attentionNeeded();
    }
}

QString SendPage::peer() const
{
    return m_peer->address() ? m_peer->text() : QString();
}

void SendPage::chooseFiles()
{
    const QStringList files = QFileDialog::getOpenFileNames(this, tr("Files to send"));
    if (!files.isEmpty())
        send(files);
}

void SendPage::chooseFolder()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder to send"));
    if (!folder.isEmpty())
        send({folder});
}

void SendPage::forgetPeer(const QString& peer)
{
    const QStringList before = m_recent.list();
    const auto show = [this](const QStringList& peers) {
        m_recent = RecentPeers(peers);
        m_settings.setRecentPeers(peers);
        m_peer->setRecent(peers);
    };
    m_recent.forget(peer);
    show(m_recent.list());
    m_notice->showMessage(MessageBar::Kind::Information,
                          tr("%1 is no longer among the recent addresses.").arg(peer),
                          {{tr("Undo"), [show, before] { show(before); }}});
}

void SendPage::cancel(const QList<TransferId>& ids)
{
    if (ids.size() == m_panel->model().totals().active) {
        m_queue.cancelAll();
        return;
    }
    for (const TransferId id : ids)
        m_queue.cancel(id);
}

void SendPage::showContent()
{
    const bool isFirstEver = m_recent.list().isEmpty() && m_panel->model().rowCount() == 0;
    m_content->setCurrentWidget(isFirstEver ? static_cast<QWidget*>(m_empty) : m_panel);
}

} // namespace sockdrop
