#pragma once

#include "transfer.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

inline TransferSnapshot snapshot(TransferId id, TransferState state, qint64 done = 0, qint64 total = 1000)
{
    TransferSnapshot upload;
    upload.id = id;
    upload.state = state;
    upload.name = u"file%1"_s.arg(id);
    upload.peer = u"192.0.2.1"_s;
    upload.bytesDone = done;
    upload.bytesTotal = total;
    upload.bytesSent = done;
    upload.filesDone = state == TransferState::Done ? 1 : 0;
    upload.filesUnconfirmed = state == TransferState::SentNotConfirmed ? 1 : 0;
    return upload;
}

inline TransferSnapshot failure(TransferId id, ErrorCode code, bool isStarted = false)
{
    TransferSnapshot upload = snapshot(id, TransferState::Failed);
    upload.error = Error{code, u"It broke."_s};
    if (isStarted)
        upload.startedAt = QDateTime::currentDateTimeUtc();
    return upload;
}

inline TransferSnapshot batch(TransferState state, qint64 done, qint64 skipped = 0, qint64 failed = 0,
                              qint64 unconfirmed = 0)
{
    TransferSnapshot upload = snapshot(1, state, 500);
    upload.name = u"photos"_s;
    upload.isBatch = true;
    upload.filesTotal = 9;
    upload.filesDone = done;
    upload.filesSkipped = skipped;
    upload.filesFailed = failed;
    upload.filesUnconfirmed = unconfirmed;
    upload.startedAt = QDateTime::currentDateTimeUtc();
    return upload;
}

inline FileSnapshot fileOf(const TransferSnapshot& upload, quint32 number = 1)
{
    FileSnapshot file;
    file.batch = upload.id;
    file.file = number;
    file.state = upload.state;
    file.name = upload.name;
    file.peer = upload.peer;
    file.bytesTotal = upload.bytesDone;
    file.destination = upload.destination;
    file.digest = upload.digest;
    file.note = upload.note;
    file.error = upload.error;
    return file;
}

} // namespace sockdrop
