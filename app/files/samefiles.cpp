#include "samefiles.h"

#include "chunkreader.h"
#include "logging.h"
#include "originmark.h"
#include "systemcalls.h"

#include <cerrno>
#include <fcntl.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// Files of one name follow each other.
constexpr size_t mostFamilies = 64;
/// Every file system holds a time at least so exactly.
constexpr qint64 coarsest = 2000;

bool isSameMoment(const timespec& a, const timespec& b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

bool isUntouched(const struct stat& before, const struct stat& now)
{
    return before.st_dev == now.st_dev && before.st_ino == now.st_ino && before.st_size == now.st_size &&
           isSameMoment(before.st_mtim, now.st_mtim) && isSameMoment(before.st_ctim, now.st_ctim);
}

std::optional<struct stat> statusOf(const SystemCalls& calls, int folder, const QString& name)
{
    struct stat status = {};
    if (calls.fstatat(folder, name.toUtf8().constData(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return std::nullopt;
    return status;
}

} // namespace

struct SameFiles::Search
{
    const int folder;
    const int staging;
    const TargetFolders::Target& target;
    const AnnouncedFile& announced;
    const NameGiver::File& file;
};

SameFiles::Found SameFiles::find(TargetFolders::Folder& folder, const TargetFolders::Target& target,
                                 const AnnouncedFile& announced, const NameGiver::File& file, int staging)
{
    const Search search{folder.descriptor.number(), staging, target, announced, file};
    const QString name = target.path.components().last();
    const std::optional<struct stat> first = statusOf(m_calls, search.folder, name);
    if (!first)
        return {};
    // Mostly it is this one.
    if (isSame(search, {name, *first, markOf(m_calls, search.folder, name.toUtf8()), {}}))
        return {name, {}};
    Family& known = family(folder, target);
    const auto marked = known.byMark.constFind(file.mark);
    if (marked != known.byMark.cend() && isSame(search, known.files[*marked]))
        return {known.files[*marked].name, {}};
    Found found;
    for (Existing& existing : known.files) {
        if (!isAlike(search, existing))
            continue;
        if (announced.size == 0)
            return {existing.name, {}};
        if (std::optional<Candidate> other = candidate(search, existing))
            found.candidates.push_back(*std::move(other));
    }
    return found;
}

/// What is there under the name and its numbers, but for what was named since.
SameFiles::Family& SameFiles::family(TargetFolders::Folder& folder, const TargetFolders::Target& target)
{
    const QString path = target.path.toString();
    const auto known = m_families.find(path);
    if (known != m_families.end())
        return known->second;
    if (m_families.size() >= mostFamilies)
        m_families.clear();
    Family& family = m_families[path];
    const int descriptor = folder.descriptor.number();
    const QString name = target.path.components().last();
    add(family, descriptor, name);
    for (const int number : folder.numbers.of(m_calls, descriptor, name))
        add(family, descriptor, folder.numbers.numbered(name, number));
    return family;
}

void SameFiles::add(Family& family, int folder, const QString& name) const
{
    const std::optional<struct stat> status = statusOf(m_calls, folder, name);
    if (!status || !S_ISREG(status->st_mode))
        return;
    const QByteArray mark = markOf(m_calls, folder, name.toUtf8());
    if (!mark.isEmpty())
        family.byMark.insert(mark, family.files.size());
    family.files.push_back({name, *status, mark, {}});
}

/// Whether it is worth a look into it.
bool SameFiles::isAlike(const Search& search, const Existing& existing) const
{
    if (!S_ISREG(existing.status.st_mode) || existing.status.st_size != search.announced.size)
        return false;
    const bool isIts = !search.file.mark.isEmpty() && existing.mark == search.file.mark;
    const bool isAlike = m_compare == Compare::Digests || isIts ||
                         timeBetween(search.announced, existing.status.st_mtim) <= coarsest;
    return isAlike && m_names.mayKeep(search.target.parent, existing.name, search.file.owner);
}

/// Without a look into it.
bool SameFiles::isSame(const Search& search, const Existing& existing)
{
    if (!isAlike(search, existing))
        return false;
    if (search.announced.size == 0)
        return true;
    const std::optional<struct stat> now = statusOf(m_calls, search.folder, existing.name);
    return m_compare == Compare::Times && !search.file.mark.isEmpty() && existing.mark == search.file.mark &&
           now && isUntouched(existing.status, *now) &&
           m_grain.isHeldAs(search.staging, search.announced, existing.status.st_mtim);
}

std::optional<SameFiles::Candidate> SameFiles::candidate(const Search& search, Existing& existing)
{
    const FileDescriptor file(m_calls.openat(search.folder, existing.name.toUtf8().constData(),
                                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0),
                              m_calls);
    struct stat now = {};
    if (!file.isOpen() || m_calls.fstat(file.number(), &now) != 0 || now.st_size != existing.status.st_size)
        return std::nullopt;
    if (!existing.digest || !isUntouched(existing.status, now)) {
        const Result<ChainDigest> digest = digestOf(m_calls, file.number(), now.st_size);
        if (!digest) {
            qCInfo(lcFiles) << "cannot compare" << existing.name << digest.error().text;
            return std::nullopt;
        }
        existing.digest = digest.value();
        existing.status = now;
    }
    return Candidate{existing.name, *existing.digest, existing.status};
}

bool SameFiles::isUnchanged(int folder, const Candidate& candidate) const
{
    const std::optional<struct stat> now = statusOf(m_calls, folder, candidate.name);
    return now && isUntouched(candidate.status, *now);
}

} // namespace sockdrop
