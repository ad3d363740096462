#include "batchlanding.h"

#include "logging.h"
#include "placement.h"
#include "systemcalls.h"

#include <QRandomGenerator>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Other names that are looked at for the same file.
constexpr int mostCandidates = 100;

qint64 milliseconds(const timespec& time)
{
    const auto whole = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    return std::chrono::floor<std::chrono::milliseconds>(whole).count();
}

bool hasOrigin(const SystemCalls& calls, int folder, const QByteArray& name, const QByteArray& mark)
{
    std::array<char, 64> value{};
    const ssize_t size =
        calls.getxattrat(folder, name.constData(), sourceAttribute, value.data(), value.size());
    return size > 0 && QByteArrayView(value.data(), size) == mark;
}

} // namespace

BatchLanding::BatchLanding(std::shared_ptr<const LandingFolder> folder, const BatchLandingOptions& options)
    : m_folder(std::move(folder)), m_options(options), m_calls(m_folder->calls()),
      m_targets(*m_folder, options.limits), m_fewOpen(options.limits.openWriters),
      m_prefix(QByteArray::number(QRandomGenerator::system()->generate64(), 16))
{}

BatchLanding::~BatchLanding()
{
    for (const std::vector<Staged>* list : {&m_synced, &m_unsynced}) {
        for (const Staged& staged : *list)
            removeStaged(staged);
    }
    for (const auto& [number, file] : m_open) {
        if (file.writer && !file.isContinuable)
            file.writer->discard();
    }
}

Result<BatchLanding::Decision> BatchLanding::plan(FileNumber number, const AnnouncedFile& announced)
{
    if (!m_staging.isOpen()) {
        Result<FileDescriptor> staging = m_folder->openStaging();
        if (!staging)
            return staging.error();
        m_staging = std::move(staging).value();
    }
    Result<TargetFolders::Target> target = m_targets.find(announced.path);
    if (!target)
        return target.error();
    File file(announced, std::move(target).value());
    if (announced.isFolder) {
        m_synced.push_back({number, std::move(file), {}});
        return Decision(Nothing());
    }
    Result<std::optional<Decision>> same = compare(number, file);
    if (!same)
        return same.error();
    if (!same.value())
        return want(number, std::move(file));
    if (std::holds_alternative<Plan::Check>(*same.value())) {
        nameStaging(file); // it may turn out to be another one
        m_wantedBytes += announced.size;
        m_open.emplace(number, std::move(file));
    }
    return *std::move(same).value();
}

/// Looks for the same file under the names it might have got: nothing where it has to be sent.
Result<std::optional<BatchLanding::Decision>> BatchLanding::compare(FileNumber number, File& file)
{
    const Result<const FileDescriptor*> folder = m_targets.peek(file.target.parent);
    if (!folder)
        return folder.error();
    if (!folder.value()->isOpen())
        return std::optional<Decision>();
    const int descriptor = folder.value()->number();
    const QString name = file.target.path.components().last();
    const int candidates = m_options.conflict == ConflictPolicy::Rename ? mostCandidates : 1;
    for (int i = 0; i < candidates; ++i) {
        const QString candidate = i == 0 ? name : numberedName(name, i);
        struct stat status = {};
        if (m_calls.fstatat(descriptor, candidate.toUtf8().constData(), &status, AT_SYMLINK_NOFOLLOW) != 0)
            break;
        if (std::optional<Decision> same = compareWith(number, file, descriptor, candidate, status))
            return same;
    }
    const Result<void> allowed = checkConflict(m_calls, descriptor, name, m_options.conflict);
    if (!allowed)
        return allowed.error();
    return std::optional<Decision>();
}

std::optional<BatchLanding::Decision> BatchLanding::compareWith(FileNumber number, File& file, int folder,
                                                                const QString& name,
                                                                const struct stat& status) const
{
    const AnnouncedFile& announced = file.announced;
    const bool isSameTime = milliseconds(status.st_mtim) == announced.modifiedAt;
    if (!S_ISREG(status.st_mode) || status.st_size != announced.size ||
        !(isSameTime || m_options.comparesDigests))
        return std::nullopt;
    const QString path = file.target.parent.childPath(name);
    const QByteArray bytes = name.toUtf8();
    if (!m_options.comparesDigests && !announced.source.isEmpty() &&
        hasOrigin(m_calls, folder, bytes, m_options.batch.holder.originMark(announced.source)))
        return Plan::Skip{number, path};
    // Two files of one name may have one size and one time, too: only their bytes tell.
    const FileDescriptor existing(
        m_calls.openat(folder, bytes.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0),
        m_calls);
    const Result<ChainDigest> digest =
        existing.isOpen() ? digestOf(m_calls, existing.number(), announced.size)
                          : Result<ChainDigest>(systemError(errno, u"Cannot compare “%1”"_s.arg(path)));
    if (!digest) {
        qCInfo(lcFiles) << digest.error().text;
        return std::nullopt;
    }
    file.checkedPath = path;
    return Plan::Check{number, digest->text()};
}

/// Where the bytes of a file go until it is whole.
void BatchLanding::nameStaging(File& file)
{
    const AnnouncedFile& announced = file.announced;
    if (announced.size >= m_options.limits.partialBytes) {
        const HeldBatch& batch = m_options.batch;
        const QByteArray owner = announced.source.isEmpty() ? batch.id : announced.source.toUtf8();
        file.stagingName = batch.holder.partialName(owner, announced.path);
        file.isContinuable = !isInUse(file.stagingName);
    }
    if (!file.isContinuable)
        nameAnew(file);
}

/// A staging file that nobody else knows of and nobody can continue.
void BatchLanding::nameAnew(File& file)
{
    file.isContinuable = false;
    file.stagingName = m_prefix + '-' + QByteArray::number(++m_lastName);
}

/// Whether an open file of this batch, dropped twice perhaps, goes to that staging file. A staged one is
/// locked.
bool BatchLanding::isInUse(const QByteArray& stagingName) const
{
    return std::any_of(m_open.begin(), m_open.end(),
                       [&](const auto& entry) { return entry.second.stagingName == stagingName; });
}

Result<BatchLanding::Decision> BatchLanding::want(FileNumber number, File file)
{
    const AnnouncedFile& announced = file.announced;
    nameStaging(file);
    if (file.isContinuable) {
        if (const auto start = FileWriter::whereToStart(m_calls, writerTarget(file))) {
            file.from = start->progress;
            file.isRestarted = start->isOther;
        } else { // somebody else is at it
            nameAnew(file);
        }
    }
    if (const Result<void> space = checkSpace(file); !space)
        return space.error();

    m_wantedBytes += announced.size - file.from.offset;
    const Plan::Want wanted{number, file.from.offset, file.from.digest.value(), file.isRestarted};
    const auto entry = m_open.emplace(number, std::move(file)).first;
    if (entry->second.announced.size > 0)
        return Decision(wanted);
    Result<void> made = openWriter(entry->second);
    if (made)
        made = complete(number);
    if (!made) {
        discard(number);
        return made.error();
    }
    return Decision(Nothing());
}

Result<void> BatchLanding::checkSpace(const File& file) const
{
    // Small files are too many to ask for each; their own write will tell.
    const qint64 needed = file.announced.size - file.from.offset;
    if (needed < m_options.limits.partialBytes)
        return {};
    const Result<qint64> free = m_folder->bytesFree();
    if (!free && free.error().code == ErrorCode::Unsupported)
        return {};
    if (!free)
        return free.error();
    const qint64 left = std::max<qint64>(0, free.value() - m_wantedBytes);
    if (needed <= left)
        return {};
    return Error{ErrorCode::NoSpace,
                 u"Not enough space for “%1”: it needs %2 bytes, %3 are free."_s.arg(
                     file.announced.path, QString::number(needed), QString::number(left))};
}

FileWriter::Target BatchLanding::writerTarget(const File& file) const
{
    const AnnouncedFile& announced = file.announced;
    return {m_staging.number(),
            file.stagingName,
            {announced.path, announced.size, announced.modifiedAt, announced.version},
            m_options.keepsExecutable && announced.isExecutable,
            file.isContinuable};
}

Result<void> BatchLanding::openWriter(File& file)
{
    Result<std::unique_ptr<FileWriter>> writer =
        FileWriter::open(m_calls, writerTarget(file), file.from, m_options.limits);
    const bool isBusy = !writer && writer.error().code == ErrorCode::Busy;
    if (isBusy && file.isContinuable && file.from.offset == 0) { // somebody else has begun it meanwhile
        nameAnew(file);
        writer = FileWriter::open(m_calls, writerTarget(file), file.from, m_options.limits);
    }
    if (!writer)
        return writer.error();
    file.writer = std::move(writer).value();
    return {};
}

Result<void> BatchLanding::keep(FileNumber number)
{
    const auto found = m_open.find(number);
    if (found == m_open.end() || found->second.checkedPath.isEmpty())
        return Error{ErrorCode::ProtocolError, u"A file was kept that was not to be compared."_s};
    m_wantedBytes -= found->second.announced.size;
    m_open.erase(found);
    return {};
}

Result<BatchLanding::ChunkResult> BatchLanding::write(const ChunkHeader& header, QByteArrayView bytes)
{
    const auto found = m_open.find(header.file);
    if (found == m_open.end())
        return ChunkResult::Unknown;
    File& file = found->second;
    if (header.offset >= file.announced.size ||
        header.length != std::min(chunkBytes, file.announced.size - header.offset))
        return Error{ErrorCode::ProtocolError, u"A chunk does not fit its file."_s};
    if (Hash128::of(bytes) != header.hash) {
        if (++file.damaged <= m_options.limits.badChunks)
            return ChunkResult::Damaged;
        return giveUp(header.file, {ErrorCode::DigestMismatch,
                                    u"“%1” arrived damaged again and again."_s.arg(file.announced.path)});
    }
    letRest(m_fewOpen.use(header.file));
    Result<void> step;
    if (!file.writer)
        step = openWriter(file);
    if (step)
        step = file.writer->write(header.offset, header.hash, bytes);
    if (!step && step.error().code == ErrorCode::NoSpace)
        return ChunkResult::NoSpace;
    if (step) {
        m_wantedBytes -= file.writer->offset() - file.from.offset;
        file.from = {file.writer->offset(), file.writer->digest()};
        // Not to be tried again, whatever fails there: a sync that failed once says nothing true the next
        // time.
        if (file.writer->isWhole())
            step = complete(header.file);
    }
    return step ? Result<ChunkResult>(ChunkResult::Written) : giveUp(header.file, step.error());
}

void BatchLanding::letRest(std::optional<FileNumber> number)
{
    const auto found = number ? m_open.find(*number) : m_open.end();
    if (found != m_open.end() && found->second.writer)
        found->second.writer->rest();
}

Error BatchLanding::giveUp(FileNumber number, const Error& error)
{
    discard(number);
    return error;
}

const AnnouncedFile* BatchLanding::find(FileNumber number) const
{
    const auto found = m_open.find(number);
    return found == m_open.end() ? nullptr : &found->second.announced;
}

QString BatchLanding::checkedPath(FileNumber number) const
{
    const auto found = m_open.find(number);
    return found == m_open.end() ? QString() : found->second.checkedPath;
}

qint64 BatchLanding::offsetOf(FileNumber number) const
{
    const auto found = m_open.find(number);
    return found == m_open.end() ? 0 : found->second.from.offset;
}

void BatchLanding::discard(FileNumber number)
{
    const auto found = m_open.find(number);
    if (found == m_open.end())
        return;
    File& file = found->second;
    m_wantedBytes -= file.announced.size - file.from.offset;
    // One that could be continued may lie there from an earlier time.
    if (!file.writer && (file.from.offset > 0 || file.isRestarted))
        static_cast<void>(openWriter(file));
    if (file.writer)
        file.writer->discard();
    m_open.erase(found);
}

bool BatchLanding::keepsSomething() const
{
    return std::any_of(m_open.begin(), m_open.end(), [](const auto& entry) {
        return entry.second.isContinuable && entry.second.from.offset > 0;
    });
}

void BatchLanding::discardAll()
{
    while (!m_open.empty())
        discard(m_open.begin()->first);
}

} // namespace sockdrop
