#include "batchlanding.h"

#include "chunkreader.h"
#include "datasize.h"
#include "logging.h"
#include "systemcalls.h"

#include <QRandomGenerator>

#include <algorithm>
#include <cerrno>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Digests that one check tells of; with more of them a plan could become too long a message.
constexpr qsizetype mostDigests = 100;
constexpr qint64 mostWantedBytes = (1LL << 53) - 1; ///< announced and not landed, all together

/// Group and others get no more than the sender's own have.
mode_t modeOf(const AnnouncedFile& announced, bool keepsExecutable)
{
    const mode_t whole = keepsExecutable && announced.isExecutable ? 0777 : 0666;
    return whole & (S_IRWXU | announced.mode);
}

} // namespace

BatchLanding::BatchLanding(std::shared_ptr<const LandingFolder> folder, const BatchLandingOptions& options)
    : m_folder(std::move(folder)), m_options(options), m_calls(m_folder->calls()),
      m_prefix(QByteArray::number(QRandomGenerator::system()->generate64(), 16)),
      m_targets(*m_folder, options.limits),
      m_names(*m_folder, options.conflict, options.given ? options.given : std::make_shared<GivenNames>()),
      m_same(*m_folder, m_names,
             options.comparesDigests ? SameFiles::Compare::Digests : SameFiles::Compare::Times,
             m_prefix + "-time"),
      m_fewOpen(options.limits.openWriters)
{}

BatchLanding::~BatchLanding()
{
    leave();
    settle([] { return false; });
}

void BatchLanding::leave()
{
    for (const std::vector<Staged>* list : {&m_synced, &m_unsynced}) {
        for (const Staged& staged : *list) {
            if (!leave(staged.file))
                removeStaged(staged);
        }
    }
    m_synced.clear();
    m_unsynced.clear();
    for (const auto& [number, file] : m_open) {
        if (!leave(file) && file.writer)
            file.writer->discard();
    }
    m_open.clear();
    m_whole.clear();
    m_reading.clear();
    m_missing.clear();
}

/// False for one that nobody can continue.
bool BatchLanding::leave(const File& file)
{
    if (!file.writer || !file.isContinuable)
        return false;
    if (std::optional<LeftPartial> left = file.writer->leave())
        m_left.push_back(*std::move(left));
    return true;
}

void BatchLanding::settle(const std::function<bool()>& isOver)
{
    for (LeftPartial& left : std::exchange(m_left, {})) {
        if (!left.settle(isOver) && m_folder->discardPartial(left.name()))
            qCWarning(lcFiles) << "removed a partial file whose sync failed";
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
    // Sums of what a stranger says stay numbers.
    if (announced.size > mostWantedBytes - m_wantedBytes)
        return Error{ErrorCode::TooLarge, u"“%1” is too large."_s.arg(announced.path)};
    Result<TargetFolders::Target> target = m_targets.find(announced.path);
    if (!target)
        return target.error();
    File file(announced, std::move(target).value());
    file.owner = ownerOf(number, announced);
    if (announced.isFolder) {
        const Result<TargetFolders::Folder*> there = m_targets.peek(file.target.path);
        file.wasThere = there && there.value()->descriptor.isOpen();
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
        m_wantedBytes += stillNeeded(file);
        m_open.emplace(number, std::move(file));
    }
    return *std::move(same).value();
}

/// Where a sender does not tell its files apart, their numbers do.
GivenNames::Owner BatchLanding::ownerOf(FileNumber number, const AnnouncedFile& file) const
{
    return GivenNames::ownerFor(file.source.isEmpty() ? m_options.batch.id + '/' + QByteArray::number(number)
                                                      : file.source.toUtf8());
}

NameGiver::File BatchLanding::naming(const File& file) const
{
    return {file.owner, m_options.batch.holder.originMark(file.announced.source)};
}

/// Looks for the same file under the names it might have got: nothing where it has to be sent.
Result<std::optional<BatchLanding::Decision>> BatchLanding::compare(FileNumber number, File& file)
{
    const Result<TargetFolders::Folder*> folder = m_targets.peek(file.target.parent);
    if (!folder)
        return folder.error();
    if (!folder.value()->descriptor.isOpen())
        return std::optional<Decision>();
    SameFiles::Found found =
        m_same.find(*folder.value(), file.target, file.announced, naming(file), m_staging.number());
    if (found.same && m_names.keep(file.target.parent, *found.same, file.owner))
        return std::optional<Decision>(Plan::Skip{number, file.target.parent.childPath(*found.same)});
    file.candidates = std::move(found.candidates);
    file.isChecked = m_names.beginComparing(file.target, candidateNames(file));
    if (file.isChecked)
        return std::optional<Decision>(checkOf(number, file));
    const Result<void> allowed = m_names.check(folder.value()->descriptor.number(), file.target, file.owner);
    if (!allowed)
        return allowed.error();
    return std::optional<Decision>();
}

Plan::Check BatchLanding::checkOf(FileNumber number, const File& file)
{
    const SameFiles::Candidate& first = file.candidates.front();
    Plan::Check check{number, first.digest.text(), {}, file.target.parent.childPath(first.name)};
    for (const SameFiles::Candidate& candidate : file.candidates) {
        const QString digest = candidate.digest.text();
        if (digest != check.digest && !check.others.contains(digest) && check.others.size() < mostDigests)
            check.others.append(digest);
    }
    return check;
}

QStringList BatchLanding::candidateNames(const File& file)
{
    QStringList names;
    for (const SameFiles::Candidate& candidate : file.candidates)
        names.append(candidate.name);
    return names;
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

    m_wantedBytes += stillNeeded(file);
    const Plan::Want wanted{number, file.from.offset, file.from.digest.value(), file.isRestarted};
    const auto entry = m_open.emplace(number, std::move(file)).first;
    if (entry->second.announced.size > 0)
        return Decision(wanted);
    Result<void> made = openWriter(number, entry->second);
    if (made)
        made = finish(number);
    if (!made) {
        discard(number);
        return made.error();
    }
    return Decision(Nothing());
}

/// On the disk, at most: where the holes are only its sender knows.
qint64 BatchLanding::stillNeeded(const File& file)
{
    return std::min(file.announced.size - file.from.offset, file.announced.neededSpace());
}

Result<void> BatchLanding::checkSpace(const File& file) const
{
    // Small files are too many to ask for each; their own write will tell.
    const qint64 needed = stillNeeded(file);
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
    return Error{ErrorCode::NoSpace, u"Not enough space for “%1”: %2 needed, %3 free."_s.arg(
                                         file.announced.path, dataSize(needed), dataSize(left))};
}

FileWriter::Target BatchLanding::writerTarget(const File& file) const
{
    const AnnouncedFile& announced = file.announced;
    return {m_staging.number(),
            file.stagingName,
            {announced.path, announced.size, announced.modifiedAt, announced.version},
            modeOf(announced, m_options.keepsExecutable),
            file.isContinuable,
            announced.neededSpace() < announced.size,
            announced.modified()};
}

Result<void> BatchLanding::openWriter(FileNumber number, File& file)
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
    if (file.writer->isReading())
        m_reading.push_back(number);
    return {};
}

Result<QString> BatchLanding::keep(FileNumber number, const QString& digest)
{
    const auto found = m_open.find(number);
    if (found == m_open.end() || !found->second.isChecked)
        return Error{ErrorCode::ProtocolError, u"A file was kept that was not to be compared."_s};
    File& file = found->second;
    const std::optional<QString> name =
        keptAs(file, digest.isEmpty() ? file.candidates.front().digest.text() : digest);
    if (!name)
        return Error{ErrorCode::ProtocolError,
                     u"A file was kept for another one than it was compared with."_s};
    QString path = file.target.parent.childPath(*name);
    endChecking(file);
    m_wantedBytes -= stillNeeded(file);
    m_open.erase(found);
    return path;
}

/// Another file may have been found to be the same one: then there is no other for this one.
std::optional<QString> BatchLanding::keptAs(const File& file, const QString& digest)
{
    std::optional<QString> kept;
    for (const SameFiles::Candidate& candidate : file.candidates) {
        if (candidate.digest.text() != digest)
            continue;
        if (m_names.keep(file.target.parent, candidate.name, file.owner))
            return candidate.name;
        kept = kept.value_or(candidate.name);
    }
    return kept;
}

/// It is no more the sender who compares.
void BatchLanding::endChecking(File& file)
{
    if (std::exchange(file.isChecked, false))
        m_names.endComparing(file.target, candidateNames(file));
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
    endChecking(file);
    if (!file.writer)
        step = openWriter(header.file, file);
    if (step)
        step = file.writer->write(header.offset, header.hash, bytes);
    if (!step && step.error().code == ErrorCode::NoSpace)
        return ChunkResult::NoSpace;
    if (step) {
        m_wantedBytes -= stillNeeded(file);
        file.from = {file.writer->offset(), file.writer->digest()};
        m_wantedBytes += stillNeeded(file);
        // Not to be tried again, whatever fails there: a sync that failed once says nothing true the next
        // time.
        if (file.writer->isWhole())
            step = finish(header.file);
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
    endChecking(file);
    m_wantedBytes -= stillNeeded(file);
    // One that could be continued may lie there from an earlier time.
    if (!file.writer && (file.from.offset > 0 || file.isRestarted))
        static_cast<void>(openWriter(number, file));
    if (file.writer)
        file.writer->discard();
    std::erase(m_reading, number);
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
