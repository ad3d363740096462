#include "error.h"

#include <QLatin1StringView>

#include <array>
#include <cerrno>
#include <cstring>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct Entry
{
    ErrorCode code;
    QLatin1StringView name;
    QLatin1StringView remedy;
};

constexpr std::array entries{
    Entry{ErrorCode::InvalidArgument, "invalid-argument"_L1, "Correct it and try again."_L1},
    Entry{ErrorCode::NotFound, "not-found"_L1, "Choose another folder or create it."_L1},
    Entry{ErrorCode::PermissionDenied, "permission-denied"_L1,
          "Choose another folder, or change its permissions."_L1},
    Entry{ErrorCode::AlreadyExists, "already-exists"_L1, "Rename yours, then send it again."_L1},
    Entry{ErrorCode::NoSpace, "no-space"_L1, "Free some space on the receiving device, then retry."_L1},
    Entry{ErrorCode::IoError, "io-error"_L1, "Check the disk or network drive, then retry."_L1},
    Entry{ErrorCode::UnsafeName, "unsafe-name"_L1, "Rename the file and send it again."_L1},
    Entry{ErrorCode::TooLarge, "too-large"_L1, "Send it in smaller parts."_L1},
    Entry{ErrorCode::ProtocolError, "protocol-error"_L1,
          "Check that the address belongs to a Sockdrop or an upload server."_L1},
    Entry{ErrorCode::Unreachable, "unreachable"_L1,
          "Check the address, and that both devices are on the same network."_L1},
    Entry{ErrorCode::Refused, "refused"_L1,
          "Turn on receiving on the other device; check port and firewall."_L1},
    Entry{ErrorCode::ConnectionLost, "connection-lost"_L1, "Check the network, then retry."_L1},
    Entry{ErrorCode::TimedOut, "timed-out"_L1, "Check the network and the other device, then retry."_L1},
    Entry{ErrorCode::Declined, "declined"_L1, "Ask the person there, then try again."_L1},
    Entry{ErrorCode::NotTrusted, "not-trusted"_L1, "Make sure that it is the right device."_L1},
    Entry{ErrorCode::Busy, "busy"_L1, "Wait a moment, then retry."_L1},
    Entry{ErrorCode::SourceChanged, "source-changed"_L1,
          "Retry once nothing writes to the file any more."_L1},
    Entry{ErrorCode::SourceUnreadable, "source-unreadable"_L1,
          "Check that the file is there and readable, then retry."_L1},
    Entry{ErrorCode::DigestMismatch, "digest-mismatch"_L1,
          "Retry; if it happens again, check both disks."_L1},
    Entry{ErrorCode::PortInUse, "port-in-use"_L1, "Use another port, or stop that program."_L1},
    Entry{ErrorCode::PortForbidden, "port-forbidden"_L1, "Use a port from 1024 on."_L1},
    Entry{ErrorCode::Cancelled, "cancelled"_L1, ""_L1},
    Entry{ErrorCode::Unsupported, "unsupported"_L1, ""_L1},
};

ErrorCode codeOfErrno(int errnoValue)
{
    switch (errnoValue) {
    case ENOSPC:
    case EDQUOT:
        return ErrorCode::NoSpace;
    case EACCES:
    case EPERM:
    case EROFS:
        return ErrorCode::PermissionDenied;
    case ENOENT:
    case ENOTDIR:
        return ErrorCode::NotFound;
    case EEXIST:
        return ErrorCode::AlreadyExists;
    case ENAMETOOLONG:
    case EILSEQ:
    case ELOOP:
    case EXDEV:
        return ErrorCode::UnsafeName;
    case EFBIG:
        return ErrorCode::TooLarge;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN: // of threads and processes, too
        return ErrorCode::Busy;
    default:
        return ErrorCode::IoError;
    }
}

} // namespace

QString remedy(ErrorCode code)
{
    for (const Entry& entry : entries) {
        if (entry.code == code)
            return entry.remedy.toString();
    }
    return {};
}

QString withRemedy(const Error& error)
{
    const QString help = remedy(error.code);
    return help.isEmpty() ? error.text : u"%1 %2"_s.arg(error.text, help);
}

QString codeName(ErrorCode code)
{
    for (const Entry& entry : entries) {
        if (entry.code == code)
            return entry.name.toString();
    }
    return u"io-error"_s;
}

ErrorCode codeFromName(QStringView name)
{
    for (const Entry& entry : entries) {
        if (name == entry.name)
            return entry.code;
    }
    return ErrorCode::IoError;
}

Error systemError(int errnoValue, const QString& what)
{
    // FAT ends at 4 GiB; "File too large" does not say for whom.
    const QString reason = errnoValue == EFBIG ? u"the file system there does not take files of that size"_s
                                               : QString::fromLocal8Bit(std::strerror(errnoValue));
    return {codeOfErrno(errnoValue), u"%1: %2."_s.arg(what, reason)};
}

} // namespace sockdrop
