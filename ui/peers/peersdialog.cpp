#include "peersdialog.h"

#include "format.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

enum Column { NameColumn, AlwaysColumn, SeenColumn, AddressColumn, KeyColumn, ColumnCount };

QLabel* plainLabel(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

} // namespace

QString groupedFingerprint(const QString& fingerprint)
{
    constexpr qsizetype group = 4;
    QStringList groups;
    for (qsizetype at = 0; at < fingerprint.size(); at += group)
        groups << fingerprint.mid(at, group);
    return groups.join(u' ');
}

PeersDialog::PeersDialog(std::shared_ptr<KnownPeers> peers, const QString& ownName,
                         const QString& ownFingerprint, QWidget* parent)
    : QDialog(parent), m_book(std::move(peers)), m_list(new QTreeWidget(this)),
      m_notice(new MessageBar(this)),
      m_nobody(plainLabel(tr("No device is known yet. It becomes one when codes were compared, or when an "
                             "upload of it was accepted."),
                          this)),
      m_key(plainLabel(u" "_s, this)), m_rename(new QPushButton(tr("Rename"), this)),
      m_copy(new QPushButton(tr("Copy fingerprint"), this)), m_forget(new QPushButton(tr("Forget…"), this))
{
    setWindowTitle(tr("Known devices"));
    arrange(ownName, ownFingerprint);
    connect(&m_book, &PeerBook::loaded, this, &PeersDialog::showPeers);
    connect(&m_book, &PeerBook::failed, this,
            [this](const QString& text) { m_notice->showMessage(MessageBar::Kind::Error, text); });
    connect(m_list, &QTreeWidget::itemChanged, this, &PeersDialog::takeChange);
    connect(m_list, &QTreeWidget::currentItemChanged, this, &PeersDialog::showButtons);
    connect(m_rename, &QPushButton::clicked, this,
            [this] { m_list->editItem(m_list->currentItem(), NameColumn); });
    connect(m_copy, &QPushButton::clicked, this, [this] {
        if (const KnownPeer* peer = chosen())
            QGuiApplication::clipboard()->setText(peer->fingerprint);
    });
    connect(m_forget, &QPushButton::clicked, this, &PeersDialog::askToForget);
    showPeers({});
    m_book.load();
}

void PeersDialog::arrange(const QString& ownName, const QString& ownFingerprint)
{
    const int line = fontMetrics().height();
    QLabel* own =
        plainLabel(tr("This device is “%1”. The fingerprint of its key:").arg(shortLine(ownName)), this);
    QLabel* key = plainLabel(groupedFingerprint(ownFingerprint), this);
    key->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    key->setAccessibleName(tr("Fingerprint of this device"));
    m_key->setTextInteractionFlags(key->textInteractionFlags());
    m_key->setAccessibleName(tr("Fingerprint of the chosen device"));
    m_list->setColumnCount(ColumnCount);
    m_list->setHeaderLabels(
        {tr("Name"), tr("Always accept"), tr("Last seen"), tr("Address"), tr("Fingerprint")});
    m_list->setAccessibleName(tr("Known devices"));
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setTextElideMode(Qt::ElideRight);
    m_list->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::SelectedClicked);
    QHeaderView* header = m_list->header();
    header->setStretchLastSection(true);
    header->resizeSection(NameColumn, fontMetrics().averageCharWidth() * 24);
    for (const int column : {int(AlwaysColumn), int(SeenColumn), int(AddressColumn)})
        header->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    for (QPushButton* button : {m_rename, m_copy, m_forget}) {
        button->setAutoDefault(false);
        buttons->addButton(button, QDialogButtonBox::ActionRole);
    }
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* box = new QVBoxLayout(this);
    box->setSpacing(line / 2);
    box->addWidget(own);
    box->addWidget(key);
    box->addWidget(m_notice);
    box->addWidget(m_nobody);
    box->addWidget(m_list, 1);
    box->addWidget(m_key);
    box->addWidget(buttons);
    resize(fontMetrics().averageCharWidth() * 110, line * 22);
}

void PeersDialog::showPeers(const QList<KnownPeer>& peers)
{
    const KnownPeer* before = chosen();
    const QString kept = before ? before->fingerprint : QString();
    const QSignalBlocker quiet(m_list);
    m_peers = peers;
    m_list->clear();
    for (const KnownPeer& peer : peers) {
        const QString key = groupedFingerprint(peer.fingerprint);
        auto* item = new QTreeWidgetItem(
            m_list, {singleLine(peer.name), QString(),
                     ltrText(QLocale().toString(peer.seenAt.toLocalTime(), u"yyyy-MM-dd HH:mm"_s)),
                     ltrText(singleLine(peer.address)), ltrText(key)});
        item->setFlags(item->flags() | Qt::ItemIsEditable | Qt::ItemIsUserCheckable);
        item->setCheckState(AlwaysColumn, peer.isAlwaysAccepted ? Qt::Checked : Qt::Unchecked);
        item->setToolTip(NameColumn, plainToolTip(shortLine(peer.name, mostInToolTip)));
        item->setToolTip(KeyColumn, plainToolTip(key));
        if (peer.fingerprint == kept)
            m_list->setCurrentItem(item);
    }
    m_nobody->setVisible(peers.isEmpty());
    showButtons();
}

const KnownPeer* PeersDialog::chosen() const
{
    const int row = m_list->indexOfTopLevelItem(m_list->currentItem());
    return row >= 0 && row < m_peers.size() ? &m_peers.at(row) : nullptr;
}

void PeersDialog::showButtons()
{
    const KnownPeer* peer = chosen();
    for (QPushButton* button : {m_rename, m_copy, m_forget})
        button->setEnabled(peer != nullptr);
    m_key->setText(peer ? groupedFingerprint(peer->fingerprint) : QString());
}

/// Only the name is to be edited, though Qt would let each column of the row be.
void PeersDialog::takeChange(QTreeWidgetItem* item, int column)
{
    const KnownPeer& peer = m_peers.at(m_list->indexOfTopLevelItem(item));
    m_notice->dismiss();
    if (column == NameColumn && item->text(NameColumn) != singleLine(peer.name))
        m_book.rename(peer.fingerprint, item->text(NameColumn).trimmed());
    else if (column == AlwaysColumn)
        m_book.setAlwaysAccepted(peer.fingerprint, item->checkState(AlwaysColumn) == Qt::Checked);
    else
        m_book.load(); // puts right what was typed elsewhere
}

void PeersDialog::askToForget()
{
    const KnownPeer* peer = chosen();
    if (!peer)
        return;
    const QString fingerprint = peer->fingerprint;
    m_notice->showMessage(
        MessageBar::Kind::Warning,
        tr("Forget “%1”? It has to be met anew, with a code on both screens, before anything goes there, and "
           "its uploads are asked about.")
            .arg(shortLine(peer->name)),
        {{tr("Forget"), [this, fingerprint] { m_book.forget(fingerprint); }}, {tr("Keep"), [] {}}});
    m_notice->choiceButton(1)->setFocus();
}

} // namespace sockdrop
