#pragma once

#include <chrono>

namespace sockdrop {

/// How long the buttons of a question that came by itself cannot be pressed: what was meant for something
/// else, or was the second half of a double click, decides nothing.
inline constexpr std::chrono::milliseconds pressDelay{800};

} // namespace sockdrop
