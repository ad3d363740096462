// What a BatchSession tells the window and the log.
#include "batchsession.h"
#include "sums.h"
#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

FileSnapshot BatchSession::fileSnapshot(FileNumber number, const AnnouncedFile& file) const
{
    FileSnapshot snapshot;
    snapshot.batch = m_snapshot.id;
    snapshot.file = number;
    snapshot.direction = Direction::Receiving;
    snapshot.isFolder = file.isFolder;
    snapshot.name = file.path;
    snapshot.peer = m_snapshot.peer;
    snapshot.peerName = m_snapshot.peerName;
    snapshot.isEncrypted = m_snapshot.isEncrypted;
    snapshot.bytesTotal = file.size;
    return snapshot;
}

void BatchSession::noteLanded(const BatchLanding::Outcome& outcome)
{
    ++m_receipt.landed;
    ++m_snapshot.filesDone;
    if (m_snapshot.isBatch && m_snapshot.destination.isEmpty() && m_grant.offer.dropped <= 1)
        m_snapshot.destination =
            m_grant.folder->path() + u'/' + outcome.landed->relativePath.section(u'/', 0, 0);
    FileSnapshot file = fileSnapshot(outcome.file, outcome.announced);
    file.state = TransferState::Done;
    file.bytesDone = file.bytesTotal;
    file.destination = outcome.landed->absolutePath;
    file.digest = outcome.landed->digest;
    file.note = outcome.note;
    if (m_options.tellsFiles || !m_snapshot.isBatch || isRenamed(file))
        conclude(std::move(file));
}

void BatchSession::noteSkip(FileNumber number, const AnnouncedFile& announced, const QString& path)
{
    ++m_receipt.skipped;
    ++m_snapshot.filesSkipped;
    m_snapshot.bytesDone = boundedSum(m_snapshot.bytesDone, announced.size);
    m_rate.skip(announced.size);
    if (!m_options.tellsFiles && m_snapshot.isBatch)
        return;
    FileSnapshot file = fileSnapshot(number, announced);
    file.state = TransferState::Done;
    file.isSkipped = true;
    file.bytesDone = file.bytesTotal;
    file.destination = m_grant.folder->path() + u'/' + path;
    file.note = file.isFolder ? u"The folder was there already."_s : u"The same file was there already."_s;
    conclude(std::move(file));
}

void BatchSession::noteFailure(FileNumber number, const AnnouncedFile& announced, const Error& error)
{
    m_isQuiet = false;
    m_steady.release(); // its bytes may be among those that are shown
    ++m_receipt.failed;
    ++m_snapshot.filesFailed;
    // Neither progress nor still to come.
    m_snapshot.bytesTotal = boundedSum(m_snapshot.bytesTotal, -announced.size);
    if (!m_firstFailure)
        m_firstFailure = error;
    static_cast<void>(send(Failed{number, m_grant.folder->forSender(error)}));
    FileSnapshot file = fileSnapshot(number, announced);
    file.state = TransferState::Failed;
    file.error = error;
    conclude(std::move(file));
}

void BatchSession::conclude(FileSnapshot file)
{
    if (!m_snapshot.isBatch) {
        m_snapshot.destination = file.destination;
        m_snapshot.digest = file.digest;
        m_snapshot.note = file.note;
        m_snapshot.isFolder = file.isFolder;
    }
    if (!m_isQuiet)
        m_news.append(std::move(file));
}

void BatchSession::publishProgress()
{
    m_publishedAt = std::chrono::steady_clock::now();
    m_rate.update(m_snapshot.bytesDone, m_publishedAt);
    const bool isMoving = m_snapshot.state == TransferState::Transferring;
    m_snapshot.bytesPerSecond = isMoving ? m_rate.bytesPerSecond() : 0;
    m_snapshot.timeLeft = isMoving ? m_rate.timeLeft(m_snapshot.bytesTotal) : std::nullopt;
    if (const AnnouncedFile* file = m_landing->find(m_current);
        file && m_options.tellsFiles && m_snapshot.isBatch) {
        FileSnapshot current = fileSnapshot(m_current, *file);
        current.state = TransferState::Transferring;
        current.bytesDone = m_landing->offsetOf(m_current);
        m_news.append(current);
    }
    if (m_isQuiet)
        return;
    const TransferSnapshot told = shown();
    *m_bytesShown = told.bytesDone;
    // What runs is shown whatever waits to be; the end comes after the files.
    if (!isFinal(told.state))
        m_board.publish(told);
    publishFiles();
    if (isFinal(told.state))
        m_board.publish(told);
}

TransferSnapshot BatchSession::shown() const
{
    if (m_isQuiet)
        return *m_past;
    TransferSnapshot snapshot = m_snapshot;
    snapshot.bytesDone = m_steady.shown(m_snapshot.bytesDone, m_snapshot.bytesTotal);
    return snapshot;
}

BatchSession::Ending BatchSession::ending() const
{
    if (!isFinal(m_snapshot.state))
        return m_isQuiet ? Ending::Unheard : Ending::Lost;
    if (m_isStopped)
        return Ending::Stopped;
    const bool isHeard = m_stream->closeCode() != 0;
    const bool hasReceipt = m_snapshot.state == TransferState::Done;
    return hasReceipt && !isHeard ? Ending::Unheard : Ending::Concluded;
}

/// Waits until there is room for them, or for nothing any more.
void BatchSession::publishFiles()
{
    m_board.publish(std::exchange(m_news, {}), [this] { return m_isCut || m_isCancelled || m_isGivingWay; });
}

} // namespace sockdrop
