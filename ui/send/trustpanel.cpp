#include "trustpanel.h"

#include "codelabel.h"
#include "format.h"
#include "symbollabel.h"

#include <QGridLayout>
#include <QLabel>
#include <QPushButton>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

TrustPanel::TrustPanel(QWidget* parent)
    : TintedFrame(parent), m_text(new QLabel(this)), m_code(new CodeLabel(this)),
      m_same(new QPushButton(tr("The codes are the same"), this)),
      m_different(new QPushButton(tr("They differ"), this))
{
    const int line = fontMetrics().height();
    setTone(Tone::Warning);
    auto* sign = new SymbolLabel(this);
    sign->setSymbol(u"warning"_s, Tone::Warning);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(line / 3);
    for (QPushButton* button : {m_different, m_same}) {
        button->setAutoDefault(false);
        buttons->addWidget(button);
    }
    buttons->addStretch(1);
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(line / 2, line / 2, line / 2, line / 2);
    grid->setHorizontalSpacing(line / 2);
    grid->setVerticalSpacing(line / 3);
    grid->addWidget(sign, 0, 0, Qt::AlignTop);
    grid->addWidget(m_text, 0, 1);
    grid->addWidget(m_code, 1, 1);
    grid->addLayout(buttons, 2, 1);
    grid->setColumnStretch(1, 1);
    connect(m_same, &QPushButton::clicked, this, [this] { answer(true); });
    connect(m_different, &QPushButton::clicked, this, [this] { answer(false); });
    hide();
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
    setVisible(!m_questions.isEmpty());
    if (m_questions.isEmpty())
        return;
    const TrustQuestion& question = m_questions.constFirst();
    m_text->setText(tr("First contact with %1 (%2). Does its screen show the same code? Nothing is sent "
                       "before you say so.")
                        .arg(singleLine(question.name), singleLine(question.address)));
    m_code->setCode(question.code);
    setAccessibleName(m_text->text());
    setAccessibleDescription(m_code->accessibleName());
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
