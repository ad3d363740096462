#include "offersarea.h"

#include "fieldtexts.h"
#include "fittingscrollarea.h"
#include "format.h"
#include "offercard.h"
#include "taborder.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include <algorithm>

namespace sockdrop {

OffersArea::OffersArea(QWidget* parent)
    : QWidget(parent), m_layout(new QVBoxLayout), m_more(new QWidget(this)), m_moreText(new QLabel(m_more)),
      m_declineAll(new QPushButton(tr("Decline all"), m_more))
{
    const int line = fontMetrics().height();
    m_layout->setContentsMargins({});
    m_layout->setSpacing(line / 3);
    m_moreText->setTextFormat(Qt::PlainText);
    m_moreText->setWordWrap(true);
    setPlainToolTip(*m_declineAll, tr("Decline all that wait, those above too"));
    m_declineAll->setAutoDefault(false);
    auto* more = new QHBoxLayout(m_more);
    more->setContentsMargins(line / 2, 0, line / 2, 0);
    more->addWidget(m_moreText, 1);
    more->addWidget(m_declineAll);
    auto* cards = new QWidget(this);
    cards->setLayout(m_layout);
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins({});
    box->setSpacing(line / 3);
    constexpr int mostOfACard = 14; // its buttons too, in a narrow window
    box->addWidget(new FittingScrollArea(cards, mostOfACard, this));
    box->addWidget(m_more);
    connect(m_declineAll, &QPushButton::clicked, this, &OffersArea::declineAll);
    hide();
}

QString OffersArea::moreText() const
{
    return m_moreText->text();
}

void OffersArea::showOffers(const QList<OfferSnapshot>& offers)
{
    m_offers = offers;
    const QList<OfferSnapshot> shown = offers.first(std::min(offers.size(), mostCards));
    QList<OfferCard*> cards;
    for (const OfferSnapshot& offer : shown) {
        OfferCard* card = cardFor(offer);
        if (const qsizetype place = m_cards.indexOf(card); place > cards.size())
            card->arm(); // it moves up, under a pointer that was meant for another one
        m_layout->insertWidget(static_cast<int>(cards.size()), card);
        cards += card;
    }
    for (OfferCard* card : std::as_const(m_cards)) {
        if (cards.contains(card))
            continue;
        if (card->isAncestorOf(QApplication::focusWidget()))
            setFocus(); // or it would go on to a button of the next card
        card->hide();
        card->deleteLater(); // it may be the one that has just been answered
    }
    m_cards = cards;
    const qsizetype more = offers.size() - shown.size();
    m_moreText->setText(more == 0   ? QString()
                        : more == 1 ? tr("1 more upload waits for an answer.")
                                    : tr("%1 more uploads wait for an answer.").arg(countText(more)));
    m_more->setVisible(more > 0);
    if (offers.isEmpty())
        handFocusOver(*this, m_heir);
    setVisible(!offers.isEmpty());
}

OfferCard* OffersArea::cardFor(const OfferSnapshot& offer)
{
    const auto found = std::find_if(m_cards.begin(), m_cards.end(),
                                    [&offer](const OfferCard* card) { return card->id() == offer.id; });
    if (found != m_cards.end()) {
        (*found)->showOffer(offer);
        return *found;
    }
    auto* card = new OfferCard(offer, this);
    for (QPushButton* button : {&card->matchButton(), &card->differButton(), &card->declineButton(),
                                &card->acceptButton(), &card->alwaysButton(), &card->elsewhereButton()})
        tabBefore(*button, *m_declineAll);
    connect(card, &OfferCard::answered, this, [this, card](OfferAnswer answer, const QString& folder) {
        Q_EMIT answered(card->id(), answer, folder);
    });
    return card;
}

void OffersArea::declineAll()
{
    const QList<OfferSnapshot> offers = m_offers;
    for (const OfferSnapshot& offer : offers)
        Q_EMIT answered(offer.id, OfferAnswer::Decline, {});
}

} // namespace sockdrop
