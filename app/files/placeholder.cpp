#include "placeholder.h"

#include "confinedfolder.h"
#include "foldernames.h"
#include "logging.h"
#include "safepath.h"
#include "systemcalls.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QByteArray noteName(const QByteArray& staged)
{
    return staged + ".holds";
}

QByteArray pathOf(int folder)
{
    return QFile::encodeName(QFile::symLinkTarget(u"/proc/self/fd/%1"_s.arg(folder)));
}

/// Of the name in an open folder, relative to the destination; empty where that cannot be told.
QByteArray pathBelow(const StagedFile& from, const StagedFile& to)
{
    QByteArray top = pathOf(from.folder);
    top.chop(static_cast<qsizetype>(sizeof stagingFolderName) - 1);
    const QByteArray folder = pathOf(to.folder) + '/';
    return folder.startsWith(top) ? folder.sliced(top.size()) + to.name : QByteArray();
}

/// Locked, so that no other process takes it for one that was left.
FileDescriptor writeNote(const SystemCalls& calls, const StagedFile& from, const StagedFile& to)
{
    constexpr int flags = O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    FileDescriptor note(calls.openat(from.folder, noteName(from.name).constData(), flags, 0600), calls);
    if (!note.isOpen())
        return note;
    static_cast<void>(calls.flock(note.number(), LOCK_EX | LOCK_NB));
    const QByteArray path = pathBelow(from, to);
    if (path.isEmpty() ||
        calls.pwrite(note.number(), path.constData(), static_cast<size_t>(path.size()), 0) != path.size())
        qCWarning(lcFiles) << "a name is held and nobody would know" << to.name;
    return note;
}

bool hold(const SystemCalls& calls, const StagedFile& to)
{
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    return FileDescriptor(calls.openat(to.folder, to.name.constData(), flags, 0600), calls).isOpen();
}

bool isThere(const SystemCalls& calls, int folder, const QByteArray& name, bool isEmpty)
{
    struct stat status = {};
    return calls.fstatat(folder, name.constData(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode) && (!isEmpty || status.st_size == 0);
}

/// What a note says that nobody works with; empty: nothing.
QByteArray readLeft(const SystemCalls& calls, int staging, const QByteArray& name)
{
    const FileDescriptor note(
        calls.openat(staging, name.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0), calls);
    std::array<char, 4096> path{};
    if (!note.isOpen() || (calls.flock(note.number(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK))
        return {};
    const ssize_t size = calls.pread(note.number(), path.data(), path.size(), 0);
    return size > 0 ? QByteArray(path.data(), size) : QByteArray();
}

void removeHeld(const SystemCalls& calls, int folder, const QByteArray& path)
{
    QStringList components = QString::fromUtf8(path).split(u'/');
    const QByteArray name = components.takeLast().toUtf8();
    const Result<FileDescriptor> parent = openBelow(calls, folder, components, MissingFolders::Fail);
    if (parent && isThere(calls, parent->number(), name, true) &&
        calls.unlinkat(parent->number(), name.constData()) == 0)
        qCInfo(lcFiles) << "removed what held a name for a file that never got it";
}

} // namespace

int Placeholder::moveOver(const SystemCalls& calls, const StagedFile& from, const StagedFile& to)
{
    const FileDescriptor note = writeNote(calls, from, to);
    int problem = 0;
    if (!note.isOpen() || !hold(calls, to)) {
        problem = errno;
    } else if (calls.renameat2(from.folder, from.name.constData(), to.folder, to.name.constData(), 0) != 0) {
        problem = errno;
        if (isThere(calls, to.folder, to.name, true))
            static_cast<void>(calls.unlinkat(to.folder, to.name.constData()));
    }
    static_cast<void>(calls.unlinkat(from.folder, noteName(from.name).constData()));
    return problem;
}

void Placeholder::removeLeft(const SystemCalls& calls, int folder, int staging)
{
    QByteArrayList notes;
    forEachName(calls, staging, [&notes](const QByteArray& name) {
        if (isNote(name))
            notes.append(name);
    });
    for (const QByteArray& note : std::as_const(notes)) {
        const QByteArray path = readLeft(calls, staging, note);
        if (path.isEmpty())
            continue;
        // Where the file is not waiting any more, it has its name.
        if (isThere(calls, staging, note.chopped(noteName({}).size()), false))
            removeHeld(calls, folder, path);
        static_cast<void>(calls.unlinkat(staging, note.constData()));
    }
}

} // namespace sockdrop
