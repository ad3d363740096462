#pragma once

#include "offer.h"
#include "peeraddress.h"
#include "programlimits.h"
#include "result.h"
#include "serviceinfo.h"

#include <QByteArray>
#include <QObject>

#include <functional>

class QNetworkAccessManager;
class QNetworkReply;

namespace sockdrop {

/// The HTTP part of sending: asks a peer what it is and for tokens. Lives on the queue's thread. No proxy is
/// ever asked: a peer is a machine one names.
class PeerClient final : public QObject
{
    Q_OBJECT

public:
    explicit PeerClient(const Limits& limits, QObject* parent = nullptr);
    ~PeerClient() override;

    /// Exactly one call of `answer`, unless `context` is destroyed before.
    void recognise(const PeerAddress& peer, QObject* context,
                   const std::function<void(const Result<ServiceKind>&)>& answer);

    /// The token for one upload. As above. To an original server the offer's last path component is its name.
    void requestToken(const PeerAddress& peer, ServiceKind kind, const Offer& offer, QObject* context,
                      const std::function<void(const Result<QByteArray>&)>& answer);

private:
    void exchange(QNetworkReply* reply, QObject* context,
                  const std::function<void(const Result<QByteArray>&)>& answer) const;

    const Limits m_limits;
    QNetworkAccessManager* m_manager;
};

} // namespace sockdrop
