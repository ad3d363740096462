#pragma once

#include "acceptpolicy.h"
#include "contactstate.h"

#include <QDateTime>
#include <QMetaType>
#include <QString>
#include <QStringList>

namespace sockdrop {

using OfferId = quint64;

enum class OfferAnswer {
    Decline,
    Accept,
    AcceptAlways,
    CodesMatch, ///< of a first contact; the upload itself still waits
    CodesDiffer,
};

/// An upload that somebody asks to be let in, as the person at this machine sees it. A plain value: it
/// crosses threads. All text comes from the peer or its network: plain text only.
struct OfferSnapshot
{
    OfferId id = 0;
    QString sender;      ///< what the device calls itself; empty for a basic client
    QString address;     ///< of the other machine
    QString fingerprint; ///< of its key; empty: it has shown none
    bool isEncrypted = false;
    QString knownAs;         ///< of a known peer: the name it has here; else empty
    bool isImpostor = false; ///< calls itself like a known peer and has another key
    QString code;            ///< first contact: must be the same on both screens; else empty
    ContactState contact = ContactState::Begun; ///< once there is a code
    bool isComplete = true; ///< false: the sender still compares the code, what follows is not told yet
    qint64 files = 0;       ///< with empty folders
    qint64 bytes = -1;      ///< -1: not declared
    QStringList names;      ///< of what was dropped, the first ones
    qint64 dropped = 0;     ///< how many things were dropped
    QString folder;         ///< absolute path of where it would land
    qint64 bytesFree = -1;  ///< there; -1: unknown
    QDateTime askedAt;

    bool operator==(const OfferSnapshot&) const = default;
};

/// First contact with a receiver: the person at this machine compares the code with the receiver's screen,
/// and the one there with this one.
struct TrustQuestion
{
    quint64 upload = 0; ///< TransferId of the upload that waits
    QString address;    ///< of the receiver, as typed
    QString name;       ///< what it calls itself: plain text only
    QString fingerprint;
    QString code; ///< "123 456"
    ContactState state = ContactState::Open;

    bool operator==(const TrustQuestion&) const = default;
};

} // namespace sockdrop

Q_DECLARE_METATYPE(sockdrop::OfferSnapshot)
Q_DECLARE_METATYPE(sockdrop::TrustQuestion)
