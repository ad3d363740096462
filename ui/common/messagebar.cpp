#include "messagebar.h"

#include "format.h"
#include "icons.h"
#include "symbollabel.h"
#include "taborder.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QString iconName(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Kind::Information:
        return u"information"_s;
    case MessageBar::Kind::Warning:
        return u"warning"_s;
    case MessageBar::Kind::Error:
        return u"error"_s;
    }
    Q_UNREACHABLE();
}

Tone toneOf(MessageBar::Kind kind)
{
    switch (kind) {
    case MessageBar::Kind::Information:
        return Tone::Accent;
    case MessageBar::Kind::Warning:
        return Tone::Warning;
    case MessageBar::Kind::Error:
        return Tone::Error;
    }
    Q_UNREACHABLE();
}

} // namespace

MessageBar::MessageBar(QWidget* parent)
    : TintedFrame(parent), m_text(new QLabel(this)), m_icon(new SymbolLabel(this)),
      m_choiceBox(new QWidget(this)), m_choiceLayout(new QHBoxLayout(m_choiceBox)),
      m_close(new QToolButton(this))
{
    const int line = fontMetrics().height();
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_text->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    m_close->setAutoRaise(true);
    m_close->setIcon(symbolicIcon(u"cancel"_s));
    m_close->setToolTip(tr("Dismiss"));
    m_close->setAccessibleName(tr("Dismiss message"));
    connect(m_close, &QToolButton::clicked, this, &MessageBar::dismiss);

    m_choiceLayout->setContentsMargins({});
    auto* texts = new QVBoxLayout;
    texts->addWidget(m_text);
    texts->addWidget(m_choiceBox, 0, Qt::AlignLeft);
    auto* box = new QHBoxLayout(this);
    box->setContentsMargins(line / 2, line / 2, line / 2, line / 2);
    box->setSpacing(line / 2);
    box->addWidget(m_icon, 0, Qt::AlignTop);
    box->addLayout(texts, 1);
    box->addWidget(m_close, 0, Qt::AlignTop);
    hide();
}

void MessageBar::showMessage(Kind kind, const QString& text, QList<Choice> choices)
{
    if (isVisibleTo(parentWidget()))
        dismiss();
    setTone(toneOf(kind));
    m_icon->setSymbol(iconName(kind), toneOf(kind));
    setText(text);
    clearChoices();
    for (Choice& choice : choices) {
        auto* button = new QPushButton(choice.text, m_choiceBox);
        button->setAutoDefault(true); // Return presses it, as in a dialog
        connect(button, &QPushButton::clicked, this, [this, run = std::move(choice.run)] { choose(run); });
        m_choiceLayout->addWidget(button);
        tabBefore(*button, *m_close);
    }
    m_choiceBox->setVisible(!choices.isEmpty());
    update();
    show();
}

void MessageBar::setPermanent()
{
    m_close->hide();
}

void MessageBar::setText(const QString& text)
{
    constexpr qsizetype most = 1000;
    m_text->setText(isolated(shortLine(text, most)));
    setAccessibleName(m_text->text());
}

void MessageBar::dismiss()
{
    if (!isVisibleTo(parentWidget()))
        return;
    leave();
    Q_EMIT dismissed();
}

void MessageBar::choose(const std::function<void()>& run)
{
    const auto chosen = run; // the button that owns `run` goes when the choice shows another message
    leave();
    chosen();
}

QString MessageBar::text() const
{
    return m_text->text();
}

QWidget* MessageBar::choiceButton(int number) const
{
    const QLayoutItem* item = m_choiceLayout->itemAt(number);
    return item ? item->widget() : nullptr;
}

void MessageBar::clearChoices()
{
    while (QLayoutItem* item = m_choiceLayout->takeAt(0)) {
        item->widget()->hide();
        item->widget()->deleteLater(); // it may be the one that was just clicked
        delete item;
    }
}

} // namespace sockdrop
