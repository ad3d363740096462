#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

TransferId UploadBoard::add(const std::function<void()>& cancel)
{
    const QMutexLocker lock(&m_mutex);
    ++m_lastId;
    m_cancels.insert(m_lastId, cancel);
    return m_lastId;
}

void UploadBoard::remove(TransferId id)
{
    const QMutexLocker lock(&m_mutex);
    m_cancels.remove(id);
}

void UploadBoard::cancel(TransferId id)
{
    const QMutexLocker lock(&m_mutex);
    if (const auto cancel = m_cancels.constFind(id); cancel != m_cancels.cend())
        (*cancel)();
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
    return std::exchange(m_news, {});
}

} // namespace sockdrop
