#pragma once

#include "result.h"

#include <QDateTime>
#include <QList>
#include <QString>

#include <mutex>
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
/// seconds; not for the GUI thread. A file that is damaged or cannot be read is an error, never an empty
/// list, and stays as it is.
class KnownPeers final
{
public:
    /// `folder` is made where it is missing, by the first call that writes.
    explicit KnownPeers(const QString& folder) : m_folder(folder) {}

    /// By name.
    [[nodiscard]] Result<QList<KnownPeer>> all();
    /// Nobody is known; false, too, where that cannot be told.
    [[nodiscard]] bool isEmpty();
    [[nodiscard]] Result<std::optional<KnownPeer>> find(const QString& fingerprint);
    /// However the same host is written: case, the dot at the end, the form of an IP address.
    [[nodiscard]] Result<std::optional<KnownPeer>> findByAddress(const QString& address);
    /// However the same letters are written: case, Unicode form, blanks, invisible characters.
    [[nodiscard]] Result<std::optional<KnownPeer>> findByName(const QString& name);

    /// Adds a peer, or replaces what is known of the one with that fingerprint. An address belongs to one
    /// peer: others lose it. A name that another peer has gets a number: "laptop (2)"; a name without a
    /// visible letter becomes the first digits of the fingerprint. InvalidArgument for what is no
    /// fingerprint.
    [[nodiscard]] Result<void> put(const KnownPeer& peer);
    /// A peer proved its key just now, as a receiver at `address` if one is given. Nothing for an unknown
    /// fingerprint: somebody may have forgotten it in between.
    [[nodiscard]] Result<void> markSeen(const QString& fingerprint, const QString& address = {});
    /// NotFound for an unknown fingerprint, here and below.
    [[nodiscard]] Result<void> setAlwaysAccepted(const QString& fingerprint, bool isAlwaysAccepted);
    /// AlreadyExists for a name that another peer has, InvalidArgument for one without a visible letter.
    [[nodiscard]] Result<void> rename(const QString& fingerprint, const QString& name);
    [[nodiscard]] Result<void> forget(const QString& fingerprint);

private:
    const QString m_folder;
    std::mutex m_writing; ///< one writer at a time: SQLite's own waiting lets some wait too long
};

} // namespace sockdrop
