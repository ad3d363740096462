#pragma once

#include "conflictpolicy.h"
#include "givennames.h"
#include "placement.h"
#include "targetfolders.h"

#include <memory>

namespace sockdrop {

/// Gives the files of a batch their names by its conflict policy, and never one that another file of the same
/// sender was given: that one then gets a number, whatever the policy. Used from one thread.
class NameGiver final
{
public:
    NameGiver(const LandingFolder& folder, ConflictPolicy conflict, std::shared_ptr<GivenNames> given);

    /// A file, as it is told from others.
    struct File
    {
        GivenNames::Owner owner = 0;
        QByteArray mark; ///< see markOf(); empty: older versions of it cannot be told
    };
    /// Moves a whole file to its target, whose folder is open as `folder`; the name it got. Not synced.
    [[nodiscard]] Result<QString> give(const StagedFile& staged, TargetFolders::Folder& folder,
                                       const TargetFolders::Target& target, const File& file);
    /// A folder of the batch has its name, too.
    void giveFolder(const SafePath& path);

    /// Whether a file that is there as `name` in the folder `parent` may turn out to be this one.
    [[nodiscard]] bool mayKeep(const SafePath& parent, const QString& name, GivenNames::Owner owner) const;
    /// It did: nobody else gets the name. False where another file has it by now.
    [[nodiscard]] bool keep(const SafePath& parent, const QString& name, GivenNames::Owner owner);
    /// Holds names for a file while its sender compares, until endComparing(); false where others are
    /// compared with as many files as there are.
    [[nodiscard]] bool beginComparing(const TargetFolders::Target& target, const QStringList& names);
    void endComparing(const TargetFolders::Target& target, const QStringList& names);
    /// Whether the policy lets a file land there, as far as that can be known before: AlreadyExists.
    [[nodiscard]] Result<void> check(int folder, const TargetFolders::Target& target,
                                     GivenNames::Owner owner) const;

private:
    struct Giving;

    [[nodiscard]] Result<void> giveAs(const Giving& giving, const QString& name, ConflictPolicy conflict);
    [[nodiscard]] std::optional<QString> replaceOlder(const Giving& giving);
    [[nodiscard]] Result<QString> giveNumbered(const Giving& giving);
    [[nodiscard]] bool isTaken(const QString& key, GivenNames::Owner owner) const;
    [[nodiscard]] QString keyOf(const QString& path) const;

    const LandingFolder& m_folder;
    const ConflictPolicy m_conflict;
    const std::shared_ptr<GivenNames> m_given;
    const GivenNames::Owner m_comparing; ///< has the names that are held
    QHash<QString, int> m_held;          ///< for so many files
    QHash<QString, int> m_compared;      ///< files of a name that are compared now
    QString m_lastFolder;                ///< that has its name
};

} // namespace sockdrop
