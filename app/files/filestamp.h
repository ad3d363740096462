#pragma once

#include <QByteArray>
#include <QList>

#include <optional>
#include <sys/stat.h>

namespace sockdrop {

class SystemCalls;

/// What a file looks like from outside: another look tells whether anybody wrote to it in between.
struct FileStamp
{
    quint64 device = 0;
    quint64 inode = 0;
    qint64 size = 0;
    qint64 modifiedSeconds = 0; ///< and the nanoseconds beside them: together some times are too large
    qint64 modifiedNanoseconds = 0;
    qint64 changedSeconds = 0;
    qint64 changedNanoseconds = 0;

    /// Of an open file; nothing where the system does not tell.
    [[nodiscard]] static std::optional<FileStamp> of(const SystemCalls& calls, int file);

    /// As words with a space between them.
    [[nodiscard]] QByteArray text() const;
    /// Nothing unless they are exactly that.
    [[nodiscard]] static std::optional<FileStamp> fromWords(const QList<QByteArray>& words);

    bool operator==(const FileStamp&) const = default;
};

} // namespace sockdrop
