#include "partialsdialog.h"

#include "format.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTreeWidget>
#include <QVBoxLayout>

namespace sockdrop {

using namespace Qt::StringLiterals;

PartialsDialog::PartialsDialog(QList<PartialFile> partials, QWidget* parent)
    : QDialog(parent), m_partials(std::move(partials)), m_list(new QTreeWidget(this))
{
    setWindowTitle(tr("Discard unfinished uploads?"));
    auto* text =
        new QLabel(tr("What is discarded cannot be brought back. Its sender has to begin again."), this);
    text->setWordWrap(true);
    m_list->setAccessibleName(tr("Unfinished uploads"));
    fillList();
    auto* buttons = new QDialogButtonBox(this);
    m_discard = buttons->addButton(tr("Discard"), QDialogButtonBox::DestructiveRole);
    QPushButton* keep = buttons->addButton(tr("Keep"), QDialogButtonBox::RejectRole);
    keep->setDefault(true);
    connect(m_discard, &QAbstractButton::clicked, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_list, &QTreeWidget::itemChanged, this, [this] { m_discard->setEnabled(!chosen().isEmpty()); });
    auto* box = new QVBoxLayout(this);
    box->addWidget(text);
    box->addWidget(m_list, 1);
    box->addWidget(buttons);
    resize(fontMetrics().averageCharWidth() * 70, fontMetrics().height() * 18);
}

void PartialsDialog::fillList()
{
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->setHeaderLabels({tr("Upload"), tr("Here so far"), tr("Kept until")});
    for (const PartialFile& partial : m_partials) {
        const QString name = partial.name.isEmpty() ? tr("Cannot be continued") : singleLine(partial.name);
        auto* item = new QTreeWidgetItem(
            m_list, {isolated(name), isolated(progressText(partial.bytesDone, partial.bytesTotal)),
                     expiryText(partial.expiresAt)});
        item->setCheckState(0, Qt::Checked);
        item->setToolTip(0, plainToolTip(shortLine(name, mostInToolTip)));
    }
    QHeaderView* header = m_list->header();
    header->setStretchLastSection(false);
    header->setSectionResizeMode(0, QHeaderView::Stretch);
    header->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    header->setSectionResizeMode(2, QHeaderView::ResizeToContents);
}

QList<PartialFile> PartialsDialog::chosen() const
{
    QList<PartialFile> chosen;
    for (int row = 0; row < m_list->topLevelItemCount(); ++row) {
        if (m_list->topLevelItem(row)->checkState(0) == Qt::Checked)
            chosen << m_partials[row];
    }
    return chosen;
}

} // namespace sockdrop
