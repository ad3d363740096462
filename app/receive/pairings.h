#pragma once

#include "contactstate.h"
#include "programlimits.h"
#include "remotepeer.h"
#include "result.h"

#include <QByteArray>
#include <QHash>
#include <QString>

#include <chrono>

namespace sockdrop {

/// First contacts on the receiver's side (PROTOCOL.md): who committed to what, and the codes that came of it.
///
/// A sender that commits and gets our nonce knows the code before anybody sees it, and may give up and try
/// again until it likes the code. So every attempt keeps its place for Limits::pairingLifetime, whatever
/// becomes of it. Not thread-safe: Admission's lock guards it.
class Pairings final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Pairing
    {
        QByteArray id; ///< 32 lower-case hex digits
        QString sender;
        RemotePeer peer;
        QByteArray commitment;
        QByteArray nonce; ///< ours
        QString code;     ///< once revealed
        ContactState state = ContactState::Begun;
        bool isAsked = true;       ///< a person here; else the policy answers
        bool hearsAnswers = false; ///< its sender asks what was said here; an older one does not
        TimePoint expiresAt;
    };

    Pairings(QString ownFingerprint, const Limits& limits)
        : m_ownFingerprint(std::move(ownFingerprint)), m_limits(limits)
    {}

    /// A new pairing; Busy when too many were begun in the last time, from there or in all.
    [[nodiscard]] Result<Pairing> begin(const RemotePeer& peer, const QString& sender,
                                        const QByteArray& commitment, TimePoint now);

    /// Checks the sender's nonce (32 bytes) and makes the code. NotTrusted, with one text for all: unknown,
    /// spent, of another key, or another nonce than was committed to. The first try with the right key spends
    /// it.
    [[nodiscard]] Result<Pairing*> reveal(const QByteArray& id, const RemotePeer& peer,
                                          const QByteArray& nonce, TimePoint now);

    /// None of another key.
    [[nodiscard]] Pairing* find(const QByteArray& id, const RemotePeer& peer);
    /// The newest one of a key to which an offer still belongs: its code is compared, or was turned down
    /// here.
    [[nodiscard]] Pairing* findForOffer(const QString& fingerprint);

    /// Takes out what is expired.
    [[nodiscard]] QList<Pairing> expire(TimePoint now);

private:
    const QString m_ownFingerprint;
    const Limits m_limits;
    QHash<QByteArray, Pairing> m_pairings;
};

} // namespace sockdrop
