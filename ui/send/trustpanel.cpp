#include "trustpanel.h"

#include "codelabel.h"
#include "flowlayout.h"
#include "format.h"
#include "pressdelay.h"
#include "symbollabel.h"

#include <QApplication>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>

#include <algorithm>
#include <utility>

namespace sockdrop {

using namespace Qt::StringLiterals;

TrustPanel::TrustPanel(QWidget* parent)
    : TintedFrame(parent), m_text(new QLabel(this)), m_more(new QLabel(this)), m_code(new CodeLabel(this)),
      m_same(new QPushButton(tr("The codes are the same"), this)),
      m_different(new QPushButton(tr("They differ"), this))
{
    setTone(Tone::Warning);
    for (QLabel* label : {m_text, m_more}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
    }
    m_same->setToolTip(plainToolTip(tr("Trust this device from now on, and send")));
    m_different->setToolTip(plainToolTip(tr("Somebody may be in between: send nothing")));
    arrange();
    m_armTimer.setSingleShot(true);
    connect(&m_armTimer, &QTimer::timeout, this, [this] { arm(true); });
    connect(m_same, &QPushButton::clicked, this, [this] { answer(true); });
    connect(m_different, &QPushButton::clicked, this, [this] { answer(false); });
    hide();
}

void TrustPanel::arrange()
{
    const int line = fontMetrics().height();
    auto* sign = new SymbolLabel(this);
    sign->setSymbol(u"warning"_s, Tone::Warning);
    auto* buttons = new FlowLayout(line / 3);
    for (QPushButton* button : {m_different, m_same}) {
        button->setAutoDefault(false);
        buttons->addWidget(button);
    }
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(line / 2, line / 2, line / 2, line / 2);
    grid->setHorizontalSpacing(line / 2);
    grid->setVerticalSpacing(line / 3);
    grid->addWidget(sign, 0, 0, Qt::AlignTop);
    grid->addWidget(m_text, 0, 1);
    grid->addWidget(m_code, 1, 1);
    grid->addLayout(buttons, 2, 1);
    grid->addWidget(m_more, 3, 1);
    grid->setColumnStretch(1, 1);
}

QString TrustPanel::text() const
{
    return m_text->text();
}

QString TrustPanel::code() const
{
    return m_code->text();
}

void TrustPanel::ask(const TrustQuestion& question)
{
    m_questions += question;
    showFirst();
}

void TrustPanel::follow(const QList<TransferSnapshot>& uploads)
{
    const qsizetype gone = m_questions.removeIf([&uploads](const TrustQuestion& question) {
        return std::any_of(uploads.begin(), uploads.end(), [&question](const TransferSnapshot& upload) {
            return upload.id == question.upload && upload.state != TransferState::Asking;
        });
    });
    if (gone > 0)
        showFirst();
}

void TrustPanel::showFirst()
{
    const qsizetype count = m_questions.size();
    Q_EMIT waitingChanged(count);
    setVisible(count > 0);
    m_more->setText(count == 2 ? tr("1 more question waits.")
                               : tr("%1 more questions wait.").arg(countText(count - 1)));
    m_more->setVisible(count > 1);
    const TrustQuestion question = m_questions.value(0);
    if (std::exchange(m_shown, question) == question)
        return;
    m_text->setText(
        tr("First contact with %1 (%2). Compare: does the other screen show the same code? Nothing "
           "is sent before you say so.")
            .arg(shortLine(question.name), shortLine(question.address)));
    m_code->setCode(question.code);
    setAccessibleName(m_text->text());
    setAccessibleDescription(m_code->accessibleName());
    arm(false);
    m_armTimer.start(pressDelay);
}

void TrustPanel::arm(bool isArmed)
{
    if (!isArmed && isAncestorOf(QApplication::focusWidget()))
        setFocus(); // or it would go on to whatever comes next
    m_same->setEnabled(isArmed);
    m_different->setEnabled(isArmed);
}

void TrustPanel::answer(bool isSame)
{
    if (m_questions.isEmpty())
        return;
    const TransferId upload = m_questions.takeFirst().upload;
    showFirst();
    Q_EMIT answered(upload, isSame);
}

} // namespace sockdrop
