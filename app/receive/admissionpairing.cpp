// First contacts (see Pairings), as Admission lets them happen.
#include "admission.h"
#include "refusals.h"
#include "sendername.h"
#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

Result<Pairings::Pairing> Admission::beginPairing(const RemotePeer& peer, const QString& sender,
                                                  const QByteArray& commitment, TimePoint now)
{
    if (!peer.isEncrypted || peer.fingerprint.isEmpty() || m_options.ownFingerprint.isEmpty())
        return Error{ErrorCode::ProtocolError, u"A first contact needs TLS and a certificate."_s};
    const Standing standing = standingOf(peer, sender);
    const QMutexLocker lock(&m_mutex);
    // It would not be let in anyway: then no code is to be compared.
    if (rule(standing) == Ruling::Decline)
        return refusal();
    return m_pairings.begin(peer, sender, commitment, now);
}

Result<void> Admission::reveal(const QByteArray& id, const RemotePeer& peer, const QByteArray& nonce,
                               TimePoint now)
{
    Pairings::Pairing pairing;
    {
        const QMutexLocker lock(&m_mutex);
        const Result<Pairings::Pairing*> revealed = m_pairings.reveal(id, peer, nonce, now);
        if (!revealed)
            return revealed.error();
        pairing = *revealed.value();
    }
    const Standing standing = standingOf(peer, pairing.sender);
    const QMutexLocker lock(&m_mutex);
    UploadRequest request;
    request.peer = peer;
    request.sender = pairing.sender;
    OfferSnapshot contact = snapshotOf(request, standing);
    contact.code = pairing.code;
    if (rule(standing) == Ruling::Ask) {
        Offer* offer = incompleteOf(peer);
        if (!offer && isFull(peer, standing))
            return tooManyOffers();
        if (!offer)
            offer = &addOffer(request, standing);
        contact.id = offer->snapshot.id;
        offer->request = request;
        offer->snapshot = contact;
        offer->expiresAt = pairing.expiresAt;
        m_hasChanged = true;
    }
    m_contacts += contact;
    log(peer, LogEntry::Result::Information,
        u"First contact%1: the verification code is %2."_s.arg(quotedName(pairing.sender), pairing.code));
    return {};
}

void Admission::callOff(const QByteArray& id, const RemotePeer& peer)
{
    const QMutexLocker lock(&m_mutex);
    Pairings::Pairing* pairing = m_pairings.find(id, peer);
    if (!pairing)
        return;
    pairing->isOver = true;
    log(peer, LogEntry::Result::Refused,
        u"The sender%1 ended the first contact: the codes were different, or it gave up."_s.arg(
            quotedName(pairing->sender)));
    if (const Offer* offer = incompleteOf(peer))
        conclude(offer->snapshot.id, declinedByPerson());
}

} // namespace sockdrop
