#include "landing.h"

#include "confinedfolder.h"
#include "datasize.h"
#include "filetimes.h"
#include "logging.h"
#include "originurl.h"
#include "placement.h"
#include "systemcalls.h"

#include <QLocale>
#include <QRandomGenerator>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <mutex>
#include <optional>
#include <span>
#include <sys/file.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QString withSeparators(qint64 bytes)
{
    return QLocale(QLocale::English).toString(bytes);
}

QByteArray randomName()
{
    std::array<quint32, 4> bits = {};
    QRandomGenerator::system()->fillRange(bits.data(), bits.size());
    const auto bytes = std::as_bytes(std::span(bits));
    return QByteArrayView(bytes.data(), std::ssize(bytes)).toByteArray().toHex();
}

/// Between a look at what has a name and its replacement nobody else may replace it.
std::mutex& replacing()
{
    static std::mutex mutex;
    return mutex;
}

} // namespace

struct Landing::State
{
    enum class Phase { Writing, Failed, Landed, Discarded };
    /// Tells what has a name from what had it before. FAT makes up numbers anew, so its times count, too.
    struct Identity
    {
        explicit Identity(const struct stat& status)
            : isFile(S_ISREG(status.st_mode)), device(status.st_dev), number(status.st_ino),
              size(status.st_size), times{status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                                          status.st_ctim.tv_sec, status.st_ctim.tv_nsec}
        {}

        bool isFile;
        dev_t device;
        ino_t number;
        off_t size;
        std::array<std::int64_t, 4> times;

        bool operator==(const Identity& other) const
        {
            return device == other.device &&
                   (number == other.number || (size == other.size && times == other.times));
        }
    };

    State(std::shared_ptr<const LandingFolder> into, const SafePath& as, qint64 declared,
          ConflictPolicy policy)
        : folder(std::move(into)), path(folder->fit(as)), size(declared), conflict(policy)
    {}

    std::shared_ptr<const LandingFolder> folder;
    SafePath path;
    qint64 size = -1;
    ConflictPolicy conflict = ConflictPolicy::Rename;
    FileDescriptor staging;
    FileDescriptor file;
    QByteArray stagingName;
    FileDigest digest;
    qint64 bytes = 0;
    std::optional<Identity> before; ///< what had the name when the upload began
    bool isReserved = false;
    Phase phase = Phase::Writing;

    [[nodiscard]] const SystemCalls& calls() const { return folder->calls(); }
    [[nodiscard]] QString shown() const { return path.toString(); }
    [[nodiscard]] QStringList parent() const { return path.components().first(path.components().size() - 1); }

    [[nodiscard]] std::optional<Identity> identityOf(int into, const QString& name) const;
    [[nodiscard]] Result<void> checkDestination();
    [[nodiscard]] Result<void> checkSpace() const;
    [[nodiscard]] Result<void> makeStagingFile();
    [[nodiscard]] Result<void> reserve();
    [[nodiscard]] Result<void> checkPhase() const;
    [[nodiscard]] Result<void> write(QByteArrayView bytes);
    [[nodiscard]] Result<void> complete(const QDateTime& modifiedAt);
    [[nodiscard]] Result<void> setModifiedAt(const QDateTime& modifiedAt);
    [[nodiscard]] Result<QString> giveName(int into, const QString& name) const;
    [[nodiscard]] Result<LandedFile> place();
    void giveBackReserved();
    void removeStagingFile();
};

std::optional<Landing::State::Identity> Landing::State::identityOf(int into, const QString& name) const
{
    struct stat status = {};
    if (calls().fstatat(into, name.toUtf8().constData(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return std::nullopt;
    return Identity(status);
}

/// Everything in the way that can be known before the bytes come; place() has the last word.
Result<void> Landing::State::checkDestination()
{
    const Result<FileDescriptor> opened =
        openBelow(calls(), folder->descriptor(), parent(), MissingFolders::Fail);
    if (!opened && opened.error().code == ErrorCode::NotFound)
        return {};
    if (!opened)
        return opened.error();
    if (calls().faccessat(opened->number(), ".", W_OK | X_OK) != 0)
        return systemError(errno, u"Cannot save “%1”"_s.arg(shown()));
    before = identityOf(opened->number(), path.components().last());
    return checkConflict(calls(), opened->number(), path.components().last(), conflict);
}

Result<void> Landing::State::checkSpace() const
{
    const Result<qint64> free = folder->bytesFree();
    if (!free && free.error().code == ErrorCode::Unsupported)
        return {};
    if (!free)
        return free.error();
    if (size <= free.value())
        return {};
    return Error{ErrorCode::NoSpace, u"Not enough space for “%1” in “%4”: %2 needed, %3 free."_s.arg(
                                         shown(), dataSize(size), dataSize(free.value()), folder->path())};
}

Result<void> Landing::State::makeStagingFile()
{
    Result<FileDescriptor> opened = folder->openStaging();
    if (!opened)
        return opened.error();
    staging = std::move(opened).value();
    stagingName = randomName();
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    file = FileDescriptor(calls().openat(staging.number(), stagingName.constData(), flags, 0666), calls());
    if (!file.isOpen())
        return systemError(errno, u"Cannot save “%1”"_s.arg(shown()));
    // Tells removeStalePartials() of any process that somebody is at it; without locks its age protects it.
    if (calls().flock(file.number(), LOCK_EX | LOCK_NB) != 0)
        qCDebug(lcFiles) << "no lock on a partial file in" << folder->path();
    return {};
}

Result<void> Landing::State::reserve()
{
    while (calls().fallocate(file.number(), FALLOC_FL_KEEP_SIZE, 0, size) != 0) {
        if (errno == EOPNOTSUPP || errno == ENOSYS)
            return {};
        if (errno != EINTR)
            return systemError(
                errno, u"Cannot reserve %1 for “%2” in “%3”"_s.arg(dataSize(size), shown(), folder->path()));
    }
    isReserved = true;
    return {};
}

Result<void> Landing::State::checkPhase() const
{
    if (phase == Phase::Writing)
        return {};
    return Error{ErrorCode::IoError, u"“%1” is not being written any more."_s.arg(shown())};
}

Result<void> Landing::State::write(QByteArrayView block)
{
    if (size >= 0 && block.size() > size - bytes)
        return Error{ErrorCode::TooLarge, u"“%1” is longer than the %2 bytes it was announced with."_s.arg(
                                              shown(), withSeparators(size))};
    QByteArrayView rest = block;
    while (!rest.isEmpty()) {
        const ssize_t written = calls().write(file.number(), rest.data(), static_cast<size_t>(rest.size()));
        if (written > 0)
            rest = rest.sliced(written);
        else if (written == 0 || errno != EINTR)
            return systemError(written == 0 ? EIO : errno, u"Cannot write “%1”"_s.arg(shown()));
    }
    digest.add(block);
    bytes += block.size();
    return {};
}

Result<void> Landing::State::setModifiedAt(const QDateTime& modifiedAt)
{
    if (!modifiedAt.isValid())
        return {};
    if (calls().futimens(file.number(), timesToSet({modifiedAt.toMSecsSinceEpoch(), {}}).data()) == 0)
        return {};
    // Some mounts keep times to themselves; the bytes are what matters.
    if (errno == EPERM || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) {
        qCInfo(lcFiles) << "cannot set the time of" << shown();
        return {};
    }
    return systemError(errno, u"Cannot set the time of “%1”"_s.arg(shown()));
}

Result<void> Landing::State::complete(const QDateTime& modifiedAt)
{
    if (size >= 0 && bytes != size)
        return Error{ErrorCode::ProtocolError, u"“%1” ended after %2 of %3 bytes."_s.arg(
                                                   shown(), withSeparators(bytes), withSeparators(size))};
    Result<void> timed = setModifiedAt(modifiedAt);
    if (!timed)
        return timed;
    if (calls().fdatasync(file.number()) != 0)
        return systemError(errno, u"Cannot save “%1”"_s.arg(shown()));
    // EINTR: the file is closed, and its bytes are synced already.
    const int closeError = file.close();
    if (closeError != 0 && closeError != EINTR)
        return systemError(closeError, u"Cannot save “%1”"_s.arg(shown()));
    return {};
}

/// Replaces only what was there before the upload began: another upload may have given the name meanwhile.
Result<QString> Landing::State::giveName(int into, const QString& name) const
{
    const StagedFile staged{staging.number(), stagingName};
    if (conflict != ConflictPolicy::Replace)
        return placeFile(calls(), staged, into, name, conflict, folder->nameBytes());
    const std::lock_guard lock(replacing());
    const std::optional<Identity> now = identityOf(into, name);
    return placeFile(calls(), staged, into, name,
                     now && now->isFile && now != before ? ConflictPolicy::Rename : ConflictPolicy::Replace,
                     folder->nameBytes());
}

Result<LandedFile> Landing::State::place()
{
    const Result<FileDescriptor> opened =
        openBelow(calls(), folder->descriptor(), parent(), MissingFolders::Make);
    if (!opened)
        return opened.error();
    const Result<QString> name = giveName(opened->number(), path.components().last());
    if (!name)
        return name.error();
    LandedFile landed;
    landed.relativePath = (parent() << name.value()).join(u'/');
    landed.absolutePath = folder->currentPath() + u'/' + landed.relativePath;
    landed.bytes = bytes;
    landed.digest = digest.text();
    return landed;
}

/// A partial file may lie there for days: without the space that was set aside for the rest.
void Landing::State::giveBackReserved()
{
    if (isReserved && file.isOpen() && calls().ftruncate(file.number(), bytes) != 0)
        qCWarning(lcFiles) << "a partial file keeps its reserved space in" << folder->path();
}

void Landing::State::removeStagingFile()
{
    if (calls().unlinkat(staging.number(), stagingName.constData()) != 0)
        qCWarning(lcFiles) << "a partial file stays in" << folder->path();
    static_cast<void>(file.close());
}

Landing::Landing(std::unique_ptr<State> state) : m_state(std::move(state)) {}

Landing::~Landing()
{
    if (m_state->phase == State::Phase::Writing || m_state->phase == State::Phase::Failed)
        m_state->giveBackReserved();
}

Result<std::unique_ptr<Landing>> Landing::begin(std::shared_ptr<const LandingFolder> folder,
                                                const SafePath& path, qint64 size, ConflictPolicy conflict)
{
    auto state = std::make_unique<State>(std::move(folder), path, size, conflict);
    Result<void> step = state->checkDestination();
    if (step && size > 0)
        step = state->checkSpace();
    if (step)
        step = state->makeStagingFile();
    if (!step)
        return step.error();

    std::unique_ptr<Landing> landing(new Landing(std::move(state)));
    if (size > 0)
        step = landing->m_state->reserve();
    if (!step) {
        landing->discard();
        return step.error();
    }
    return landing;
}

Result<LandedFile> Landing::makeFolder(const LandingFolder& folder, const SafePath& as)
{
    const SafePath path = folder.fit(as);
    const Result<FileDescriptor> made =
        openBelow(folder.calls(), folder.descriptor(), path.components(), MissingFolders::Make);
    if (!made)
        return made.error();
    LandedFile landed;
    landed.relativePath = path.toString();
    landed.absolutePath = folder.currentPath() + u'/' + landed.relativePath;
    return landed;
}

Result<void> Landing::append(QByteArrayView bytes)
{
    Result<void> step = m_state->checkPhase();
    if (step) {
        step = m_state->write(bytes);
        if (!step)
            m_state->phase = State::Phase::Failed;
    }
    return step;
}

qint64 Landing::bytes() const
{
    return m_state->bytes;
}

Result<LandedFile> Landing::finish(const QDateTime& modifiedAt, const QByteArray& originUrl)
{
    Result<void> step = m_state->checkPhase();
    if (step)
        setOriginUrl(m_state->calls(), m_state->file.number(), originUrl);
    if (step)
        step = m_state->complete(modifiedAt);
    Result<LandedFile> landed = step ? m_state->place() : Result<LandedFile>(step.error());
    if (landed) {
        m_state->phase = State::Phase::Landed;
    } else if (m_state->phase == State::Phase::Writing) {
        m_state->phase = State::Phase::Failed;
        // By Skip the whole file is not wanted, and a later try would end the same way.
        if (m_state->conflict == ConflictPolicy::Skip && landed.error().code == ErrorCode::AlreadyExists)
            discard();
    }
    return landed;
}

void Landing::discard()
{
    if (m_state->phase == State::Phase::Landed || m_state->phase == State::Phase::Discarded)
        return;
    m_state->removeStagingFile();
    m_state->phase = State::Phase::Discarded;
}

} // namespace sockdrop
