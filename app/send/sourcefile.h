#pragma once

#include "result.h"
#include "sourcestamp.h"

#include <QByteArray>
#include <QString>

namespace sockdrop {

/// A file while it is being uploaded. Notices when somebody writes to it meanwhile: such a mixture of old and
/// new bytes must not land.
class SourceFile final
{
public:
    /// Opens a regular file by its path as the system has it. SourceUnreadable names it and says why; Busy:
    /// there is no descriptor for it just now.
    [[nodiscard]] static Result<SourceFile> open(const QByteArray& path);
    SourceFile(SourceFile&& other) noexcept;
    SourceFile& operator=(SourceFile&& other) noexcept;
    ~SourceFile();
    Q_DISABLE_COPY(SourceFile)

    /// As it was opened.
    [[nodiscard]] const SourceStamp& stamp() const { return m_stamp; }
    [[nodiscard]] qint64 size() const { return m_stamp.size(); }
    [[nodiscard]] FileTime modified() const { return m_stamp.modified(); }

    /// How many of its bytes are no holes.
    [[nodiscard]] qint64 dataBytes() const;

    /// Reads `size` bytes from `offset` on, all of them inside the file; SourceChanged when it is shorter
    /// now.
    [[nodiscard]] Result<void> read(qint64 offset, char* to, qint64 size) const;
    /// SourceChanged when the file is not what was opened any more; to be asked after the last read().
    [[nodiscard]] Result<void> checkUnchanged() const;

private:
    SourceFile(QByteArray path, int fd, const SourceStamp& stamp);

    [[nodiscard]] Error changed() const;

    QByteArray m_path;
    int m_fd;
    SourceStamp m_stamp;
};

} // namespace sockdrop
