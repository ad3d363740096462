// What a BatchConversation makes of the receiver's messages.
#include "batchconversation.h"
#include "jsonvalues.h"

#include <QFile>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;
using State = BatchItems::State;

namespace {

/// What of a receiver's words is shown to people: one line.
QString reasonShown(const QString& text)
{
    constexpr qsizetype mostCharacters = 300;
    return firstCharacters(text.simplified(), mostCharacters);
}

} // namespace

Result<void> BatchConversation::take(const BatchMessage& message)
{
    if (const auto* plan = std::get_if<Plan>(&message))
        return planned(*plan);
    if (const auto* ack = std::get_if<Ack>(&message)) {
        acknowledged(*ack);
        return {};
    }
    if (const auto* again = std::get_if<Again>(&message)) {
        const bool isPossible = isAnnounced(again->file) && m_progress.contains(again->file) &&
                                again->offset % chunkBytes == 0 && again->offset < m_items.size(again->file);
        if (!isPossible)
            return {};
        if (std::ssize(m_again) >= m_limits.openFiles)
            return Error{ErrorCode::ProtocolError, u"The receiver asked for too much again."_s};
        m_again.push_back(*again);
        m_nextFolder = 0; // it lands in one of them
        return {};
    }
    if (const auto* files = std::get_if<Landed>(&message)) {
        for (const Landed::File& file : files->files) {
            if (Result<void> taken = landed(file); !taken)
                return taken;
        }
        return {};
    }
    if (const auto* failure = std::get_if<Failed>(&message))
        return failed(*failure);
    if (const auto* receipt = std::get_if<BatchReceipt>(&message))
        return concluded(*receipt);
    if (const auto* pause = std::get_if<Pause>(&message)) {
        m_isPeerPaused = true;
        m_peerPause = reasonShown(pause->reason);
        showPause();
        return {};
    }
    if (std::holds_alternative<Resume>(message)) {
        m_isPeerPaused = false;
        showPause();
        return {};
    }
    m_isForGood = std::holds_alternative<Cancel>(message);
    if (const auto* cancel = std::get_if<Cancel>(&message))
        return Error{cancel->error.code, reasonShown(cancel->error.text)};
    return Error{ErrorCode::ProtocolError, u"The receiver sent a message that only a sender sends."_s};
}

bool BatchConversation::isAnnounced(FileNumber number) const
{
    if (number < 1 || number > m_items.count())
        return false;
    const State state = m_items.state(number);
    return state == State::Announced || state == State::Wanted || state == State::Sent;
}

Result<void> BatchConversation::planned(const Plan& plan)
{
    // Each file gets one answer; one without bytes need not get any.
    const auto answer = [this](FileNumber number) {
        const bool isOpen = number >= 1 && number <= m_items.count() &&
                            m_items.state(number) == State::Announced && !m_items.isFolder(number);
        m_unanswered -= isOpen && m_items.hasBytes(number) ? 1 : 0;
        return isOpen;
    };
    const Error wrong{ErrorCode::ProtocolError,
                      u"The receiver planned a file that it was not asked about."_s};
    for (const Plan::Want& want : plan.want) {
        if (!answer(want.file) || want.offset % chunkBytes != 0 || want.offset >= m_items.size(want.file))
            return wrong;
        m_items.setState(want.file, State::Wanted);
        m_wanted.push_back(want);
    }
    for (const Plan::Skip& skip : plan.skip) {
        if (!answer(skip.file))
            return wrong;
        FileSnapshot file = fileSnapshot(skip.file);
        file.destination = skip.path;
        file.isSkipped = true;
        conclude(std::move(file), State::Skipped);
    }
    for (const Plan::Check& check : plan.check) {
        if (!answer(check.file))
            return wrong;
        if (Result<void> compared = checked(check); !compared)
            return compared;
    }
    return {};
}

/// The receiver has a file of the same name and size, and tells its digest.
Result<void> BatchConversation::checked(const Plan::Check& check)
{
    ChainDigest digest;
    const Result<SourceFile> file = SourceFile::open(m_items.path(check.file));
    const qint64 size = m_items.size(check.file);
    if (file && file->size() == size) {
        for (qint64 offset = 0; offset < size; offset += chunkBytes) {
            const qint64 length = std::min(chunkBytes, size - offset);
            if (m_controls.isCancelled || !file->read(offset, m_buffer.get(), length))
                break;
            digest.add(Hash128::of(QByteArrayView(m_buffer.get(), length)));
        }
    }
    const bool isOther = check.others.contains(digest.text());
    // An empty file is the same as any other.
    if (digest.text() != check.digest && !isOther && size > 0) {
        m_items.setState(check.file, State::Wanted);
        m_wanted.push_back({check.file, 0, {}, false});
        return {};
    }
    FileSnapshot same = fileSnapshot(check.file);
    same.isSkipped = true;
    same.destination = isOther ? QString() : check.path;
    same.digest = isOther ? digest.text() : check.digest;
    conclude(std::move(same), State::Skipped);
    return send(Same{{{check.file, isOther ? digest.text() : QString()}}});
}

Result<void> BatchConversation::landed(const Landed::File& message)
{
    const bool hasBytes = isAnnounced(message.file) && m_items.hasBytes(message.file);
    if (!isAnnounced(message.file) || (hasBytes && m_items.state(message.file) == State::Announced))
        return Error{ErrorCode::ProtocolError, u"A file landed that was not sent."_s};
    FileSnapshot file = fileSnapshot(message.file);
    const auto progress = m_progress.find(message.file);
    const QString digest = hasBytes && progress != m_progress.end() ? progress->second.digest.text()
                           : m_items.isFolder(message.file)         ? QString()
                                                                    : ChainDigest().text();
    if (m_items.state(message.file) != (hasBytes ? State::Sent : State::Announced) ||
        message.digest != digest) {
        file.error = Error{ErrorCode::DigestMismatch, u"The receiver landed other bytes than were sent."_s};
        conclude(std::move(file), State::Failed);
        return {};
    }
    file.destination = message.path;
    file.digest = message.digest;
    file.note = message.note;
    file.isSkipped = file.isFolder && message.wasThere;
    const State state = file.isSkipped ? State::Skipped : State::Done;
    conclude(std::move(file), state);
    return {};
}

Result<void> BatchConversation::failed(const Failed& message)
{
    if (!isAnnounced(message.file))
        return {}; // we gave it up ourselves
    if (m_items.state(message.file) == State::Announced && m_items.hasBytes(message.file))
        --m_unanswered;
    FileSnapshot file = fileSnapshot(message.file);
    file.error = Error{message.error.code, reasonShown(message.error.text)};
    conclude(std::move(file), State::Failed);
    return {};
}

/// What was told of each file counts on the disk only when the receipt confirms it.
Result<void> BatchConversation::concluded(const BatchReceipt& receipt)
{
    if (!m_isEndTold || m_open > 0)
        return Error{ErrorCode::ProtocolError, u"The receipt came before every file was accounted for."_s};
    if (receipt.landed < m_told.landed || receipt.skipped < m_told.skipped) {
        m_isForGood = true;
        return Error{ErrorCode::ProtocolError,
                     u"The receiver's receipt contradicts what it said of the files before."_s};
    }
    m_receipt = receipt;
    return {};
}

void BatchConversation::acknowledged(const Ack& ack)
{
    m_ackedBytes = std::clamp(ack.bytes, m_ackedBytes, m_sentBytes);
    m_credit = std::min(ack.credit, m_limits.creditBytes);
    qint64 bytes = 0;
    while (!m_inFlight.empty() && m_inFlight.front().first <= m_ackedBytes) {
        const auto [end, number] = m_inFlight.front();
        m_inFlight.pop_front();
        const auto progress = m_progress.find(number);
        const qint64 length = end - m_countedBytes;
        m_countedBytes = end;
        if (progress == m_progress.end())
            continue;
        const qint64 counted = std::min(length, m_items.size(number) - progress->second.counted);
        progress->second.counted += counted;
        bytes += counted;
        if (m_tellsFiles && m_items.size(number) > chunkBytes && m_items.state(number) == State::Wanted)
            m_current = number;
    }
    const auto current = m_progress.find(m_current);
    if (current != m_progress.end() && m_tellsFiles) {
        FileSnapshot file = fileSnapshot(m_current);
        file.state = TransferState::Transferring;
        file.bytesDone = current->second.counted;
        m_news.add(file);
        m_current = 0;
    }
    m_news.update([bytes](TransferSnapshot& batch) { batch.bytesDone += bytes; });
}

FileSnapshot BatchConversation::fileSnapshot(FileNumber number) const
{
    FileSnapshot file;
    file.batch = m_batch;
    file.file = number;
    file.isFolder = m_items.isFolder(number);
    file.name = m_items.name(number);
    file.peer = m_peer;
    file.peerName = m_peerName;
    file.isEncrypted = m_isEncrypted;
    file.bytesTotal = m_items.size(number);
    file.source = QFile::decodeName(m_items.path(number));
    return file;
}

/// Counts and tells the end of a file.
void BatchConversation::conclude(FileSnapshot file, State state)
{
    --m_open;
    m_items.setState(file.file, state);
    if (m_sending && m_sending->number == file.file)
        m_sending.reset();
    const auto progress = m_progress.find(file.file);
    const qint64 counted = progress == m_progress.end() ? 0 : progress->second.counted;
    if (progress != m_progress.end())
        m_progress.erase(progress);
    const bool isFailed = state == State::Failed;
    m_told.landed += state == State::Done ? 1 : 0;
    m_told.skipped += state == State::Skipped ? 1 : 0;
    file.state = isFailed ? TransferState::Failed : TransferState::Done;
    file.bytesDone = isFailed ? counted : file.bytesTotal;
    if (file.isSkipped) {
        file.note =
            file.isFolder ? u"The folder was there already."_s : u"The same file was there already."_s;
        m_news.addKnown(file.bytesTotal);
    }
    m_news.update([&](TransferSnapshot& batch) {
        (isFailed ? batch.filesFailed : file.isSkipped ? batch.filesSkipped : batch.filesDone) += 1;
        // What failed is neither progress nor still to come.
        batch.bytesDone += isFailed ? -counted : file.isSkipped ? 0 : file.bytesTotal - counted;
        batch.bytesTotal -= isFailed ? file.bytesTotal : 0;
        if (batch.isBatch) {
            if (!batch.source.isEmpty() && !file.destination.isEmpty()) // one folder, and this is where it is
                batch.destination = file.destination.section(u'/', 0, 0);
            return;
        }
        batch.destination = file.destination;
        batch.digest = file.digest;
        batch.note = file.note;
        batch.error = file.error;
    });
    if (m_tellsFiles || isFailed || !m_isBatch || isRenamed(file))
        m_news.add(file);
}

} // namespace sockdrop
