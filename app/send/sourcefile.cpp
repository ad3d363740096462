#include "sourcefile.h"

#include "descriptors.h"

#include <QFile>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// The kernel reads ahead further then. Not worth the call for less.
constexpr qint64 longFile = 1024LL * 1024;

Error unreadable(const QByteArray& path, const QString& reason)
{
    return {ErrorCode::SourceUnreadable, u"“%1” cannot be read: %2."_s.arg(QFile::decodeName(path), reason)};
}

QString reasonOfErrno()
{
    return QString::fromLocal8Bit(std::strerror(errno));
}

} // namespace

Result<SourceFile> SourceFile::open(const QByteArray& path)
{
    // O_NONBLOCK: a pipe put in the file's place must not hang the thread.
    const int fd = ::open(path.constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && isOutOfDescriptors(errno))
        return Error{ErrorCode::Busy, unreadable(path, reasonOfErrno()).text};
    if (fd < 0)
        return unreadable(path, reasonOfErrno());
    struct stat status = {};
    const bool isKnown = fstat(fd, &status) == 0;
    if (!isKnown || !S_ISREG(status.st_mode)) {
        const Error error = unreadable(path, isKnown ? u"it is no regular file"_s : reasonOfErrno());
        ::close(fd);
        return error;
    }
    if (status.st_size >= longFile)
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return SourceFile(path, fd, SourceStamp(status));
}

SourceFile::SourceFile(QByteArray path, int fd, const SourceStamp& stamp)
    : m_path(std::move(path)), m_fd(fd), m_stamp(stamp)
{}

SourceFile::SourceFile(SourceFile&& other) noexcept
    : m_path(std::move(other.m_path)), m_fd(std::exchange(other.m_fd, -1)), m_stamp(other.m_stamp)
{}

SourceFile& SourceFile::operator=(SourceFile&& other) noexcept
{
    std::swap(m_path, other.m_path);
    std::swap(m_fd, other.m_fd);
    std::swap(m_stamp, other.m_stamp);
    return *this;
}

SourceFile::~SourceFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

qint64 SourceFile::dataBytes() const
{
    qint64 data = 0;
    for (off_t at = 0; at < size();) {
        const off_t begin = lseek(m_fd, at, SEEK_DATA);
        if (begin < 0 && errno == ENXIO)
            return data;
        const off_t end = begin < 0 ? -1 : lseek(m_fd, begin, SEEK_HOLE);
        if (end < 0)
            return size(); // this file system does not tell
        data += std::min(end, off_t{size()}) - begin;
        at = end;
    }
    return data;
}

Result<void> SourceFile::read(qint64 offset, char* to, qint64 size) const
{
    for (qint64 filled = 0; filled < size;) {
        const ssize_t count = ::pread(m_fd, to + filled, static_cast<size_t>(size - filled), offset + filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return unreadable(m_path, reasonOfErrno());
        if (count == 0)
            return changed();
        filled += count;
    }
    return {};
}

Result<void> SourceFile::checkUnchanged() const
{
    struct stat status = {};
    if (fstat(m_fd, &status) != 0 || SourceStamp(status) != m_stamp)
        return changed();
    return {};
}

Error SourceFile::changed() const
{
    return {ErrorCode::SourceChanged,
            u"“%1” was changed while it was being sent."_s.arg(QFile::decodeName(m_path))};
}

} // namespace sockdrop
