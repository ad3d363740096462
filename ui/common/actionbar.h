#pragma once

#include <QList>
#include <QWidget>

class QAction;
class QHBoxLayout;
class QToolButton;

namespace sockdrop {

/// A row of buttons, some at each end. Where their texts do not fit, they show only their icons.
class ActionBar final : public QWidget
{
    Q_OBJECT

public:
    explicit ActionBar(QWidget* parent = nullptr);

    void addLeading(QAction* action);
    void addTrailing(QAction* action);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    QToolButton* makeButton(QAction* action);
    void fitTexts();
    [[nodiscard]] int widthWith(Qt::ToolButtonStyle style) const;

    QList<QToolButton*> m_buttons;
    QHBoxLayout* m_layout;
    int m_leading = 0;
};

} // namespace sockdrop
