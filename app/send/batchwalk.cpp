// How a BatchUpload finds what there is to send.
#include "batchupload.h"
#include "sourcewalk.h"

#include <QFile>
#include <QFileInfo>
#include <QHash>
#include <QSet>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace sockdrop {

using namespace Qt::StringLiterals;
using State = BatchItems::State;

namespace {

/// Why a file that was found cannot be sent any more.
QString goneText(const QByteArray& path)
{
    struct stat status = {};
    const QString shown = QFile::decodeName(path);
    if (::stat(path.constData(), &status) == 0)
        return u"“%1” is no file any more."_s.arg(shown);
    return errno == ENOENT
               ? u"“%1” is not there any more."_s.arg(shown)
               : u"“%1” cannot be read: %2."_s.arg(shown, QString::fromLocal8Bit(std::strerror(errno)));
}

} // namespace

void BatchUpload::walk()
{
    qint64 found = 0;
    m_items = BatchItems(m_options.senderId);
    // Here, not on the queue's thread: a dead mount answers never.
    const bool isBatch = m_paths.size() > 1 || QFileInfo(m_paths.constFirst()).isDir();
    m_news.update([isBatch](TransferSnapshot& batch) {
        batch.isBatch = isBatch;
        batch.filesTotal = isBatch ? 0 : 1;
        batch.filesFailed = 0;
    });
    const auto tell = [this, &found] {
        m_news.update([this, found](TransferSnapshot& batch) {
            batch.filesTotal = found;
            batch.bytesTotal = m_items.bytes();
        });
    };
    SourceWalk walk(
        [&](const SourceItem& item) {
            constexpr qint64 often = 1024;
            take(m_items.count() + 1, item);
            if (++found % often == 0)
                tell();
        },
        [this, &found](const QString& path, const Error& error) {
            ++found;
            leaveOut(m_items.count() + 1, path, error);
        },
        [this](const SourceFolder& folder) { m_items.addFolder(folder); });
    walk.run(m_paths, m_controls.isCancelled);
    m_isWalked = !m_controls.isCancelled;
    tell();
    if (m_paths.size() == 1 && m_items.count() == 1)
        m_news.update([this](TransferSnapshot& batch) {
            batch.isFolder = m_items.isFolder(1);
            batch.isBatch = !batch.isFolder && m_items.name(1).contains(u'/');
        });
}

/// Looks again for what could not be sent: somebody may have mended it. In the whole tree, so that it keeps
/// its place and a link may lead where it might before.
void BatchUpload::walkAgain()
{
    QHash<QByteArray, FileNumber> known; // by path
    QSet<FileNumber> open;
    for (FileNumber number = 1; number <= m_items.count(); ++number) {
        if (m_items.state(number) != State::Unsendable)
            continue;
        known.insert(m_items.path(number), number);
        open.insert(number);
    }
    if (open.isEmpty())
        return;
    // The number for what is one of these or below one; 0 for everything else.
    const auto numberFor = [&](QByteArray path) -> FileNumber {
        while (!path.isEmpty() && !known.contains(path))
            path.truncate(std::max<qsizetype>(0, path.lastIndexOf('/')));
        const FileNumber number = known.value(path);
        return number == 0 || open.remove(number) ? number : m_items.count() + 1;
    };
    SourceWalk walk(
        [&](const SourceItem& item) {
            if (const FileNumber number = numberFor(item.base + item.relative))
                take(number, item);
        },
        [&](const QString& path, const Error& error) {
            if (const FileNumber number = numberFor(QFile::encodeName(path)))
                leaveOut(number, path, error);
        });
    walk.run(m_paths, m_controls.isCancelled);
    m_isWalked = !m_controls.isCancelled;
    for (const FileNumber number : std::as_const(open))
        noteFailure(number, {ErrorCode::SourceUnreadable,
                             u"“%1” is not there any more."_s.arg(QFile::decodeName(m_items.path(number)))});
}

void BatchUpload::take(FileNumber number, const SourceItem& item)
{
    if (m_items.hasRoomFor(item.size)) {
        m_items.set(number, item);
        return;
    }
    const QString path = QFile::decodeName(item.base + item.relative);
    leaveOut(number, path,
             {ErrorCode::TooLarge, u"“%1” was not sent: it is too large for one upload."_s.arg(path)});
}

/// Nothing is left out silently.
void BatchUpload::leaveOut(FileNumber number, const QString& path, const Error& error)
{
    m_items.setUnsendable(number, path);
    noteFailure(number, error);
}

void BatchUpload::noteFailure(FileNumber number, const Error& error)
{
    FileSnapshot file;
    file.batch = m_news.batch().id;
    file.file = number;
    file.state = TransferState::Failed;
    file.name = m_items.name(number);
    file.peer = m_peer.toString();
    file.peerName = m_news.batch().peerName;
    file.isEncrypted = !m_peer.isPlain;
    file.source = QFile::decodeName(m_items.path(number));
    file.error = error;
    m_news.add(file);
    m_news.update([](TransferSnapshot& batch) { ++batch.filesFailed; });
}

/// Makes pending what is not concluded, and counts what is.
void BatchUpload::prepare()
{
    const bool isRetry = snapshot().state == TransferState::Preparing;
    qint64 done = 0;
    qint64 same = 0;
    qint64 bytes = 0;
    qint64 total = 0;
    if (isRetry) {
        m_news.update([](TransferSnapshot& batch) { batch.filesFailed = 0; });
        walkAgain();
    }
    for (FileNumber number = 1; number <= m_items.count(); ++number) {
        const State state = m_items.state(number);
        const bool isOver = state == State::Done || state == State::Skipped || state == State::Unconfirmed;
        done += state == State::Done ? 1 : 0;
        same += state == State::Skipped ? 1 : 0;
        bytes += isOver ? m_items.size(number) : 0;
        total += isOver ? m_items.size(number) : 0;
        if (isOver || state == State::Unsendable || (state == State::Failed && !isRetry))
            continue;
        const bool isThere = m_items.refresh(number);
        total += isThere ? m_items.size(number) : 0;
        m_items.setState(number, isThere ? State::Pending : State::Failed);
        if (!isThere)
            noteFailure(number, {ErrorCode::SourceUnreadable, goneText(m_items.path(number))});
    }
    m_news.countAnew(bytes, isRetry);
    m_news.update([&](TransferSnapshot& batch) {
        batch.filesDone = done;
        batch.filesSkipped = same;
        batch.filesTotal = m_items.count();
        batch.isBatch = batch.isBatch || batch.filesTotal > 1;
        batch.bytesTotal = total;
    });
}

} // namespace sockdrop
