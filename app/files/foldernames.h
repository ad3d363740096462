#pragma once

#include <QByteArray>

#include <functional>

namespace sockdrop {

class SystemCalls;

/// Tells the names of everything in an open folder, in no order; none where it cannot be read.
void forEachName(const SystemCalls& calls, int folder, const std::function<void(const QByteArray&)>& tell);

} // namespace sockdrop
