#pragma once

#include <QCheckBox>

namespace sockdrop {

/// A big switch: its state stands as a sliding knob with a sign in it, and as the text beside it. A QCheckBox
/// underneath, for the keyboard and for screen readers.
class Switch final : public QCheckBox
{
    Q_OBJECT

public:
    explicit Switch(QWidget* parent = nullptr);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    [[nodiscard]] bool hitButton(const QPoint& position) const override;

private:
    // As they are where the window runs from left to right.
    [[nodiscard]] QRect trackRect() const;
    [[nodiscard]] QRect textRect() const;
};

} // namespace sockdrop
