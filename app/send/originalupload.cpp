// How a BatchUpload sends to a server of the original demo: each file as one message, and no word of what
// became of it.
#include "batchupload.h"
#include "filedigest.h"

#include <QFile>

namespace sockdrop {

using namespace Qt::StringLiterals;
using State = BatchItems::State;

Result<void> BatchUpload::sendToOriginal()
{
    m_hasBegun = false; // it cannot tell what it has: nothing is sent twice by itself
    m_news.update([](TransferSnapshot& batch) { batch.startedAt = QDateTime::currentDateTimeUtc(); });
    for (FileNumber number = 1; number <= m_items.count(); ++number) {
        if (m_items.state(number) != State::Pending)
            continue;
        const Result<void> sent = sendWhole(number);
        if (m_controls.isCancelled)
            return Error{ErrorCode::Cancelled, {}};
        concludeOriginal(number, sent);
    }
    return {};
}

Result<void> BatchUpload::sendWhole(FileNumber number)
{
    const qint64 size = m_items.size(number);
    const QString name = m_items.name(number);
    const QString lastName = name.sliced(name.lastIndexOf(u'/') + 1);
    if (m_items.isFolder(number))
        return Error{ErrorCode::Unsupported, u"%1 takes no folders."_s.arg(m_peer.toString())};
    if (size > m_options.limits.originalServerFileBytes)
        return Error{ErrorCode::TooLarge,
                     u"%1 takes a file as one message; “%2” is over the limit of %3 MiB for that."_s.arg(
                         m_peer.toString(), lastName,
                         QString::number(m_options.limits.originalServerFileBytes / (1024 * 1024)))};
    const Result<SourceFile> file = SourceFile::open(m_items.path(number));
    if (!file)
        return file.error();
    if (file->size() != size)
        return Error{ErrorCode::SourceChanged, u"“%1” was changed after it had been found."_s.arg(lastName)};
    const Result<QByteArray> token = m_client.requestToken(lastName);
    if (!token)
        return token.error();
    const Result<std::unique_ptr<FrameStream>> stream = open("/upload/" + token.value(), {});
    if (!stream)
        return stream.error();
    {
        const std::lock_guard lock(m_mutex);
        m_stream = stream.value().get();
    }
    m_news.update([](TransferSnapshot& batch) { batch.state = TransferState::Transferring; });
    m_news.setAwaiting(true);
    Result<void> sent = sendPayload(*stream.value(), file.value(), size);
    if (sent)
        stream.value()->close(1000); // and waits: destroying the socket over unsent bytes would lose them
    m_news.setAwaiting(false);
    const std::lock_guard lock(m_mutex);
    m_stream = nullptr;
    return sent;
}

Result<void> BatchUpload::sendPayload(FrameStream& stream, const SourceFile& file, qint64 size)
{
    QByteArray buffer(std::min(size, chunkBytes), Qt::Uninitialized);
    Result<void> step = stream.beginBinary(size);
    for (qint64 offset = 0; offset < size && step; offset += chunkBytes) {
        const qint64 length = std::min(chunkBytes, size - offset);
        step = m_controls.isCancelled ? Result<void>(Error{ErrorCode::Cancelled, {}})
                                      : file.read(offset, buffer.data(), length);
        if (step)
            step = stream.sendPayload(buffer.data(), length);
        m_news.noteAnswer();
        m_news.update([length](TransferSnapshot& batch) { batch.bytesDone += length; });
    }
    return step ? file.checkUnchanged() : step;
}

void BatchUpload::concludeOriginal(FileNumber number, const Result<void>& sent)
{
    m_items.setState(number, sent ? State::Unconfirmed : State::Failed);
    FileSnapshot file;
    file.batch = m_news.batch().id;
    file.file = number;
    file.isFolder = m_items.isFolder(number);
    file.name = m_items.name(number);
    file.peer = m_peer.toString();
    file.peerName = m_news.batch().peerName;
    file.isEncrypted = !m_peer.isPlain;
    file.source = QFile::decodeName(m_items.path(number));
    file.bytesTotal = m_items.size(number);
    file.bytesDone = sent ? file.bytesTotal : 0;
    file.state = sent ? TransferState::SentNotConfirmed : TransferState::Failed;
    if (sent)
        file.note = u"Sent, not confirmed: that server never says what became of it."_s;
    else
        file.error = sent.error();
    m_news.add(file);
    m_news.update([&](TransferSnapshot& batch) {
        (sent ? batch.filesUnconfirmed : batch.filesFailed) += 1;
        if (batch.isBatch)
            return;
        batch.note = file.note;
        batch.error = file.error;
    });
}

} // namespace sockdrop
