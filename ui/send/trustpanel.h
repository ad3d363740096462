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

/// First contact with receivers: one question after another, whether the code is the same on both screens.
/// Hidden while there is none; takes no focus by itself, and no button can be pressed in the first moment of
/// a question.
class TrustPanel final : public TintedFrame
{
    Q_OBJECT

public:
    explicit TrustPanel(QWidget* parent = nullptr);

    void ask(const TrustQuestion& question);
    /// Takes questions of uploads away that do not ask any more.
    void follow(const QList<TransferSnapshot>& uploads);

    [[nodiscard]] QString text() const;
    [[nodiscard]] QString code() const;
    [[nodiscard]] QPushButton& sameButton() { return *m_same; }
    [[nodiscard]] QPushButton& differentButton() { return *m_different; }

Q_SIGNALS:
    void answered(sockdrop::TransferId upload, bool isSame);
    /// How many questions wait, when that changes.
    void waitingChanged(qsizetype count);

private:
    void arrange();
    void showFirst();
    void arm(bool isArmed);
    void answer(bool isSame);

    QList<TrustQuestion> m_questions;
    TrustQuestion m_shown;
    QLabel* m_text;
    QLabel* m_more;
    CodeLabel* m_code;
    QPushButton* m_same;
    QPushButton* m_different;
    QTimer m_armTimer;
};

} // namespace sockdrop
