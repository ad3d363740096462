#pragma once

#include "conflictpolicy.h"
#include "filedigest.h"
#include "landingfolder.h"
#include "safepath.h"

#include <QByteArrayView>
#include <QDateTime>

#include <memory>

namespace sockdrop {

/// A file that has its final name.
struct LandedFile
{
    QString relativePath; ///< in the destination, with `/`
    QString absolutePath;
    qint64 bytes = 0;
    QString digest; ///< FileDigest::text(); empty for a folder
};

/// One incoming file on its way from the first byte to its final name. Under that name it is complete,
/// always: bytes go to a staging file, finish() checks, syncs and renames. Used from one thread at a time.
class Landing final
{
public:
    /// Checks the space, makes the staging file and reserves `size` bytes. `size` -1: not declared.
    /// AlreadyExists with ConflictPolicy::Skip; NoSpace; …
    [[nodiscard]] static Result<std::unique_ptr<Landing>> begin(std::shared_ptr<const LandingFolder> folder,
                                                                const SafePath& path, qint64 size,
                                                                ConflictPolicy conflict);

    /// Makes a folder and those above it; one that is there already is fine.
    [[nodiscard]] static Result<LandedFile> makeFolder(const LandingFolder& folder, const SafePath& path);

    /// Unless finished or discarded, the staging file stays as a partial.
    ~Landing();
    Q_DISABLE_COPY_MOVE(Landing)

    /// Writes all of `bytes` or fails; TooLarge past the declared size. After an error only discard() or
    /// destruction may follow.
    [[nodiscard]] Result<void> append(QByteArrayView bytes);

    [[nodiscard]] qint64 bytes() const;

    /// Checks the size against the declared one, sets the modification time where it is valid and the origin
    /// (see setOriginUrl()), syncs, gives
    /// the file its final name by the conflict policy and syncs the folder.
    [[nodiscard]] Result<LandedFile> finish(const QDateTime& modifiedAt, const QByteArray& originUrl = {});

    /// Removes the staging file.
    void discard();

private:
    struct State;
    explicit Landing(std::unique_ptr<State> state);

    std::unique_ptr<State> m_state;
};

} // namespace sockdrop
