#include "actionbar.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QStyleOptionToolButton>
#include <QToolButton>

namespace sockdrop {

namespace {

/// Tells its size for a style it does not have at the moment.
class BarButton final : public QToolButton
{
public:
    using QToolButton::QToolButton;

    [[nodiscard]] int widthWith(Qt::ToolButtonStyle buttonStyle) const
    {
        QStyleOptionToolButton option;
        initStyleOption(&option);
        QSize size = option.iconSize;
        if (buttonStyle == Qt::ToolButtonTextBesideIcon)
            size.rwidth() += fontMetrics().horizontalAdvance(text()) + 3 * fontMetrics().averageCharWidth();
        option.toolButtonStyle = buttonStyle;
        return style()->sizeFromContents(QStyle::CT_ToolButton, &option, size, this).width();
    }
};

} // namespace

ActionBar::ActionBar(QWidget* parent) : QWidget(parent), m_layout(new QHBoxLayout(this))
{
    m_layout->setContentsMargins({});
    m_layout->setSpacing(fontMetrics().height() / 4);
    m_layout->addStretch(1);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

QToolButton* ActionBar::makeButton(QAction* action)
{
    auto* button = new BarButton(this);
    button->setDefaultAction(action);
    button->setAutoRaise(true);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_buttons << button;
    connect(action, &QAction::changed, this, &ActionBar::fitTexts);
    return button;
}

void ActionBar::addLeading(QAction* action)
{
    m_layout->insertWidget(m_leading++, makeButton(action));
}

void ActionBar::addTrailing(QAction* action)
{
    m_layout->addWidget(makeButton(action));
}

int ActionBar::widthWith(Qt::ToolButtonStyle style) const
{
    int width = 0;
    for (QToolButton* button : m_buttons) {
        if (button->defaultAction()->isVisible())
            width += static_cast<const BarButton*>(button)->widthWith(style) + m_layout->spacing();
    }
    return width;
}

QSize ActionBar::sizeHint() const
{
    return {widthWith(Qt::ToolButtonTextBesideIcon), QWidget::sizeHint().height()};
}

QSize ActionBar::minimumSizeHint() const
{
    return {widthWith(Qt::ToolButtonIconOnly), QWidget::minimumSizeHint().height()};
}

void ActionBar::fitTexts()
{
    const bool fits = widthWith(Qt::ToolButtonTextBesideIcon) <= width();
    for (QToolButton* button : m_buttons) {
        button->setVisible(button->defaultAction()->isVisible());
        button->setToolButtonStyle(fits ? Qt::ToolButtonTextBesideIcon : Qt::ToolButtonIconOnly);
    }
}

void ActionBar::resizeEvent(QResizeEvent*)
{
    fitTexts();
}

bool ActionBar::event(QEvent* event)
{
    const bool handled = QWidget::event(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        fitTexts();
    return handled;
}

} // namespace sockdrop
