#pragma once

#include "batchoffer.h"
#include "httpclient.h"
#include "serviceinfo.h"

namespace sockdrop {

/// The HTTP part of sending: asks a receiver what it is, for tokens, and to be met. Each call waits, in the
/// calling thread; Cancelled when interrupted. The route, the limits and the interruption must outlive it.
class PeerClient final
{
public:
    PeerClient(const PeerRoute& route, const Limits& limits, Interruption& interruption)
        : m_route(route), m_limits(limits), m_interruption(interruption)
    {}

    [[nodiscard]] Result<ServiceKind> recognise() const;

    /// The token for a batch to a Sockdrop; its receiver may think about it for Limits::answerTimeout.
    [[nodiscard]] Result<QByteArray> requestToken(const BatchOffer& offer) const;
    /// The token for one file to an original server.
    [[nodiscard]] Result<QByteArray> requestToken(const QString& name) const;

    /// What a receiver answers to a sender that it is to meet (PROTOCOL.md).
    struct Pairing
    {
        QByteArray id;
        QString name; ///< what the receiver calls itself: plain text only
        QByteArray nonce;
    };
    [[nodiscard]] Result<Pairing> pair(const QString& sender, const QByteArray& commitment) const;
    [[nodiscard]] Result<void> reveal(const QByteArray& pairing, const QByteArray& nonce) const;
    /// The codes were not the same.
    [[nodiscard]] Result<void> tellDifference(const QByteArray& pairing) const;

private:
    [[nodiscard]] Result<QByteArray> post(const QByteArray& target, const QByteArray& type,
                                          const QByteArray& body, std::chrono::milliseconds timeout) const;
    [[nodiscard]] Result<HttpAnswer> askOnce(const HttpRequest& request,
                                             std::chrono::milliseconds timeout) const;
    [[nodiscard]] Result<QByteArray> ask(const HttpRequest& request, std::chrono::milliseconds timeout) const;

    const PeerRoute& m_route;
    const Limits& m_limits;
    Interruption& m_interruption;
};

} // namespace sockdrop
