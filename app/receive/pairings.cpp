#include "pairings.h"

#include "refusals.h"
#include "verificationcode.h"

#include <QRandomGenerator>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

bool takesOffer(ContactState state)
{
    return isComparing(state) || state == ContactState::DiffersHere || state == ContactState::StoppedHere;
}

QByteArray newId()
{
    QByteArray bytes(16, Qt::Uninitialized);
    QRandomGenerator::system()->generate(bytes.begin(), bytes.end());
    return bytes.toHex();
}

} // namespace

Result<Pairings::Pairing> Pairings::begin(const RemotePeer& peer, const QString& sender,
                                          const QByteArray& commitment, TimePoint now)
{
    // By address: a key costs nothing.
    const auto fromThere =
        std::count_if(m_pairings.cbegin(), m_pairings.cend(),
                      [&peer](const auto& pairing) { return pairing.peer.address == peer.address; });
    if (m_pairings.size() >= m_limits.pairings || fromThere >= m_limits.pairingsPerPeer)
        return Error{ErrorCode::Busy, u"Too many first contacts were begun; try again in some minutes."_s};
    Pairing pairing;
    pairing.id = newId();
    pairing.sender = sender;
    pairing.peer = peer;
    pairing.commitment = commitment;
    pairing.nonce = newPairingNonce();
    pairing.expiresAt = now + m_limits.pairingLifetime;
    m_pairings.insert(pairing.id, pairing);
    return pairing;
}

Result<Pairings::Pairing*> Pairings::reveal(const QByteArray& id, const RemotePeer& peer,
                                            const QByteArray& nonce, TimePoint now)
{
    Pairing* pairing = find(id, peer);
    if (!pairing || pairing->state != ContactState::Begun || pairing->expiresAt <= now)
        return unusableContact();
    pairing->state = ContactState::StoppedThere;
    if (pairingCommitment(peer.fingerprint, m_ownFingerprint, nonce) != pairing->commitment)
        return unusableContact();
    pairing->state = ContactState::Open;
    pairing->code = verificationCode(peer.fingerprint, m_ownFingerprint, nonce, pairing->nonce);
    pairing->expiresAt = now + m_limits.pairingLifetime;
    return pairing;
}

Pairings::Pairing* Pairings::find(const QByteArray& id, const RemotePeer& peer)
{
    const auto found = m_pairings.find(id);
    if (found == m_pairings.end() || found->peer.fingerprint != peer.fingerprint)
        return nullptr;
    return &found.value();
}

Pairings::Pairing* Pairings::findForOffer(const QString& fingerprint)
{
    Pairing* newest = nullptr;
    for (Pairing& pairing : m_pairings) {
        const bool isOurs = pairing.peer.fingerprint == fingerprint && takesOffer(pairing.state);
        if (isOurs && (!newest || pairing.expiresAt > newest->expiresAt))
            newest = &pairing;
    }
    return newest;
}

QList<Pairings::Pairing> Pairings::expire(TimePoint now)
{
    QList<Pairing> expired;
    m_pairings.removeIf([&](const auto& item) {
        if (item.value().expiresAt > now)
            return false;
        expired += item.value();
        return true;
    });
    return expired;
}

} // namespace sockdrop
