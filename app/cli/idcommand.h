#pragma once

#include "arguments.h"
#include "exitcode.h"

namespace sockdrop {

class Output;

/// `sockdrop-cli id`: prints the name and the fingerprints of this device.
[[nodiscard]] ExitCode runIdCommand(const IdArguments& arguments, Output& output);

} // namespace sockdrop
