#pragma once

#include "chunk.h"
#include "namegiver.h"
#include "timegrain.h"

#include <QHash>

#include <map>
#include <optional>
#include <sys/stat.h>
#include <vector>

namespace sockdrop {

/// Finds the files in the destination that may be the same as an announced one, under its name and the names
/// that numberedName() makes of it. What is there is looked at once for a batch, and read once. Used from one
/// thread.
class SameFiles final
{
public:
    enum class Compare {
        Times,   ///< and marks: whose both fit is the same
        Digests, ///< whatever the times say
    };
    SameFiles(const LandingFolder& folder, NameGiver& names, Compare compare, const QByteArray& ownFileName)
        : m_calls(folder.calls()), m_names(names), m_compare(compare), m_grain(m_calls, ownFileName)
    {}

    /// One that only its bytes can tell.
    struct Candidate
    {
        QString name;
        ChainDigest digest;
        struct stat status = {}; ///< when it was read
    };
    struct Found
    {
        std::optional<QString> same; ///< the name of the same file
        std::vector<Candidate> candidates;
    };
    /// `staging`: the open staging folder.
    [[nodiscard]] Found find(TargetFolders::Folder& folder, const TargetFolders::Target& target,
                             const AnnouncedFile& announced, const NameGiver::File& file, int staging);

    /// Whether nobody has changed the candidate since it was read.
    [[nodiscard]] bool isUnchanged(int folder, const Candidate& candidate) const;

private:
    struct Existing
    {
        QString name;
        struct stat status = {};
        QByteArray mark;
        std::optional<ChainDigest> digest;
    };
    struct Search;
    struct Family
    {
        std::vector<Existing> files;
        QHash<QByteArray, size_t> byMark;
    };

    [[nodiscard]] Family& family(TargetFolders::Folder& folder, const TargetFolders::Target& target);
    void add(Family& family, int folder, const QString& name) const;
    [[nodiscard]] bool isAlike(const Search& search, const Existing& existing) const;
    [[nodiscard]] bool isSame(const Search& search, const Existing& existing);
    [[nodiscard]] std::optional<Candidate> candidate(const Search& search, Existing& existing);

    const SystemCalls& m_calls;
    NameGiver& m_names;
    const Compare m_compare;
    TimeGrain m_grain;
    std::map<QString, Family> m_families; ///< by path
};

} // namespace sockdrop
