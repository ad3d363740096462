#pragma once

#include "systemcalls.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <new>

namespace sockdrop {

/// A disk that fails on demand: counts the calls of each kind and lets chosen ones fail. What it does not
/// fail goes to the system, but for syncs, which only take time where nobody cuts the power. close() closes
/// even when it fails, as Linux does. For any thread.
class FailingCalls final : public SystemCalls
{
public:
    enum class Call {
        Open,
        Open2,
        Close,
        Write,
        Reserve,
        Truncate,
        SetTimes,
        SyncData,
        Sync,
        Lock,
        MakeFolder,
        Rename,
        Link,
        Unlink,
        Status,
        StatusAt,
        Space,
        WriteAt,
        ReadAt,
        SyncAll,
        StartWriting,
        FinishWriting,
        SetAttribute,
        GetAttribute,
        Access
    };
    static constexpr int always = -1;
    static constexpr int noMemory = -1; ///< in place of an errno value: std::bad_alloc is thrown

    /// The `nth` call of the kind from now on (1 is the next one) fails once, or every one does.
    void fail(Call call, int errnoValue, int nth = 1)
    {
        const std::lock_guard lock(m_mutex);
        Plan& plan = m_plans[index(call)];
        plan = {errnoValue, nth == always ? always : plan.count + nth, plan.count};
    }

    /// The `nth` call of any kind from now on fails once.
    void failAnyCall(int errnoValue, int nth)
    {
        const std::lock_guard lock(m_mutex);
        m_any = {errnoValue, m_any.count + nth, m_any.count};
    }

    /// No write takes more than that from now on.
    void shortenWrites(size_t bytes) { m_mostWritten = bytes; }
    /// The sync of a file takes until that ends.
    void holdSyncs(bool isHeld)
    {
        const std::lock_guard lock(m_mutex);
        m_areSyncsHeld = isHeld;
        m_released.notify_all();
    }
    /// This much space is told to be free from now on.
    void pretendFree(quint64 bytes) { m_pretendedFree = bytes; }
    /// This user owns every folder from now on.
    void pretendOwners(uid_t firstAsked, uid_t afterwards)
    {
        m_owners = {firstAsked, afterwards}, m_ownersAsked = 0;
    }

    [[nodiscard]] int count(Call call) const { return m_plans[index(call)].count; }
    [[nodiscard]] int countOfAll() const { return m_any.count; }

    int openat(int folder, const char* path, int flags, mode_t mode) const override
    {
        return fails(Call::Open) ? -1 : SystemCalls::openat(folder, path, flags, mode);
    }
    int openat2(int folder, const char* path, int flags, quint64 resolve) const override
    {
        return fails(Call::Open2) ? -1 : SystemCalls::openat2(folder, path, flags, resolve);
    }
    int close(int file) const override
    {
        const int closed = SystemCalls::close(file);
        return fails(Call::Close) ? -1 : closed;
    }
    ssize_t write(int file, const void* bytes, size_t count) const override
    {
        return fails(Call::Write) ? -1 : SystemCalls::write(file, bytes, std::min(count, m_mostWritten));
    }
    ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) const override
    {
        return fails(Call::WriteAt)
                   ? -1
                   : SystemCalls::pwrite(file, bytes, std::min(count, m_mostWritten), offset);
    }
    ssize_t pread(int file, void* bytes, size_t count, off_t offset) const override
    {
        return fails(Call::ReadAt) ? -1 : SystemCalls::pread(file, bytes, count, offset);
    }
    int syncfs(int /*file*/) const override { return fails(Call::SyncAll) ? -1 : 0; }
    int startWriting(int file, off_t offset, off_t length) const override
    {
        return fails(Call::StartWriting) ? -1 : SystemCalls::startWriting(file, offset, length);
    }
    int finishWriting(int /*file*/, off_t /*offset*/, off_t /*length*/) const override
    {
        return fails(Call::FinishWriting) ? -1 : 0;
    }
    int fsetxattr(int file, const char* name, const void* value, size_t size) const override
    {
        return fails(Call::SetAttribute) ? -1 : SystemCalls::fsetxattr(file, name, value, size);
    }
    ssize_t getxattrat(int folder, const char* path, const char* name, void* value,
                       size_t size) const override
    {
        return fails(Call::GetAttribute) ? -1 : SystemCalls::getxattrat(folder, path, name, value, size);
    }
    int fallocate(int file, int mode, off_t offset, off_t length) const override
    {
        return fails(Call::Reserve) ? -1 : SystemCalls::fallocate(file, mode, offset, length);
    }
    int ftruncate(int file, off_t length) const override
    {
        return fails(Call::Truncate) ? -1 : SystemCalls::ftruncate(file, length);
    }
    int futimens(int file, const timespec* times) const override
    {
        if (fails(Call::SetTimes))
            return -1;
        // As behind FUSE 2, which never says so.
        const bool isIgnored = times[0].tv_nsec == UTIME_OMIT || times[1].tv_nsec == UTIME_OMIT;
        return isIgnored ? 0 : SystemCalls::futimens(file, times);
    }
    int fdatasync(int /*file*/) const override
    {
        {
            std::unique_lock lock(m_mutex);
            m_released.wait(lock, [this] { return !m_areSyncsHeld; });
        }
        return fails(Call::SyncData) ? -1 : 0;
    }
    int fsync(int /*file*/) const override { return fails(Call::Sync) ? -1 : 0; }
    int flock(int file, int operation) const override
    {
        return fails(Call::Lock) ? -1 : SystemCalls::flock(file, operation);
    }
    int mkdirat(int folder, const char* name, mode_t mode) const override
    {
        return fails(Call::MakeFolder) ? -1 : SystemCalls::mkdirat(folder, name, mode);
    }
    int renameat2(int oldFolder, const char* oldName, int newFolder, const char* newName,
                  unsigned int flags) const override
    {
        return fails(Call::Rename) ? -1
                                   : SystemCalls::renameat2(oldFolder, oldName, newFolder, newName, flags);
    }
    int linkat(int oldFolder, const char* oldName, int newFolder, const char* newName) const override
    {
        return fails(Call::Link) ? -1 : SystemCalls::linkat(oldFolder, oldName, newFolder, newName);
    }
    int unlinkat(int folder, const char* name) const override
    {
        return fails(Call::Unlink) ? -1 : SystemCalls::unlinkat(folder, name);
    }
    int fstat(int file, struct stat* status) const override
    {
        if (fails(Call::Status))
            return -1;
        const int result = SystemCalls::fstat(file, status);
        if (m_owners[0] != 0 || m_owners[1] != 0)
            status->st_uid = m_owners[m_ownersAsked++ == 0 ? 0 : 1];
        return result;
    }
    int fstatat(int folder, const char* path, struct stat* status, int flags) const override
    {
        return fails(Call::StatusAt) ? -1 : SystemCalls::fstatat(folder, path, status, flags);
    }
    int fstatvfs(int file, struct statvfs* status) const override
    {
        if (fails(Call::Space))
            return -1;
        const int result = SystemCalls::fstatvfs(file, status);
        if (m_pretendedFree != std::numeric_limits<quint64>::max()) {
            status->f_frsize = 1;
            status->f_bavail = m_pretendedFree;
        }
        return result;
    }
    int faccessat(int folder, const char* path, int mode) const override
    {
        return fails(Call::Access) ? -1 : SystemCalls::faccessat(folder, path, mode);
    }

private:
    struct Plan
    {
        int errnoValue = 0;
        int failing = 0; ///< number of the failing call; 0: none
        int count = 0;
    };

    static size_t index(Call call) { return static_cast<size_t>(call); }

    [[nodiscard]] bool fails(Call call) const
    {
        const std::lock_guard lock(m_mutex);
        for (Plan* plan : {&m_plans[index(call)], &m_any}) {
            ++plan->count;
            if (plan->failing != always && plan->failing != plan->count)
                continue;
            if (plan->errnoValue == noMemory)
                throw std::bad_alloc();
            errno = plan->errnoValue;
            return true;
        }
        return false;
    }

    mutable std::mutex m_mutex;
    mutable std::condition_variable m_released;
    bool m_areSyncsHeld = false;
    mutable std::array<Plan, static_cast<size_t>(Call::Access) + 1> m_plans;
    mutable Plan m_any;
    size_t m_mostWritten = std::numeric_limits<size_t>::max();
    quint64 m_pretendedFree = std::numeric_limits<quint64>::max();
    std::array<uid_t, 2> m_owners = {};
    mutable int m_ownersAsked = 0;
};

} // namespace sockdrop
