#include "offertext.h"

#include "format.h"

#include <QCoreApplication>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

struct OfferText final
{
    Q_DECLARE_TR_FUNCTIONS(OfferText)
};

/// Three of them say enough.
constexpr qsizetype mostNames = 3;

QString senderOf(const OfferSnapshot& offer)
{
    if (offer.isImpostor)
        return OfferText::tr("A device that calls itself “%1”").arg(shortLine(offer.sender));
    const QString name = offer.knownAs.isEmpty() ? offer.sender : offer.knownAs;
    return shortLine(name.isEmpty() ? offer.address : name);
}

} // namespace

QString offerTitle(const OfferSnapshot& offer)
{
    if (!offer.isComplete)
        return OfferText::tr("%1 wants to send you files").arg(senderOf(offer));
    const QString files = filesText(std::max<qint64>(1, offer.files));
    const QString size = offer.bytes < 0 ? OfferText::tr("size unknown") : bytesText(offer.bytes);
    return OfferText::tr("%1 wants to send %2 (%3)").arg(senderOf(offer), files, size);
}

QString offerMark(const OfferSnapshot& offer)
{
    const QString address = shortLine(offer.address);
    if (offer.isImpostor)
        return OfferText::tr("This is not the “%1” you know: its key is different. If that device was set up "
                             "anew, forget the old one under Known devices. At %2")
            .arg(shortLine(offer.sender), address);
    if (!offer.isEncrypted)
        return OfferText::tr("Not encrypted, and nobody can tell who it is. At %1").arg(address);
    if (offer.fingerprint.isEmpty())
        return OfferText::tr("Encrypted, but nobody can tell who it is. At %1").arg(address);
    return offer.knownAs.isEmpty() ? OfferText::tr("New device at %1").arg(address)
                                   : OfferText::tr("Known device at %1").arg(address);
}

Tone offerTone(const OfferSnapshot& offer)
{
    if (offer.isImpostor)
        return Tone::Error;
    return offer.knownAs.isEmpty() ? Tone::Warning : Tone::Accent;
}

bool showsCode(const OfferSnapshot& offer)
{
    return !offer.code.isEmpty() && isComparing(offer.contact);
}

QString offerCodeHint(const OfferSnapshot& offer)
{
    switch (offer.contact) {
    case ContactState::SameHere:
        return OfferText::tr("Waiting for the sender to confirm the code.");
    case ContactState::SameThere:
        return OfferText::tr("The sender has confirmed the code. Check that its screen shows this one.");
    default:
        return OfferText::tr("Check that the sender's screen shows this code.");
    }
}

QString contactEndText(const OfferSnapshot& contact)
{
    if (contact.contact == ContactState::DiffersThere)
        return OfferText::tr("%1 says that the codes don't match: somebody may be in between. Nothing was "
                             "received, and the device did not become a known one.")
            .arg(senderOf(contact));
    if (contact.contact == ContactState::TooLate)
        return OfferText::tr(
                   "Took too long: the code was not confirmed on both devices. %1 has to send again.")
            .arg(senderOf(contact));
    return {};
}

QString offerNames(const OfferSnapshot& offer)
{
    if (!offer.isComplete && offer.contact == ContactState::SameHere)
        return {};
    if (!offer.isComplete)
        return OfferText::tr("The files are shown once the sender has confirmed the code.");
    QStringList names;
    for (const QString& name : offer.names.first(std::min(offer.names.size(), mostNames)))
        names << shortLine(name);
    const qint64 more = std::max<qint64>(offer.dropped, offer.names.size()) - names.size();
    const QString shown = names.join(u", "_s);
    return more > 0 ? OfferText::tr("%1 and %2 more").arg(shown, countText(more)) : shown;
}

QString offerPlace(const OfferSnapshot& offer)
{
    if (!offer.isComplete || offer.folder.isEmpty())
        return {};
    const QString folder = shortLine(offer.folder, 200);
    return offer.bytesFree < 0
               ? OfferText::tr("Lands in %1").arg(folder)
               : OfferText::tr("Lands in %1 (%2 free)").arg(folder, bytesText(offer.bytesFree));
}

} // namespace sockdrop
