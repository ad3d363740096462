#include "writtenchunks.h"

#include <algorithm>

namespace sockdrop {

void WrittenChunks::add(qint64 offset, const Hash128& hash)
{
    if (offset != m_progress.offset) {
        m_ahead.emplace(offset, hash);
        return;
    }
    append(hash);
    while (!m_ahead.empty() && m_ahead.begin()->first == m_progress.offset) {
        append(m_ahead.begin()->second);
        m_ahead.erase(m_ahead.begin());
    }
}

void WrittenChunks::append(const Hash128& hash)
{
    m_progress.digest.add(hash);
    m_progress.offset = std::min(m_progress.offset + chunkBytes, m_end);
}

} // namespace sockdrop
