#pragma once

#include "batchmessages.h"

#include <deque>
#include <optional>

namespace sockdrop {

/// Which files of a batch have something open: those that chunks came for last.
class FewOpen final
{
public:
    /// At most `most` at once, at least one.
    explicit FewOpen(int most) : m_most(most) {}

    /// A chunk of `file` came; the file that shall close what it has open for that, where one must.
    [[nodiscard]] std::optional<FileNumber> use(FileNumber file);

private:
    const int m_most;
    std::deque<FileNumber> m_files; ///< the one used last is the last
};

} // namespace sockdrop
