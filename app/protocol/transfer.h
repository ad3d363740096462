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
    Preparing,        ///< asking the peer for a token
    Transferring,     ///< bytes flow
    Verifying,        ///< all bytes are over; waiting for the final name and the receipt
    Done,             ///< landed under its final name, digests equal
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
struct TransferSnapshot
{
    TransferId id = 0;
    Direction direction = Direction::Sending;
    TransferState state = TransferState::Waiting;
    QString name;         ///< relative path with `/`, as the sender named it; from the peer: plain text only
    QString peer;         ///< address of the other machine
    qint64 bytesDone = 0; ///< sending: handed to the network; receiving: written
    qint64 bytesTotal = -1; ///< -1: not declared
    double bytesPerSecond = 0;
    std::optional<std::chrono::seconds> timeLeft;
    QString source;      ///< sending: absolute path on this machine
    QString destination; ///< once landed. Receiving: absolute path here; sending: path in the peer's folder
    QString digest;      ///< once landed: "xxh3-128:" and 32 hex digits
    QString note;        ///< worth knowing though all is well ("End not confirmed by the sender.")
    std::optional<Error> error;
    QDateTime startedAt;
    QDateTime finishedAt;

    bool operator==(const TransferSnapshot&) const = default;
};

/// What the person at this machine can do about the transfer's error, one sentence; empty without an error or
/// where nothing helps. A receiver cannot retry: only the sender can.
[[nodiscard]] QString remedyFor(const TransferSnapshot& transfer);

} // namespace sockdrop

Q_DECLARE_METATYPE(sockdrop::TransferSnapshot)
