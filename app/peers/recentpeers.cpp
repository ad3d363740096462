#include "recentpeers.h"

namespace sockdrop {

RecentPeers::RecentPeers(const QStringList& peers)
{
    for (auto peer = peers.crbegin(); peer != peers.crend(); ++peer)
        use(*peer);
}

void RecentPeers::use(const QString& peer)
{
    if (peer.trimmed().isEmpty())
        return;
    forget(peer);
    m_peers.prepend(peer);
    while (m_peers.size() > capacity)
        m_peers.removeLast();
}

void RecentPeers::forget(const QString& peer)
{
    m_peers.removeIf([&peer](const QString& known) { return known.compare(peer, Qt::CaseInsensitive) == 0; });
}

} // namespace sockdrop
