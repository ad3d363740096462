#pragma once

#include "batchoffer.h"
#include "contactstate.h"
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

    /// The token for a batch to a Sockdrop; its receiver may think about it for so long.
    [[nodiscard]] Result<QByteArray> requestToken(const BatchOffer& offer,
                                                  std::chrono::milliseconds timeout) const;
    /// The token for one file to an original server.
    [[nodiscard]] Result<QByteArray> requestToken(const QString& name) const;

    /// What a receiver answers to a sender that it is to meet (PROTOCOL.md).
    struct Pairing
    {
        QByteArray id;
        QString name; ///< what the receiver calls itself: plain text only
        QByteArray nonce;
        bool compares = false; ///< its person answers about the code, too: see compare()
    };
    [[nodiscard]] Result<Pairing> pair(const QString& sender, const QByteArray& commitment) const;
    [[nodiscard]] Result<void> reveal(const QByteArray& pairing, const QByteArray& nonce) const;
    /// Tells what was said here of the code, and what was said there. Declined for a first contact that is
    /// not known there any more. A receiver that does not compare hears only of the end, and has no answer.
    [[nodiscard]] Result<CodeAnswer> compare(const QByteArray& pairing, CodeAnswer here) const;

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
