#pragma once

#include "icons.h"

#include <QWidget>

namespace sockdrop {

/// One of the single-colour pictures, as high as a line of text. Decoration: the text beside it says the
/// same.
class SymbolLabel final : public QWidget
{
    Q_OBJECT

public:
    explicit SymbolLabel(QWidget* parent = nullptr);

    void setSymbol(const QString& name, Tone tone);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_name;
    Tone m_tone = Tone::Neutral;
};

} // namespace sockdrop
