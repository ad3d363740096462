#pragma once

#include "result.h"

#include <QByteArray>
#include <QString>

namespace sockdrop {

/// A QR code (ISO/IEC 18004) without its quiet zone: whoever shows it leaves that around it.
struct QrCode
{
    static constexpr int quietZone = 4; ///< light modules on each side (§6.3.8)

    int size = 0;       ///< modules along each side
    QByteArray modules; ///< row by row, one byte each: 1 dark, 0 light

    /// Encodes `text` as UTF-8 bytes at error correction level M. InvalidArgument for an empty text, TooLarge
    /// for one that no QR code holds (over 2331 bytes).
    [[nodiscard]] static Result<QrCode> encode(const QString& text);

    /// Light outside the code, so that a quiet zone can be drawn without looking at the size.
    [[nodiscard]] bool isDark(int x, int y) const;

    bool operator==(const QrCode&) const = default;
};

} // namespace sockdrop
