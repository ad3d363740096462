#pragma once

#include <QByteArray>
#include <QFile>
#include <QString>

#include <array>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sockdrop {

/// Writes other bytes over the beginning of a file, which keeps its size and its time of modification: as
/// rsync --inplace --times does, and what unpacks an image over a tree. False when that failed.
[[nodiscard]] inline bool rewriteUnseen(const QString& path, const QByteArray& bytes)
{
    const int file = ::open(QFile::encodeName(path).constData(), O_WRONLY | O_CLOEXEC);
    struct stat before = {};
    struct stat after = {};
    bool isDone = file >= 0 && ::fstat(file, &before) == 0;
    const std::array<timespec, 2> times{before.st_atim, before.st_mtim};
    // The clock that the time of change comes from stands still for some milliseconds.
    do
        isDone = isDone && ::pwrite(file, bytes.constData(), size_t(bytes.size()), 0) == bytes.size() &&
                 ::futimens(file, times.data()) == 0 && ::fstat(file, &after) == 0;
    while (isDone && after.st_ctim.tv_sec == before.st_ctim.tv_sec &&
           after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
    static_cast<void>(::close(file));
    return isDone && after.st_size == before.st_size;
}

} // namespace sockdrop
