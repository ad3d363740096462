#pragma once

#include "offersnapshot.h"
#include "tintedframe.h"
#include "transfer.h"

#include <QList>
#include <QTimer>

class QLabel;
class QPushButton;

namespace sockdrop {

class CodeLabel;
class SymbolLabel;

/// Why a first contact is over; empty where nobody needs to be told.
[[nodiscard]] QString contactEndText(const TrustQuestion& question);

/// First contact with receivers: one question after another, whether the code is the same on both screens.
/// The code of the last one stays until the person there has answered, too. Hidden while there is none;
/// takes no focus by itself, and no button can be pressed in the first moment of a question.
class TrustPanel final : public TintedFrame
{
    Q_OBJECT

public:
    explicit TrustPanel(QWidget* parent = nullptr);

    /// A new question, or what became of one.
    void ask(const TrustQuestion& question);
    /// Takes questions of uploads away that do not ask any more.
    void follow(const QList<TransferSnapshot>& uploads);

    [[nodiscard]] QString text() const;
    [[nodiscard]] QString code() const;
    [[nodiscard]] QPushButton& sameButton() { return *m_same; }
    [[nodiscard]] QPushButton& differentButton() { return *m_different; }

Q_SIGNALS:
    void answered(sockdrop::TransferId upload, bool isSame);
    /// A first contact is over, and not by an answer here.
    void ended(const sockdrop::TrustQuestion& question);
    /// How many questions wait for an answer, when that changes.
    void waitingChanged(qsizetype count);

private:
    void arrange();
    void showNext();
    void showQuestion(const TrustQuestion& question);
    void arm(bool isArmed);
    void answer(bool isSame);

    QList<TrustQuestion> m_questions;
    TrustQuestion m_shown;
    SymbolLabel* m_sign;
    QLabel* m_text;
    QLabel* m_more;
    CodeLabel* m_code;
    QPushButton* m_same;
    QPushButton* m_different;
    QTimer m_armTimer;
};

} // namespace sockdrop
