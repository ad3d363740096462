#include "peerkeys.h"

#include "peeraddress.h"

#include <QHostAddress>
#include <QUrl>

namespace sockdrop {

QString nameKey(const QString& name)
{
    // Qt folds letter by letter; by way of the upper case "ß" is "ss". Twice, because folding can undo the
    // normal form (Unicode, section 3.13, D146).
    const QString folded = name.normalized(QString::NormalizationForm_KD).toUpper().toCaseFolded();
    QString visible;
    for (const char32_t letter : folded.toUcs4()) {
        const QChar::Category category = QChar::category(letter);
        if (category != QChar::Other_Control && category != QChar::Other_Format)
            visible += QChar::fromUcs4(letter);
    }
    return visible.normalized(QString::NormalizationForm_KC).toCaseFolded().simplified();
}

QString addressKey(const QString& address)
{
    const Result<PeerAddress> parsed = PeerAddress::parse(address);
    if (!parsed)
        return address.toCaseFolded();
    PeerAddress peer = parsed.value();
    peer.isPlain = false;
    const QHostAddress ip(peer.host);
    bool isIpv4 = false;
    const quint32 ipv4 = ip.toIPv4Address(&isIpv4); // of "::ffff:192.0.2.1", too
    if (isIpv4) {
        peer.host = QHostAddress(ipv4).toString();
    } else if (!ip.isNull()) {
        peer.host = ip.toString();
    } else {
        while (peer.host.endsWith(u'.'))
            peer.host.chop(1);
        const QString ascii = QString::fromLatin1(QUrl::toAce(peer.host));
        peer.host = (ascii.isEmpty() ? peer.host : ascii).toLower();
    }
    return peer.hostAndPort();
}

} // namespace sockdrop
