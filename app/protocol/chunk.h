#pragma once

#include "result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

#include <optional>

namespace sockdrop {

/// A file travels in chunks of this many bytes, the last one is what is left. 256 KiB stays in the
/// second-level cache while it is read, hashed, masked and sent; 64 KiB and 512 KiB were measured to be
/// slower.
inline constexpr qint64 chunkBytes = 256LL * 1024;

/// XXH3 with 128 bits of some bytes.
struct Hash128
{
    quint64 high = 0;
    quint64 low = 0;

    [[nodiscard]] static Hash128 of(QByteArrayView bytes);
    /// Canonical (big-endian), 16 bytes.
    [[nodiscard]] QByteArray toBytes() const;
    /// 32 lower-case hex digits.
    [[nodiscard]] QByteArray toHex() const { return toBytes().toHex(); }
    [[nodiscard]] static std::optional<Hash128> fromHex(QByteArrayView digits);

    bool operator==(const Hash128&) const = default;
};

/// Digest of a file out of the hashes of its chunks in their order. The first chunk's hash, then always the
/// hash of the digest so far and the next chunk's hash. So it costs no second pass over the bytes, and
/// whoever is told how far it was goes on from there.
class ChainDigest final
{
public:
    ChainDigest() = default;
    /// That of `chunks` chunks is known to be `value`.
    ChainDigest(Hash128 value, qint64 chunks) : m_value(value), m_chunks(chunks) {}

    void add(const Hash128& chunk);
    [[nodiscard]] const Hash128& value() const { return m_value; }
    [[nodiscard]] qint64 chunks() const { return m_chunks; }

    /// "xxh3-128:" for a file of one chunk or none, which is what FileDigest and `xxhsum -H2` tell of it;
    /// "xxh3-128-chain:" for a longer one; and 32 hex digits.
    [[nodiscard]] QString text() const;

    bool operator==(const ChainDigest&) const = default;

private:
    Hash128 m_value = Hash128::of({});
    qint64 m_chunks = 0;
};

/// What stands before the bytes of each chunk in a binary message.
struct ChunkHeader
{
    static constexpr qsizetype size = 40;

    quint32 file = 0;
    quint32 length = 0; ///< of the bytes that follow, 1 to chunkBytes
    qint64 offset = 0;  ///< a multiple of chunkBytes
    Hash128 hash;       ///< of the bytes

    void encode(char* to) const;
    /// ProtocolError when it is cut or damaged (it has a checksum of its own), or breaks the ranges above.
    [[nodiscard]] static Result<ChunkHeader> decode(QByteArrayView bytes);

    bool operator==(const ChunkHeader&) const = default;
};

} // namespace sockdrop
