#pragma once

#include "arguments.h"
#include "exitcode.h"

namespace sockdrop {

class Output;

/// `sockdrop-cli peers`: lists the known peers, or changes one.
[[nodiscard]] ExitCode runPeersCommand(const PeersArguments& arguments, Output& output);

} // namespace sockdrop
