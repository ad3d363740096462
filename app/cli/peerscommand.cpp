#include "peerscommand.h"

#include "knownpeerchoice.h"
#include "messages.h"
#include "output.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

QJsonValue textOrNull(const QString& text)
{
    return text.isEmpty() ? QJsonValue() : QJsonValue(text);
}

QJsonValue timeOrNull(const QDateTime& time)
{
    return textOrNull(time.toUTC().toString(Qt::ISODate));
}

void showPeer(const KnownPeer& peer, OutputFormat format, Output& output)
{
    if (format == OutputFormat::Json) {
        output.event(u"peer"_s, {{u"name"_s, peer.name},
                                 {u"fingerprint"_s, peer.fingerprint},
                                 {u"address"_s, textOrNull(peer.address)},
                                 {u"always"_s, peer.isAlwaysAccepted},
                                 {u"added"_s, timeOrNull(peer.addedAt)},
                                 {u"seen"_s, timeOrNull(peer.seenAt)}});
        return;
    }
    output.line(peer.name);
    output.line(Cli::tr("    Fingerprint:  %1").arg(peer.fingerprint));
    if (!peer.address.isEmpty())
        output.line(Cli::tr("    Address:      %1").arg(peer.address));
    output.line(peer.isAlwaysAccepted ? Cli::tr("    Uploads:      let in without a question")
                                      : Cli::tr("    Uploads:      asked about each time"));
    if (peer.seenAt.isValid())
        output.line(
            Cli::tr("    Seen:         %1").arg(peer.seenAt.toLocalTime().toString(u"yyyy-MM-dd HH:mm"_s)));
}

Result<void> listPeers(KnownPeers& peers, OutputFormat format, Output& output)
{
    const Result<QList<KnownPeer>> all = peers.all();
    if (!all)
        return all.error();
    for (const KnownPeer& peer : all.value())
        showPeer(peer, format, output);
    if (all->isEmpty() && format == OutputFormat::Text)
        output.line(Cli::tr("No known devices yet."));
    return {};
}

Result<void> forgetPeer(KnownPeers& peers, const KnownPeer& peer, OutputFormat format, Output& output)
{
    if (Result<void> forgotten = peers.forget(peer.fingerprint); !forgotten)
        return forgotten;
    if (format == OutputFormat::Json)
        output.event(u"forgotten"_s, {{u"name"_s, peer.name}, {u"fingerprint"_s, peer.fingerprint}});
    else
        output.line(Cli::tr("“%1” (%2) is not known any more.").arg(peer.name, peer.fingerprint));
    return {};
}

Result<void> changePeer(KnownPeers& peers, const PeersArguments& arguments, Output& output)
{
    const Result<KnownPeer> peer = chooseKnownPeer(peers, arguments.peer);
    if (!peer)
        return peer.error();
    if (arguments.action == PeersArguments::Action::Forget)
        return forgetPeer(peers, peer.value(), arguments.format, output);
    Result<void> changed = arguments.action == PeersArguments::Action::Rename
                               ? peers.rename(peer->fingerprint, arguments.newName)
                               : peers.setAlwaysAccepted(peer->fingerprint, arguments.isAlwaysAccepted);
    if (!changed)
        return changed;
    const Result<std::optional<KnownPeer>> now = peers.find(peer->fingerprint);
    if (!now)
        return now.error();
    if (now.value())
        showPeer(*now.value(), arguments.format, output);
    return {};
}

} // namespace

ExitCode runPeersCommand(const PeersArguments& arguments, Output& output)
{
    KnownPeers peers(arguments.profile.dataFolder());
    const Result<void> done = arguments.action == PeersArguments::Action::List
                                  ? listPeers(peers, arguments.format, output)
                                  : changePeer(peers, arguments, output);
    if (done)
        return ExitCode::AllLanded;
    output.warning(done.error().text);
    return ExitCode::SomethingFailed;
}

} // namespace sockdrop
