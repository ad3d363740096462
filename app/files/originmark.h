#pragma once

#include <QByteArray>

namespace sockdrop {

class SystemCalls;

/// What the file `name` in the open `folder` says of where it came from (sourceAttribute); empty: nothing.
[[nodiscard]] QByteArray markOf(const SystemCalls& calls, int folder, const QByteArray& name);

} // namespace sockdrop
