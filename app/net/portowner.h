#pragma once

#include <QString>

namespace sockdrop {

/// The program that listens on a TCP port of this machine, as "nginx (pid 123)"; empty where the system does
/// not tell (another user's program, or no /proc).
[[nodiscard]] QString portOwner(quint16 port);

/// The next port above `port` that can be listened on now; 0 if none of the next hundred can.
[[nodiscard]] quint16 freePortNear(quint16 port);

} // namespace sockdrop
