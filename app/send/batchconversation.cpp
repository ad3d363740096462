#include "batchconversation.h"

#include <QFile>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using State = BatchItems::State;

namespace {

/// Waiting is always ended by a message, by wake(), or by this, for what nobody tells.
constexpr auto longWait = 1000ms;
// Of one announcement: both together stay far below the limit of a message, however the names are escaped.
constexpr qsizetype mostAtOnce = 256;
constexpr qsizetype mostPathCharacters = 16LL * 1024;
/// Chunks of small files are collected up to this much. Large enough that the costs of a message vanish, and
/// one whole chunk fits.
constexpr qsizetype messageBytes = chunkBytes + ChunkHeader::size;

} // namespace

BatchConversation::BatchConversation(BatchItems& items, FrameStream& stream, BatchNews& news,
                                     const BatchControls& controls, const Limits& limits, bool tellsFiles)
    : m_items(items), m_stream(stream), m_news(news), m_controls(controls), m_limits(limits),
      m_tellsFiles(tellsFiles), m_batch(news.batch().id), m_peer(news.batch().peer),
      m_peerName(news.batch().peerName), m_isEncrypted(news.batch().isEncrypted),
      m_isBatch(news.batch().isBatch),
      m_buffer(std::make_unique_for_overwrite<char[]>(messageBytes)), // NOLINT
      m_credit(limits.creditBytes)
{}

Result<void> BatchConversation::run()
{
    while (!m_receipt) {
        if (Result<void> done = step(); !done)
            return done;
    }
    return {};
}

/// One message sent or received, whichever is possible.
Result<void> BatchConversation::step()
{
    if (Result<void> followed = followControls(); !followed)
        return followed;
    if (m_stream.hasMessage())
        return receive(0ms);
    m_news.setAwaiting(m_ackedBytes < m_sentBytes || m_unanswered > 0 || m_isEndTold);
    for (const Drop& drop : std::exchange(m_drops, {})) {
        if (Result<void> sent = send(drop); !sent)
            return sent;
    }
    const Result<bool> announced = announceMore();
    if (!announced || announced.value())
        return announced ? Result<void>() : announced.error();
    const Result<bool> sent = sendChunks();
    if (!sent || sent.value())
        return sent ? Result<void>() : sent.error();
    const Result<bool> told = tellFolders();
    if (!told || told.value())
        return told ? Result<void>() : told.error();
    if (isAllSent() && !m_isEndTold) {
        m_isEndTold = true;
        m_news.update([](TransferSnapshot& batch) { batch.state = TransferState::Verifying; });
        return send(End());
    }
    return receive(longWait);
}

Result<void> BatchConversation::followControls()
{
    if (m_controls.isCancelled)
        return sayGoodbye();
    const bool isWanted = m_controls.isPaused;
    if (isWanted == m_isPauseTold)
        return {};
    m_isPauseTold = isWanted;
    showPause();
    return isWanted ? send(Pause{}) : send(Resume());
}

Error BatchConversation::sayGoodbye()
{
    Error error{ErrorCode::Cancelled, u"The sender cancelled the upload."_s};
    const Goodbye goodbye = m_controls.goodbye;
    if (goodbye == Goodbye::Leave)
        m_stream.close(goingAwayCode);
    else if (send(Cancel{error, goodbye == Goodbye::Keep}))
        m_stream.close(1000);
    return error;
}

void BatchConversation::showPause()
{
    const bool isHeld = m_isPauseTold || m_isPeerPaused;
    const QString reason = m_isPauseTold ? u"Paused here."_s : m_peerPause;
    m_news.update([isHeld, isHere = m_isPauseTold, reason](TransferSnapshot& batch) {
        batch.state = isHeld ? TransferState::Paused : TransferState::Transferring;
        batch.note = isHeld ? reason : QString();
        batch.isPausedHere = isHere;
    });
}

Result<void> BatchConversation::send(const BatchMessage& message)
{
    return m_stream.sendText(encodeMessage(message));
}

Result<void> BatchConversation::receive(std::chrono::milliseconds timeout)
{
    const Result<FrameStream::Message> message = m_stream.receive(timeout);
    if (!message)
        return message.error();
    if (message->isEmpty())
        return checkPatience();
    m_heardAt = std::chrono::steady_clock::now();
    m_news.noteAnswer();
    if (!message->isText())
        return Error{ErrorCode::ProtocolError, u"The receiver sent something that is no control message."_s};
    const Result<BatchMessage> decoded = decodeMessage(message->bytes(), m_limits);
    return decoded ? take(decoded.value()) : decoded.error();
}

/// A peer that only pings is there, but what it owes may never come.
Result<void> BatchConversation::checkPatience()
{
    const auto now = std::chrono::steady_clock::now();
    if (m_isPauseTold || m_isPeerPaused)
        m_heardAt = now;
    if (now - m_heardAt <= m_limits.wordTimeout)
        return {};
    return Error{ErrorCode::TimedOut, u"The receiver is there, but has said nothing for too long."_s};
}

/// Whether anything was announced.
Result<bool> BatchConversation::announceMore()
{
    Announce message;
    if (m_next > m_items.count() || m_open >= m_limits.openFiles / 2)
        return false;
    qsizetype characters = 0;
    while (m_next <= m_items.count() && message.files.size() < mostAtOnce &&
           characters < mostPathCharacters) {
        if (m_items.state(m_next) != State::Pending) {
            if (!message.files.isEmpty())
                break; // the numbers of one announcement follow each other
            ++m_next;
            continue;
        }
        if (message.files.isEmpty())
            message.first = m_next;
        message.files.append(m_items.announced(m_next));
        characters += message.files.back().path.size();
        m_items.setState(m_next, State::Announced);
        ++m_open;
        m_unanswered += m_items.hasBytes(m_next) ? 1 : 0;
        if (m_tellsFiles)
            m_news.add(fileSnapshot(m_next));
        ++m_next;
    }
    if (message.files.isEmpty())
        return false;
    const Result<void> sent = send(message);
    return sent ? Result<bool>(true) : sent.error();
}

/// Whether anything was sent: one message, filled with as many chunks as fit.
Result<bool> BatchConversation::sendChunks()
{
    if (m_isPauseTold || m_isPeerPaused)
        return false;
    qsizetype filled = 0;
    while (addAgain(filled) || addNext(filled)) {
    }
    if (filled == 0)
        return !m_drops.empty();
    const Result<void> sent = m_stream.sendBinary(m_buffer.get(), filled);
    return sent ? Result<bool>(true) : sent.error();
}

/// Whether any time of a folder was told: not before all is sent, as what lands in one changes its time.
Result<bool> BatchConversation::tellFolders()
{
    const std::vector<SourceFolder>& folders = m_items.folders();
    if (!isAllSent() || m_nextFolder == folders.size())
        return false;
    Announce message{m_items.count() + 1, {}, {}};
    qsizetype characters = 0;
    while (m_nextFolder < folders.size() && message.folders.size() < mostAtOnce &&
           characters < mostPathCharacters) {
        const SourceFolder& folder = folders[m_nextFolder++];
        message.folders.append({QString::fromUtf8(folder.relative), folder.modified});
        characters += folder.relative.size();
    }
    const Result<void> sent = send(message);
    return sent ? Result<bool>(true) : sent.error();
}

/// Adds a chunk that arrived damaged.
bool BatchConversation::addAgain(qsizetype& filled)
{
    if (m_again.empty())
        return false;
    const Again again = m_again.front();
    const qint64 length = std::min(chunkBytes, m_items.size(again.file) - again.offset);
    if (filled + ChunkHeader::size + length > messageBytes)
        return false;
    m_again.pop_front();
    if (!isAnnounced(again.file))
        return true; // it failed meanwhile
    const Result<void> read = readAgain(again, m_buffer.get() + filled + ChunkHeader::size, length);
    if (read)
        addChunk(again.file, again.offset, length, filled);
    else if (read.error().code == ErrorCode::Busy)
        m_again.push_front(again);
    else
        giveUp(again.file, read.error());
    return read || read.error().code != ErrorCode::Busy;
}

/// Of the very file that was sent before.
Result<void> BatchConversation::readAgain(const Again& again, char* to, qint64 length) const
{
    const Result<SourceFile> file = SourceFile::open(m_items.path(again.file));
    if (!file)
        return file.error();
    const auto progress = m_progress.find(again.file);
    if (progress == m_progress.end() || file->stamp() != progress->second.stamp)
        return Error{ErrorCode::SourceChanged,
                     u"“%1” was changed while it was being sent."_s.arg(m_items.name(again.file))};
    Result<void> read = file->read(again.offset, to, length);
    return read ? file->checkUnchanged() : read;
}

/// Adds the next chunk of what is being sent, or of the next wanted file.
bool BatchConversation::addNext(qsizetype& filled)
{
    if (!m_sending && !openNext())
        return false;
    if (!m_sending)
        return true; // that one could not be opened
    const FileNumber number = m_sending->number;
    const qint64 size = m_sending->file.size();
    const qint64 length = std::min(chunkBytes, size - m_sending->offset);
    if (filled + ChunkHeader::size + length > messageBytes || m_sentBytes - m_ackedBytes + length > m_credit)
        return false;
    Result<void> read =
        m_sending->file.read(m_sending->offset, m_buffer.get() + filled + ChunkHeader::size, length);
    const bool isLast = m_sending->offset + length == size;
    if (read && isLast)
        read = m_sending->file.checkUnchanged();
    if (!read) {
        giveUp(number, read.error());
        return true;
    }
    m_progress[number].digest.add(addChunk(number, m_sending->offset, length, filled));
    m_sending->offset += length;
    if (isLast) {
        m_items.setState(number, State::Sent);
        m_sending.reset();
    }
    return true;
}

/// False when nothing more is wanted.
bool BatchConversation::openNext()
{
    while (!m_wanted.empty() && m_items.state(m_wanted.front().file) != State::Wanted)
        m_wanted.pop_front();
    if (m_wanted.empty())
        return false;
    const Plan::Want want = m_wanted.front();
    m_wanted.pop_front();
    Result<SourceFile> file = SourceFile::open(m_items.path(want.file));
    if (!file && file.error().code == ErrorCode::Busy) {
        m_wanted.push_front(want); // and is looked at again
        return false;
    }
    if (!file) {
        giveUp(want.file, file.error());
        return true;
    }
    if (!isAsAnnounced(file.value(), want)) {
        giveUp(want.file, {ErrorCode::SourceChanged,
                           u"“%1” was changed after it had been announced."_s.arg(m_items.name(want.file))});
        return true;
    }
    Progress& progress = m_progress[want.file];
    progress.digest = want.offset > 0 ? ChainDigest(want.digest, want.offset / chunkBytes) : ChainDigest();
    progress.counted = want.offset;
    progress.stamp = file->stamp();
    m_news.addKnown(want.offset);
    m_sending = Sending{want.file, std::move(file).value(), want.offset};
    return true;
}

/// Sent from its start, it may have been touched since, as long as it still has its size and time. What goes
/// on behind bytes of an earlier connection must be the version that those are of.
bool BatchConversation::isAsAnnounced(const SourceFile& file, const Plan::Want& want) const
{
    return file.size() == m_items.size(want.file) && file.modified() == m_items.modified(want.file) &&
           (want.offset == 0 || file.stamp().version() == m_items.version(want.file));
}

/// Writes the header before the bytes that are in the buffer behind it.
Hash128 BatchConversation::addChunk(FileNumber number, qint64 offset, qint64 length, qsizetype& filled)
{
    char* const at = m_buffer.get() + filled;
    ChunkHeader header;
    header.file = number;
    header.offset = offset;
    header.length = static_cast<quint32>(length);
    header.hash = Hash128::of(QByteArrayView(at + ChunkHeader::size, length));
    header.encode(at);
    filled += ChunkHeader::size + length;
    m_sentBytes += length;
    m_inFlight.emplace_back(m_sentBytes, number);
    return header.hash;
}

/// This file cannot be sent; the others can.
void BatchConversation::giveUp(FileNumber number, const Error& error)
{
    m_drops.push_back({number, forReceiver(number, error)});
    FileSnapshot file = fileSnapshot(number);
    file.error = error;
    conclude(std::move(file), State::Failed);
}

/// With the name that the file has over there: where it lies here is told to nobody.
Error BatchConversation::forReceiver(FileNumber number, Error error) const
{
    error.text.replace(QFile::decodeName(m_items.path(number)), m_items.name(number));
    return error;
}

bool BatchConversation::isAllSent() const
{
    return m_next > m_items.count() && m_unanswered == 0 && m_wanted.empty() && !m_sending &&
           m_again.empty() && m_drops.empty();
}

} // namespace sockdrop
