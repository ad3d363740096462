#pragma once

#include "filetime.h"

#include <ctime>
#include <sys/stat.h>

namespace sockdrop {

/// Tells one state of a file from another, even where its size and its time of modification were put back:
/// nobody can choose the time of change. A link, another mode or name sets it, too: better once too often.
class SourceStamp final
{
public:
    SourceStamp() = default;
    explicit SourceStamp(const struct stat& status);

    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] FileTime modified() const { return FileTime::of(m_modified); }
    /// A hash of the times, never 0: as AnnouncedFile::version has it. Without the inode, of which some file
    /// systems make up another one at each look.
    [[nodiscard]] quint64 version() const;

    bool operator==(const SourceStamp& other) const;

private:
    dev_t m_device = 0;
    ino_t m_inode = 0;
    qint64 m_size = 0;
    timespec m_modified = {};
    timespec m_changed = {};
};

} // namespace sockdrop
