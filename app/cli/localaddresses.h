#pragma once

#include <QHostAddress>
#include <QList>

namespace sockdrop {

/// Addresses at which others reach who listens on `listening`, IPv4 first; at least one.
[[nodiscard]] QList<QHostAddress> reachableAddresses(const QHostAddress& listening);

} // namespace sockdrop
