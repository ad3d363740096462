#include "peertrust.h"

#include "knownpeers.h"
#include "logging.h"
#include "verificationcode.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

Error notTrusted(const QString& text)
{
    return {ErrorCode::NotTrusted, text};
}

/// The list is this device's: what helps with a receiver's disk or folder does not help here.
Error ofOwnList(const Error& error)
{
    return {ErrorCode::Unsupported, error.text};
}

} // namespace

Result<void> PeerTrust::checkPlain() const
{
    if (!m_options.knownPeers)
        return {};
    const Result<std::optional<KnownPeer>> known = m_options.knownPeers->findByAddress(m_peer.hostAndPort());
    if (!known)
        return ofOwnList(known.error());
    if (!known.value())
        return {};
    return notTrusted(
        u"%1 is the known device “%2”: nothing is sent to it without encryption. Leave out “http://”; or "
        u"forget "
        "“%2”, if another device has this address now."_s.arg(m_peer.hostAndPort(), known.value()->name));
}

Result<void> PeerTrust::check(const PeerKey& key)
{
    if (key.fingerprint.isEmpty())
        return notTrusted(u"%1 has shown no key."_s.arg(m_peer.toString()));
    if (m_key.fingerprint == key.fingerprint)
        return {}; // as it was before
    if (!m_key.fingerprint.isEmpty())
        return notTrusted(u"Another device answers at %1 than a moment ago. Nothing more is sent."_s.arg(
            m_peer.toString()));
    m_key = key;
    Result<void> seen = look();
    if (!seen)
        m_key = {};
    return seen;
}

bool PeerTrust::isExpected() const
{
    return m_options.fingerprint == m_key.fingerprint ||
           m_options.fingerprint == m_key.certificateFingerprint;
}

Result<void> PeerTrust::look()
{
    if (!m_options.fingerprint.isEmpty() && !isExpected())
        return notTrusted(u"%1 has the key %2, not the one that was asked for. Nothing was sent."_s.arg(
            m_peer.toString(), m_key.fingerprint));
    std::optional<KnownPeer> there;
    std::optional<KnownPeer> known;
    if (m_options.knownPeers) {
        const Result<std::optional<KnownPeer>> byAddress =
            m_options.knownPeers->findByAddress(m_peer.hostAndPort());
        const Result<std::optional<KnownPeer>> byKey = m_options.knownPeers->find(m_key.fingerprint);
        if (!byAddress || !byKey)
            return ofOwnList(byAddress ? byKey.error() : byAddress.error());
        there = byAddress.value();
        known = byKey.value();
    }
    if (there && there->fingerprint != m_key.fingerprint && m_options.fingerprint.isEmpty())
        return notTrusted(
            u"%1 was the known device “%2”, but what answers there now has another key (%3). It may be an "
            "impostor: nothing was sent. If “%2” was set up anew, or the address belongs to another device "
            "now, forget “%2” and send again."_s.arg(m_peer.toString(), there->name, m_key.fingerprint));
    if (!known)
        return {};
    m_name = known->name;
    // Who is there is known: that it cannot be written down keeps nobody from sending.
    if (const Result<void> marked = m_options.knownPeers->markSeen(m_key.fingerprint, m_peer.hostAndPort());
        !marked)
        qCWarning(lcSend) << "A known device cannot be marked as seen:" << marked.error().text;
    return {};
}

Result<PeerTrust::Contact> PeerTrust::meet(const PeerClient& client)
{
    const QString own = m_options.identity->fingerprint();
    const QByteArray nonce = newPairingNonce();
    const Result<PeerClient::Pairing> pairing =
        client.pair(m_options.deviceName, pairingCommitment(own, m_key.fingerprint, nonce));
    if (!pairing)
        return pairing.error();
    if (const Result<void> revealed = client.reveal(pairing->id, nonce); !revealed)
        return revealed.error();
    Contact contact;
    contact.pairing = pairing->id;
    contact.compares = pairing->compares;
    contact.question.state = ContactState::Begun;
    contact.question.address = m_peer.toString();
    contact.question.name = pairing->name;
    contact.question.fingerprint = m_key.fingerprint;
    contact.question.code = verificationCode(own, m_key.fingerprint, nonce, pairing->nonce);
    return contact;
}

Result<void> PeerTrust::trust(const QString& name)
{
    KnownPeer peer;
    peer.fingerprint = m_key.fingerprint;
    peer.name = name.isEmpty() ? m_peer.toString() : name;
    m_name = peer.name;
    if (!m_options.knownPeers)
        return {};
    peer.address = m_peer.hostAndPort();
    peer.addedAt = QDateTime::currentDateTimeUtc();
    peer.seenAt = peer.addedAt;
    Result<void> put = m_options.knownPeers->put(peer);
    const Result<std::optional<KnownPeer>> kept = m_options.knownPeers->find(m_key.fingerprint);
    if (kept && kept.value())
        m_name = kept.value()->name; // it may have got a number
    return put;
}

Error PeerTrust::unknown() const
{
    return notTrusted(u"%1 is not known here yet. Its key has the fingerprint %2. Nothing was sent. %3"_s
                          .arg(m_peer.toString(), m_key.fingerprint, m_options.trustHint)
                          .trimmed());
}

} // namespace sockdrop
