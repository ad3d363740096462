#include "namegiver.h"

#include "numberednames.h"
#include "originmark.h"

#include <QRandomGenerator>

namespace sockdrop {

namespace {

constexpr GivenNames::Owner anyFolder = 0;

}

struct NameGiver::Giving
{
    const StagedFile& staged;
    TargetFolders::Folder& folder;
    const SafePath& parent;
    const QString name;
    const File& file;
};

QString NameGiver::keyOf(const QString& path) const
{
    const QString key = m_folder.path() + u'/' + path;
    return m_folder.ignoresCase() ? key.toCaseFolded() : key;
}

NameGiver::NameGiver(const LandingFolder& folder, ConflictPolicy conflict, std::shared_ptr<GivenNames> given)
    : m_folder(folder), m_conflict(conflict), m_given(std::move(given)),
      m_comparing(QRandomGenerator::system()->generate64())
{}

bool NameGiver::isTaken(const QString& key, GivenNames::Owner owner) const
{
    const std::optional<GivenNames::Owner> has = m_given->ownerOf(key);
    return has && *has != owner;
}

bool NameGiver::mayKeep(const SafePath& parent, const QString& name, GivenNames::Owner owner) const
{
    const std::optional<GivenNames::Owner> has = m_given->ownerOf(keyOf(parent.childPath(name)));
    return !has || *has == owner || *has == m_comparing;
}

bool NameGiver::keep(const SafePath& parent, const QString& name, GivenNames::Owner owner)
{
    const QString key = keyOf(parent.childPath(name));
    return m_given->take(key, owner) || m_given->pass(key, m_comparing, owner);
}

bool NameGiver::beginComparing(const TargetFolders::Target& target, const QStringList& names)
{
    int& compared = m_compared[target.path.toString()];
    if (compared >= names.size())
        return false;
    ++compared;
    for (const QString& name : names) {
        const QString key = keyOf(target.parent.childPath(name));
        if (++m_held[key] == 1)
            static_cast<void>(m_given->take(key, m_comparing));
    }
    return true;
}

void NameGiver::endComparing(const TargetFolders::Target& target, const QStringList& names)
{
    if (--m_compared[target.path.toString()] == 0)
        m_compared.remove(target.path.toString());
    for (const QString& name : names) {
        const QString key = keyOf(target.parent.childPath(name));
        if (--m_held[key] > 0)
            continue;
        m_held.remove(key);
        m_given->giveBack(key, m_comparing);
    }
}

Result<void> NameGiver::check(int folder, const TargetFolders::Target& target, GivenNames::Owner owner) const
{
    const QString name = target.path.components().last();
    if (isTaken(keyOf(target.parent.childPath(name)), owner))
        return {};
    return checkConflict(m_folder.calls(), folder, name, m_conflict);
}

void NameGiver::giveFolder(const SafePath& path)
{
    const QString last = path.toString();
    if (last == m_lastFolder)
        return;
    m_lastFolder = last;
    QString above;
    for (const QString& component : path.components()) {
        above += above.isEmpty() ? component : u'/' + component;
        static_cast<void>(m_given->take(keyOf(above), anyFolder));
    }
}

Result<QString> NameGiver::give(const StagedFile& staged, TargetFolders::Folder& folder,
                                const TargetFolders::Target& target, const File& file)
{
    giveFolder(target.parent);
    const Giving giving{staged, folder, target.parent, target.path.components().last(), file};
    const Result<void> given = giveAs(giving, giving.name, m_conflict);
    if (given)
        return giving.name;
    const bool isInTheWay = given.error().code == ErrorCode::AlreadyExists;
    const bool mayBeNumbered = m_conflict == ConflictPolicy::Rename ||
                               isTaken(keyOf(target.parent.childPath(giving.name)), file.owner);
    if (!isInTheWay || !mayBeNumbered)
        return given.error();
    if (const std::optional<QString> name = replaceOlder(giving))
        return *name;
    return giveNumbered(giving);
}

/// AlreadyExists also where another file of the sender has the name.
Result<void> NameGiver::giveAs(const Giving& giving, const QString& name, ConflictPolicy conflict)
{
    const QString key = keyOf(giving.parent.childPath(name));
    if (!m_given->take(key, giving.file.owner))
        return Error{ErrorCode::AlreadyExists, {}};
    Result<void> placed =
        placeFileAs(m_folder.calls(), giving.staged, giving.folder.descriptor.number(), name, conflict);
    if (!placed)
        m_given->giveBack(key, giving.file.owner);
    return placed;
}

/// Under a number only an older version of the same file is replaced: its sender has not named that one.
std::optional<QString> NameGiver::replaceOlder(const Giving& giving)
{
    if (m_conflict != ConflictPolicy::Replace || giving.file.mark.isEmpty())
        return std::nullopt;
    const int folder = giving.folder.descriptor.number();
    for (const int number : giving.folder.numbers.of(m_folder.calls(), folder, giving.name)) {
        const QString other = giving.folder.numbers.numbered(giving.name, number);
        if (markOf(m_folder.calls(), folder, other.toUtf8()) == giving.file.mark &&
            giveAs(giving, other, ConflictPolicy::Replace))
            return other;
    }
    return std::nullopt;
}

Result<QString> NameGiver::giveNumbered(const Giving& giving)
{
    NumberedNames& numbers = giving.folder.numbers;
    const int folder = giving.folder.descriptor.number();
    for (;;) {
        const int number = numbers.firstFree(m_folder.calls(), folder, giving.name);
        if (number >= NumberedNames::mostNumbers)
            return tooManyNames(giving.name);
        const QString other = giving.folder.numbers.numbered(giving.name, number);
        const Result<void> given = giveAs(giving, other, ConflictPolicy::Skip);
        if (!given && given.error().code != ErrorCode::AlreadyExists)
            return given.error();
        numbers.note(giving.name, number);
        if (given)
            return other;
    }
}

} // namespace sockdrop
