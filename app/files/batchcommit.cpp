// How the files of a BatchLanding get from whole to their final names.
#include "batchlanding.h"
#include "filetimes.h"
#include "logging.h"
#include "systemcalls.h"

#include <cerrno>

namespace sockdrop {

using namespace Qt::StringLiterals;

/// Completes a file whose every byte is there, or leaves that to commit() where there is no space for it.
Result<void> BatchLanding::finish(FileNumber number)
{
    Result<void> step = complete(number);
    if (step || step.error().code != ErrorCode::NoSpace)
        return step;
    m_lacksSpace = true;
    m_whole.push_back(number);
    return {};
}

void BatchLanding::completeAll(std::vector<Outcome>& outcomes)
{
    for (const FileNumber number : std::exchange(m_whole, {})) {
        const auto found = m_open.find(number);
        if (found == m_open.end())
            continue;
        const AnnouncedFile announced = found->second.announced;
        if (const Result<void> step = finish(number); !step)
            outcomes.push_back({number, announced, giveUp(number, step.error()), {}});
    }
}

/// From open to staged. After an error the file is still open.
Result<void> BatchLanding::complete(FileNumber number)
{
    File& file = m_open.at(number);
    Result<void> step;
    if (m_options.readsBack && !file.isReadBack)
        step = file.writer->readBack();
    file.isReadBack = step.isOk();
    if (step)
        step = file.writer->finish(m_options.batch.holder.originMark(file.announced.source),
                                   m_options.originUrl, file.isContinuable);
    if (!step)
        return step;
    Staged staged{number, std::move(file), {}};
    m_open.erase(number);
    staged.digest = staged.file.writer->digest();
    if (staged.file.isContinuable) {
        m_synced.push_back(std::move(staged)); // with its writer, and that with its lock
    } else {
        staged.file.writer.reset();
        m_unsyncedBytes += staged.file.announced.size;
        m_unsynced.push_back(std::move(staged));
    }
    return {};
}

void BatchLanding::readOn()
{
    const FileNumber number = m_reading.front();
    letRest(m_fewOpen.use(number));
    File& file = m_open.at(number);
    file.writer->readOn();
    if (!file.writer->isReading())
        concludeReading(number);
}

void BatchLanding::concludeReading(FileNumber number)
{
    std::erase(m_reading, number);
    File& file = m_open.at(number);
    file.isMended = file.writer->isMissing();
    if (file.isMended)
        m_missing.push_back(number);
    if (file.writer->isWhole())
        m_whole.push_back(number);
}

std::vector<Again> BatchLanding::takeMissing()
{
    std::erase_if(m_missing, [this](FileNumber number) {
        const auto found = m_open.find(number);
        return found == m_open.end() || !found->second.writer->isMissing();
    });
    std::vector<Again> missing;
    for (const FileNumber number : m_missing) {
        while (const std::optional<qint64> offset = m_open.at(number).writer->nextMissing())
            missing.push_back({number, *offset});
    }
    return missing;
}

std::vector<BatchLanding::Outcome> BatchLanding::commit(Commit which)
{
    std::vector<Outcome> outcomes;
    m_lacksSpace = false;
    completeAll(outcomes);
    const bool isGroup = std::ssize(m_unsynced) >= m_options.limits.commitFiles ||
                         m_unsyncedBytes >= m_options.limits.commitBytes || which == Commit::All;
    if (isGroup && !m_unsynced.empty()) {
        const bool isSynced = m_calls.syncfs(m_staging.number()) == 0;
        const int problem = errno;
        for (Staged& staged : m_unsynced) {
            if (isSynced) {
                m_synced.push_back(std::move(staged));
                continue;
            }
            const QString path = staged.file.announced.path;
            removeStaged(staged);
            outcomes.push_back({staged.number,
                                staged.file.announced,
                                systemError(problem, u"Cannot save “%1”"_s.arg(path)),
                                {}});
        }
        m_unsynced.clear();
        m_unsyncedBytes = 0;
    }
    std::vector<Staged> ready = std::exchange(m_synced, {});
    placeAll(ready, outcomes);
    return outcomes;
}

void BatchLanding::placeAll(std::vector<Staged>& list, std::vector<Outcome>& outcomes)
{
    if (list.empty())
        return;
    const QString top = m_folder->currentPath() + u'/';
    for (Staged& staged : list) {
        const Result<QString> path = place(staged);
        if (!path && path.error().code == ErrorCode::NoSpace) {
            m_lacksSpace = true;
            m_synced.push_back(std::move(staged));
            continue;
        }
        if (!path) {
            removeStaged(staged);
            outcomes.push_back({staged.number, staged.file.announced, path.error(), {}});
            continue;
        }
        QStringList notes;
        if (staged.file.target.path.wasChanged())
            notes += u"The name was changed to a safe one."_s;
        if (staged.file.isRestarted)
            notes += u"The file had changed since an earlier attempt, so it was sent from its start."_s;
        if (staged.file.wasThere && !staged.file.announced.isFolder)
            notes += u"The same file was there already."_s;
        if (staged.file.isMended)
            notes += u"What had come earlier was damaged on the disk, so it was sent again."_s;
        const AnnouncedFile& announced = staged.file.announced;
        outcomes.push_back({staged.number, announced,
                            LandedFile{path.value(), top + path.value(), announced.size,
                                       announced.isFolder ? QString() : staged.digest.text()},
                            notes.join(u' '), announced.isFolder && staged.file.wasThere});
    }
}

/// The relative path it got.
Result<QString> BatchLanding::place(Staged& staged)
{
    File& file = staged.file;
    const TargetFolders::Target& target = file.target;
    if (file.announced.isFolder) {
        const Result<TargetFolders::Folder*> made = m_targets.open(target.path);
        if (made)
            m_names.giveFolder(target.path);
        return made ? Result<QString>(target.path.toString()) : made.error();
    }
    const Result<TargetFolders::Folder*> folder = m_targets.open(target.parent);
    if (!folder)
        return folder.error();
    if (const auto same = findAgain(staged, folder.value()->descriptor.number())) {
        file.wasThere = true;
        removeStaged(staged);
        return target.parent.childPath(*same);
    }
    const Result<QString> name =
        m_names.give({m_staging.number(), file.stagingName}, *folder.value(), target, naming(file));
    if (!name)
        return name.error();
    if (file.isContinuable)
        static_cast<void>(
            m_calls.unlinkat(m_staging.number(), FileWriter::journalName(file.stagingName).constData()));
    return target.parent.childPath(name.value());
}

/// What it turned out to be the same as, now that every byte is here: its sender could not compare with all.
std::optional<QString> BatchLanding::findAgain(const Staged& staged, int folder)
{
    const File& file = staged.file;
    for (const SameFiles::Candidate& candidate : file.candidates) {
        if (candidate.digest == staged.digest && m_same.isUnchanged(folder, candidate) &&
            m_names.keep(file.target.parent, candidate.name, file.owner))
            return candidate.name;
    }
    return std::nullopt;
}

void BatchLanding::setTime(const FolderTime& folder)
{
    const Result<TargetFolders::Target> target = m_targets.find(folder.path);
    const Result<TargetFolders::Folder*> opened =
        target ? m_targets.peek(target->path) : Result<TargetFolders::Folder*>(target.error());
    if (opened && opened.value()->descriptor.isOpen() &&
        m_calls.futimens(opened.value()->descriptor.number(), timesToSet(folder.modified).data()) != 0)
        qCInfo(lcFiles) << "the time of a folder was not set:" << folder.path;
}

Result<void> BatchLanding::sync()
{
    if (m_calls.syncfs(m_folder->descriptor()) != 0)
        return systemError(errno, u"Cannot save the files for good"_s);
    return {};
}

void BatchLanding::removeStaged(const Staged& staged) const
{
    if (staged.file.announced.isFolder)
        return;
    const QByteArray& name = staged.file.stagingName;
    static_cast<void>(m_calls.unlinkat(m_staging.number(), name.constData()));
    if (staged.file.isContinuable)
        static_cast<void>(m_calls.unlinkat(m_staging.number(), FileWriter::journalName(name).constData()));
}

} // namespace sockdrop
