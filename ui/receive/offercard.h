#pragma once

#include "offersnapshot.h"
#include "tintedframe.h"

#include <QTimer>

class QLabel;
class QPushButton;

namespace sockdrop {

class CodeLabel;
class SymbolLabel;

/// One upload that asks to be let in. Takes no focus by itself, and no button can be pressed in the first
/// moment: what was meant for something else accepts nothing.
class OfferCard final : public TintedFrame
{
    Q_OBJECT

public:
    explicit OfferCard(const OfferSnapshot& offer, QWidget* parent = nullptr);

    void showOffer(const OfferSnapshot& offer);
    /// Lets no button be pressed for a moment from now on.
    void arm();
    [[nodiscard]] OfferId id() const { return m_offer.id; }

    [[nodiscard]] QPushButton& declineButton() { return *m_decline; }
    [[nodiscard]] QPushButton& acceptButton() { return *m_accept; }
    [[nodiscard]] QPushButton& alwaysButton() { return *m_always; }
    [[nodiscard]] QPushButton& elsewhereButton() { return *m_elsewhere; }
    [[nodiscard]] QPushButton& matchButton() { return *m_match; }
    [[nodiscard]] QPushButton& differButton() { return *m_differ; }

Q_SIGNALS:
    /// `folder` is empty for the destination.
    void answered(sockdrop::OfferAnswer answer, const QString& folder);

private:
    void arrange();
    void showButtons();
    void chooseFolder();

    OfferSnapshot m_offer;
    SymbolLabel* m_sign;
    QLabel* m_title;
    QLabel* m_mark;
    CodeLabel* m_code;
    QLabel* m_codeHint;
    QLabel* m_names;
    QLabel* m_place;
    QPushButton* m_match; ///< about the code of a first contact, like the next one
    QPushButton* m_differ;
    QPushButton* m_decline;
    QPushButton* m_accept;
    QPushButton* m_always;
    QPushButton* m_elsewhere;
    QTimer m_armTimer;
};

} // namespace sockdrop
