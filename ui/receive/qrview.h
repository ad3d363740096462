#pragma once

#include "qrcode.h"

#include <QWidget>

namespace sockdrop {

/// A QR code, dark on white whatever the palette: that is what cameras expect.
class QrView final : public QWidget
{
    Q_OBJECT

public:
    explicit QrView(QWidget* parent = nullptr);

    void setText(const QString& text);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QrCode m_code;
};

} // namespace sockdrop
