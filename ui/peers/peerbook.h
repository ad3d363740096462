#pragma once

#include "knownpeers.h"

#include <QObject>
#include <QThreadPool>

#include <functional>
#include <memory>

namespace sockdrop {

/// The known peers for the window: every call returns at once, the database is used on another thread.
class PeerBook final : public QObject
{
    Q_OBJECT

public:
    explicit PeerBook(std::shared_ptr<KnownPeers> peers, QObject* parent = nullptr);
    /// Waits for what is being written.
    ~PeerBook() override;

    /// Answered by loaded() or failed(); so are the changes.
    void load();
    void rename(const QString& fingerprint, const QString& name);
    void setAlwaysAccepted(const QString& fingerprint, bool isAlwaysAccepted);
    void forget(const QString& fingerprint);

Q_SIGNALS:
    void loaded(const QList<sockdrop::KnownPeer>& peers);
    void failed(const QString& text);

private:
    void change(const std::function<Result<void>(KnownPeers&)>& change);

    std::shared_ptr<KnownPeers> m_peers;
    QThreadPool m_pool; ///< one thread: changes keep their order
};

} // namespace sockdrop

Q_DECLARE_METATYPE(sockdrop::KnownPeer)
