#pragma once

#include <QScrollArea>

namespace sockdrop {

/// As high as its content while there is room for that; scrolls where there is not, down to `leastLines` of
/// text.
class FittingScrollArea final : public QScrollArea
{
    Q_OBJECT

public:
    FittingScrollArea(QWidget* content, int leastLines, QWidget* parent);

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    int m_leastLines;
};

} // namespace sockdrop
