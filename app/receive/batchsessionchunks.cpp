// What a BatchSession does with the bytes, from a chunk to the names of whole files.
#include "batchsession.h"
#include "logging.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 ackBytes = 1024LL * 1024;

}

Result<void> BatchSession::takeChunks(QByteArrayView bytes)
{
    if (bytes.isEmpty())
        return Error{ErrorCode::ProtocolError, u"A message holds no chunk."_s};
    while (!bytes.isEmpty()) {
        const Result<ChunkHeader> header = ChunkHeader::decode(bytes);
        if (!header)
            return header.error();
        const QByteArrayView content = bytes.sliced(ChunkHeader::size, header->length);
        if (Result<void> taken = takeChunk(header.value(), content); !taken)
            return taken;
        m_chunkBytes += header->length;
        bytes = bytes.sliced(ChunkHeader::size + header->length);
    }
    return commit(BatchLanding::Commit::Due);
}

Result<void> BatchSession::takeChunk(const ChunkHeader& header, QByteArrayView bytes)
{
    // A copy, for what is said of a file that is gone then.
    const AnnouncedFile* found = m_landing->find(header.file);
    const AnnouncedFile file = found ? *found : AnnouncedFile();
    const qint64 before = m_landing->offsetOf(header.file);
    m_current = file.size > chunkBytes ? header.file : 0;
    const Result<BatchLanding::ChunkResult> result = writeWithSpace(header, bytes);
    if (!result) {
        if (!found || result.error().code == ErrorCode::ProtocolError ||
            result.error().code == ErrorCode::ConnectionLost)
            return result.error();
        m_snapshot.bytesDone -= before;
        noteFailure(header.file, file, result.error());
        return {};
    }
    switch (result.value()) {
    case BatchLanding::ChunkResult::Damaged:
        qCInfo(lcReceive) << "a chunk of" << file.path << "arrived damaged and is asked for again";
        m_hasAskedAgain = true;
        return send(Again{header.file, header.offset});
    case BatchLanding::ChunkResult::Written:
        // What waits behind a gap counts when the gap is closed, what is whole at once.
        m_snapshot.bytesDone +=
            (m_landing->find(header.file) ? m_landing->offsetOf(header.file) : file.size) - before;
        return {};
    default:
        return {};
    }
}

/// Waits on a full disk until there is space, and has the sender wait too.
Result<BatchLanding::ChunkResult> BatchSession::writeWithSpace(const ChunkHeader& header,
                                                               QByteArrayView bytes)
{
    bool isTold = false;
    for (;;) {
        Result<BatchLanding::ChunkResult> result = m_landing->write(header, bytes);
        if (!result || result.value() != BatchLanding::ChunkResult::NoSpace) {
            goOnWithSpace(isTold);
            return result;
        }
        if (const Result<void> waited = waitForSpace(isTold); !waited)
            return waited.error();
    }
}

/// For a while, on a full disk.
Result<void> BatchSession::waitForSpace(bool& isTold)
{
    if (!std::exchange(isTold, true)) {
        setPause(u"The disk is full. The upload goes on when there is space."_s);
        static_cast<void>(send(Pause{u"The receiver's disk is full."_s}));
    }
    std::unique_lock lock(m_mutex);
    const auto isOver = [this] { return m_isCut || m_isCancelled || m_isGivingWay; };
    m_controlled.wait_for(lock, m_options.limits.spaceInterval, isOver);
    if (isOver() || m_stream->isDown())
        return Error{ErrorCode::ConnectionLost, u"The connection was lost while the disk was full."_s};
    return {};
}

void BatchSession::goOnWithSpace(bool isTold)
{
    if (!isTold)
        return;
    showPause();
    static_cast<void>(send(Resume()));
}

/// What is whole waits for space, too.
Result<void> BatchSession::commit(BatchLanding::Commit which)
{
    bool isTold = false;
    for (;;) {
        Result<void> step = commitOnce(which);
        if (step && m_landing->lacksSpace())
            step = waitForSpace(isTold);
        else
            goOnWithSpace(isTold && step);
        if (!step || !m_landing->lacksSpace())
            return step;
    }
}

Result<void> BatchSession::commitOnce(BatchLanding::Commit which)
{
    const std::vector<BatchLanding::Outcome> outcomes = m_landing->commit(which);
    Landed message;
    for (const BatchLanding::Outcome& outcome : outcomes) {
        if (outcome.landed) {
            message.files.append({outcome.file, outcome.landed->relativePath, outcome.landed->digest,
                                  outcome.note, outcome.wasThere});
            if (outcome.wasThere)
                noteSkip(outcome.file, outcome.announced, outcome.landed->relativePath);
            else
                noteLanded(outcome);
        } else {
            m_snapshot.bytesDone -= outcome.announced.size;
            noteFailure(outcome.file, outcome.announced, outcome.landed.error());
        }
    }
    for (qsizetype i = 0; i < message.files.size(); i += mostAtOnce) {
        if (Result<void> sent = send(Landed{message.files.mid(i, mostAtOnce)}); !sent)
            return sent;
    }
    return {};
}

/// Of files whose beginning is not what an earlier connection left.
Result<void> BatchSession::askForMissing()
{
    for (const Again& again : m_landing->takeMissing()) {
        m_hasAskedAgain = true;
        if (Result<void> sent = send(again); !sent)
            return sent;
    }
    return {};
}

/// Seldom, as each one wakes the sender up.
Result<void> BatchSession::acknowledge(bool isIdle)
{
    const qint64 news = m_chunkBytes - m_ackedBytes;
    if (news < ackBytes && !(isIdle && news > 0))
        return {};
    m_ackedBytes = m_chunkBytes;
    return send(Ack{m_chunkBytes, m_options.limits.creditBytes});
}

} // namespace sockdrop
