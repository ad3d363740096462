#pragma once

#include "error.h"

#include <QDateTime>
#include <QMetaType>
#include <QString>

#include <chrono>
#include <optional>

namespace sockdrop {

using TransferId = quint64;

enum class Direction { Sending, Receiving };

enum class TransferState {
    Waiting,          ///< in the queue
    Preparing,        ///< walking what was dropped, asking the peer
    Asking,           ///< waits for a person, here or there; `note` says who and why
    Transferring,     ///< bytes flow
    Paused,           ///< by either side, or by a full disk; `note` says why
    Reconnecting,     ///< the line is down; `error` says why, it is tried again by itself
    Verifying,        ///< all bytes are over; waiting for the final name and the receipt
    Done,             ///< landed under its final name, digests equal; of a batch: `filesFailed` did not
    SentNotConfirmed, ///< an original server took it and never says what became of it
    Failed,           ///< see `error`
    Cancelled,        ///< by the person at this machine
};

/// Nothing more will happen to a transfer in this state.
[[nodiscard]] constexpr bool isFinal(TransferState state)
{
    return state >= TransferState::Done;
}

/// What the window and the command line see of one upload at one moment. A plain value: it crosses threads.
/// An upload is a batch: everything that was dropped at once. A batch of a single file has that file's name,
/// destination and digest; FileSnapshot tells of the files of all others.
/// The destination of a single folder is what that became; several things have none.
struct TransferSnapshot
{
    TransferId id = 0;
    Direction direction = Direction::Sending;
    bool isFolder = false;       ///< a single empty folder: no bytes, no digest
    bool isBatch = false;        ///< more than one file, or a folder: expands to its files
    qint64 filesTotal = 1;       ///< files and empty folders; grows while what was dropped is walked
    qint64 filesDone = 0;        ///< landed
    qint64 filesSkipped = 0;     ///< identical ones that were there already
    qint64 filesFailed = 0;      ///< with those that cannot be sent
    qint64 filesUnconfirmed = 0; ///< sent to an original server
    qint64 bytesSent = 0;        ///< sending: put on the wire, what had to be sent twice too
    TransferState state = TransferState::Waiting;
    QString name;     ///< relative path with `/`, as the sender named it; from the peer: plain text only
    QString peer;     ///< address of the other machine
    QString peerName; ///< of a known peer: the name it has here; else empty
    bool isEncrypted = false;
    bool isReached = false;    ///< sending: something that takes uploads answered at the address
    bool isBasic = false;      ///< comes from a program that cannot be told to pause
    bool isPausedHere = false; ///< while Paused: by the person at this machine, who alone can resume
    qint64 bytesDone = 0;      ///< sending: handed to the network; receiving: written
    qint64 bytesTotal = -1;    ///< -1: not declared
    double bytesPerSecond = 0;
    std::optional<std::chrono::seconds> timeLeft;
    QString source;      ///< sending: absolute path on this machine
    QString destination; ///< once landed. Receiving: absolute path here; sending: path in the peer's folder
    QString digest;      ///< once landed: "xxh3-128:" and 32 hex digits
    bool isAwaited = false; ///< the receiver owes an answer for some seconds (Limits::ackPatience)
    QString note;           ///< worth knowing though all is well ("End not confirmed by the sender.")
    std::optional<Error> error;
    QDateTime keptUntil; ///< receiving: another try can go on with what came; invalid: nothing is kept
    QDateTime startedAt;
    QDateTime finishedAt;

    bool operator==(const TransferSnapshot&) const = default;
};

/// One file (or empty folder) of a batch at one moment. A plain value: it crosses threads.
struct FileSnapshot
{
    TransferId batch = 0;
    quint32 file = 0; ///< from 1 on, in the order of the batch; what cannot be sent counts too
    Direction direction = Direction::Sending;
    bool isFolder = false; ///< an empty folder
    /// Waiting, Transferring, Verifying (whole, waits for its name), Done, Failed, Cancelled
    TransferState state = TransferState::Waiting;
    bool isSkipped = false; ///< Done, as an identical file was there already
    QString name;           ///< as TransferSnapshot::name
    QString peer;           ///< …
    QString peerName;       ///< …
    bool isEncrypted = false;
    qint64 bytesDone = 0;
    qint64 bytesTotal = 0;
    QString source; ///< as TransferSnapshot has them
    QString destination;
    QString digest;
    QString note;
    std::optional<Error> error;

    bool operator==(const FileSnapshot&) const = default;
};

/// Whether it landed under another name than its sender gave it; whoever looks for it has to be told.
[[nodiscard]] bool isRenamed(const FileSnapshot& file);

/// What the person at this machine can do about the transfer's error, one sentence; empty without an error or
/// where nothing helps. A receiver cannot retry: only the sender can.
[[nodiscard]] QString remedyFor(const TransferSnapshot& transfer);

} // namespace sockdrop

Q_DECLARE_METATYPE(sockdrop::TransferSnapshot)
Q_DECLARE_METATYPE(sockdrop::FileSnapshot)
