#include "confinedfolder.h"

#include "systemcalls.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr int folderFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
// No mounts either: a file cannot be renamed across them, better to know before its bytes come.
constexpr quint64 confined = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

Error componentError(int errnoValue, const SystemCalls& calls, int folder, const QStringList& upToIt)
{
    const QString shown = upToIt.join(u'/');
    if (errnoValue == EXDEV)
        return {ErrorCode::Unsupported, u"“%1” is on another file system than the destination."_s.arg(shown)};

    struct stat status = {};
    if (errnoValue == ELOOP || errnoValue == ENOTDIR) {
        const QByteArray name = upToIt.last().toUtf8();
        if (calls.fstatat(folder, name.constData(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
            if (S_ISLNK(status.st_mode))
                return {
                    ErrorCode::UnsafeName,
                    u"“%1” is a symbolic link in the destination, and those are not followed."_s.arg(shown)};
            if (!S_ISDIR(status.st_mode))
                return {ErrorCode::AlreadyExists,
                        u"“%1” is a file in the destination, so it cannot be a folder."_s.arg(shown)};
        }
    }
    return systemError(errnoValue, u"Cannot open the folder “%1”"_s.arg(shown));
}

Result<FileDescriptor> makeFolder(const SystemCalls& calls, int folder, const QStringList& upToIt,
                                  MissingFolders missing)
{
    const QByteArray name = upToIt.last().toUtf8();
    const bool made = calls.mkdirat(folder, name.constData(), 0777) == 0;
    // Somebody else may have been faster, which is as good.
    if (!made && errno != EEXIST)
        return systemError(errno, u"Cannot make the folder “%1”"_s.arg(upToIt.join(u'/')));
    // EINVAL: this file system has nothing to sync there.
    const bool isSynced = missing == MissingFolders::Make;
    if (made && isSynced && calls.fsync(folder) != 0 && errno != EINVAL)
        return systemError(errno, u"Cannot make the folder “%1”"_s.arg(upToIt.join(u'/')));

    FileDescriptor opened = openFolder(calls, folder, name.constData());
    if (!opened.isOpen())
        return componentError(errno, calls, folder, upToIt);
    return opened;
}

Result<FileDescriptor> walkBelow(const SystemCalls& calls, int folder, const QStringList& components,
                                 MissingFolders missing)
{
    FileDescriptor current = openFolder(calls, folder, ".");
    if (!current.isOpen())
        return systemError(errno, u"Cannot open the destination"_s);

    QStringList upToIt;
    for (const QString& component : components) {
        upToIt.append(component);
        FileDescriptor next = openFolder(calls, current.number(), component.toUtf8().constData());
        if (!next.isOpen()) {
            if (errno != ENOENT || missing == MissingFolders::Fail)
                return componentError(errno, calls, current.number(), upToIt);
            Result<FileDescriptor> made = makeFolder(calls, current.number(), upToIt, missing);
            if (!made)
                return made;
            next = std::move(made).value();
        }
        current = std::move(next);
    }
    return current;
}

} // namespace

FileDescriptor openFolder(const SystemCalls& calls, int folder, const char* name)
{
    FileDescriptor opened(calls.openat2(folder, name, folderFlags, confined), calls);
    // Kernels before 5.6 have no openat2, and filters of old container runtimes forbid what they do not know.
    // For a single component O_NOFOLLOW is as tight.
    if (!opened.isOpen() && (errno == ENOSYS || errno == EPERM))
        return {calls.openat(folder, name, folderFlags, 0), calls};
    return opened;
}

Result<FileDescriptor> openBelow(const SystemCalls& calls, int folder, const QStringList& components,
                                 MissingFolders missing)
{
    if (components.size() > 1) {
        const QByteArray path = components.join(u'/').toUtf8();
        FileDescriptor opened(calls.openat2(folder, path.constData(), folderFlags, confined), calls);
        if (opened.isOpen())
            return opened;
    }
    // One by one: to make what is missing, to name what is in the way, or for want of openat2.
    return walkBelow(calls, folder, components, missing);
}

} // namespace sockdrop
