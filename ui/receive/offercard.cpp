#include "offercard.h"

#include "codelabel.h"
#include "fieldtexts.h"
#include "flowlayout.h"
#include "format.h"
#include "offertext.h"
#include "pressdelay.h"
#include "symbollabel.h"

#include <QApplication>
#include <QFileDialog>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QLabel* plainLabel(QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

/// What is pressed next would be another button, or about another code.
bool buttonsDiffer(const OfferSnapshot& one, const OfferSnapshot& other)
{
    const auto isAnswered = [](const OfferSnapshot& offer) {
        return offer.contact == ContactState::SameHere;
    };
    return one.isComplete != other.isComplete || showsCode(one) != showsCode(other) ||
           (showsCode(one) && one.code != other.code) || isAnswered(one) != isAnswered(other);
}

} // namespace

OfferCard::OfferCard(const OfferSnapshot& offer, QWidget* parent)
    : TintedFrame(parent), m_sign(new SymbolLabel(this)), m_title(plainLabel(this)), m_mark(plainLabel(this)),
      m_code(new CodeLabel(this)), m_codeHint(plainLabel(this)), m_names(plainLabel(this)),
      m_place(plainLabel(this)), m_match(new QPushButton(tr("Codes match"), this)),
      m_differ(new QPushButton(tr("Codes don't match"), this)),
      m_decline(new QPushButton(tr("Decline"), this)), m_accept(new QPushButton(tr("Accept"), this)),
      m_always(new QPushButton(tr("Always accept"), this)),
      m_elsewhere(new QPushButton(tr("Into another folder…"), this))
{
    arrange();
    setPlainToolTip(*m_differ, tr("Somebody may be in between: the sender is warned"));
    connect(m_match, &QPushButton::clicked, this, [this] { Q_EMIT answered(OfferAnswer::CodesMatch, {}); });
    connect(m_differ, &QPushButton::clicked, this, [this] { Q_EMIT answered(OfferAnswer::CodesDiffer, {}); });
    setPlainToolTip(*m_always, tr("Accept this and whatever else this device sends from now on"));
    connect(m_decline, &QPushButton::clicked, this, [this] { Q_EMIT answered(OfferAnswer::Decline, {}); });
    connect(m_accept, &QPushButton::clicked, this, [this] { Q_EMIT answered(OfferAnswer::Accept, {}); });
    connect(m_always, &QPushButton::clicked, this,
            [this] { Q_EMIT answered(OfferAnswer::AcceptAlways, {}); });
    connect(m_elsewhere, &QPushButton::clicked, this, &OfferCard::chooseFolder);
    m_armTimer.setSingleShot(true);
    connect(&m_armTimer, &QTimer::timeout, this, &OfferCard::showButtons);
    showOffer(offer);
    arm();
}

void OfferCard::arm()
{
    m_armTimer.start(pressDelay);
    showButtons();
}

void OfferCard::arrange()
{
    const int line = fontMetrics().height();
    QFont bold = m_title->font();
    bold.setBold(true);
    m_title->setFont(bold);
    auto* code = new QHBoxLayout;
    code->setSpacing(line / 2);
    code->addWidget(m_code);
    code->addWidget(m_codeHint, 1);
    auto* texts = new QVBoxLayout;
    texts->setSpacing(line / 6);
    texts->addWidget(m_title);
    texts->addWidget(m_mark);
    texts->addLayout(code);
    texts->addWidget(m_names);
    texts->addWidget(m_place);
    auto* buttons = new FlowLayout(line / 3);
    for (QPushButton* button : {m_match, m_differ, m_decline, m_accept, m_always, m_elsewhere}) {
        button->setAutoDefault(false);
        buttons->addWidget(button);
    }
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(line / 2, line / 2, line / 2, line / 2);
    grid->setHorizontalSpacing(line / 2);
    grid->setVerticalSpacing(line / 2);
    grid->addWidget(m_sign, 0, 0, Qt::AlignTop);
    grid->addLayout(texts, 0, 1);
    grid->addLayout(buttons, 1, 1);
    grid->setColumnStretch(1, 1);
}

void OfferCard::showOffer(const OfferSnapshot& offer)
{
    const bool isMoving = buttonsDiffer(offer, m_offer);
    m_offer = offer;
    const Tone tone = offerTone(offer);
    setTone(tone);
    m_sign->setSymbol(tone == Tone::Accent ? u"receive"_s : u"warning"_s, tone);
    m_title->setText(offerTitle(offer));
    m_mark->setText(offerMark(offer));
    m_code->setCode(showsCode(offer) ? offer.code : QString());
    m_codeHint->setText(offerCodeHint(offer));
    m_codeHint->setVisible(showsCode(offer));
    m_names->setText(offerNames(offer));
    m_names->setVisible(!m_names->text().isEmpty());
    m_place->setText(offerPlace(offer));
    m_place->setVisible(!m_place->text().isEmpty());
    setAccessibleName(m_title->text());
    setAccessibleDescription(m_mark->text());
    if (isMoving)
        arm();
    else
        showButtons();
}

void OfferCard::showButtons()
{
    const bool isArmed = !m_armTimer.isActive();
    if (isAncestorOf(QApplication::focusWidget()) && !isArmed)
        setFocus(); // or it would go on to a button that takes the place of the pressed one
    for (QPushButton* button : {m_match, m_differ, m_decline})
        button->setEnabled(isArmed);
    m_differ->setVisible(showsCode(m_offer));
    // To accept what is offered says the same.
    m_match->setVisible(showsCode(m_offer) && !m_offer.isComplete &&
                        m_offer.contact != ContactState::SameHere);
    for (QPushButton* button : {m_accept, m_always, m_elsewhere}) {
        button->setEnabled(isArmed && m_offer.isComplete);
        button->setVisible(m_offer.isComplete);
    }
    // Who has no key cannot be told apart the next time; who borrows a name should be looked at each time.
    m_always->setVisible(m_offer.isComplete && !m_offer.fingerprint.isEmpty() && !m_offer.isImpostor);
}

void OfferCard::chooseFolder()
{
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("Folder for this upload"), m_offer.folder);
    if (!folder.isEmpty())
        Q_EMIT answered(OfferAnswer::Accept, folder);
}

} // namespace sockdrop
