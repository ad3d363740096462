#include "filebacklog.h"

#include <algorithm>
#include <utility>

namespace sockdrop {

void FileBacklog::add(const QList<FileSnapshot>& files, const std::function<bool()>& isOver)
{
    std::unique_lock lock(m_mutex);
    for (const FileSnapshot& file : files) {
        if (replace(file))
            continue;
        m_room.wait(lock, [this, &isOver] { return m_files.size() < capacity || isOver(); });
        append(file);
    }
}

void FileBacklog::wake()
{
    const std::lock_guard lock(m_mutex); // who is about to wait has not looked yet, or waits
    m_room.notify_all();
}

/// Whether the file was there, in a state that need not be told any more.
bool FileBacklog::replace(const FileSnapshot& file)
{
    const auto number = m_numbers.constFind({file.batch, file.file});
    if (number == m_numbers.cend())
        return false;
    FileSnapshot& waiting = m_files[*number - m_taken];
    if (isFinal(waiting.state))
        return false;
    waiting = file;
    return true;
}

void FileBacklog::append(const FileSnapshot& file)
{
    m_numbers.insert({file.batch, file.file}, m_taken + m_files.size());
    ++m_ofBatch[file.batch];
    m_files.push_back(file);
}

QList<FileSnapshot> FileBacklog::take()
{
    const std::lock_guard lock(m_mutex);
    const size_t count = std::min(m_files.size(), mostAtOnce);
    QList<FileSnapshot> files;
    files.reserve(static_cast<qsizetype>(count));
    for (size_t i = 0; i < count; ++i) {
        FileSnapshot& file = m_files.front();
        const auto number = m_numbers.constFind({file.batch, file.file});
        if (*number == m_taken) // there is no newer one
            m_numbers.erase(number);
        const auto left = m_ofBatch.find(file.batch);
        if (--*left == 0)
            m_ofBatch.erase(left);
        files.append(std::move(file));
        m_files.pop_front();
        ++m_taken;
    }
    m_room.notify_all();
    return files;
}

size_t FileBacklog::size() const
{
    const std::lock_guard lock(m_mutex);
    return m_files.size();
}

bool FileBacklog::contains(TransferId batch) const
{
    const std::lock_guard lock(m_mutex);
    return m_ofBatch.contains(batch);
}

} // namespace sockdrop
