#pragma once

#include "chunkreader.h"
#include "writtenchunks.h"

#include <optional>

namespace sockdrop {

/// The beginning of a partial file for which nobody vouches: its receiver was killed, or it is not as it was
/// left. It is read again, a chunk at a time, and compared with the chain in its journal; where it is another
/// one, it comes again.
class PartialBeginning final
{
public:
    enum class State {
        Reading,
        Missing, ///< not what it was; its chunks come again
        Right,
    };

    /// Up to where it goes and the chain over it.
    PartialBeginning(const SystemCalls& calls, const Journal::Progress& expected);

    [[nodiscard]] State state() const { return m_state; }
    /// How far it came again.
    [[nodiscard]] const Journal::Progress& progress() const { return m_chunks.progress(); }
    [[nodiscard]] bool contains(qint64 offset) const { return m_chunks.contains(offset); }

    /// Reads one chunk of it, from the open file.
    void readOn(int file);
    /// A chunk that came again and was written. DigestMismatch where the sender has another beginning, too.
    [[nodiscard]] Result<void> add(qint64 offset, const Hash128& hash);
    /// The next chunk to be asked for; nothing while enough are under way.
    [[nodiscard]] std::optional<qint64> nextMissing();

private:
    void startOver();

    ChunkReader m_reader;
    const Journal::Progress m_expected;
    WrittenChunks m_chunks; ///< read, or come again
    qint64 m_asked = 0;
    State m_state = State::Reading;
};

} // namespace sockdrop
