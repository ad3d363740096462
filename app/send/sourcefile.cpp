#include "sourcefile.h"

#include <QFile>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

Error unreadable(const QString& path, const QString& reason)
{
    return {ErrorCode::SourceUnreadable, u"“%1” cannot be read: %2."_s.arg(path, reason)};
}

QString reasonOfErrno()
{
    return QString::fromLocal8Bit(std::strerror(errno));
}

bool isSame(const timespec& a, const timespec& b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

} // namespace

Result<std::unique_ptr<SourceFile>> SourceFile::open(const QString& path)
{
    // O_NONBLOCK: a pipe put in the file's place must not hang the thread.
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return unreadable(path, reasonOfErrno());
    struct stat status = {};
    const bool isKnown = fstat(fd, &status) == 0;
    if (!isKnown || !S_ISREG(status.st_mode)) {
        const Error error = unreadable(path, isKnown ? u"it is no regular file"_s : reasonOfErrno());
        ::close(fd);
        return error;
    }
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return std::unique_ptr<SourceFile>(new SourceFile(path, fd, status.st_size, status.st_mtim));
}

SourceFile::SourceFile(QString path, int fd, qint64 size, timespec modified)
    : m_path(std::move(path)), m_fd(fd), m_size(size), m_modified(modified)
{}

SourceFile::~SourceFile()
{
    ::close(m_fd);
}

QDateTime SourceFile::modifiedAt() const
{
    constexpr time_t farthest = 9'000'000'000'000; // seconds: as far as milliseconds go in JSON
    const time_t seconds = std::clamp(m_modified.tv_sec, -farthest, farthest);
    return QDateTime::fromMSecsSinceEpoch(seconds * 1000 + m_modified.tv_nsec / 1'000'000, Qt::UTC);
}

Result<QByteArray> SourceFile::read(qint64 most)
{
    QByteArray bytes(qMin(most, m_size - m_position), Qt::Uninitialized);
    qsizetype filled = 0;
    while (filled < bytes.size()) {
        const ssize_t count =
            pread(m_fd, bytes.data() + filled, size_t(bytes.size() - filled), m_position + filled);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return unreadable(m_path, reasonOfErrno());
        if (count == 0)
            return changed();
        filled += count;
    }
    m_position += filled;
    struct stat status = {};
    if (atEnd() &&
        (fstat(m_fd, &status) != 0 || status.st_size != m_size || !isSame(status.st_mtim, m_modified)))
        return changed();
    return bytes;
}

Error SourceFile::changed() const
{
    return {ErrorCode::SourceChanged, u"“%1” was changed while it was being sent."_s.arg(m_path)};
}

} // namespace sockdrop
