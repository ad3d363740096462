#include "admission.h"

#include "logging.h"
#include "peerkeys.h"
#include "refusals.h"
#include "sendername.h"
#include "uploadboard.h"

#include <algorithm>
#include <utility>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

Admission::Admission(const AdmissionOptions& options, UploadBoard& board)
    : m_options(options), m_board(board), m_accept(options.accept), m_takesPlain(options.takesPlain),
      m_pairings(options.ownFingerprint, options.limits), m_batches(options.limits)
{}

bool Admission::takesPlain() const
{
    const QMutexLocker lock(&m_mutex);
    return m_takesPlain;
}

Admission::Standing Admission::standingOf(const RemotePeer& peer, const QString& sender) const
{
    Standing standing;
    if (!m_options.knownPeers)
        return standing;
    // Who cannot be looked up is not known: that lets nobody in.
    const auto look = [](const Result<std::optional<KnownPeer>>& found) {
        if (!found)
            qCWarning(lcReceive) << "The known peers cannot be read:" << found.error().text;
        return found ? found.value() : std::nullopt;
    };
    if (!peer.fingerprint.isEmpty())
        standing.known = look(m_options.knownPeers->find(peer.fingerprint));
    if (!standing.known && !sender.isEmpty())
        standing.isImpostor = look(m_options.knownPeers->findByName(sender)).has_value();
    return standing;
}

Admission::Ruling Admission::rule(const Standing& standing) const
{
    switch (m_accept) {
    case AcceptPolicy::Everyone:
        return Ruling::Admit;
    case AcceptPolicy::Known:
        return standing.known ? Ruling::Admit : Ruling::Decline;
    case AcceptPolicy::Ask:
        if (standing.known && standing.known->isAlwaysAccepted)
            return Ruling::Admit;
        return m_options.hasPerson ? Ruling::Ask : Ruling::Decline;
    }
    Q_UNREACHABLE();
}

Error Admission::refusal() const
{
    return m_accept == AcceptPolicy::Known ? onlyKnownPeers() : nobodyToAsk();
}

Admission::Verdict Admission::admit(const UploadRequest& request, const QString& peerName,
                                    std::shared_ptr<const LandingFolder> folder)
{
    m_batches.add(request, folder, steady_clock::now());
    return Admitted{peerName, std::move(folder)};
}

std::variant<Admission::Verdict, OfferId> Admission::ask(const UploadRequest& request, const Decided& decided,
                                                         TimePoint now)
{
    hearOffer(request.peer.fingerprint); // they may know each other now
    const Standing standing = standingOf(request.peer, request.sender);
    noteSeen(standing);
    const QMutexLocker lock(&m_mutex);
    Pairings::Pairing* pairing =
        request.peer.fingerprint.isEmpty() ? nullptr : m_pairings.findForOffer(request.peer.fingerprint);
    if (pairing && pairing->state == ContactState::DiffersHere)
        return Verdict(codesDiffer());
    const QString name = standing.known ? standing.known->name : QString();
    if (const AdmittedBatches::Batch* batch = m_batches.returning(request, steady_clock::now()))
        return admit(request, name, batch->folder);
    const Ruling ruling = rule(standing);
    if (ruling == Ruling::Admit)
        return admit(request, name, nullptr);
    if (ruling == Ruling::Decline)
        return Verdict(refusal());
    if (pairing && pairing->state == ContactState::StoppedHere) {
        pairing->state = ContactState::SameThere; // that was of one offer
        return Verdict(declinedByPerson());
    }
    Offer* offer = incompleteOf(request.peer);
    if (!offer && isFull(request.peer, standing))
        return Verdict(tooManyOffers());
    if (!offer)
        offer = &addOffer(request, standing);
    offer->request = request;
    offer->decided = decided;
    offer->pairing = pairing ? pairing->id : QByteArray();
    offer->expiresAt = now + m_options.limits.decisionTimeout;
    if (pairing && pairing->hearsAnswers) // it shows the code no longer than that
        offer->expiresAt = std::min(offer->expiresAt, pairing->expiresAt);
    OfferSnapshot& snapshot = offer->snapshot;
    snapshot.code = pairing ? pairing->code : QString();
    snapshot.contact = pairing ? pairing->state : ContactState::Begun;
    snapshot.isComplete = true;
    snapshot.files = request.files;
    snapshot.bytes = request.bytes;
    snapshot.names = request.names;
    snapshot.dropped = request.dropped;
    m_hasChanged = true;
    return snapshot.id;
}

Admission::Offer* Admission::incompleteOf(const RemotePeer& peer)
{
    const auto found = std::find_if(m_offers.begin(), m_offers.end(), [&peer](const auto& entry) {
        return !entry.second.snapshot.isComplete && isSamePeer(entry.second.request.peer, peer);
    });
    return found == m_offers.end() ? nullptr : &found->second;
}

/// Strangers count by address: another key costs them nothing.
bool Admission::isFull(const RemotePeer& peer, const Standing& standing) const
{
    if (m_offers.size() >= static_cast<size_t>(m_options.limits.offers))
        return true;
    const auto ofPeer = std::count_if(m_offers.cbegin(), m_offers.cend(), [&](const auto& entry) {
        const Offer& other = entry.second;
        if (standing.known)
            return other.request.peer.fingerprint == peer.fingerprint;
        return !other.standing.known && other.request.peer.address == peer.address;
    });
    return ofPeer >= m_options.limits.offersPerPeer;
}

OfferSnapshot Admission::snapshotOf(const UploadRequest& request, const Standing& standing)
{
    OfferSnapshot snapshot;
    snapshot.sender = request.sender;
    snapshot.address = request.peer.address.toString();
    snapshot.fingerprint = request.peer.fingerprint;
    snapshot.isEncrypted = request.peer.isEncrypted;
    snapshot.knownAs = standing.known ? standing.known->name : QString();
    snapshot.isImpostor = standing.isImpostor;
    snapshot.isComplete = false;
    snapshot.askedAt = QDateTime::currentDateTimeUtc();
    return snapshot;
}

Admission::Offer& Admission::addOffer(const UploadRequest& request, const Standing& standing)
{
    const OfferId id = m_board.newId();
    Offer& offer = m_offers[id];
    offer.standing = standing;
    offer.request = request;
    offer.snapshot = snapshotOf(request, standing);
    offer.snapshot.id = id;
    m_hasChanged = true;
    return offer;
}

void Admission::withdraw(OfferId offer)
{
    const QMutexLocker lock(&m_mutex);
    const auto found = m_offers.find(offer);
    if (found == m_offers.end() || awaitsReason(found->second))
        return;
    log(found->second.request.peer, LogEntry::Result::Refused,
        u"The sender%1 left before its upload was answered."_s.arg(quotedName(found->second.request.sender)));
    m_offers.erase(found);
    m_hasChanged = true;
}

void Admission::forget(OfferId offer)
{
    const QMutexLocker lock(&m_mutex);
    m_offers.erase(offer);
    m_hasChanged = true;
}

void Admission::conclude(OfferId offer, const Verdict& verdict)
{
    const auto found = m_offers.find(offer);
    const Decided decided = std::move(found->second.decided);
    m_offers.erase(found);
    m_hasChanged = true;
    if (decided)
        decided(offer, verdict);
}

void Admission::setPolicy(AcceptPolicy accept, bool takesPlain)
{
    const QMutexLocker lock(&m_mutex);
    m_accept = accept;
    m_takesPlain = takesPlain;
    for (auto next = m_offers.begin(); next != m_offers.end();) {
        const auto& [id, offer] = *next++; // before this one goes
        const Ruling ruling = rule(offer.standing);
        withdrawContact(offer, ruling);
        if (!offer.request.peer.isEncrypted && !takesPlain)
            conclude(id, onlyEncrypted());
        else if (ruling == Ruling::Decline)
            conclude(id, refusal());
        else if (ruling == Ruling::Admit)
            conclude(id, offer.decided ? admit(offer.request, offer.snapshot.knownAs, nullptr)
                                       : Verdict(refusal()));
    }
}

Result<void> Admission::answer(OfferId id, OfferAnswer answer, const QString& folderPath)
{
    if (answer == OfferAnswer::CodesMatch || answer == OfferAnswer::CodesDiffer)
        return answerCode(id, answer == OfferAnswer::CodesMatch ? CodeAnswer::Same : CodeAnswer::Differs);
    Offer offer;
    {
        const QMutexLocker lock(&m_mutex);
        const auto found = m_offers.find(id);
        if (found == m_offers.end())
            return {};
        offer = found->second;
        if (answer == OfferAnswer::Decline) {
            declineContact(offer);
            conclude(id, declinedByPerson());
            return {};
        }
        if (!offer.snapshot.isComplete || offer.expiresAt <= steady_clock::now())
            return {};
    }
    std::shared_ptr<const LandingFolder> folder;
    if (!folderPath.isEmpty()) {
        Result<std::shared_ptr<const LandingFolder>> opened = LandingFolder::open(folderPath);
        if (!opened)
            return opened.error();
        folder = opened.value();
    }
    const std::optional<KnownPeer> known = makeKnown(offer, answer);
    const QMutexLocker lock(&m_mutex);
    if (m_offers.contains(id))
        conclude(id, admit(offer.request, known ? known->name : QString(), folder));
    if (Pairings::Pairing* pairing = pairingOf(offer))
        enter(*pairing, saidHere(pairing->state, CodeAnswer::Same));
    if (known)
        becameKnown(*known);
    return {};
}

/// A stranger whose code was not to be compared is let in once: to know it takes a word more.
std::optional<KnownPeer> Admission::makeKnown(const Offer& offer, OfferAnswer answer) const
{
    const OfferSnapshot& snapshot = offer.snapshot;
    const bool isAlways = answer == OfferAnswer::AcceptAlways;
    const bool isStranger = !offer.standing.known;
    if (!m_options.knownPeers || snapshot.fingerprint.isEmpty() ||
        (!isAlways && (!isStranger || snapshot.code.isEmpty())))
        return offer.standing.known;
    Result<void> kept;
    if (isStranger) {
        KnownPeer peer;
        peer.fingerprint = snapshot.fingerprint;
        peer.name = snapshot.sender;
        peer.isAlwaysAccepted = isAlways;
        peer.addedAt = QDateTime::currentDateTimeUtc();
        peer.seenAt = peer.addedAt;
        kept = m_options.knownPeers->put(peer);
    } else {
        kept = m_options.knownPeers->setAlwaysAccepted(snapshot.fingerprint, true);
    }
    if (!kept)
        qCWarning(lcReceive) << "A peer cannot be remembered:" << kept.error().text;
    // As it stands there: its name may have got a number, or a person may have given it another one.
    const auto stored = m_options.knownPeers->find(snapshot.fingerprint);
    return stored ? stored.value() : offer.standing.known;
}

/// For what else waits: more of that peer's, and others that call themselves like it.
void Admission::becameKnown(const KnownPeer& peer)
{
    const QString name = nameKey(peer.name);
    for (auto next = m_offers.begin(); next != m_offers.end();) {
        auto& [id, offer] = *next++; // before this one goes
        if (offer.snapshot.fingerprint != peer.fingerprint) {
            offer.standing.isImpostor |= !offer.standing.known && nameKey(offer.snapshot.sender) == name;
            m_hasChanged |= offer.snapshot.isImpostor != offer.standing.isImpostor;
            offer.snapshot.isImpostor = offer.standing.isImpostor;
            continue;
        }
        offer.standing = {peer, false};
        offer.snapshot.knownAs = peer.name;
        offer.snapshot.isImpostor = false;
        m_hasChanged = true;
        if (offer.decided && rule(offer.standing) == Ruling::Admit)
            conclude(id, admit(offer.request, peer.name, nullptr));
    }
}

void Admission::noteSeen(const Standing& standing) const
{
    constexpr qint64 often = 60; // seconds; each time writes to the disk
    if (!standing.known || (standing.known->seenAt.isValid() &&
                            standing.known->seenAt.secsTo(QDateTime::currentDateTimeUtc()) < often))
        return;
    if (const Result<void> marked = m_options.knownPeers->markSeen(standing.known->fingerprint); !marked)
        qCWarning(lcReceive) << "A peer cannot be marked as seen:" << marked.error().text;
}

void Admission::batchEnded(const HeldBatch& batch)
{
    const QMutexLocker lock(&m_mutex);
    m_batches.remove(batch);
}

void Admission::batchLost(const HeldBatch& batch)
{
    const QMutexLocker lock(&m_mutex);
    m_batches.lost(batch, steady_clock::now());
}

void Admission::tick(TimePoint now)
{
    const QMutexLocker lock(&m_mutex);
    expireOffers(now);
    for (const Pairings::Pairing& pairing : m_pairings.expire(now)) {
        if (pairing.state == ContactState::Begun)
            log(pairing.peer, LogEntry::Result::Refused,
                u"A sender%1 began a first contact and did not go on."_s.arg(quotedName(pairing.sender)));
    }
}

void Admission::expireOffers(TimePoint now)
{
    for (auto next = m_offers.begin(); next != m_offers.end();) {
        const auto& [id, offer] = *next++; // before this one goes
        if (offer.expiresAt > now)
            continue;
        expireContact(offer);
        conclude(id, unanswered());
    }
}

Admission::News Admission::takeNews()
{
    const QMutexLocker lock(&m_mutex);
    News news;
    news.contacts = std::exchange(m_contacts, {});
    news.endedContacts = std::exchange(m_endedContacts, {});
    if (std::exchange(m_hasChanged, false)) {
        news.offers.emplace();
        for (const auto& [id, offer] : m_offers)
            news.offers->append(offer.snapshot);
    }
    return news;
}

void Admission::log(const RemotePeer& peer, LogEntry::Result result, const QString& text)
{
    LogEntry entry;
    entry.time = QDateTime::currentDateTimeUtc();
    entry.result = result;
    entry.direction = Direction::Receiving;
    entry.peer = peer.address.toString();
    entry.text = text;
    m_board.log(entry);
}

} // namespace sockdrop
