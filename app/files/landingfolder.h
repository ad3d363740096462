#pragma once

#include "filedescriptor.h"
#include "programlimits.h"
#include "result.h"

#include <QString>

#include <memory>

namespace sockdrop {

class SystemCalls;

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

    /// Absolute, as it was opened.
    [[nodiscard]] QString path() const { return m_path; }
    /// Bytes this user may still write there; Unsupported where the file system does not tell.
    [[nodiscard]] Result<qint64> bytesFree() const;
    /// Whether the folder still stands at path(): not removed, renamed or mounted over.
    [[nodiscard]] bool isInPlace() const;
    /// Removes partial files that nobody wrote to for `Limits::partialLifetime`; how many. Spares those of
    /// landings under way, in any process.
    int removeStalePartials(const Limits& limits) const;

    // For those who land files here.
    [[nodiscard]] const SystemCalls& calls() const { return m_calls; }
    /// The open folder.
    [[nodiscard]] int descriptor() const { return m_folder.number(); }
    /// The staging folder, made where it is missing.
    [[nodiscard]] Result<FileDescriptor> openStaging() const;
    /// Where the folder is by now.
    [[nodiscard]] QString currentPath() const;

private:
    LandingFolder(QString path, FileDescriptor folder, const SystemCalls& calls);

    [[nodiscard]] bool belongsToUser(int staging) const;

    QString m_path;
    const SystemCalls& m_calls;
    FileDescriptor m_folder;
};

} // namespace sockdrop
