#pragma once

#include <QString>

namespace sockdrop {

/// What went wrong, for logic. The text of an Error is for people.
enum class ErrorCode {
    InvalidArgument,  ///< what the user typed cannot be used
    NotFound,         ///< the folder or file is not there
    PermissionDenied, ///< the system forbids it
    AlreadyExists,    ///< a file of that name is there and the conflict policy says skip
    NoSpace,          ///< disk or quota full
    IoError,          ///< the device failed
    UnsafeName,       ///< a name that cannot be made safe
    TooLarge,         ///< over a stated limit
    ProtocolError,    ///< the peer said something it must not say
    Unreachable,      ///< no route, no such host
    Refused,          ///< the machine answers, nothing listens there
    ConnectionLost,   ///< the line went down in the middle
    TimedOut,         ///< the peer went silent
    Declined,         ///< the peer answered no
    NotTrusted,       ///< the peer is not known, or not who it was
    Busy,             ///< the peer answered not now
    SourceChanged,    ///< the file was written to while it was read
    SourceUnreadable, ///< the file vanished or may not be read
    DigestMismatch,   ///< the peer landed other bytes than were sent
    PortInUse,        ///< another program listens on the port
    PortForbidden,    ///< the system keeps the port for itself
    Cancelled,        ///< a person stopped it
    Unsupported,      ///< this system or that peer cannot do it
};

/// A failure: `code` for logic, `text` for a person, one sentence that names the thing.
struct Error
{
    ErrorCode code = ErrorCode::IoError;
    QString text;

    bool operator==(const Error&) const = default;
};

/// What a person can do about an error of this kind, one sentence; empty where nothing helps.
[[nodiscard]] QString remedy(ErrorCode code);

/// Its text and the remedy, where there is one.
[[nodiscard]] QString withRemedy(const Error& error);

/// Stable word for logs and JSON: "no-space", "connection-lost", …
[[nodiscard]] QString codeName(ErrorCode code);

/// The code that codeName() printed; IoError for a word this version does not know.
[[nodiscard]] ErrorCode codeFromName(QStringView name);

/// An Error for the system's errno value: `what` names the thing ("Cannot write report.pdf").
[[nodiscard]] Error systemError(int errnoValue, const QString& what);

} // namespace sockdrop
