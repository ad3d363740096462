#pragma once

#include "chunk.h"
#include "filetime.h"
#include "programlimits.h"
#include "result.h"

#include <QByteArray>
#include <QList>
#include <QString>
#include <QStringList>

#include <algorithm>
#include <variant>

namespace sockdrop {

/// The subprotocol of a native upload (Sec-WebSocket-Protocol).
inline constexpr char batchProtocol[] = "sockdrop.v1";

/// Close code of a connection whose batch another one goes on with (RFC 6455 §7.4.2: for private use).
inline constexpr quint16 takenOverCode = 4000;
/// Close code of a sender whose program ends (RFC 6455 §7.4.1): another start of it may go on.
inline constexpr quint16 goingAwayCode = 1001;

/// Number of a file in its batch, from 1 on. It keeps it on every connection of that batch.
using FileNumber = quint32;

/// One file or empty folder, as its sender describes it.
struct AnnouncedFile
{
    QString path; ///< relative, components separated by `/`; not yet made safe
    qint64 size = 0;
    qint64 modifiedAt = 0; ///< milliseconds since 1970 UTC
    bool isFolder = false;
    bool isExecutable = false;
    /// Up to 64 characters that are the same for the same file of the same sender and for no other one;
    /// empty: not told, and the receiver never takes a file for the same without a look into it.
    QString source;
    /// Up to 64 characters that are others whenever the sender's file was changed, even where its size and
    /// time are not; empty: not told.
    QString version;
    /// Its permission bits: what lands gives group and others no more than it does.
    quint16 mode = allPermissions;

    qint64 space = -1; ///< bytes of it that are no holes; -1: not told

    /// Behind `modifiedAt`, 0 to 999,999; nothing: not told.
    std::optional<qint32> nanoseconds = std::nullopt;

    static constexpr quint16 allPermissions = 0777;
    [[nodiscard]] qint64 neededSpace() const { return space < 0 ? size : std::min(space, size); }
    [[nodiscard]] FileTime modified() const { return {modifiedAt, nanoseconds}; }
    bool operator==(const AnnouncedFile&) const = default;
};

/// When a folder was modified, before what is in it landed.
struct FolderTime
{
    QString path; ///< as AnnouncedFile has it
    FileTime modified;

    bool operator==(const FolderTime&) const = default;
};

// From the sender.

/// The files `first`, `first` + 1, …; later announcements on a connection have higher numbers.
struct Announce
{
    FileNumber first = 1;
    QList<AnnouncedFile> files;
    QList<FolderTime> folders = {}; ///< in which nothing more will land
    bool operator==(const Announce&) const = default;
};

/// The sender has found a checked file (Plan::check) to be the same: nothing of it is sent.
struct Same
{
    struct File
    {
        FileNumber file = 0;
        QString digest; ///< which of several it is; empty: the first
        bool operator==(const File&) const = default;
    };
    QList<File> files;
    bool operator==(const Same&) const = default;
};

/// The sender cannot send the rest of a file (it changed, it cannot be read).
struct Drop
{
    FileNumber file = 0;
    Error error;
    bool operator==(const Drop&) const = default;
};

/// Everything was announced, and everything that was wanted has been sent.
struct End
{
    bool operator==(const End&) const = default;
};

// From the receiver.

/// What the receiver wants of announced files. Those it refuses are told with Failed.
struct Plan
{
    struct Want
    {
        FileNumber file = 0;
        qint64 offset = 0;        ///< a multiple of chunkBytes; what stands before it is there already
        Hash128 digest;           ///< of the chunks before `offset`; without meaning for offset 0
        bool isRestarted = false; ///< another version of this file had been begun and was given up
        bool operator==(const Want&) const = default;
    };
    struct Skip
    {
        FileNumber file = 0;
        QString path; ///< of the identical file, relative to the receiver's folder
        bool operator==(const Skip&) const = default;
    };
    struct Check
    {
        FileNumber file = 0;
        QString digest;     ///< of the file that is there; the sender compares
        QStringList others; ///< of further ones
        QString path = {};  ///< of the first one, as Skip has it; empty: not told
        bool operator==(const Check&) const = default;
    };
    QList<Want> want;
    QList<Skip> skip;
    QList<Check> check;
    bool operator==(const Plan&) const = default;
};

/// Bytes of chunks dealt with on this connection, and how many more than that may be under way.
struct Ack
{
    qint64 bytes = 0;
    qint64 credit = 0;
    bool operator==(const Ack&) const = default;
};

/// A chunk arrived damaged and is wanted once more.
struct Again
{
    FileNumber file = 0;
    qint64 offset = 0;
    bool operator==(const Again&) const = default;
};

/// Files that have their final names.
struct Landed
{
    struct File
    {
        FileNumber file = 0;
        QString path;   ///< relative to the receiver's folder, with `/`
        QString digest; ///< ChainDigest::text(); empty for a folder
        QString note;
        bool wasThere = false; ///< of a folder: it is not new
        bool operator==(const File&) const = default;
    };
    QList<File> files;
    bool operator==(const Landed&) const = default;
};

/// A file that will not land.
struct Failed
{
    FileNumber file = 0;
    Error error;
    bool operator==(const Failed&) const = default;
};

/// The answer to End: everything that landed is on the disk for good.
struct BatchReceipt
{
    qint64 landed = 0;
    qint64 skipped = 0;
    qint64 failed = 0;
    bool operator==(const BatchReceipt&) const = default;
};

// From either side.

/// The batch is held until Resume; the receiver says why.
struct Pause
{
    QString reason;
    bool operator==(const Pause&) const = default;
};

struct Resume
{
    bool operator==(const Resume&) const = default;
};

/// The batch ends now.
struct Cancel
{
    Error error;
    bool isKept = false; ///< else partial files are removed
    bool operator==(const Cancel&) const = default;
};

using BatchMessage = std::variant<Announce, Same, Drop, End, Plan, Ack, Again, Landed, Failed, BatchReceipt,
                                  Pause, Resume, Cancel>;

/// A text message: 16 hex digits of XXH3 with 64 bits over what follows the space after them, then one JSON
/// object in UTF-8. TCP's own checksum lets too much through for a name to rely on it.
[[nodiscard]] QByteArray encodeMessage(const BatchMessage& message);

/// ProtocolError for a damaged, malformed or unknown message, or one that breaks a bound; unknown fields are
/// ignored.
[[nodiscard]] Result<BatchMessage> decodeMessage(QByteArrayView text, const Limits& limits);

} // namespace sockdrop
