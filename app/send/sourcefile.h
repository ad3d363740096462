#pragma once

#include "result.h"

#include <QByteArray>
#include <QDateTime>
#include <QString>

#include <ctime>
#include <memory>

namespace sockdrop {

/// A file while it is being uploaded. Notices when somebody writes to it meanwhile: such a mixture of old and
/// new bytes must not land.
class SourceFile final
{
public:
    /// Opens a regular file. SourceUnreadable names it and says why.
    [[nodiscard]] static Result<std::unique_ptr<SourceFile>> open(const QString& path);
    ~SourceFile();
    Q_DISABLE_COPY_MOVE(SourceFile)

    [[nodiscard]] qint64 size() const { return m_size; }
    [[nodiscard]] QDateTime modifiedAt() const;
    [[nodiscard]] qint64 position() const { return m_position; }
    [[nodiscard]] bool atEnd() const { return m_position == m_size; }

    /// The next bytes, `most` or what is left; SourceChanged when the file is not what was opened any more,
    /// at the latest with the last bytes.
    [[nodiscard]] Result<QByteArray> read(qint64 most);

private:
    SourceFile(QString path, int fd, qint64 size, timespec modified);

    [[nodiscard]] Error changed() const;

    QString m_path;
    int m_fd;
    qint64 m_size;
    timespec m_modified;
    qint64 m_position = 0;
};

} // namespace sockdrop
