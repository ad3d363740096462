#include "verificationcode.h"

#include <QCryptographicHash>
#include <QRandomGenerator>
#include <QtEndian>

#include <array>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// SHA-256 over all fields, each behind its length (32 bits, big-endian): no two lists of fields give the
/// same bytes.
QByteArray digestOf(std::initializer_list<QByteArrayView> fields)
{
    QCryptographicHash hash(QCryptographicHash::Sha256);
    for (const QByteArrayView field : fields) {
        const quint32 length = qToBigEndian(static_cast<quint32>(field.size()));
        hash.addData(QByteArrayView(reinterpret_cast<const char*>(&length), sizeof length));
        hash.addData(field);
    }
    return hash.result();
}

} // namespace

QByteArray newPairingNonce()
{
    std::array<quint32, 8> words{};
    QRandomGenerator::system()->fillRange(words.data(), static_cast<qsizetype>(words.size()));
    return QByteArray(reinterpret_cast<const char*>(words.data()), sizeof words);
}

QByteArray pairingCommitment(const QString& senderFingerprint, const QString& receiverFingerprint,
                             const QByteArray& senderNonce)
{
    return digestOf({"sockdrop pairing commitment v1", senderFingerprint.toLatin1(),
                     receiverFingerprint.toLatin1(), senderNonce})
        .toHex();
}

QString verificationCode(const QString& senderFingerprint, const QString& receiverFingerprint,
                         const QByteArray& senderNonce, const QByteArray& receiverNonce)
{
    constexpr quint64 codes = 1'000'000;
    const QByteArray digest = digestOf({"sockdrop verification code v1", senderFingerprint.toLatin1(),
                                        receiverFingerprint.toLatin1(), senderNonce, receiverNonce});
    // Of 64 bits: a code can be more likely than another by a factor of 1 + 1e-13.
    const quint64 number = qFromBigEndian<quint64>(digest.constData()) % codes;
    const QString digits = u"%1"_s.arg(number, 6, 10, QChar(u'0'));
    return digits.first(3) + u' ' + digits.sliced(3);
}

} // namespace sockdrop
