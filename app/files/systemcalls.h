#pragma once

#include <QtGlobal>

#include <ctime>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>

namespace sockdrop {

/// The system calls that landing a file stands on, each as its manual page says: -1 and errno on failure.
/// Virtual so that a test can be the failing disk. Stateless, for any thread.
class SystemCalls
{
public:
    SystemCalls() = default;
    virtual ~SystemCalls() = default;
    Q_DISABLE_COPY_MOVE(SystemCalls)

    [[nodiscard]] virtual int openat(int folder, const char* path, int flags, mode_t mode) const;
    /// `resolve` takes the RESOLVE_ flags of openat2(2); ENOSYS before Linux 5.6.
    [[nodiscard]] virtual int openat2(int folder, const char* path, int flags, quint64 resolve) const;
    [[nodiscard]] virtual int close(int file) const;

    [[nodiscard]] virtual ssize_t write(int file, const void* bytes, size_t count) const;
    [[nodiscard]] virtual ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) const;
    [[nodiscard]] virtual ssize_t pread(int file, void* bytes, size_t count, off_t offset) const;
    [[nodiscard]] virtual int fallocate(int file, int mode, off_t offset, off_t length) const;
    [[nodiscard]] virtual int ftruncate(int file, off_t length) const;
    [[nodiscard]] virtual int fchmod(int file, mode_t mode) const;
    [[nodiscard]] virtual int futimens(int file, const timespec* times) const;
    [[nodiscard]] virtual int fdatasync(int file) const;
    [[nodiscard]] virtual int fsync(int file) const;
    /// Of the whole file system that `file` is on.
    [[nodiscard]] virtual int syncfs(int file) const;
    /// Begins to write this range to the disk; only a hint.
    [[nodiscard]] virtual int startWriting(int file, off_t offset, off_t length) const;
    /// As above, and waits for it. Says nothing about whether the disk has it for good.
    [[nodiscard]] virtual int finishWriting(int file, off_t offset, off_t length) const;
    [[nodiscard]] virtual int flock(int file, int operation) const;

    [[nodiscard]] virtual int mkdirat(int folder, const char* name, mode_t mode) const;
    [[nodiscard]] virtual int renameat2(int oldFolder, const char* oldName, int newFolder,
                                        const char* newName, unsigned int flags) const;
    [[nodiscard]] virtual int linkat(int oldFolder, const char* oldName, int newFolder,
                                     const char* newName) const;
    [[nodiscard]] virtual int unlinkat(int folder, const char* name) const;

    [[nodiscard]] virtual int fsetxattr(int file, const char* name, const void* value, size_t size) const;
    /// Of the file `path` in `folder`, no symbolic link is followed.
    [[nodiscard]] virtual ssize_t getxattrat(int folder, const char* path, const char* name, void* value,
                                             size_t size) const;

    [[nodiscard]] virtual int fstat(int file, struct stat* status) const;
    [[nodiscard]] virtual int fstatat(int folder, const char* path, struct stat* status, int flags) const;
    [[nodiscard]] virtual int fstatvfs(int file, struct statvfs* status) const;
    /// With the rights of the effective user.
    [[nodiscard]] virtual int faccessat(int folder, const char* path, int mode) const;
};

} // namespace sockdrop
