#pragma once

#include "icons.h"

#include <QFrame>

namespace sockdrop {

/// A box with round corners on a ground of its tone's colour: stands out from the page without covering it.
class TintedFrame : public QFrame
{
    Q_OBJECT

public:
    explicit TintedFrame(QWidget* parent = nullptr);

    void setTone(Tone tone);
    /// Who gets the keyboard when this goes while it has it.
    void setHeir(QWidget& heir) { m_heir = &heir; }
    /// Hides it.
    void leave();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Tone m_tone = Tone::Neutral;
    QWidget* m_heir = nullptr;
};

} // namespace sockdrop
