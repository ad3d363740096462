#pragma once

#include "offersnapshot.h"

#include <QList>
#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace sockdrop {

class OfferCard;

/// The uploads that ask to be let in: a card for each of the oldest, one line for all others. Hidden while
/// there are none.
class OffersArea final : public QWidget
{
    Q_OBJECT

public:
    /// How many get a card.
    static constexpr qsizetype mostCards = 3;

    explicit OffersArea(QWidget* parent = nullptr);

    /// Who gets the keyboard when the last card goes while it has it.
    void setHeir(QWidget& heir) { m_heir = &heir; }
    /// All that wait, the oldest first.
    void showOffers(const QList<OfferSnapshot>& offers);

    [[nodiscard]] const QList<OfferCard*>& cards() const { return m_cards; }
    /// The line about the others; empty while there are none.
    [[nodiscard]] QString moreText() const;
    [[nodiscard]] QPushButton& declineAllButton() { return *m_declineAll; }

Q_SIGNALS:
    void answered(sockdrop::OfferId id, sockdrop::OfferAnswer answer, const QString& folder);

private:
    OfferCard* cardFor(const OfferSnapshot& offer);
    void declineAll();

    QList<OfferSnapshot> m_offers;
    QList<OfferCard*> m_cards;
    QVBoxLayout* m_layout; ///< of the cards
    QWidget* m_more;
    QLabel* m_moreText;
    QPushButton* m_declineAll;
    QWidget* m_heir = nullptr;
};

} // namespace sockdrop
