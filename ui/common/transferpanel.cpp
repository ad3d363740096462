#include "transferpanel.h"

#include "droptarget.h"
#include "elidedlabel.h"
#include "filetext.h"
#include "format.h"
#include "icons.h"
#include "progressline.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QMessageBox>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

TransferPanel::TransferPanel(Direction direction, QWidget* parent)
    : QWidget(parent), m_direction(direction), m_view(m_model, this), m_bar(this),
      m_totals(new ElidedLabel(this)), m_progress(new ProgressLine(this)),
      m_clear(new QAction(symbolicIcon(u"clear"_s), tr("Clear finished"), this)),
      m_retry(new QAction(symbolicIcon(u"retry"_s), tr("Retry failed"), this))
{
    m_view.setAccessibleName(direction == Direction::Sending ? tr("Uploads to other devices")
                                                             : tr("Uploads to this device"));
    m_bar.setHeir(m_view);
    m_view.setButtonColumns(2, direction == Direction::Sending ? 0 : 2);
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins({});
    box->setSpacing(fontMetrics().height() / 3);
    box->addWidget(m_totals);
    box->addWidget(m_progress);
    box->addWidget(&m_view, 1);
    box->addWidget(&m_bar);

    connect(m_clear, &QAction::triggered, this, [this] { remove(m_model.clearableIds()); });
    connect(m_retry, &QAction::triggered, this,
            [this] { Q_EMIT retryRequested(m_model.idsWith(TransferAction::Retry)); });
    connect(&m_view, &TransferView::actionTriggered, this, &TransferPanel::perform);
    connect(&m_bar, &MessageBar::dismissed, this, &TransferPanel::forgetRemoved);
    connect(&m_model, &TransferModel::totalsChanged, this, &TransferPanel::showTotals);
    m_runEnd.setSingleShot(true);
    m_runEnd.setInterval(2s);
    connect(&m_runEnd, &QTimer::timeout, &m_model, &TransferModel::endRun);
    m_undoEnd.setSingleShot(true);
    m_undoEnd.setInterval(10s);
    connect(&m_undoEnd, &QTimer::timeout, this, &TransferPanel::endUndo);
    showTotals();
}

TransferPanel::~TransferPanel() = default;

void TransferPanel::apply(const QList<TransferSnapshot>& transfers)
{
    const bool wasAtEnd = m_view.isAtEnd();
    const int rowsBefore = m_model.rowCount();
    m_model.apply(transfers);
    const bool hasNewRows = m_model.rowCount() > rowsBefore;
    if (hasNewRows)
        endUndo();
    const int row = rowToShow(transfers, rowsBefore);
    if (hasNewRows && (wasAtEnd || std::exchange(m_showsNewRows, false)))
        m_view.showRow(row);
    else
        m_view.follow(row);
}

int TransferPanel::rowToShow(const QList<TransferSnapshot>& transfers, int rowsBefore) const
{
    // What runs, else what has just ended: small uploads are never seen running.
    int ended = -1;
    for (auto transfer = transfers.crbegin(); transfer != transfers.crend(); ++transfer) {
        if (transfer->state == TransferState::Transferring)
            return m_model.rowOf(transfer->id);
        const bool happened =
            transfer->state != TransferState::Waiting && transfer->state != TransferState::Cancelled;
        if (ended < 0 && happened)
            ended = m_model.rowOf(transfer->id);
    }
    return ended >= 0 || m_model.rowCount() == rowsBefore ? ended : rowsBefore;
}

void TransferPanel::applyFiles(const QList<FileSnapshot>& files)
{
    // Who looks at what runs goes on doing so; nobody else is taken there.
    const bool follows = m_view.isInSight(m_model.index(m_model.rowOf(m_runningFile)));
    m_model.applyFiles(files);
    const auto running = std::find_if(files.crbegin(), files.crend(), [](const FileSnapshot& file) {
        return file.state != TransferState::Waiting && file.state != TransferState::Cancelled;
    });
    if (running == files.crend())
        return;
    m_runningFile = {running->batch, running->file};
    if (follows)
        m_view.scrollTo(m_model.index(m_model.rowOf(m_runningFile)));
}

void TransferPanel::perform(TransferAction action, const QList<RowId>& rows)
{
    QList<TransferId> ids;
    for (const RowId& row : rows) {
        if (ids.isEmpty() || ids.last() != row.upload)
            ids << row.upload;
    }
    switch (action) {
    case TransferAction::Cancel:
        Q_EMIT cancelRequested(ids);
        break;
    case TransferAction::Discard:
        askToDiscard(ids);
        break;
    case TransferAction::Retry:
        Q_EMIT retryRequested(ids);
        break;
    case TransferAction::Pause:
        Q_EMIT pauseRequested(ids);
        break;
    case TransferAction::Resume:
        Q_EMIT resumeRequested(ids);
        break;
    case TransferAction::Remove:
        remove(ids);
        break;
    case TransferAction::CopyPath:
        copyPaths(rows);
        break;
    case TransferAction::Open:
    case TransferAction::ShowInFolder:
        open(rows, action);
        break;
    case TransferAction::KnownPeers:
        Q_EMIT knownPeersRequested();
        break;
    case TransferAction::ToggleFiles:
    case TransferAction::ShowFailed:
        break; // the list has done it
    }
}

void TransferPanel::copyPaths(const QList<RowId>& rows) const
{
    QStringList paths;
    for (const RowId& id : rows) {
        if (const int row = m_model.rowOf(id); row >= 0)
            paths << (m_model.isFile(row) ? pathToCopy(m_model.fileAt(row)) : localPath(m_model.at(row)));
    }
    QGuiApplication::clipboard()->setText(paths.join(u'\n'));
}

void TransferPanel::open(const QList<RowId>& rows, TransferAction action)
{
    constexpr qsizetype mostAtOnce = 10; // nobody means to open a thousand windows
    for (const RowId& id : rows.first(std::min(rows.size(), mostAtOnce))) {
        const int row = m_model.rowOf(id);
        const bool isShown = action == TransferAction::ShowInFolder;
        const QString path = row < 0 ? QString() : isShown ? m_model.pathToShow(row) : m_model.pathAt(row);
        if (path.isEmpty())
            continue;
        const auto ended = [this, path](Opening opening) { showOpening(path, opening); };
        if (isShown)
            showInFolder(path, *this, ended);
        else
            openPath(path, *this, ended);
    }
}

void TransferPanel::askToDiscard(const QList<TransferId>& ids)
{
    const QString text = m_direction == Direction::Sending
                             ? tr("What arrived so far is deleted on the other device. Retry starts over.")
                             : tr("What arrived so far is deleted. The sender starts over.");
    auto* box = new QMessageBox(QMessageBox::Question, tr("Discard?"), text, QMessageBox::NoButton, this);
    box->setAttribute(Qt::WA_DeleteOnClose);
    const QPushButton* discard = box->addButton(tr("Discard"), QMessageBox::DestructiveRole);
    box->setDefaultButton(box->addButton(tr("Keep"), QMessageBox::RejectRole));
    connect(discard, &QAbstractButton::clicked, this, [this, ids] { Q_EMIT discardRequested(ids); });
    box->open();
}

void TransferPanel::showOpening(const QString& path, Opening opening)
{
    const QString shown = singleLine(path);
    if (opening == Opening::Gone)
        m_bar.showMessage(MessageBar::Kind::Warning,
                          tr("%1 is not there any more. It was moved, renamed or deleted.").arg(shown));
    else if (opening == Opening::NoProgram)
        m_bar.showMessage(MessageBar::Kind::Warning,
                          tr("No application can open %1. Show it in its folder instead.").arg(shown));
}

void TransferPanel::remove(const QList<TransferId>& ids)
{
    m_bar.dismiss();
    m_removed = m_model.remove(ids);
    if (m_removed.empty())
        return;
    m_bar.showMessage(MessageBar::Kind::Information,
                      tr("%1 removed from the list. The files stay.")
                          .arg(itemsText(static_cast<qsizetype>(m_removed.size()))),
                      {{tr("Undo"), [this] { undoRemove(); }}});
    m_undoEnd.start();
}

void TransferPanel::endUndo()
{
    if (!m_removed.empty()) // else the bar says something else
        m_bar.dismiss();
}

void TransferPanel::undoRemove()
{
    m_model.restore(std::exchange(m_removed, {}));
    m_view.setFocus();
}

void TransferPanel::forgetRemoved()
{
    QList<TransferId> ids;
    for (const auto& gone : m_removed)
        ids << gone.transfer.id;
    m_removed.clear();
    if (!ids.isEmpty())
        Q_EMIT forgotten(ids);
}

QString TransferPanel::totalsText() const
{
    const TransferTotals& totals = m_model.totals();
    if (totals.runCount == 0)
        return {};
    const bool isSending = m_direction == Direction::Sending;
    const QString one = isSending ? tr("Sending") : tr("Receiving");
    const QString many = isSending ? tr("Sent %1") : tr("Received %1");
    const qint64 landed = totals.runFinished - totals.runFailed;
    QStringList parts{totals.runCount == 1 && totals.active == 1
                          ? one
                          : many.arg(filesProgressText(landed, totals.runCount)),
                      progressText(totals.runBytesDone, totals.runBytesTotal),
                      speedText(totals.bytesPerSecond), timeLeftText(totals.timeLeft())};
    if (totals.runFailed > 0)
        parts.insert(1, tr("%1 failed or cancelled").arg(countText(totals.runFailed)));
    parts.removeAll(QString());
    return parts.join(u" · "_s);
}

void TransferPanel::showTotals()
{
    const TransferTotals& totals = m_model.totals();
    if (totals.active > 0)
        m_runEnd.stop();
    else if (totals.runUploads > 0)
        m_runEnd.start();
    const QString text = totalsText();
    m_totals->setText(text);
    m_totals->setVisible(!text.isEmpty());
    const auto percent = totals.percent();
    m_progress->setVisible(percent.has_value());
    m_progress->setPercent(percent.value_or(0));
    m_clear->setEnabled(totals.clearable > 0);
    m_retry->setVisible(m_direction == Direction::Sending && totals.failed > 0);
}

} // namespace sockdrop
