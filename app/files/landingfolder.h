#pragma once

#include "destinationnames.h"
#include "filedescriptor.h"
#include "programlimits.h"
#include "result.h"

#include <QByteArray>
#include <QDateTime>
#include <QList>
#include <QMetaType>
#include <QString>

#include <memory>

namespace sockdrop {

class SystemCalls;

/// A file that was cut and can be continued by its sender until it expires (Limits::partialLifetime).
struct PartialFile
{
    QByteArray id; ///< its name in the staging folder
    QString name;  ///< as the sender named it; empty: a basic upload, which nobody can continue
    qint64 bytesDone = 0;
    qint64 bytesTotal = -1; ///< -1: not known
    QDateTime expiresAt;

    bool operator==(const PartialFile&) const = default;
};

/// The destination: an open folder out of which nothing named by a peer can lead. Immutable, so that several
/// threads may share it; uploads keep the folder they began in, even when it is renamed.
class LandingFolder final
{
public:
    /// Opens an existing, writable folder and its hidden staging folder ".sockdrop-partial". NotFound,
    /// PermissionDenied or IoError name the folder.
    [[nodiscard]] static Result<std::shared_ptr<const LandingFolder>> open(const QString& path);
    /// `calls` must outlive the folder and every landing in it.
    [[nodiscard]] static Result<std::shared_ptr<const LandingFolder>> open(const QString& path,
                                                                           const SystemCalls& calls);
    ~LandingFolder();
    Q_DISABLE_COPY_MOVE(LandingFolder)

    /// The error as a sender may read it: where the folder lies is not its business.
    [[nodiscard]] Error forSender(Error error) const;

    /// Absolute, as it was opened.
    [[nodiscard]] QString path() const { return m_path; }
    /// Bytes this user may still write there; Unsupported where the file system does not tell.
    [[nodiscard]] Result<qint64> bytesFree() const;
    /// Whether the folder still stands at path(): not removed, renamed or mounted over.
    [[nodiscard]] bool isInPlace() const;
    /// Removes partial files that nobody wrote to for `Limits::partialLifetime`; how many. Spares those of
    /// landings under way, in any process.
    int removeStalePartials(const Limits& limits) const;

    /// What lies unfinished and is not being continued just now, in any process.
    [[nodiscard]] QList<PartialFile> partials(const Limits& limits) const;
    /// Removes one of these; false when somebody is continuing it, or it is gone.
    bool discardPartial(const QByteArray& id) const;

    // For those who land files here.
    [[nodiscard]] const SystemCalls& calls() const { return m_calls; }
    /// The open folder.
    [[nodiscard]] int descriptor() const { return m_folder.number(); }
    /// The staging folder, made where it is missing.
    [[nodiscard]] Result<FileDescriptor> openStaging() const;
    /// The path as it can be made there; with `_` for what its file system does not take in a name.
    [[nodiscard]] SafePath fit(const SafePath& path) const;
    /// That a name may have there.
    [[nodiscard]] int nameBytes() const { return m_names.mostBytes(); }
    /// Whether "A" and "a" are one name there.
    [[nodiscard]] bool ignoresCase() const { return m_ignoresCase; }
    /// Where the folder is by now.
    [[nodiscard]] QString currentPath() const;

private:
    LandingFolder(QString path, FileDescriptor folder, const SystemCalls& calls);

    [[nodiscard]] bool belongsToUser(int staging) const;
    [[nodiscard]] bool isAlsoInCapitals(int staging) const;

    QString m_path;
    const SystemCalls& m_calls;
    FileDescriptor m_folder;
    const DestinationNames m_names;
    bool m_ignoresCase = false;
};

} // namespace sockdrop

Q_DECLARE_METATYPE(sockdrop::PartialFile)
