#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

TransferId UploadBoard::newId()
{
    const QMutexLocker lock(&m_mutex);
    return ++m_lastId;
}

void UploadBoard::add(TransferId id, const Controls& controls)
{
    const QMutexLocker lock(&m_mutex);
    m_controls.insert(id, controls);
}

void UploadBoard::remove(TransferId id)
{
    const QMutexLocker lock(&m_mutex);
    m_controls.remove(id);
}

void UploadBoard::cancel(TransferId id)
{
    const QMutexLocker lock(&m_mutex);
    if (const auto controls = m_controls.constFind(id); controls != m_controls.cend())
        controls->cancel();
}

void UploadBoard::discard(TransferId id)
{
    const QMutexLocker lock(&m_mutex);
    if (const auto controls = m_controls.constFind(id); controls != m_controls.cend())
        controls->discard ? controls->discard() : controls->cancel();
}

void UploadBoard::setPaused(TransferId id, bool isPaused)
{
    const QMutexLocker lock(&m_mutex);
    const auto controls = m_controls.constFind(id);
    if (controls != m_controls.cend() && controls->setPaused)
        controls->setPaused(isPaused);
}

void UploadBoard::Newest::put(const TransferSnapshot& upload)
{
    const auto position = positions.constFind(upload.id);
    if (position != positions.cend()) {
        uploads[*position] = upload;
        return;
    }
    positions.insert(upload.id, uploads.size());
    uploads.append(upload);
}

void UploadBoard::publish(const TransferSnapshot& snapshot)
{
    const QMutexLocker lock(&m_mutex);
    (isFinal(snapshot.state) ? m_ended : m_running).put(snapshot);
}

void UploadBoard::publish(const TransferSnapshot& snapshot, const FileSnapshot& onlyFile)
{
    const QMutexLocker lock(&m_mutex);
    m_ended.put(snapshot);
    m_onlyFiles.append(onlyFile);
}

void UploadBoard::publish(const QList<FileSnapshot>& files, const std::function<bool()>& isOver)
{
    m_files.add(files, isOver);
}

void UploadBoard::log(const LogEntry& entry)
{
    const QMutexLocker lock(&m_mutex);
    if (m_entries.size() < mostEntries)
        m_entries.append(entry);
    else
        ++m_dropped;
}

UploadBoard::News UploadBoard::take()
{
    News news;
    news.files = m_files.take();
    for (const FileSnapshot& file : std::as_const(news.files)) {
        if (isFinal(file.state))
            news.entries.append(logEntryFor(file));
    }
    const QMutexLocker lock(&m_mutex);
    const Newest running = std::exchange(m_running, {});
    const Newest ended = std::exchange(m_ended, {});
    for (const TransferSnapshot& upload : ended.uploads) {
        if (m_files.contains(upload.id))
            m_ended.put(upload);
        else
            news.ended.append(upload);
    }
    // Even one that is heard of for the first time at its end is known before its files.
    const bool hasFiles = !news.files.isEmpty();
    for (const TransferSnapshot& upload : running.uploads) {
        if ((upload.isBatch && hasFiles) || !ended.positions.contains(upload.id))
            news.uploads.append(upload);
    }
    news.files += std::exchange(m_onlyFiles, {});
    news.entries += std::exchange(m_entries, {});
    if (m_dropped > 0) {
        LogEntry entry;
        entry.time = QDateTime::currentDateTimeUtc();
        entry.text = u"%1 more events at once were not logged."_s.arg(m_dropped);
        news.entries.append(entry);
        m_dropped = 0;
    }
    return news;
}

bool UploadBoard::hasNews() const
{
    const QMutexLocker lock(&m_mutex);
    return !m_running.uploads.isEmpty() || !m_ended.uploads.isEmpty() || !m_onlyFiles.isEmpty() ||
           !m_entries.isEmpty() || m_dropped > 0 || m_files.size() > 0;
}

} // namespace sockdrop
