#pragma once

#include "result.h"

#include <QDateTime>
#include <QList>
#include <QString>

#include <memory>
#include <optional>

namespace sockdrop {

/// A device whose key was checked by a person once.
struct KnownPeer
{
    QString fingerprint; ///< of its key (see DeviceIdentity); 64 lower-case hex digits
    QString name;        ///< as the person here calls it; at first what it calls itself
    QString address;     ///< where it was reached last as a receiver, "HOST:PORT" in full; empty: never
    bool isAlwaysAccepted = false; ///< its uploads are let in without a question
    QDateTime addedAt;
    QDateTime seenAt; ///< last time it proved its key

    bool operator==(const KnownPeer&) const = default;
};

/// The known peers, in the SQLite file "sockdrop.db" of a profile. Thread-safe, and safe with several
/// processes: nothing is held back or remembered in between. Each call blocks for the database, at most some
/// seconds; not for the GUI thread.
class KnownPeers final
{
public:
    /// `folder` is made where it is missing, by the first call that writes.
    explicit KnownPeers(const QString& folder);
    ~KnownPeers();
    Q_DISABLE_COPY_MOVE(KnownPeers)

    /// By name.
    [[nodiscard]] Result<QList<KnownPeer>> all();
    [[nodiscard]] Result<std::optional<KnownPeer>> find(const QString& fingerprint);
    [[nodiscard]] Result<std::optional<KnownPeer>> findByAddress(const QString& address);
    /// In any case (Unicode).
    [[nodiscard]] Result<std::optional<KnownPeer>> findByName(const QString& name);

    /// Adds a peer, or replaces what is known of the one with that fingerprint. An address belongs to one
    /// peer: others lose it. A name that another peer has gets a number: "laptop (2)".
    [[nodiscard]] Result<void> put(const KnownPeer& peer);
    /// NotFound for an unknown fingerprint; AlreadyExists for a name that another peer has.
    [[nodiscard]] Result<void> rename(const QString& fingerprint, const QString& name);
    [[nodiscard]] Result<void> forget(const QString& fingerprint);

private:
    QString m_folder;
};

} // namespace sockdrop
