#include "tokenstore.h"

#include <QRandomGenerator>

namespace sockdrop {

namespace {

QByteArray randomToken()
{
    QByteArray bytes(16, Qt::Uninitialized);
    QRandomGenerator::system()->generate(bytes.begin(), bytes.end());
    return bytes.toHex();
}

bool isHolder(const Grant& grant, const RemotePeer& peer)
{
    const GrantHolder& holder =
        std::visit([](const auto& one) -> const GrantHolder& { return one.holder; }, grant);
    return holder.isEncrypted == peer.isEncrypted && holder.fingerprint == peer.fingerprint;
}

} // namespace

std::optional<QByteArray> TokenStore::issue(const Grant& grant, const QString& counted, TimePoint now)
{
    const QMutexLocker lock(&m_mutex);
    dropExpired(now);
    if (m_entries.size() >= m_limits.tokens || m_counts.value(counted) >= m_limits.tokensPerPeer)
        return std::nullopt;
    const QByteArray token = randomToken();
    const TimePoint expiry = now + m_limits.tokenLifetime;
    m_entries.insert(token, {grant, counted, expiry});
    ++m_counts[counted];
    m_nextExpiry = std::min(m_nextExpiry, expiry);
    return token;
}

std::optional<Grant> TokenStore::redeem(const QByteArray& token, const RemotePeer& peer, TimePoint now)
{
    const QMutexLocker lock(&m_mutex);
    dropExpired(now);
    const auto entry = m_entries.constFind(token);
    if (entry == m_entries.cend() || !isHolder(entry->grant, peer))
        return std::nullopt;
    Grant grant = entry->grant;
    forget(entry->counted);
    m_entries.erase(entry);
    return grant;
}

/// One of these is no more.
void TokenStore::forget(const QString& counted)
{
    const auto count = m_counts.find(counted);
    if (--*count == 0)
        m_counts.erase(count);
}

void TokenStore::dropExpired(TimePoint now)
{
    if (now < m_nextExpiry)
        return;
    m_nextExpiry = TimePoint::max();
    m_entries.removeIf([this, now](const auto& item) {
        const TimePoint expiry = item.value().expiresAt;
        if (expiry > now)
            m_nextExpiry = std::min(m_nextExpiry, expiry);
        else
            forget(item.value().counted);
        return expiry <= now;
    });
}

} // namespace sockdrop
