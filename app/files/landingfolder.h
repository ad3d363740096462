#pragma once

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
    [[nodiscard]] static Result<std::shared_ptr<const LandingFolder>> open(const QString& path,
                                                                           const SystemCalls& calls);
    ~LandingFolder();
    Q_DISABLE_COPY_MOVE(LandingFolder)

    [[nodiscard]] QString path() const { return m_path; }
    /// Bytes this user may still write there.
    [[nodiscard]] Result<qint64> bytesFree() const;
    /// Removes partial files that nobody wrote to for `Limits::partialLifetime`; how many.
    int removeStalePartials(const Limits& limits) const;

private:
    friend class Landing;
    LandingFolder(QString path, int folder, int staging, const SystemCalls& calls);

    QString m_path;
    int m_folder;
    int m_staging;
    const SystemCalls& m_calls;
};

} // namespace sockdrop
