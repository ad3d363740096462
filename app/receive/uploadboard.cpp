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

void UploadBoard::setPaused(TransferId id, bool isPaused)
{
    const QMutexLocker lock(&m_mutex);
    const auto controls = m_controls.constFind(id);
    if (controls != m_controls.cend() && controls->setPaused)
        controls->setPaused(isPaused);
}

void UploadBoard::publish(const TransferSnapshot& snapshot)
{
    const QMutexLocker lock(&m_mutex);
    const auto position = m_positions.constFind(snapshot.id);
    if (position != m_positions.cend()) {
        m_news.uploads[*position] = snapshot;
        return;
    }
    m_positions.insert(snapshot.id, m_news.uploads.size());
    m_news.uploads.append(snapshot);
}

void UploadBoard::publish(const QList<FileSnapshot>& files)
{
    const QMutexLocker lock(&m_mutex);
    for (const FileSnapshot& file : files) {
        const auto position = m_filePositions.constFind({file.batch, file.file});
        if (position != m_filePositions.cend()) {
            m_news.files[*position] = file;
            continue;
        }
        m_filePositions.insert({file.batch, file.file}, m_news.files.size());
        m_news.files.append(file);
    }
}

void UploadBoard::log(const LogEntry& entry)
{
    const QMutexLocker lock(&m_mutex);
    if (m_news.entries.size() < mostEntries)
        m_news.entries.append(entry);
    else
        ++m_dropped;
}

UploadBoard::News UploadBoard::take()
{
    const QMutexLocker lock(&m_mutex);
    if (m_dropped > 0) {
        LogEntry entry;
        entry.time = QDateTime::currentDateTimeUtc();
        entry.text = u"%1 more events at once were not logged."_s.arg(m_dropped);
        m_news.entries.append(entry);
        m_dropped = 0;
    }
    m_positions.clear();
    m_filePositions.clear();
    return std::exchange(m_news, {});
}

} // namespace sockdrop
