#pragma once

#include "batchoffer.h"
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

    /// The token for a batch to a Sockdrop. As above.
    void requestToken(const PeerAddress& peer, const BatchOffer& offer, QObject* context,
                      const std::function<void(const Result<QByteArray>&)>& answer);
    /// The token for one file to an original server. As above.
    void requestToken(const PeerAddress& peer, const QString& name, QObject* context,
                      const std::function<void(const Result<QByteArray>&)>& answer);

private:
    void post(const PeerAddress& peer, ServiceKind kind, const QByteArray& body, QObject* context,
              const std::function<void(const Result<QByteArray>&)>& answer);
    void exchange(QNetworkReply* reply, QObject* context,
                  const std::function<void(const Result<QByteArray>&)>& answer) const;

    const Limits m_limits;
    QNetworkAccessManager* m_manager;
};

} // namespace sockdrop
