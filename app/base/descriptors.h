#pragma once

namespace sockdrop {

/// Lets this process open as many descriptors as it may: the usual soft limit is for programs that use
/// select(). At the start of a program.
void raiseDescriptorLimit();

/// How many may be open at once.
[[nodiscard]] int mostDescriptors();

/// Whether so many more can be had just now.
[[nodiscard]] bool hasDescriptors(int count);

/// This process or the whole system has none left: others may give some back.
[[nodiscard]] bool isOutOfDescriptors(int errnoValue);

} // namespace sockdrop
