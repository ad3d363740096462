#pragma once

#include <QWidget>

namespace sockdrop {

/// A thin line that fills from 0 to 100.
class ProgressLine final : public QWidget
{
    Q_OBJECT

public:
    explicit ProgressLine(QWidget* parent = nullptr);

    void setPercent(int percent);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int m_percent = 0;
};

} // namespace sockdrop
