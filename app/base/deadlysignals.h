#pragma once

namespace sockdrop {

/// From now on what the system ends a process for by default is an error of the call that did it: EPIPE where
/// the other end is closed, EFBIG where a file would become larger than it may (RLIMIT_FSIZE). Programs that
/// are started from here see none of it.
void surviveDeadlySignals();

} // namespace sockdrop
