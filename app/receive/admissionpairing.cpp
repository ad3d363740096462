// First contacts (see Pairings), as Admission lets them happen.
#include "admission.h"
#include "refusals.h"
#include "sendername.h"
#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QString endText(ContactState state)
{
    switch (state) {
    case ContactState::DiffersThere:
        return u"The sender%1 says that the codes of the first contact don't match."_s;
    case ContactState::TooLate:
        return u"The first contact with the sender%1 took too long: nobody confirmed the code in time."_s;
    default:
        return u"The sender%1 ended the first contact."_s;
    }
}

} // namespace

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
    contact.contact = pairing.state;
    if (rule(standing) == Ruling::Ask) {
        Offer* offer = incompleteOf(peer);
        if (!offer && isFull(peer, standing))
            return tooManyOffers();
        if (!offer)
            offer = &addOffer(request, standing);
        contact.id = offer->snapshot.id;
        offer->request = request;
        offer->snapshot = contact;
        offer->pairing = id;
        offer->expiresAt = pairing.expiresAt;
        m_hasChanged = true;
    } else if (Pairings::Pairing* shown = m_pairings.find(id, peer)) {
        shown->isAsked = false;
    }
    m_contacts += contact;
    log(peer, LogEntry::Result::Information,
        u"First contact%1: the verification code is %2."_s.arg(quotedName(pairing.sender), pairing.code));
    return {};
}

Result<CodeAnswer> Admission::compare(const QByteArray& id, const RemotePeer& peer, CodeAnswer there,
                                      TimePoint now)
{
    Pairings::Pairing pairing;
    bool isNew = false;
    {
        const QMutexLocker lock(&m_mutex);
        Pairings::Pairing* found = m_pairings.find(id, peer);
        if (!found || found->code.isEmpty() || found->expiresAt <= now)
            return unusableContact();
        found->hearsAnswers = true;
        isNew = enter(*found, saidThere(found->state, there));
        pairing = *found;
        if (isNew)
            endContact(pairing);
    }
    if (isNew && pairing.state == ContactState::Same)
        settle(id);
    const bool isLetIn = !pairing.isAsked && isComparing(pairing.state);
    return isLetIn ? CodeAnswer::Same : answerHere(pairing.state);
}

/// An offer comes only after the sender's person has found the codes the same.
void Admission::hearOffer(const QString& fingerprint)
{
    QByteArray settled;
    {
        const QMutexLocker lock(&m_mutex);
        Pairings::Pairing* pairing = fingerprint.isEmpty() ? nullptr : m_pairings.findForOffer(fingerprint);
        if (pairing && enter(*pairing, saidThere(pairing->state, CodeAnswer::Same)) &&
            pairing->state == ContactState::Same)
            settled = pairing->id;
    }
    if (!settled.isEmpty())
        settle(settled);
}

Result<void> Admission::answerCode(OfferId id, CodeAnswer answer)
{
    QByteArray settled;
    {
        const QMutexLocker lock(&m_mutex);
        const auto found = m_offers.find(id);
        Pairings::Pairing* pairing = found == m_offers.end() ? nullptr : pairingOf(found->second);
        if (!pairing || pairing->expiresAt <= std::chrono::steady_clock::now() ||
            !enter(*pairing, saidHere(pairing->state, answer)))
            return {};
        if (pairing->state == ContactState::Same)
            settled = pairing->id;
        if (pairing->state == ContactState::DiffersHere) {
            log(found->second.request.peer, LogEntry::Result::Refused,
                u"The codes of the first contact with the sender%1 did not match."_s.arg(
                    quotedName(pairing->sender)));
            conclude(id, codesDiffer());
        }
    }
    if (!settled.isEmpty())
        settle(settled);
    return {};
}

/// Both have found the codes the same. Not under the lock: it writes to the database.
void Admission::settle(const QByteArray& pairing)
{
    std::optional<Offer> offer;
    {
        const QMutexLocker lock(&m_mutex);
        if (const Offer* found = offerOf(pairing))
            offer = *found;
    }
    const std::optional<KnownPeer> known = offer ? makeKnown(*offer, OfferAnswer::CodesMatch) : std::nullopt;
    const QMutexLocker lock(&m_mutex);
    if (known)
        becameKnown(*known);
}

Pairings::Pairing* Admission::pairingOf(const Offer& offer)
{
    return offer.pairing.isEmpty() ? nullptr : m_pairings.find(offer.pairing, offer.request.peer);
}

Admission::Offer* Admission::offerOf(const QByteArray& pairing)
{
    const auto found = std::find_if(m_offers.begin(), m_offers.end(), [&pairing](const auto& entry) {
        return entry.second.pairing == pairing;
    });
    return found == m_offers.end() ? nullptr : &found->second;
}

/// False where it is so already.
bool Admission::enter(Pairings::Pairing& pairing, ContactState state)
{
    if (std::exchange(pairing.state, state) == state)
        return false;
    if (Offer* offer = offerOf(pairing.id)) {
        offer->snapshot.contact = state;
        m_hasChanged = true;
    }
    return true;
}

/// Another policy answers for the person.
void Admission::withdrawContact(const Offer& offer, Ruling ruling)
{
    Pairings::Pairing* pairing = pairingOf(offer);
    if (!pairing)
        return;
    pairing->isAsked = pairing->isAsked && ruling != Ruling::Admit;
    if (ruling == Ruling::Decline)
        pairing->state = saidHere(pairing->state, CodeAnswer::Stopped);
}

void Admission::declineContact(const Offer& offer)
{
    Pairings::Pairing* pairing = pairingOf(offer);
    if (pairing && (!offer.snapshot.isComplete || pairing->hearsAnswers))
        pairing->state = saidHere(pairing->state, CodeAnswer::Stopped);
}

/// A sender that leaves before the code was answered here says why: until then the card stands without what
/// would have come. False where there is nothing to wait for.
bool Admission::awaitsReason(Offer& offer)
{
    const Pairings::Pairing* pairing = pairingOf(offer);
    if (!pairing || !isComparing(pairing->state) || !pairing->hearsAnswers)
        return false;
    offer.decided = {};
    offer.expiresAt = pairing->expiresAt;
    offer.snapshot.isComplete = false;
    offer.snapshot.names.clear();
    m_hasChanged = true;
    return true;
}

void Admission::expireContact(const Offer& offer)
{
    Pairings::Pairing* pairing = pairingOf(offer);
    if (!pairing || !isComparing(pairing->state) || (offer.decided && !pairing->hearsAnswers))
        return;
    pairing->state = ContactState::TooLate;
    tellEnd(offer, *pairing);
}

/// What the sender has said ends it.
void Admission::endContact(const Pairings::Pairing& pairing)
{
    const Offer* offer = offerOf(pairing.id);
    if (isComparing(pairing.state) || pairing.state == ContactState::Same || !offer)
        return;
    tellEnd(*offer, pairing);
    conclude(offer->snapshot.id, declinedByPerson());
}

void Admission::tellEnd(const Offer& offer, const Pairings::Pairing& pairing)
{
    OfferSnapshot ended = offer.snapshot;
    ended.contact = pairing.state;
    m_endedContacts += ended;
    log(pairing.peer, LogEntry::Result::Refused, endText(pairing.state).arg(quotedName(pairing.sender)));
}

} // namespace sockdrop
