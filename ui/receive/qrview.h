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

    /// `hint` says what it is good for.
    void setText(const QString& text, const QString& hint);

    [[nodiscard]] QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QrCode m_code;
};

} // namespace sockdrop
