#pragma once

#include <QByteArray>
#include <QString>

namespace sockdrop {

// First contact (PROTOCOL.md): the sender commits to its nonce, the receiver tells its own, the sender
// reveals. Nobody in between can choose a nonce when it knows what the code would become.

/// 32 random bytes.
[[nodiscard]] QByteArray newPairingNonce();

/// SHA-256 over a label, both fingerprints and the sender's nonce: 64 lower-case hex digits.
[[nodiscard]] QByteArray pairingCommitment(const QString& senderFingerprint,
                                           const QString& receiverFingerprint, const QByteArray& senderNonce);

/// What both screens show: six decimal digits in two groups, "123 456". From SHA-256 over another label, both
/// fingerprints and both nonces.
[[nodiscard]] QString verificationCode(const QString& senderFingerprint, const QString& receiverFingerprint,
                                       const QByteArray& senderNonce, const QByteArray& receiverNonce);

} // namespace sockdrop
