#pragma once

#include "chunk.h"
#include "filedescriptor.h"
#include "filestamp.h"
#include "result.h"

#include <QByteArray>
#include <QString>

#include <optional>

namespace sockdrop {

/// How far a partial file is, kept beside it: lines of text, each with a checksum, only ever appended. Lines
/// after a damaged one do not count. What was written before a power loss may not have reached the disk:
/// after another start of the system only the records count that were made after a sync. A last one tells
/// how the file looked when it was left: only where it still looks like that it need not be read again.
class Journal final
{
public:
    /// The version of the file that the journal is for.
    struct Header
    {
        QString path; ///< as the sender named it
        qint64 size = 0;
        qint64 modifiedAt = 0; ///< milliseconds since 1970 UTC
        QString version;       ///< AnnouncedFile::version

        /// Where one of them has no version, the others decide.
        [[nodiscard]] bool isSameVersion(const Header& other) const;
        bool operator==(const Header&) const = default;
    };

    struct Progress
    {
        qint64 offset = 0; ///< verified and written up to here
        ChainDigest digest;

        bool operator==(const Progress&) const = default;
    };

    struct Content
    {
        Header header;
        Progress progress;
        /// Of the file when it was left, with all of `progress` on the disk; nothing where it was not, or
        /// somebody went on with it.
        std::optional<FileStamp> stamp;
    };

    /// What a journal says; nothing where none of its first line is to be trusted.
    [[nodiscard]] static std::optional<Content> parse(const QByteArray& text, const QByteArray& bootId);
    /// Reads the journal `name` in the open `folder`; nothing where it is missing or useless.
    [[nodiscard]] static std::optional<Content> read(const SystemCalls& calls, int folder,
                                                     const QByteArray& name);

    /// Starts a journal anew, in place of one that may be there.
    [[nodiscard]] static Result<Journal> create(const SystemCalls& calls, int folder, const QByteArray& name,
                                                const Header& header);
    /// Goes on with one.
    [[nodiscard]] static Result<Journal> open(const SystemCalls& calls, int folder, const QByteArray& name);

    /// `isSynced`: the bytes it tells of are on the disk for good.
    [[nodiscard]] Result<void> append(const Progress& progress, bool isSynced);
    /// The last record of a file that is left: all of `progress` is on the disk, and the file looks so.
    [[nodiscard]] Result<void> append(const Progress& progress, const FileStamp& stamp);

    /// Of this start of the system.
    [[nodiscard]] static QByteArray bootId();

private:
    Journal(const SystemCalls& calls, FileDescriptor file) : m_calls(&calls), m_file(std::move(file)) {}
    [[nodiscard]] Result<void> write(const QByteArray& line);

    const SystemCalls* m_calls;
    FileDescriptor m_file;
};

} // namespace sockdrop
