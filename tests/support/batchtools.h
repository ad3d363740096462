#pragma once

#include "batchlanding.h"
#include "landingtools.h"

namespace sockdrop {

/// Bytes that differ from place to place and from `seed` to `seed`.
inline QByteArray someBytes(qint64 size, int seed = 1)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 state = 2654435761U * static_cast<quint32>(seed);
    for (char& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

inline AnnouncedFile announcedFile(const QString& path, qint64 size, const QString& source = {})
{
    AnnouncedFile file;
    file.path = path;
    file.size = size;
    file.modifiedAt = 1'600'000'000'123;
    file.source = source;
    return file;
}

inline ChunkHeader chunkOf(FileNumber number, const QByteArray& content, qint64 offset)
{
    ChunkHeader header;
    header.file = number;
    header.offset = offset;
    header.length = static_cast<quint32>(std::min(chunkBytes, content.size() - offset));
    header.hash = Hash128::of(QByteArrayView(content).sliced(offset, header.length));
    return header;
}

inline Result<BatchLanding::ChunkResult> writeChunk(BatchLanding& landing, FileNumber number,
                                                    const QByteArray& content, qint64 offset)
{
    const ChunkHeader header = chunkOf(number, content, offset);
    return landing.write(header, QByteArrayView(content).sliced(offset, header.length));
}

/// All chunks from `offset` on; the first result that is not Written.
inline Result<BatchLanding::ChunkResult> writeRest(BatchLanding& landing, FileNumber number,
                                                   const QByteArray& content, qint64 offset = 0)
{
    Result<BatchLanding::ChunkResult> result = BatchLanding::ChunkResult::Written;
    for (; offset < content.size(); offset += chunkBytes) {
        result = writeChunk(landing, number, content, offset);
        if (!result || result.value() != BatchLanding::ChunkResult::Written)
            break;
    }
    return result;
}

/// The file is asked for, from `offset` on.
inline bool isWanted(const Result<BatchLanding::Decision>& decision, qint64 offset = 0)
{
    const auto* want = decision ? std::get_if<Plan::Want>(&decision.value()) : nullptr;
    return want && want->offset == offset;
}

inline QString chainDigest(const QByteArray& content)
{
    ChainDigest digest;
    for (qint64 offset = 0; offset < content.size(); offset += chunkBytes)
        digest.add(chunkOf(1, content, offset).hash);
    return digest.text();
}

} // namespace sockdrop
