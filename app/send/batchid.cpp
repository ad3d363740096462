#include "batchid.h"

#include "peeraddress.h"

#include <QMessageAuthenticationCode>

namespace sockdrop {

QByteArray batchIdFor(const QByteArray& secret, const PeerAddress& peer, const QStringList& paths)
{
    constexpr qsizetype bytes = 16;
    // No path holds a NUL, no address either.
    const QStringList what = QStringList{peer.toString()} + paths;
    return QMessageAuthenticationCode::hash(what.join(QChar::Null).toUtf8(), secret,
                                            QCryptographicHash::Sha256)
        .first(bytes)
        .toHex();
}

} // namespace sockdrop
