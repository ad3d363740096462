#pragma once

#include "result.h"

#include <new>
#include <type_traits>

namespace sockdrop {

/// Where memory ran out. Needs none itself.
[[nodiscard]] inline Error outOfMemory()
{
    return {ErrorCode::Busy, QStringLiteral("There is not enough memory.")};
}

/// What `act`, which returns a Result<void> or nothing, says; Busy where it found no memory. For whatever
/// serves one connection: that one shall end then, and not the process.
template <typename Act>
[[nodiscard]] Result<void> withMemory(const Act& act)
{
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Act>>) {
            act();
            return {};
        } else {
            return act();
        }
    } catch (const std::bad_alloc&) {
        return outOfMemory();
    }
}

} // namespace sockdrop
