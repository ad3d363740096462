#include "placement.h"

#include "logging.h"
#include "numberednames.h"
#include "placeholder.h"
#include "systemcalls.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Like rename(2), but fails with EEXIST where `to` exists; 0 or the errno value.
int moveToFreeName(const SystemCalls& calls, const StagedFile& from, const StagedFile& to)
{
    if (calls.renameat2(from.folder, from.name.constData(), to.folder, to.name.constData(),
                        RENAME_NOREPLACE) == 0)
        return 0;
    // NFS, some FUSE file systems and old kernels do not know the flag; a second name never replaces either.
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    if (calls.linkat(from.folder, from.name.constData(), to.folder, to.name.constData()) != 0)
        return errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP
                   ? Placeholder::moveOver(calls, from, to)
                   : errno;
    if (calls.unlinkat(from.folder, from.name.constData()) != 0)
        qCWarning(lcFiles) << "a landed file kept its second name" << from.name;
    return 0;
}

Error alreadyExists(const QString& name, bool isFolder)
{
    return {ErrorCode::AlreadyExists, isFolder ? u"A folder “%1” is there already."_s.arg(name)
                                               : u"“%1” is there already."_s.arg(name)};
}

Error placeError(int errnoValue, const QString& name)
{
    switch (errnoValue) {
    case EEXIST:
        return alreadyExists(name, false);
    case EISDIR:
        return alreadyExists(name, true);
    case EXDEV:
        return {ErrorCode::Unsupported,
                u"“%1” would be on another file system than the destination."_s.arg(name)};
    case EINVAL:
        return {ErrorCode::UnsafeName,
                u"The destination's file system does not take the name “%1”."_s.arg(name)};
    default:
        return systemError(errnoValue, u"Cannot give “%1” its name"_s.arg(name));
    }
}

Result<QString> placeNumbered(const SystemCalls& calls, const StagedFile& file, int folder,
                              const QString& name, int mostBytes)
{
    NumberedNames numbers(mostBytes);
    for (int number = 0; (number = numbers.firstFree(calls, folder, name)) < NumberedNames::mostNumbers;
         numbers.note(name, number)) {
        const QString other = numbers.numbered(name, number);
        const Result<void> placed = placeFileAs(calls, file, folder, other, ConflictPolicy::Skip);
        if (placed || placed.error().code != ErrorCode::AlreadyExists)
            return placed ? Result<QString>(other) : placed.error();
    }
    return tooManyNames(name);
}

Result<QString> placeFileUnsynced(const SystemCalls& calls, const StagedFile& file, int folder,
                                  const QString& name, ConflictPolicy conflict, int mostBytes)
{
    const Result<void> placed = placeFileAs(calls, file, folder, name, conflict);
    if (placed)
        return name;
    if (conflict == ConflictPolicy::Rename && placed.error().code == ErrorCode::AlreadyExists)
        return placeNumbered(calls, file, folder, name, mostBytes);
    return placed.error();
}

} // namespace

Error tooManyNames(const QString& name)
{
    return {ErrorCode::AlreadyExists, u"There are too many files named like “%1”."_s.arg(name)};
}

Result<void> placeFileAs(const SystemCalls& calls, const StagedFile& file, int folder, const QString& name,
                         ConflictPolicy conflict)
{
    const StagedFile to{folder, name.toUtf8()};
    if (conflict != ConflictPolicy::Replace) {
        const int failure = moveToFreeName(calls, file, to);
        return failure == 0 ? Result<void>() : placeError(failure, name);
    }
    Result<void> allowed = checkConflict(calls, folder, name, ConflictPolicy::Replace);
    if (!allowed)
        return allowed;
    // rename() replaces a symbolic link itself and refuses a folder, should one have come meanwhile.
    if (calls.renameat2(file.folder, file.name.constData(), folder, to.name.constData(), 0) != 0)
        return placeError(errno, name);
    return {};
}

Result<void> checkConflict(const SystemCalls& calls, int folder, const QString& name, ConflictPolicy conflict)
{
    struct stat status = {};
    if (conflict == ConflictPolicy::Rename)
        return {};
    if (calls.fstatat(folder, name.toUtf8().constData(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return {};
        return systemError(errno, u"Cannot look for “%1”"_s.arg(name));
    }
    // Devices and pipes are nobody's old version of a file.
    const bool isReplaceable = S_ISREG(status.st_mode) || S_ISLNK(status.st_mode);
    if (conflict == ConflictPolicy::Replace && isReplaceable)
        return {};
    return alreadyExists(name, S_ISDIR(status.st_mode));
}

Result<QString> placeFile(const SystemCalls& calls, const StagedFile& file, int folder, const QString& name,
                          ConflictPolicy conflict, int mostBytes)
{
    Result<QString> placed = placeFileUnsynced(calls, file, folder, name, conflict, mostBytes);
    // EINVAL: this file system has nothing to sync there.
    if (!placed || calls.fsync(folder) == 0 || errno == EINVAL)
        return placed;
    const Error error = systemError(errno, u"Cannot save “%1” for good"_s.arg(placed.value()));
    // What is told as failed should not be found as landed. A replaced file cannot come back, so there it
    // stays.
    if (conflict != ConflictPolicy::Replace &&
        calls.renameat2(folder, placed->toUtf8().constData(), file.folder, file.name.constData(), 0) != 0)
        qCWarning(lcFiles) << "left" << placed.value() << "in place after a failed sync";
    return error;
}

} // namespace sockdrop
