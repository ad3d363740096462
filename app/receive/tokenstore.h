#pragma once

#include "batchoffer.h"
#include "conflictpolicy.h"
#include "holder.h"
#include "landingfolder.h"
#include "offer.h"
#include "programlimits.h"
#include "remotepeer.h"
#include "safepath.h"

#include <QByteArray>
#include <QHash>
#include <QMutex>

#include <chrono>
#include <memory>
#include <optional>
#include <variant>

namespace sockdrop {

// What the holder of a token may do: land this offer, there. Fixed when the token is issued.

/// Who may use it, and how that one is called.
struct GrantHolder
{
    bool isEncrypted = false;
    QString fingerprint; ///< of its key; empty: it has shown none
    QString peerName;    ///< of a known peer: its name here
};

/// One file, its bytes and nothing else.
struct FileGrant
{
    GrantHolder holder;
    Offer offer;
    SafePath path;
    std::shared_ptr<const LandingFolder> folder;
    ConflictPolicy conflict = ConflictPolicy::Rename;
};

/// Everything that a Sockdrop sends at once.
struct BatchGrant
{
    GrantHolder holder;
    BatchOffer offer;
    std::shared_ptr<const LandingFolder> folder;
    ConflictPolicy conflict = ConflictPolicy::Rename;

    [[nodiscard]] HeldBatch batch() const { return {holder.fingerprint, offer.batch}; }
};

using Grant = std::variant<FileGrant, BatchGrant>;

/// The unspent tokens. A token is 128 random bits, is spent by the first redeem() and expires. Thread-safe.
class TokenStore final
{
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit TokenStore(const Limits& limits) : m_limits(limits) {}

    /// A new token: 32 lower-case hex digits; nothing while Limits::tokens unspent ones are out, or
    /// Limits::tokensPerPeer that are `counted` (see countedPeer()) as that.
    [[nodiscard]] std::optional<QByteArray> issue(const Grant& grant, const QString& counted, TimePoint now);

    /// What the token grants, once; nothing for an unknown, spent or expired one, and for a peer with another
    /// key than the one it was issued to, or without the encryption.
    [[nodiscard]] std::optional<Grant> redeem(const QByteArray& token, const RemotePeer& peer, TimePoint now);

private:
    struct Entry
    {
        Grant grant;
        QString counted;
        TimePoint expiresAt;
    };

    void forget(const QString& counted);
    void dropExpired(TimePoint now);

    const Limits m_limits;
    QMutex m_mutex;
    QHash<QByteArray, Entry> m_entries;
    QHash<QString, int> m_counts;              ///< of these, by Entry::counted
    TimePoint m_nextExpiry = TimePoint::max(); ///< no entry expires before
};

} // namespace sockdrop
