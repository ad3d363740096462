#include "qrcode.h"

#include <qrencode.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace sockdrop {

using namespace Qt::StringLiterals;

Result<QrCode> QrCode::encode(const QString& text)
{
    if (text.isEmpty())
        return Error{ErrorCode::InvalidArgument, u"There is nothing to put into a QR code."_s};
    const QByteArray utf8 = text.toUtf8();
    // encodeData rather than encodeString: that one stops at a NUL.
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeData(static_cast<int>(utf8.size()),
                          reinterpret_cast<const unsigned char*>(utf8.constData()), 0, QR_ECLEVEL_M),
        &QRcode_free);
    if (!code && errno == ERANGE)
        return Error{ErrorCode::TooLarge, u"%1 bytes are too many for a QR code."_s.arg(utf8.size())};
    if (!code)
        return systemError(errno, u"Cannot make a QR code"_s);

    QrCode result;
    result.size = code->width;
    result.modules.resize(static_cast<qsizetype>(code->width) * code->width);
    // The lowest bit is the colour; the others say what a module is for.
    std::transform(code->data, code->data + result.modules.size(), result.modules.begin(),
                   [](unsigned char module) { return static_cast<char>(module & 1); });
    return result;
}

bool QrCode::isDark(int x, int y) const
{
    if (x < 0 || y < 0 || x >= size || y >= size)
        return false;
    return modules.at(static_cast<qsizetype>(y) * size + x) != 0;
}

} // namespace sockdrop
