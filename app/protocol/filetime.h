#pragma once

#include <QtGlobal>

#include <ctime>
#include <optional>

namespace sockdrop {

/// When a file was modified, as it goes over the wire: milliseconds since 1970 UTC, which JSON carries
/// exactly (about 285,000 years either way; what is beyond stands at the end of that), and what older
/// programs do not tell: the nanoseconds behind them.
struct FileTime
{
    static constexpr qint64 most = (1LL << 53) - 1;

    qint64 milliseconds = 0;
    std::optional<qint32> nanoseconds = std::nullopt; ///< 0 to 999,999, to be added; nothing: not told

    [[nodiscard]] static FileTime of(const timespec& time);
    [[nodiscard]] timespec toTimespec() const;

    /// At the coarser of the two.
    [[nodiscard]] bool isSameAs(const FileTime& other) const;

    bool operator==(const FileTime&) const = default;
};

} // namespace sockdrop
