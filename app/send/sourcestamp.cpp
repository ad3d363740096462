#include "sourcestamp.h"

#include <algorithm>
#include <array>
#include <xxhash.h>

namespace sockdrop {

namespace {

bool isSame(const timespec& a, const timespec& b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

} // namespace

SourceStamp::SourceStamp(const struct stat& status)
    : m_device(status.st_dev), m_inode(status.st_ino), m_size(status.st_size), m_modified(status.st_mtim),
      m_changed(status.st_ctim)
{}

quint64 SourceStamp::version() const
{
    const std::array<qint64, 4> times{m_modified.tv_sec, m_modified.tv_nsec, m_changed.tv_sec,
                                      m_changed.tv_nsec};
    return std::max<quint64>(1, XXH3_64bits(times.data(), sizeof times));
}

bool SourceStamp::operator==(const SourceStamp& other) const
{
    return m_device == other.m_device && m_inode == other.m_inode && m_size == other.m_size &&
           isSame(m_modified, other.m_modified) && isSame(m_changed, other.m_changed);
}

} // namespace sockdrop
