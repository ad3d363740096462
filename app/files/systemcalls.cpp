#include "systemcalls.h"

#include <cstdio>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace sockdrop {

int SystemCalls::openat(int folder, const char* path, int flags, mode_t mode) const
{
    return ::openat(folder, path, flags, mode);
}

int SystemCalls::openat2(int folder, const char* path, int flags, quint64 resolve) const
{
    // glibc 2.36 has no wrapper for it.
    open_how how = {};
    how.flags = static_cast<quint64>(flags);
    how.resolve = resolve;
    return static_cast<int>(::syscall(SYS_openat2, folder, path, &how, sizeof how));
}

int SystemCalls::close(int file) const
{
    return ::close(file);
}

ssize_t SystemCalls::write(int file, const void* bytes, size_t count) const
{
    return ::write(file, bytes, count);
}

ssize_t SystemCalls::pwrite(int file, const void* bytes, size_t count, off_t offset) const
{
    return ::pwrite(file, bytes, count, offset);
}

ssize_t SystemCalls::pread(int file, void* bytes, size_t count, off_t offset) const
{
    return ::pread(file, bytes, count, offset);
}

int SystemCalls::fallocate(int file, int mode, off_t offset, off_t length) const
{
    return ::fallocate(file, mode, offset, length);
}

int SystemCalls::ftruncate(int file, off_t length) const
{
    return ::ftruncate(file, length);
}

int SystemCalls::fchmod(int file, mode_t mode) const
{
    return ::fchmod(file, mode);
}

int SystemCalls::futimens(int file, const timespec* times) const
{
    return ::futimens(file, times);
}

int SystemCalls::fdatasync(int file) const
{
    return ::fdatasync(file);
}

int SystemCalls::fsync(int file) const
{
    return ::fsync(file);
}

int SystemCalls::syncfs(int file) const
{
    return ::syncfs(file);
}

int SystemCalls::startWriting(int file, off_t offset, off_t length) const
{
    return ::sync_file_range(file, offset, length, SYNC_FILE_RANGE_WRITE);
}

int SystemCalls::finishWriting(int file, off_t offset, off_t length) const
{
    return ::sync_file_range(file, offset, length,
                             SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                 SYNC_FILE_RANGE_WAIT_AFTER);
}

int SystemCalls::flock(int file, int operation) const
{
    return ::flock(file, operation);
}

int SystemCalls::mkdirat(int folder, const char* name, mode_t mode) const
{
    return ::mkdirat(folder, name, mode);
}

int SystemCalls::renameat2(int oldFolder, const char* oldName, int newFolder, const char* newName,
                           unsigned int flags) const
{
    return ::renameat2(oldFolder, oldName, newFolder, newName, flags);
}

int SystemCalls::linkat(int oldFolder, const char* oldName, int newFolder, const char* newName) const
{
    return ::linkat(oldFolder, oldName, newFolder, newName, 0);
}

int SystemCalls::unlinkat(int folder, const char* name) const
{
    return ::unlinkat(folder, name, 0);
}

int SystemCalls::fsetxattr(int file, const char* name, const void* value, size_t size) const
{
    return ::fsetxattr(file, name, value, size, 0);
}

ssize_t SystemCalls::getxattrat(int folder, const char* path, const char* name, void* value,
                                size_t size) const
{
    const int file = openat(folder, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
    if (file < 0)
        return -1;
    const ssize_t length = ::fgetxattr(file, name, value, size);
    const int problem = errno;
    static_cast<void>(close(file));
    errno = problem;
    return length;
}

int SystemCalls::fstat(int file, struct stat* status) const
{
    return ::fstat(file, status);
}

int SystemCalls::fstatat(int folder, const char* path, struct stat* status, int flags) const
{
    return ::fstatat(folder, path, status, flags);
}

int SystemCalls::fstatvfs(int file, struct statvfs* status) const
{
    return ::fstatvfs(file, status);
}

int SystemCalls::faccessat(int folder, const char* path, int mode) const
{
    return ::faccessat(folder, path, mode, AT_EACCESS);
}

} // namespace sockdrop
