#include "emptystate.h"

#include "icons.h"

#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

namespace sockdrop {

namespace {

class Picture final : public QWidget
{
public:
    explicit Picture(QWidget* parent) : QWidget(parent)
    {
        const int side = fontMetrics().height() * 6;
        setFixedSize(side, side);
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        appIcon().paint(&painter, rect());
    }
};

} // namespace

EmptyState::EmptyState(const QString& sentence, const QString& button, QWidget* parent) : QWidget(parent)
{
    auto* text = new QLabel(sentence, this);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setAlignment(Qt::AlignCenter);
    auto* start = new QPushButton(button, this);
    connect(start, &QPushButton::clicked, this, &EmptyState::clicked);
    auto* box = new QVBoxLayout(this);
    box->setSpacing(fontMetrics().height());
    box->addStretch(2);
    box->addWidget(new Picture(this), 0, Qt::AlignCenter);
    box->addWidget(text);
    box->addWidget(start, 0, Qt::AlignCenter);
    box->addStretch(3);
}

} // namespace sockdrop
