#pragma once

#include "result.h"

#include <functional>
#include <thread>

namespace sockdrop {

/// A thread that does `run`. Busy where the system makes no further one (pids.max, RLIMIT_NPROC, memory):
/// then `run` is not called.
[[nodiscard]] Result<std::thread> startThread(std::function<void()> run);

} // namespace sockdrop
