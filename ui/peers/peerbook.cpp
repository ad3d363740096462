#include "peerbook.h"

namespace sockdrop {

PeerBook::PeerBook(std::shared_ptr<KnownPeers> peers, QObject* parent)
    : QObject(parent), m_peers(std::move(peers))
{
    m_pool.setMaxThreadCount(1);
}

PeerBook::~PeerBook()
{
    m_pool.waitForDone();
}

void PeerBook::load()
{
    change([](KnownPeers&) { return Result<void>(); });
}

void PeerBook::rename(const QString& fingerprint, const QString& name)
{
    change([=](KnownPeers& peers) { return peers.rename(fingerprint, name); });
}

void PeerBook::setAlwaysAccepted(const QString& fingerprint, bool isAlwaysAccepted)
{
    change([=](KnownPeers& peers) { return peers.setAlwaysAccepted(fingerprint, isAlwaysAccepted); });
}

void PeerBook::forget(const QString& fingerprint)
{
    change([=](KnownPeers& peers) { return peers.forget(fingerprint); });
}

/// Tells how things are afterwards, whether it worked or not.
void PeerBook::change(const std::function<Result<void>(KnownPeers&)>& change)
{
    m_pool.start([this, change] {
        const Result<void> changed = change(*m_peers);
        const Result<QList<KnownPeer>> all = m_peers->all();
        QMetaObject::invokeMethod(
            this,
            [this, changed, all] {
                if (!changed)
                    Q_EMIT failed(changed.error().text);
                if (all)
                    Q_EMIT loaded(all.value());
                else
                    Q_EMIT failed(all.error().text);
            },
            Qt::QueuedConnection);
    });
}

} // namespace sockdrop
