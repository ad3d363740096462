#include "peerfield.h"

#include "fieldtexts.h"
#include "format.h"
#include "icons.h"

#include <QAbstractItemView>
#include <QAction>
#include <QComboBox>
#include <QCompleter>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

namespace sockdrop {

using namespace Qt::StringLiterals;

PeerField::PeerField(QWidget* parent)
    : QWidget(parent), m_combo(new QComboBox(this)), m_problem(new QLabel(this)),
      m_forget(new QAction(symbolicIcon(u"trash"_s), tr("Remove this address from the recent ones"), this))
{
    m_combo->setEditable(true);
    m_combo->setInsertPolicy(QComboBox::NoInsert);
    m_combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_combo->setMinimumContentsLength(12);
    m_combo->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    for (QWidget* field : {static_cast<QWidget*>(m_combo), static_cast<QWidget*>(m_combo->lineEdit())}) {
        nameField(*field, tr("Send to"));
        field->setAccessibleDescription(
            tr("Name or IP address of the other device, with a port where needed"));
    }
    m_combo->lineEdit()->setPlaceholderText(tr("Device name, host name or IP address"));
    m_combo->lineEdit()->addAction(m_forget, QLineEdit::TrailingPosition);
    m_combo->completer()->setCompletionMode(QCompleter::PopupCompletion);
    m_combo->completer()->setFilterMode(Qt::MatchContains);
    m_combo->completer()->setCaseSensitivity(Qt::CaseInsensitive);
    m_combo->view()->installEventFilter(this);
    setFocusProxy(m_combo);

    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins({});
    box->setSpacing(fontMetrics().height() / 5);
    box->addWidget(m_combo);
    box->addWidget(m_problem);

    connect(m_combo, &QComboBox::editTextChanged, this, &PeerField::textChanged);
    connect(m_combo->lineEdit(), &QLineEdit::editingFinished, this, &PeerField::check);
    connect(m_combo->lineEdit(), &QLineEdit::returnPressed, this, &PeerField::confirmed);
    connect(m_forget, &QAction::triggered, this, [this] { Q_EMIT forgetRequested(text()); });
    textChanged();
}

QString PeerField::text() const
{
    return m_combo->currentText().trimmed();
}

void PeerField::setText(const QString& text)
{
    m_combo->setEditText(text);
}

void PeerField::setRecent(const QStringList& peers)
{
    const QString kept = m_combo->currentText();
    const QSignalBlocker blocker(m_combo);
    m_combo->clear();
    m_combo->addItems(peers);
    m_combo->setEditText(kept);
    m_forget->setVisible(m_combo->findText(text(), Qt::MatchFixedString) >= 0);
}

Result<PeerAddress> PeerField::address() const
{
    if (text().isEmpty())
        return Error{ErrorCode::InvalidArgument, tr("Enter the name or address of the device to send to.")};
    return PeerAddress::parse(text());
}

void PeerField::ask()
{
    m_combo->setFocus();
    m_combo->lineEdit()->selectAll();
    check();
}

bool PeerField::eventFilter(QObject* watched, QEvent* event)
{
    // Delete in the open list forgets the address under the cursor.
    if (watched == m_combo->view() && event->type() == QEvent::KeyPress &&
        static_cast<QKeyEvent*>(event)->key() == Qt::Key_Delete) {
        const QModelIndex current = m_combo->view()->currentIndex();
        if (current.isValid())
            Q_EMIT forgetRequested(current.data().toString());
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

void PeerField::textChanged()
{
    m_forget->setVisible(m_combo->findText(text(), Qt::MatchFixedString) >= 0);
    // Nobody is told off in the middle of a word; but what stands there goes once it is mended.
    if (m_problem->isVisibleTo(this) && address())
        showProblem({});
    Q_EMIT changed();
}

void PeerField::check()
{
    const auto parsed = address();
    showProblem(parsed || text().isEmpty() ? QString() : parsed.error().text);
}

void PeerField::showProblem(const QString& text)
{
    QPalette colors = palette();
    colors.setColor(QPalette::WindowText, errorColor(colors));
    m_problem->setPalette(colors);
    m_problem->setText(shortLine(text, 300));
    m_problem->setVisible(!text.isEmpty());
}

} // namespace sockdrop
