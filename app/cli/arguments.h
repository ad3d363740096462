#pragma once

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
    PeerAddress peer;
    int jobs = 1;
    QStringList paths; ///< as typed, at least one
    bool comparesDigests = false;
    std::chrono::seconds retryFor{60};
};

/// `sockdrop-cli id`
struct IdArguments
{
    Profile profile;
    OutputFormat format = OutputFormat::Text;
};

/// `--help`: of a command, or of the program where `command` is empty.
struct HelpArguments
{
    QString command;
};

struct VersionArguments
{};

using Arguments = std::variant<ReceiveArguments, SendArguments, IdArguments, HelpArguments, VersionArguments>;

/// Reads what was typed after the program's name. The error text is one line for stderr; options whose
/// feature this version does not have are errors that say what is possible instead.
[[nodiscard]] Result<Arguments> parseArguments(const QStringList& arguments);

} // namespace sockdrop
