#include "chunk.h"

#include <QtEndian>

#include <cstring>
#include <xxhash.h>
#ifdef SOCKDROP_HAS_XXH_DISPATCH
#include <xxh_x86dispatch.h> // makes XXH3_128bits the chosen one
#endif

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

// Where the fields of a chunk's header stand; all are big-endian.
constexpr qsizetype lengthAt = 4;
constexpr qsizetype offsetAt = 8;
constexpr qsizetype highAt = 16;
constexpr qsizetype lowAt = 24;
constexpr qsizetype checksumAt = 32;

} // namespace

Hash128 Hash128::of(QByteArrayView bytes)
{
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), static_cast<size_t>(bytes.size()));
    return {hash.high64, hash.low64};
}

QByteArray Hash128::toBytes() const
{
    QByteArray bytes(16, Qt::Uninitialized);
    qToBigEndian(high, bytes.data());
    qToBigEndian(low, bytes.data() + 8);
    return bytes;
}

std::optional<Hash128> Hash128::fromHex(QByteArrayView digits)
{
    const QByteArray bytes = QByteArray::fromHex(digits.toByteArray());
    if (digits.size() != 32 || bytes.toHex() != digits)
        return std::nullopt;
    return Hash128{qFromBigEndian<quint64>(bytes.data()), qFromBigEndian<quint64>(bytes.data() + 8)};
}

void ChainDigest::add(const Hash128& chunk)
{
    m_value = m_chunks++ == 0 ? chunk : Hash128::of(m_value.toBytes() + chunk.toBytes());
}

QString ChainDigest::text() const
{
    return (m_chunks <= 1 ? u"xxh3-128:"_s : u"xxh3-128-chain:"_s) + QString::fromLatin1(m_value.toHex());
}

void ChunkHeader::encode(char* to) const
{
    qToBigEndian(file, to);
    qToBigEndian(length, to + lengthAt);
    qToBigEndian(offset, to + offsetAt);
    qToBigEndian(hash.high, to + highAt);
    qToBigEndian(hash.low, to + lowAt);
    qToBigEndian(static_cast<quint64>(XXH3_64bits(to, checksumAt)), to + checksumAt);
}

Result<ChunkHeader> ChunkHeader::decode(QByteArrayView bytes)
{
    if (bytes.size() < size)
        return Error{ErrorCode::ProtocolError, u"A chunk is cut."_s};
    if (qFromBigEndian<quint64>(bytes.data() + checksumAt) != XXH3_64bits(bytes.data(), checksumAt))
        return Error{ErrorCode::ProtocolError, u"A chunk's header was damaged on the way."_s};
    ChunkHeader header;
    header.file = qFromBigEndian<quint32>(bytes.data());
    header.length = qFromBigEndian<quint32>(bytes.data() + lengthAt);
    header.offset = qFromBigEndian<qint64>(bytes.data() + offsetAt);
    header.hash.high = qFromBigEndian<quint64>(bytes.data() + highAt);
    header.hash.low = qFromBigEndian<quint64>(bytes.data() + lowAt);
    if (header.length == 0 || header.length > chunkBytes || header.offset < 0 ||
        header.offset % chunkBytes != 0)
        return Error{ErrorCode::ProtocolError, u"A chunk has no possible place."_s};
    if (bytes.size() - size < header.length)
        return Error{ErrorCode::ProtocolError, u"A chunk is cut."_s};
    return header;
}

} // namespace sockdrop
