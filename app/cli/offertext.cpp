#include "offertext.h"

#include "messages.h"
#include "terminaltext.h"

#include <QJsonArray>

namespace sockdrop {

using namespace Qt::StringLiterals;

QString senderName(const OfferSnapshot& offer)
{
    if (!offer.knownAs.isEmpty())
        return offer.knownAs;
    return offer.sender.isEmpty() ? offer.address : offer.sender;
}

QString senderText(const OfferSnapshot& offer)
{
    const QString who = Cli::tr("“%1” (%2)").arg(senderName(offer), offer.address);
    if (!offer.knownAs.isEmpty())
        return Cli::tr("%1 is a known device.").arg(who);
    if (offer.isImpostor && offer.code.isEmpty())
        return Cli::tr("%1 is NOT the known device of that name: it has another key, or none.").arg(who);
    if (offer.isImpostor)
        return Cli::tr(
                   "%1 is NOT the known device of that name: it has another key. If that device was set up "
                   "anew, its screen must show the same verification code: %2.")
            .arg(who, offer.code);
    if (!offer.code.isEmpty())
        return Cli::tr("%1 is new here. Its screen must show the same verification code: %2.")
            .arg(who, offer.code);
    if (!offer.fingerprint.isEmpty())
        return Cli::tr("%1 is not known here. Its fingerprint is %2.").arg(who, offer.fingerprint);
    return offer.isEncrypted ? Cli::tr("%1 has shown no key: anybody can be there.").arg(who)
                             : Cli::tr("%1 does not encrypt: anybody can be there, or in between.").arg(who);
}

QString contentText(const OfferSnapshot& offer)
{
    QString names = offer.names.join(u", "_s);
    if (offer.dropped > offer.names.size())
        names = Cli::tr("%1 and %2 more").arg(names, QString::number(offer.dropped - offer.names.size()));
    const QString files = offer.files == 1 ? Cli::tr("1 file") : Cli::tr("%1 files").arg(offer.files);
    const QString size = offer.bytes < 0 ? Cli::tr("of unknown size") : sizeText(offer.bytes);
    const QString free =
        offer.bytesFree < 0 ? QString() : Cli::tr(" (%1 free)").arg(sizeText(offer.bytesFree));
    return Cli::tr("It wants to upload %1, %2, into %3%4: %5").arg(files, size, offer.folder, free, names);
}

QJsonObject offerFields(const OfferSnapshot& offer)
{
    const auto orNull = [](const QString& text) { return text.isEmpty() ? QJsonValue() : QJsonValue(text); };
    return {{u"id"_s, static_cast<qint64>(offer.id)},
            {u"sender"_s, offer.sender},
            {u"address"_s, offer.address},
            {u"encrypted"_s, offer.isEncrypted},
            {u"fingerprint"_s, orNull(offer.fingerprint)},
            {u"known"_s, orNull(offer.knownAs)},
            {u"impostor"_s, offer.isImpostor},
            {u"code"_s, orNull(offer.code)},
            {u"files"_s, offer.files},
            {u"bytes"_s, offer.bytes < 0 ? QJsonValue() : QJsonValue(offer.bytes)},
            {u"names"_s, QJsonArray::fromStringList(offer.names)},
            {u"dropped"_s, offer.dropped},
            {u"folder"_s, offer.folder},
            {u"free"_s, offer.bytesFree < 0 ? QJsonValue() : QJsonValue(offer.bytesFree)}};
}

} // namespace sockdrop
