#pragma once

#include "journal.h"

#include <map>

namespace sockdrop {

/// The chunks of a part of a file that are there, in their order but for those that had to come again: how
/// far without a gap, and the chain over that.
class WrittenChunks final
{
public:
    /// From where it goes on to where the part ends.
    WrittenChunks(const Journal::Progress& from, qint64 end) : m_progress(from), m_end(end) {}

    [[nodiscard]] bool contains(qint64 offset) const
    {
        return offset < m_progress.offset || m_ahead.contains(offset);
    }
    /// One that is not there yet.
    void add(qint64 offset, const Hash128& hash);

    [[nodiscard]] const Journal::Progress& progress() const { return m_progress; }
    [[nodiscard]] bool isWhole() const { return m_progress.offset == m_end; }

private:
    void append(const Hash128& hash);

    Journal::Progress m_progress;
    qint64 m_end;
    std::map<qint64, Hash128> m_ahead; ///< behind a gap, by offset
};

} // namespace sockdrop
