#pragma once

#include <QtGlobal>

#include <algorithm>

namespace sockdrop {

/// a + b, kept from 0 to 2^53 - 1: sizes that a stranger tells can add up to anything. Each of both within
/// that.
[[nodiscard]] constexpr qint64 boundedSum(qint64 a, qint64 b)
{
    constexpr qint64 most = (1LL << 53) - 1;
    return std::clamp<qint64>(a + b, 0, most);
}

/// a + b for a sum from which everything is taken again one day: beyond 2^63 it only shows nonsense, and is
/// right again later.
[[nodiscard]] constexpr qint64 wrappingSum(qint64 a, qint64 b)
{
    return static_cast<qint64>(static_cast<quint64>(a) + static_cast<quint64>(b));
}

} // namespace sockdrop
