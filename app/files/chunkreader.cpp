#include "chunkreader.h"

#include "systemcalls.h"

#include <algorithm>
#include <cerrno>

namespace sockdrop {

using namespace Qt::StringLiterals;

Result<Hash128> ChunkReader::hash(int file, qint64 offset, qint64 size)
{
    for (qint64 filled = 0; filled < size;) {
        const ssize_t count = m_calls.pread(file, m_buffer.data() + filled,
                                            static_cast<size_t>(size - filled), offset + filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return systemError(errno, u"A file cannot be read"_s);
        if (count == 0)
            return Error{ErrorCode::SourceChanged, u"A file became shorter while it was read."_s};
        filled += count;
    }
    return Hash128::of(QByteArrayView(m_buffer.constData(), size));
}

Result<ChainDigest> digestOf(const SystemCalls& calls, int file, qint64 size)
{
    ChunkReader reader(calls);
    ChainDigest digest;
    for (qint64 offset = 0; offset < size; offset += chunkBytes) {
        const Result<Hash128> hash = reader.hash(file, offset, std::min(chunkBytes, size - offset));
        if (!hash)
            return hash.error();
        digest.add(hash.value());
    }
    return digest;
}

} // namespace sockdrop
