#pragma once

#include "transfer.h"

namespace sockdrop {

/// A transfer as an engine would tell it, 40 % through where that makes sense.
inline TransferSnapshot sampleTransfer(TransferId id, TransferState state,
                                       Direction direction = Direction::Sending)
{
    using namespace Qt::StringLiterals;
    TransferSnapshot transfer;
    transfer.id = id;
    transfer.direction = direction;
    transfer.state = state;
    transfer.name = u"folder/report %1.pdf"_s.arg(id);
    transfer.peer = u"laptop"_s;
    transfer.bytesTotal = 1000;
    if (state == TransferState::Transferring) {
        transfer.bytesDone = 400;
        transfer.bytesPerSecond = 100;
        transfer.timeLeft = std::chrono::seconds(120);
    }
    if (state == TransferState::Done || state == TransferState::SentNotConfirmed)
        transfer.bytesDone = 1000;
    if (state == TransferState::Failed)
        transfer.error = Error{ErrorCode::Refused, u"laptop refuses the connection."_s};
    if (direction == Direction::Sending)
        transfer.source = u"/somewhere/folder/report %1.pdf"_s.arg(id);
    if (state == TransferState::Done)
        transfer.destination =
            direction == Direction::Sending ? u"folder/report.pdf"_s : u"/in/folder/report.pdf"_s;
    return transfer;
}

} // namespace sockdrop
