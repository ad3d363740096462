#pragma once

#include "chunk.h"
#include "result.h"

#include <QByteArray>

namespace sockdrop {

class SystemCalls;

/// Reads open files for the hashes of their chunks.
class ChunkReader final
{
public:
    explicit ChunkReader(const SystemCalls& calls) : m_calls(calls), m_buffer(chunkBytes, Qt::Uninitialized)
    {}

    /// Of the `size` bytes at `offset`, a chunk at most. SourceChanged when they are not there.
    [[nodiscard]] Result<Hash128> hash(int file, qint64 offset, qint64 size);

private:
    const SystemCalls& m_calls;
    QByteArray m_buffer;
};

/// The digest of an open file, read from its start. SourceChanged when it is not `size` bytes long.
[[nodiscard]] Result<ChainDigest> digestOf(const SystemCalls& calls, int file, qint64 size);

} // namespace sockdrop
