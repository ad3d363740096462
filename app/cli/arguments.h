#pragma once

#include "acceptpolicy.h"
#include "conflictpolicy.h"
#include "peeraddress.h"
#include "profile.h"
#include "result.h"

#include <QHostAddress>
#include <QStringList>

#include <chrono>
#include <optional>
#include <variant>

namespace sockdrop {

enum class OutputFormat { Text, Json };

/// `sockdrop-cli receive`. What is not given comes from the profile's settings.
struct ReceiveArguments
{
    Profile profile;
    OutputFormat format = OutputFormat::Text;
    QString folder; ///< as typed; empty: not given
    QHostAddress address{QHostAddress::Any};
    std::optional<quint16> port; ///< 0: any free one
    std::optional<ConflictPolicy> conflict;
    std::optional<AcceptPolicy> accept;
    std::optional<bool> takesPlain;
    QStringList allowedHosts = {};
    QString deviceName; ///< empty: not given
    bool isOnce = false;
    bool readsBack = false;
    bool keepsExecutable = false;
};

/// `sockdrop-cli send`
struct SendArguments
{
    Profile profile;
    OutputFormat format = OutputFormat::Text;
    PeerAddress peer; ///< plain with --plain, too
    int jobs = 1;
    QStringList paths; ///< as typed, at least one
    bool comparesDigests = false;
    std::chrono::seconds retryFor{60};
    QString
        fingerprint; ///< that the receiver must have, of its key or its certificate; normalised; empty: none
    bool trustsNew = false; ///< a receiver that is not known yet is trusted without a question
};

/// `sockdrop-cli id`
struct IdArguments
{
    Profile profile;
    OutputFormat format = OutputFormat::Text;
};

/// `sockdrop-cli peers`
struct PeersArguments
{
    enum class Action { List, Rename, Forget, SetAlwaysAccepted };

    Profile profile;
    OutputFormat format = OutputFormat::Text;
    Action action = Action::List;
    QString peer;    ///< as typed: a name, or a fingerprint or its beginning; empty for List
    QString newName; ///< of Rename
    bool isAlwaysAccepted = false;
};

/// `--help`: of a command, or of the program where `command` is empty.
struct HelpArguments
{
    QString command;
};

struct VersionArguments
{};

using Arguments = std::variant<ReceiveArguments, SendArguments, PeersArguments, IdArguments, HelpArguments,
                               VersionArguments>;

/// Reads what was typed after the program's name. The error text is one line for stderr; options whose
/// feature this version does not have are errors that say what is possible instead.
[[nodiscard]] Result<Arguments> parseArguments(const QStringList& arguments);

} // namespace sockdrop
