#pragma once

namespace sockdrop {

/// From now on this thread, and threads that it starts, can open, make, rename and remove files below the
/// open folder only, and never start a program or make a link or a device; what is open already stays so.
/// False where the system has no Landlock that knows renaming between folders (Linux before 5.19): nothing
/// changes then. It cannot be undone.
bool confineThread(int folder);

} // namespace sockdrop
