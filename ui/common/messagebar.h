#pragma once

#include "tintedframe.h"

#include <QList>

#include <functional>

class QLabel;
class QHBoxLayout;
class QToolButton;

namespace sockdrop {

class SymbolLabel;

/// A line of text that stands in the page: what happened, why, and what to do about it, with buttons for
/// that. Hidden until it has something to say.
class MessageBar final : public TintedFrame
{
    Q_OBJECT

public:
    enum class Kind { Information, Warning, Error };

    struct Choice
    {
        QString text;
        std::function<void()> run;
    };

    explicit MessageBar(QWidget* parent = nullptr);

    /// Replaces what stood there (which counts as dismissed). `text` is shown as one plain line, whatever is
    /// in it.
    void showMessage(Kind kind, const QString& text, QList<Choice> choices = {});
    /// Without a close button: for what is true for as long as it stands there.
    void setPermanent();
    /// Takes it away as the close button does.
    void dismiss();

    /// Says the same in other words; its choices stay.
    void setText(const QString& text);
    [[nodiscard]] QString text() const;
    /// Button of a choice, for focus; nullptr when there are fewer.
    [[nodiscard]] QWidget* choiceButton(int number) const;

Q_SIGNALS:
    /// It is gone without any of its choices having been taken.
    void dismissed();

private:
    void clearChoices();
    void choose(const std::function<void()>& run);

    QLabel* m_text;
    SymbolLabel* m_icon;
    QWidget* m_choiceBox;
    QHBoxLayout* m_choiceLayout;
    QToolButton* m_close;
};

} // namespace sockdrop
