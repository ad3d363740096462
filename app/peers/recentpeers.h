#pragma once

#include <QStringList>

namespace sockdrop {

/// The peers somebody last sent to, newest first, each once (case does not matter), at most `capacity`.
class RecentPeers final
{
public:
    static constexpr int capacity = 12;

    explicit RecentPeers(const QStringList& peers = {});

    void use(const QString& peer);
    void forget(const QString& peer);
    [[nodiscard]] const QStringList& list() const { return m_peers; }

private:
    QStringList m_peers;
};

} // namespace sockdrop
