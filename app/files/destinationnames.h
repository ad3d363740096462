#pragma once

#include "safepath.h"

#include <mutex>

namespace sockdrop {

class SystemCalls;

/// What the file system of a destination takes as a name, where that is less than others take: no `? * < > "
/// |` (Windows), fewer bytes (encrypted folders). Thread-safe.
class DestinationNames final
{
public:
    /// Of the open `folder`.
    DestinationNames(const SystemCalls& calls, int folder);

    /// Of a name, in UTF-8.
    [[nodiscard]] int mostBytes() const { return m_mostBytes; }
    /// Whether every file system takes the path.
    [[nodiscard]] static bool isOrdinary(const SafePath& path);
    /// The path as it can be made there: with `_` for what is not taken, cut where it is too long. `staging`:
    /// the open staging folder.
    [[nodiscard]] SafePath fit(const SafePath& path, int staging) const;

private:
    void probe(int staging) const;

    const SystemCalls& m_calls;
    int m_mostBytes;
    mutable std::once_flag m_isProbed;
    mutable bool m_takesAll = true;
};

} // namespace sockdrop
