#include "knownpeerchoice.h"

#include "fingerprint.h"
#include "messages.h"

namespace sockdrop {

namespace {

constexpr qsizetype fewestDigits = 8;

QString digitsIn(QString text)
{
    return text.remove(u':').trimmed().toLower();
}

} // namespace

Result<KnownPeer> chooseKnownPeer(KnownPeers& peers, const QString& typed)
{
    const Error unknown{
        ErrorCode::NotFound,
        Cli::tr("No known device is “%1”, by its name or its fingerprint. See: sockdrop-cli peers")
            .arg(typed)};
    if (const Result<QString> fingerprint = normalisedFingerprint(typed)) {
        const Result<std::optional<KnownPeer>> known = peers.find(fingerprint.value());
        if (!known)
            return known.error();
        if (known.value())
            return *known.value();
    }
    const Result<std::optional<KnownPeer>> named = peers.findByName(typed);
    const Result<QList<KnownPeer>> all = peers.all();
    if (!named || !all)
        return named ? all.error() : named.error();
    QList<KnownPeer> meant;
    if (named.value())
        meant += *named.value();
    const QString digits = digitsIn(typed);
    for (const KnownPeer& peer : all.value()) {
        if (digits.size() >= fewestDigits && peer.fingerprint.startsWith(digits) && !meant.contains(peer))
            meant += peer;
    }
    if (meant.isEmpty())
        return unknown;
    if (meant.size() > 1)
        return Error{
            ErrorCode::InvalidArgument,
            Cli::tr("“%1” means several known devices, among them “%2” (%3) and “%4” (%5): give more "
                    "digits of the fingerprint.")
                .arg(typed, meant.at(0).name, meant.at(0).fingerprint, meant.at(1).name,
                     meant.at(1).fingerprint)};
    return meant.first();
}

} // namespace sockdrop
