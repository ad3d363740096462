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
    transfer.isEncrypted = true;
    transfer.bytesTotal = 1000;
    if (state == TransferState::Transferring) {
        transfer.bytesDone = 400;
        transfer.bytesPerSecond = 100;
        transfer.timeLeft = std::chrono::seconds(120);
    }
    if (state == TransferState::Done || state == TransferState::SentNotConfirmed)
        transfer.bytesDone = 1000;
    transfer.isPausedHere = state == TransferState::Paused;
    if (state == TransferState::Failed)
        transfer.error = Error{ErrorCode::Refused, u"laptop refuses the connection."_s};
    if (direction == Direction::Sending)
        transfer.source = u"/somewhere/folder/report %1.pdf"_s.arg(id);
    if (state == TransferState::Done)
        transfer.destination =
            direction == Direction::Sending ? u"folder/report.pdf"_s : u"/in/folder/report.pdf"_s;
    return transfer;
}

/// A batch of ten files, four of which are over where that makes sense.
inline TransferSnapshot sampleBatch(TransferId id, TransferState state,
                                    Direction direction = Direction::Sending)
{
    using namespace Qt::StringLiterals;
    TransferSnapshot batch = sampleTransfer(id, state, direction);
    batch.isBatch = true;
    batch.name = u"photos"_s;
    batch.source = direction == Direction::Sending ? u"/somewhere/photos"_s : QString();
    batch.destination.clear();
    batch.filesTotal = 10;
    if (state == TransferState::Transferring)
        batch.filesDone = 4;
    if (state == TransferState::Done)
        batch.filesDone = 10;
    return batch;
}

/// File `number` of a sampleBatch().
inline FileSnapshot sampleFile(TransferId batch, quint32 number, TransferState state,
                               Direction direction = Direction::Sending)
{
    using namespace Qt::StringLiterals;
    FileSnapshot file;
    file.batch = batch;
    file.file = number;
    file.direction = direction;
    file.state = state;
    file.name = u"photos/sea/%1.jpg"_s.arg(number);
    file.peer = u"laptop"_s;
    file.bytesTotal = 100;
    if (direction == Direction::Sending)
        file.source = u"/somewhere/photos/sea/%1.jpg"_s.arg(number);
    if (state == TransferState::Transferring)
        file.bytesDone = 40;
    if (state == TransferState::Done) {
        file.bytesDone = 100;
        file.destination = (direction == Direction::Sending ? QString() : u"/in/"_s) + file.name;
        file.digest = u"xxh3-128:%1"_s.arg(number, 32, 16, QLatin1Char('0'));
    }
    if (state == TransferState::Failed)
        file.error = Error{ErrorCode::SourceUnreadable, u"Cannot read %1.jpg."_s.arg(number)};
    return file;
}

} // namespace sockdrop
