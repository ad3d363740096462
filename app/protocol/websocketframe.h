#pragma once

#include "result.h"

#include <QByteArray>
#include <QByteArrayView>

#include <array>
#include <optional>

namespace sockdrop {

/// The header of one WebSocket frame (RFC 6455 §5.2), apart from any socket.
struct WebSocketFrame
{
    enum class Opcode : quint8 { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

    /// Of a header: 2 bytes, 8 of length, 4 of mask.
    static constexpr qsizetype mostHeaderBytes = 14;
    using Mask = std::array<char, 4>;

    Opcode opcode = Opcode::Binary;
    bool isFinal = true;
    std::optional<Mask> mask; ///< a client masks, a server does not
    qint64 length = 0;        ///< of the payload, ≥ 0

    [[nodiscard]] bool isControl() const { return opcode >= Opcode::Close; }

    /// The header; the payload follows it.
    [[nodiscard]] QByteArray encode() const;

    struct Decoded;
    /// Reads a header from the front of `bytes`; nothing while it is incomplete. ProtocolError for reserved
    /// bits and opcodes, a length that is not the shortest form, fragmented or long control frames.
    [[nodiscard]] static Result<std::optional<Decoded>> decode(QByteArrayView bytes);

    bool operator==(const WebSocketFrame&) const = default;
};

struct WebSocketFrame::Decoded
{
    WebSocketFrame frame;
    qsizetype headerBytes = 0;

    bool operator==(const Decoded&) const = default;
};

/// The code in a close frame's payload (RFC 6455 §7.4), nothing when that is empty. ProtocolError for half a
/// code, one that may not be sent, and a reason that is not UTF-8.
[[nodiscard]] Result<std::optional<quint16>> closeCodeIn(QByteArrayView payload);

/// What Sec-WebSocket-Accept answers to the key of an upgrade request (RFC 6455 §4.2.2).
[[nodiscard]] QByteArray webSocketAccept(const QByteArray& key);

/// Masks or unmasks `size` bytes in place; `offset` is that of the first one in the payload.
void applyMask(const WebSocketFrame::Mask& mask, char* bytes, qsizetype size, qint64 offset = 0);

} // namespace sockdrop
