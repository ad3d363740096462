#include "websocketframe.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <cstring>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr quint8 finalBit = 0x80;
constexpr quint8 reservedBits = 0x70;
constexpr quint8 opcodeBits = 0x0f;
constexpr quint8 maskBit = 0x80;
constexpr quint8 lengthBits = 0x7f;
constexpr qint64 mostInline = 125;
constexpr qint64 mostShort = 0xffff;
constexpr quint8 shortLength = 126;
constexpr quint8 longLength = 127;

Error badFrame(const QString& what)
{
    return {ErrorCode::ProtocolError, u"A WebSocket frame is broken: %1."_s.arg(what)};
}

bool isKnown(quint8 opcode)
{
    return opcode <= 2 || (opcode >= 8 && opcode <= 10);
}

} // namespace

QByteArray WebSocketFrame::encode() const
{
    std::array<uchar, mostHeaderBytes> bytes{};
    bytes[0] = static_cast<uchar>((isFinal ? finalBit : 0) | static_cast<quint8>(opcode));
    qsizetype size = 2;
    if (length <= mostInline) {
        bytes[1] = static_cast<uchar>(length);
    } else if (length <= mostShort) {
        bytes[1] = shortLength;
        qToBigEndian(static_cast<quint16>(length), &bytes[2]);
        size += 2;
    } else {
        bytes[1] = longLength;
        qToBigEndian(length, &bytes[2]);
        size += 8;
    }
    if (mask) {
        bytes[1] |= maskBit;
        std::memcpy(&bytes[static_cast<size_t>(size)], mask->data(), mask->size());
        size += std::ssize(*mask);
    }
    return QByteArrayView(bytes.data(), size).toByteArray();
}

Result<std::optional<WebSocketFrame::Decoded>> WebSocketFrame::decode(QByteArrayView bytes)
{
    if (bytes.size() < 2)
        return std::optional<Decoded>();
    const auto first = static_cast<quint8>(bytes[0]);
    const auto second = static_cast<quint8>(bytes[1]);
    if ((first & reservedBits) != 0)
        return badFrame(u"reserved bits are set"_s);
    if (!isKnown(first & opcodeBits))
        return badFrame(u"its opcode is unknown"_s);

    Decoded decoded;
    decoded.frame.isFinal = (first & finalBit) != 0;
    decoded.frame.opcode = static_cast<Opcode>(first & opcodeBits);
    const quint8 inlineLength = second & lengthBits;
    if (decoded.frame.isControl() && (!decoded.frame.isFinal || inlineLength > mostInline))
        return badFrame(u"a control frame is fragmented or too long"_s);

    const bool isMasked = (second & maskBit) != 0;
    const qsizetype lengthSize = inlineLength == longLength ? 8 : inlineLength == shortLength ? 2 : 0;
    decoded.headerBytes = 2 + lengthSize + (isMasked ? 4 : 0);
    if (bytes.size() < decoded.headerBytes)
        return std::optional<Decoded>();

    decoded.frame.length = inlineLength;
    if (lengthSize == 2)
        decoded.frame.length = qFromBigEndian<quint16>(bytes.data() + 2);
    else if (lengthSize == 8)
        decoded.frame.length = qFromBigEndian<qint64>(bytes.data() + 2);
    const bool isShortest =
        lengthSize == 0 || decoded.frame.length > (lengthSize == 2 ? mostInline : mostShort);
    if (decoded.frame.length < 0 || !isShortest)
        return badFrame(u"its length is not in the shortest form"_s);
    if (isMasked) {
        Mask mask{};
        std::memcpy(mask.data(), bytes.data() + 2 + lengthSize, mask.size());
        decoded.frame.mask = mask;
    }
    return std::optional<Decoded>(decoded);
}

Result<std::optional<quint16>> closeCodeIn(QByteArrayView payload)
{
    if (payload.isEmpty())
        return std::optional<quint16>();
    const quint16 code = payload.size() >= 2 ? qFromBigEndian<quint16>(payload.data()) : quint16{0};
    const bool isRegistered = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    if (!isRegistered && (code < 3000 || code > 4999))
        return badFrame(u"it closes without a valid code"_s);
    if (!payload.sliced(2).isValidUtf8())
        return badFrame(u"the reason of a close is not UTF-8"_s);
    return std::optional<quint16>(code);
}

QByteArray webSocketAccept(const QByteArray& key)
{
    return QCryptographicHash::hash(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", QCryptographicHash::Sha1)
        .toBase64();
}

void applyMask(const WebSocketFrame::Mask& mask, char* bytes, qsizetype size, qint64 offset)
{
    // Eight bytes at a time: one by one, this would be the slowest part of a transfer.
    std::array<char, 8> pattern{};
    for (size_t i = 0; i < pattern.size(); ++i)
        pattern[i] = mask[(static_cast<size_t>(offset) + i) % mask.size()];
    quint64 word = 0;
    std::memcpy(&word, pattern.data(), sizeof word);
    qsizetype i = 0;
    for (; i + qsizetype{sizeof word} <= size; i += qsizetype{sizeof word}) {
        quint64 value = 0;
        std::memcpy(&value, bytes + i, sizeof value);
        value ^= word;
        std::memcpy(bytes + i, &value, sizeof value);
    }
    for (; i < size; ++i)
        bytes[i] = static_cast<char>(bytes[i] ^ pattern[static_cast<size_t>(i % 8)]);
}

} // namespace sockdrop
