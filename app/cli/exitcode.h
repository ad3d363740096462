#pragma once

namespace sockdrop {

/// What the process tells its caller; documented in --help, never renumbered.
enum class ExitCode {
    AllLanded = 0,
    SomethingFailed = 1,
    Usage = 2,
    Unreachable = 3,
    Declined = 4,
    NotTrusted = 5,
    Interrupted = 130,
};

} // namespace sockdrop
