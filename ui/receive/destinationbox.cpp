#include "destinationbox.h"

#include "actionbar.h"
#include "elidedlabel.h"
#include "format.h"
#include "icons.h"
#include "openpath.h"

#include <QAction>
#include <QComboBox>
#include <QFileDialog>
#include <QVBoxLayout>

namespace sockdrop {

using namespace Qt::StringLiterals;

DestinationBox::DestinationBox(QWidget* parent)
    : QWidget(parent), m_path(new ElidedLabel(this)), m_free(new ElidedLabel(this)),
      m_policy(new QComboBox(this))
{
    m_policy->setAccessibleName(tr("When a file of that name is there"));
    m_policy->addItem(tr("Keep both, rename the new one"), static_cast<int>(ConflictPolicy::Rename));
    m_policy->addItem(tr("Replace the old one"), static_cast<int>(ConflictPolicy::Replace));
    m_policy->addItem(tr("Keep the old one, refuse the new"), static_cast<int>(ConflictPolicy::Skip));
    m_policy->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_policy->setMinimumContentsLength(14);
    connect(m_policy, &QComboBox::activated, this, [this] { Q_EMIT policyChosen(policy()); });

    auto* change = new QAction(symbolicIcon(u"folder"_s), tr("Change…"), this);
    change->setToolTip(tr("Choose where received files land"));
    connect(change, &QAction::triggered, this, &DestinationBox::choose);
    auto* open = new QAction(symbolicIcon(u"show-in-folder"_s), tr("Open folder"), this);
    open->setToolTip(tr("Open the folder in the file manager"));
    connect(open, &QAction::triggered, this, &DestinationBox::open);
    auto* actions = new ActionBar(this);
    actions->addLeading(change);
    actions->addLeading(open);

    m_free->setMuted(true);
    m_free->setText(u" "_s);
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins({});
    box->setSpacing(fontMetrics().height() / 6);
    box->addWidget(m_path);
    box->addWidget(m_free);
    box->addWidget(actions);
}

void DestinationBox::setFolder(const QString& folder)
{
    m_folder = folder;
    m_path->setPath(folder);
}

void DestinationBox::showStatus(const FolderStatus& status)
{
    if (status.path != m_folder)
        return;
    if (status.error)
        m_free->setText(status.error->text);
    else
        m_free->setText(status.bytesFree < 0 ? QString() : tr("%1 free").arg(bytesText(status.bytesFree)));
}

void DestinationBox::setPolicy(ConflictPolicy policy)
{
    m_policy->setCurrentIndex(m_policy->findData(static_cast<int>(policy)));
}

ConflictPolicy DestinationBox::policy() const
{
    return static_cast<ConflictPolicy>(m_policy->currentData().toInt());
}

void DestinationBox::open()
{
    openPath(m_folder, *this, [this](Opening opening) {
        if (opening == Opening::Gone)
            m_free->setText(tr("The folder does not exist."));
        else if (opening == Opening::NoProgram)
            m_free->setText(tr("No application can open the folder."));
    });
}

void DestinationBox::choose()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Where received files land"), m_folder);
    if (!folder.isEmpty() && folder != m_folder)
        Q_EMIT folderChosen(folder);
}

} // namespace sockdrop
