#pragma once

#include "admittedbatches.h"
#include "knownpeers.h"
#include "landingfolder.h"
#include "logring.h"
#include "offersnapshot.h"
#include "pairings.h"

#include <QMutex>

#include <functional>
#include <map>
#include <memory>
#include <variant>

namespace sockdrop {

class UploadBoard;

struct AdmissionOptions
{
    AcceptPolicy accept = AcceptPolicy::Ask;
    bool takesPlain = false;
    bool hasPerson = true;
    QString ownFingerprint;                 ///< empty: nothing encrypted is taken
    std::shared_ptr<KnownPeers> knownPeers; ///< none: nobody is known
    Limits limits;
};

/// Who may upload: the policy, the offers that wait for a person, and first contacts. Thread-safe; calls may
/// block for the database of known peers.
class Admission final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Admitted
    {
        QString peerName;                            ///< of a known peer: its name here
        std::shared_ptr<const LandingFolder> folder; ///< that a person chose; none: the destination
    };
    using Verdict = Result<Admitted>;
    /// Called once and from any thread, under a lock: it may only post the verdict to where it belongs.
    using Decided = std::function<void(OfferId, const Verdict&)>;

    /// What changed since it was taken last.
    struct News
    {
        std::optional<QList<OfferSnapshot>>
            offers;                         ///< all that wait, when that changed; without their folder
        QList<OfferSnapshot> contacts;      ///< with new codes
        QList<OfferSnapshot> endedContacts; ///< see Receiver::contactEnded()
    };

    Admission(const AdmissionOptions& options, UploadBoard& board);
    Q_DISABLE_COPY_MOVE(Admission)

    [[nodiscard]] bool takesPlain() const;
    /// What waits is decided anew.
    void setPolicy(AcceptPolicy accept, bool takesPlain);

    /// The verdict, or the offer that waits for one: then `decided` is called, unless withdraw() comes first.
    /// Declined says why; Busy when too many wait already.
    [[nodiscard]] std::variant<Verdict, OfferId> ask(const UploadRequest& request, const Decided& decided,
                                                     TimePoint now);
    /// Its sender left. After this no verdict is told any more.
    void withdraw(OfferId offer);
    /// The same without a word, as receiving is turned off.
    void forget(OfferId offer);
    /// What a person decided. An error, of the folder to land in, leaves the offer waiting. Nothing for one
    /// that does not wait any more, nor for an acceptance of one that is not complete. An acceptance says of
    /// a code that it is the same.
    [[nodiscard]] Result<void> answer(OfferId offer, OfferAnswer answer, const QString& folder);

    /// First contact, step 1: the sender commits. Declined where it would not be let in anyway.
    [[nodiscard]] Result<Pairings::Pairing> beginPairing(const RemotePeer& peer, const QString& sender,
                                                         const QByteArray& commitment, TimePoint now);
    /// Step 2: the sender shows its nonce (32 bytes). From here on a person sees the code.
    [[nodiscard]] Result<void> reveal(const QByteArray& pairing, const RemotePeer& peer,
                                      const QByteArray& nonce, TimePoint now);
    /// Step 3: what the sender's person has said of the code; tells what was said here. NotTrusted for a
    /// first contact that is unknown or expired.
    [[nodiscard]] Result<CodeAnswer> compare(const QByteArray& pairing, const RemotePeer& peer,
                                             CodeAnswer there, TimePoint now);

    /// A batch is over: one with its id is a new one.
    void batchEnded(const HeldBatch& batch);
    /// Its sender was cut off: for Limits::partialLifetime from now it may come back without a question.
    void batchLost(const HeldBatch& batch);

    /// Lets time pass: some times a second.
    void tick(TimePoint now);
    [[nodiscard]] News takeNews();

private:
    /// What the database says of a peer.
    struct Standing
    {
        std::optional<KnownPeer> known;
        bool isImpostor = false;
    };
    struct Offer
    {
        OfferSnapshot snapshot;
        Standing standing;
        UploadRequest request; ///< of an incomplete one: only who asks
        QByteArray pairing;    ///< the first contact it belongs to, if there is one
        Decided decided;       ///< empty while it is not complete
        TimePoint expiresAt;
    };
    enum class Ruling { Admit, Ask, Decline };

    [[nodiscard]] Standing standingOf(const RemotePeer& peer, const QString& sender) const;
    void noteSeen(const Standing& standing) const;
    [[nodiscard]] Ruling rule(const Standing& standing) const;
    [[nodiscard]] Error refusal() const;
    [[nodiscard]] Verdict admit(const UploadRequest& request, const QString& peerName,
                                std::shared_ptr<const LandingFolder> folder);
    [[nodiscard]] Offer* incompleteOf(const RemotePeer& peer);
    [[nodiscard]] bool isFull(const RemotePeer& peer, const Standing& standing) const;
    [[nodiscard]] static OfferSnapshot snapshotOf(const UploadRequest& request, const Standing& standing);
    [[nodiscard]] Offer& addOffer(const UploadRequest& request, const Standing& standing);
    void conclude(OfferId offer, const Verdict& verdict);
    void expireOffers(TimePoint now);
    [[nodiscard]] Result<void> answerCode(OfferId id, CodeAnswer answer);
    void hearOffer(const QString& fingerprint);
    void settle(const QByteArray& pairing);
    [[nodiscard]] Pairings::Pairing* pairingOf(const Offer& offer);
    [[nodiscard]] Offer* offerOf(const QByteArray& pairing);
    bool enter(Pairings::Pairing& pairing, ContactState state);
    void endContact(const Pairings::Pairing& pairing);
    void withdrawContact(const Offer& offer, Ruling ruling);
    void declineContact(const Offer& offer);
    bool awaitsReason(Offer& offer);
    void expireContact(const Offer& offer);
    void tellEnd(const Offer& offer, const Pairings::Pairing& pairing);
    void becameKnown(const KnownPeer& peer);
    [[nodiscard]] std::optional<KnownPeer> makeKnown(const Offer& offer, OfferAnswer answer) const;
    void log(const RemotePeer& peer, LogEntry::Result result, const QString& text);

    const AdmissionOptions m_options;
    UploadBoard& m_board;
    mutable QMutex m_mutex;
    AcceptPolicy m_accept;
    bool m_takesPlain;
    Pairings m_pairings;
    std::map<OfferId, Offer> m_offers;
    AdmittedBatches m_batches;
    QList<OfferSnapshot> m_contacts;
    QList<OfferSnapshot> m_endedContacts;
    bool m_hasChanged = false;
};

} // namespace sockdrop
