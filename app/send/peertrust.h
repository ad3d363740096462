#pragma once

#include "offersnapshot.h"
#include "peerclient.h"
#include "uploadqueue.h"

namespace sockdrop {

class KnownPeers;

/// Whether the receiver of an upload is who it is meant to be. One for each upload, on its thread.
class PeerTrust final
{
public:
    /// `options` must outlive it.
    PeerTrust(const PeerAddress& peer, const SendOptions& options) : m_peer(peer), m_options(options) {}

    /// Whether its address may be used without encryption: not if it is a known peer's.
    [[nodiscard]] Result<void> checkPlain() const;
    /// Whether what answers may be talked to: the expected or known one, or somebody unknown where that is no
    /// other's address. NotTrusted.
    [[nodiscard]] Result<void> check(const PeerKey& key);

    /// What answered is a known peer.
    [[nodiscard]] bool isKnown() const { return !m_name.isEmpty(); }
    /// What this machine calls it; empty while it is not known.
    [[nodiscard]] QString name() const { return m_name; }

    /// First contact with what answered to check(): the same code on both screens.
    struct Contact
    {
        QByteArray pairing;
        bool compares = false;  ///< see PeerClient::Pairing
        TrustQuestion question; ///< `upload` is left open
    };
    [[nodiscard]] Result<Contact> meet(const PeerClient& client);
    /// Makes it a known peer.
    [[nodiscard]] Result<void> trust(const QString& name);
    /// NotTrusted, with the fingerprint.
    [[nodiscard]] Error unknown() const;

private:
    [[nodiscard]] Result<void> look();
    [[nodiscard]] bool isExpected() const;

    const PeerAddress m_peer;
    const SendOptions& m_options;
    PeerKey m_key; ///< of what answered
    QString m_name;
};

} // namespace sockdrop
