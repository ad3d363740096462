#include "arguments.h"

#include "fingerprint.h"
#include "messages.h"
#include "options.h"

#include <array>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr int maximumJobs = 16;
constexpr int maximumRetrySeconds = 7 * 24 * 3600;

constexpr std::array receiveOptions{
    OptionSpec{"profile"_L1, true},    OptionSpec{"json"_L1, false},
    OptionSpec{"dir"_L1, true},        OptionSpec{"listen"_L1, true},
    OptionSpec{"port"_L1, true},       OptionSpec{"accept"_L1, true},
    OptionSpec{"conflict"_L1, true},   OptionSpec{"plain"_L1, false},
    OptionSpec{"no-plain"_L1, false},  OptionSpec{"allow-host"_L1, true},
    OptionSpec{"name"_L1, true},       OptionSpec{"once"_L1, false},
    OptionSpec{"read-back"_L1, false}, OptionSpec{"keep-executable"_L1, false},
};

constexpr std::array sendOptions{
    OptionSpec{"profile"_L1, true},     OptionSpec{"json"_L1, false},     OptionSpec{"to"_L1, true},
    OptionSpec{"plain"_L1, false},      OptionSpec{"jobs"_L1, true},      OptionSpec{"limit"_L1, true},
    OptionSpec{"fingerprint"_L1, true}, OptionSpec{"checksum"_L1, false}, OptionSpec{"retry-for"_L1, true},
    OptionSpec{"trust-new"_L1, false},
};

constexpr std::array peersOptions{OptionSpec{"profile"_L1, true}, OptionSpec{"json"_L1, false}};

constexpr std::array idOptions{OptionSpec{"profile"_L1, true}, OptionSpec{"json"_L1, false}};

std::optional<int> numberIn(const QString& text, int lowest, int highest)
{
    bool isNumber = false;
    const int number = text.toInt(&isNumber);
    if (!isNumber || number < lowest || number > highest)
        return std::nullopt;
    return number;
}

OutputFormat formatOf(const Options& options)
{
    return options.isSet("json"_L1) ? OutputFormat::Json : OutputFormat::Text;
}

/// What is planned for later and a script must not believe to have today.
Result<void> refuseFutureOptions(const Options& options)
{
    if (options.isSet("limit"_L1))
        return usageError(
            Cli::tr("--limit is not possible yet: this version sends as fast as it can; leave it out."));
    return {};
}

/// Of host names with commas between them; empty where one is no host name.
QStringList hostNamesIn(const QString& text)
{
    QStringList names;
    for (const QString& part : text.split(u',')) {
        const Result<PeerAddress> name = PeerAddress::parse(part);
        if (!name || name->host != part.trimmed() || part.contains(u':'))
            return {};
        names += name->host;
    }
    return names;
}

/// An address to listen on, written as it may be behind --to, too: in brackets, or "localhost".
Result<QHostAddress> listenAddress(const QString& typed)
{
    if (typed.compare("localhost"_L1, Qt::CaseInsensitive) == 0)
        return QHostAddress(QHostAddress::LocalHost);
    const bool isBracketed = typed.startsWith(u'[') && typed.endsWith(u']');
    const QHostAddress address(isBracketed ? typed.sliced(1).chopped(1) : typed);
    if (address.isNull() || (isBracketed && address.protocol() != QAbstractSocket::IPv6Protocol))
        return usageError(
            Cli::tr("--listen takes an IP address of this device or “localhost”, not “%1”.").arg(typed));
    if (lacksScope(address))
        return usageError(Cli::tr("--listen %1 needs the network interface behind it: %1%eth0, for example.")
                              .arg(address.toString()));
    return address;
}

Result<void> applyReceiveOptions(const Options& options, ReceiveArguments& arguments)
{
    if (options.isSet("listen"_L1)) {
        const Result<QHostAddress> address = listenAddress(options.value("listen"_L1));
        if (!address)
            return address.error();
        arguments.address = address.value();
    }
    if (options.isSet("port"_L1)) {
        const std::optional<int> port = numberIn(options.value("port"_L1), 0, 65535);
        if (!port)
            return usageError(Cli::tr("--port takes a number from 0 (any free port) to 65535, not “%1”.")
                                  .arg(options.value("port"_L1)));
        arguments.port = static_cast<quint16>(*port);
    }
    if (options.isSet("allow-host"_L1)) {
        arguments.allowedHosts = hostNamesIn(options.value("allow-host"_L1));
        if (arguments.allowedHosts.isEmpty())
            return usageError(Cli::tr("--allow-host takes a host name without a port, not “%1”.")
                                  .arg(options.value("allow-host"_L1)));
    }
    if (options.isSet("conflict"_L1)) {
        arguments.conflict = conflictPolicyFromName(options.value("conflict"_L1));
        if (!arguments.conflict)
            return usageError(Cli::tr("--conflict takes “rename”, “replace” or “skip”, not “%1”.")
                                  .arg(options.value("conflict"_L1)));
    }
    if (options.isSet("accept"_L1)) {
        arguments.accept = acceptPolicyFromName(options.value("accept"_L1));
        if (!arguments.accept)
            return usageError(
                Cli::tr("--accept takes “ask”, “known” or “all”, not “%1”.").arg(options.value("accept"_L1)));
    }
    if (options.isSet("plain"_L1) && options.isSet("no-plain"_L1))
        return usageError(Cli::tr("--plain and --no-plain exclude each other."));
    if (options.isSet("plain"_L1) || options.isSet("no-plain"_L1))
        arguments.takesPlain = options.isSet("plain"_L1);
    return {};
}

/// How sure the sender wants to be of who receives.
Result<void> applyTrustOptions(const Options& options, SendArguments& arguments)
{
    const QString scheme = options.value("to"_L1).trimmed().section("://"_L1, 0, 0).toLower();
    if (options.isSet("plain"_L1) && (scheme == "https"_L1 || scheme == "wss"_L1))
        return usageError(Cli::tr("--plain does not fit “%1”: that address asks for encryption.")
                              .arg(options.value("to"_L1)));
    arguments.peer.isPlain = arguments.peer.isPlain || options.isSet("plain"_L1);
    if (options.isSet("fingerprint"_L1)) {
        Result<QString> fingerprint = normalisedFingerprint(options.value("fingerprint"_L1));
        if (!fingerprint)
            return fingerprint.error();
        arguments.fingerprint = std::move(fingerprint.value());
    }
    const bool checksReceiver = !arguments.fingerprint.isEmpty() || arguments.trustsNew;
    if (arguments.peer.isPlain && checksReceiver)
        return usageError(Cli::tr("%1 needs encryption: without it nobody can tell who receives.")
                              .arg(arguments.trustsNew ? u"--trust-new"_s : u"--fingerprint"_s));
    if (arguments.trustsNew && !arguments.fingerprint.isEmpty())
        return usageError(Cli::tr("--fingerprint and --trust-new exclude each other."));
    return {};
}

Result<Arguments> parseReceive(const Options& options, const Profile& profile)
{
    if (!options.operands.isEmpty())
        return usageError(
            Cli::tr("receive takes no “%1”; the folder is given with --dir.").arg(options.operands.first()));
    ReceiveArguments arguments{.profile = profile,
                               .format = formatOf(options),
                               .folder = options.value("dir"_L1),
                               .port = std::nullopt,
                               .conflict = std::nullopt,
                               .accept = std::nullopt,
                               .takesPlain = std::nullopt,
                               .deviceName = options.value("name"_L1),
                               .isOnce = options.isSet("once"_L1),
                               .readsBack = options.isSet("read-back"_L1),
                               .keepsExecutable = options.isSet("keep-executable"_L1)};
    if (const Result<void> applied = applyReceiveOptions(options, arguments); !applied)
        return applied.error();
    return Arguments(std::move(arguments));
}

Result<Arguments> parseSend(const Options& options, const Profile& profile)
{
    if (!options.isSet("to"_L1))
        return usageError(Cli::tr("Say where to send to: --to HOST[:PORT]."));
    const Result<PeerAddress> peer = PeerAddress::parse(options.value("to"_L1));
    if (!peer)
        return peer.error();
    SendArguments arguments{.profile = profile,
                            .format = formatOf(options),
                            .peer = peer.value(),
                            .paths = options.operands,
                            .comparesDigests = options.isSet("checksum"_L1),
                            .fingerprint = {},
                            .trustsNew = options.isSet("trust-new"_L1)};
    if (const Result<void> applied = applyTrustOptions(options, arguments); !applied)
        return applied.error();
    if (options.isSet("retry-for"_L1)) {
        const std::optional<int> seconds = numberIn(options.value("retry-for"_L1), 0, maximumRetrySeconds);
        if (!seconds)
            return usageError(Cli::tr("--retry-for takes a number of seconds from 0 to %1, not “%2”.")
                                  .arg(QString::number(maximumRetrySeconds), options.value("retry-for"_L1)));
        arguments.retryFor = std::chrono::seconds(*seconds);
    }
    if (options.isSet("jobs"_L1)) {
        const std::optional<int> jobs = numberIn(options.value("jobs"_L1), 1, maximumJobs);
        if (!jobs)
            return usageError(Cli::tr("--jobs takes a number from 1 to %1, not “%2”.")
                                  .arg(QString::number(maximumJobs), options.value("jobs"_L1)));
        arguments.jobs = *jobs;
    }
    if (arguments.paths.isEmpty())
        return usageError(Cli::tr("Say what to send: at least one file or folder."));
    return Arguments(std::move(arguments));
}

Result<Arguments> parseId(const Options& options, const Profile& profile)
{
    if (!options.operands.isEmpty())
        return usageError(Cli::tr("id takes no “%1”.").arg(options.operands.first()));
    return Arguments(IdArguments{.profile = profile, .format = formatOf(options)});
}

/// What can be done with a known peer: "always PEER on".
Result<Arguments> parsePeers(const Options& options, const Profile& profile)
{
    using Action = PeersArguments::Action;
    PeersArguments arguments{.profile = profile, .format = formatOf(options), .peer = {}, .newName = {}};
    if (options.operands.isEmpty())
        return Arguments(std::move(arguments));
    const QString verb = options.operands.first();
    const bool isForget = verb == "forget"_L1;
    if (!isForget && verb != "rename"_L1 && verb != "always"_L1)
        return usageError(Cli::tr("peers can rename, forget and always, not “%1”.").arg(verb));
    if (isForget && options.operands.size() != 2)
        return usageError(Cli::tr("peers forget takes one name or fingerprint."));
    if (!isForget && options.operands.size() != 3)
        return usageError(verb == "rename"_L1
                              ? Cli::tr("peers rename takes a name or fingerprint, and the new name.")
                              : Cli::tr("peers always takes a name or fingerprint, and “on” or “off”."));
    arguments.peer = options.operands.at(1);
    const QString last = options.operands.last();
    if (isForget) {
        arguments.action = Action::Forget;
    } else if (verb == "rename"_L1) {
        arguments.action = Action::Rename;
        arguments.newName = last;
    } else {
        arguments.action = Action::SetAlwaysAccepted;
        arguments.isAlwaysAccepted = last == "on"_L1;
        if (!arguments.isAlwaysAccepted && last != "off"_L1)
            return usageError(Cli::tr("peers always takes “on” or “off”, not “%1”.").arg(last));
    }
    return Arguments(std::move(arguments));
}

struct Command
{
    QLatin1StringView name;
    std::span<const OptionSpec> options;
    Result<Arguments> (*parse)(const Options&, const Profile&);
};

constexpr std::array commands{
    Command{"receive"_L1, receiveOptions, parseReceive},
    Command{"send"_L1, sendOptions, parseSend},
    Command{"peers"_L1, peersOptions, parsePeers},
    Command{"id"_L1, idOptions, parseId},
};

Result<Arguments> parseCommand(const Command& command, const QStringList& arguments)
{
    const Result<Options> options = splitOptions(arguments, command.options);
    if (!options)
        return usageError(
            Cli::tr("%1 See: sockdrop-cli %2 --help").arg(options.error().text, QString(command.name)));
    if (const Result<void> possible = refuseFutureOptions(options.value()); !possible)
        return possible.error();
    const Result<Profile> profile = Profile::named(options->value("profile"_L1));
    if (!profile)
        return profile.error();
    return command.parse(options.value(), profile.value());
}

bool asksForHelp(const QStringList& arguments)
{
    const QStringList options =
        arguments.first(arguments.contains(u"--"_s) ? arguments.indexOf(u"--"_s) : arguments.size());
    return options.contains(u"--help"_s) || options.contains(u"-h"_s);
}

} // namespace

Result<Arguments> parseArguments(const QStringList& arguments)
{
    const QString first = arguments.value(0);
    if (first == "--version"_L1 || first == "-V"_L1)
        return Arguments(VersionArguments{});
    if (first == "--help"_L1 || first == "-h"_L1 || first == "help"_L1)
        return Arguments(HelpArguments{});
    for (const Command& command : commands) {
        if (first != command.name)
            continue;
        const QStringList rest = arguments.sliced(1);
        if (asksForHelp(rest))
            return Arguments(HelpArguments{first});
        return parseCommand(command, rest);
    }
    if (first == "log"_L1)
        return usageError(
            Cli::tr("“%1” is not possible yet: this version has receive, send, peers and id.").arg(first));
    if (first.isEmpty())
        return usageError(Cli::tr("Say what to do: receive, send, peers or id. See: sockdrop-cli --help"));
    return usageError(
        Cli::tr("There is no command “%1”: use receive, send, peers or id. See: sockdrop-cli --help")
            .arg(first));
}

} // namespace sockdrop
