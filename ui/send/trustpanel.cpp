#include "trustpanel.h"

#include "codelabel.h"
#include "fieldtexts.h"
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

namespace {

QString trustText(const TrustQuestion& question)
{
    const QString name = shortLine(question.name);
    switch (question.state) {
    case ContactState::SameHere:
        return TrustPanel::tr("Waiting for “%1” (%2) to confirm the code.")
            .arg(name, shortLine(question.address));
    case ContactState::SameThere:
        return TrustPanel::tr("“%1” (%2) has confirmed the code. Check that its screen shows the same one. "
                              "Nothing is sent until you confirm.")
            .arg(name, shortLine(question.address));
    default:
        return TrustPanel::tr("First time sending to “%1” (%2). Check that its screen shows the same code. "
                              "Nothing is sent until you confirm.")
            .arg(name, shortLine(question.address));
    }
}

} // namespace

QString contactEndText(const TrustQuestion& question)
{
    if (question.state == ContactState::DiffersThere)
        return TrustPanel::tr("“%1” says that the codes don't match: somebody may be in between. No file was "
                              "sent, and the device did not become a known one.")
            .arg(shortLine(question.name));
    if (question.state == ContactState::TooLate)
        return TrustPanel::tr(
                   "Took too long: the code was not confirmed on both devices. Retry to send to “%1”.")
            .arg(shortLine(question.name));
    return {};
}

TrustPanel::TrustPanel(QWidget* parent)
    : TintedFrame(parent), m_sign(new SymbolLabel(this)), m_text(new QLabel(this)), m_more(new QLabel(this)),
      m_code(new CodeLabel(this)), m_same(new QPushButton(tr("Codes match – send"), this)),
      m_different(new QPushButton(tr("Codes don't match"), this))
{
    setTone(Tone::Warning);
    for (QLabel* label : {m_text, m_more}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
    }
    setPlainToolTip(*m_same, tr("Trust this device from now on, and send"));
    setPlainToolTip(*m_different, tr("Somebody may be in between: send nothing"));
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
    auto* buttons = new FlowLayout(line / 3);
    for (QPushButton* button : {m_different, m_same}) {
        button->setAutoDefault(false);
        buttons->addWidget(button);
    }
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(line / 2, line / 2, line / 2, line / 2);
    grid->setHorizontalSpacing(line / 2);
    grid->setVerticalSpacing(line / 3);
    grid->addWidget(m_sign, 0, 0, Qt::AlignTop);
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
    const auto asked = std::find_if(m_questions.begin(), m_questions.end(),
                                    [&](const TrustQuestion& one) { return one.upload == question.upload; });
    const bool isThere = asked != m_questions.end();
    if (!isThere && isComparing(question.state))
        m_questions += question;
    else if (isThere && !isComparing(question.state))
        m_questions.erase(asked);
    else if (isThere && asked->state != ContactState::SameHere) // what was said here is still on its way
        *asked = question;
    showNext();
    if (!isComparing(question.state))
        Q_EMIT ended(question);
}

void TrustPanel::follow(const QList<TransferSnapshot>& uploads)
{
    const qsizetype gone = m_questions.removeIf([&uploads](const TrustQuestion& question) {
        return std::any_of(uploads.begin(), uploads.end(), [&question](const TransferSnapshot& upload) {
            return upload.id == question.upload && upload.state != TransferState::Asking;
        });
    });
    if (gone > 0)
        showNext();
}

/// The first one that is not answered here, else the first one that waits for the other side.
void TrustPanel::showNext()
{
    const auto waits = [](const TrustQuestion& question) { return question.state != ContactState::SameHere; };
    const qsizetype count = std::count_if(m_questions.cbegin(), m_questions.cend(), waits);
    Q_EMIT waitingChanged(count);
    if (m_questions.isEmpty())
        leave();
    else
        show();
    m_more->setText(count == 2 ? tr("1 more question waits.")
                               : tr("%1 more questions wait.").arg(countText(count - 1)));
    m_more->setVisible(count > 1);
    const auto next = std::find_if(m_questions.cbegin(), m_questions.cend(), waits);
    showQuestion(next != m_questions.cend() ? *next : m_questions.value(0));
}

void TrustPanel::showQuestion(const TrustQuestion& question)
{
    const TrustQuestion before = std::exchange(m_shown, question);
    if (before == question)
        return;
    const bool isAnswered = question.state == ContactState::SameHere;
    m_text->setText(trustText(question));
    m_code->setCode(question.code);
    m_sign->setSymbol(isAnswered ? u"waiting"_s : u"warning"_s, isAnswered ? Tone::Accent : Tone::Warning);
    setTone(isAnswered ? Tone::Accent : Tone::Warning);
    if (isAnswered && isAncestorOf(QApplication::focusWidget()))
        setFocus(); // or it would go on to whatever comes next
    m_same->setVisible(!isAnswered);
    m_different->setVisible(!isAnswered);
    setAccessibleName(m_text->text());
    setAccessibleDescription(m_code->accessibleName());
    if (before.upload == question.upload && before.code == question.code && !isAnswered)
        return; // only the other side has answered
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
    const auto asked = std::find(m_questions.begin(), m_questions.end(), m_shown);
    if (asked == m_questions.end())
        return;
    const TransferId upload = asked->upload;
    asked->state = saidHere(asked->state, isSame ? CodeAnswer::Same : CodeAnswer::Differs);
    if (!isComparing(asked->state))
        m_questions.erase(asked);
    showNext();
    Q_EMIT answered(upload, isSame);
}

} // namespace sockdrop
