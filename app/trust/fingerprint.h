#pragma once

#include "result.h"

#include <QString>

namespace sockdrop {

/// Reads a SHA-256 fingerprint as people hand it on: 64 hex digits in any case, or 32 pairs with colons
/// between them as OpenSSL prints them, "sha256 Fingerprint=" in front or not; blanks around it are dropped.
/// Gives 64 lower-case hex digits; InvalidArgument for anything else.
[[nodiscard]] Result<QString> normalisedFingerprint(const QString& text);

/// The same digits as `openssl x509 -fingerprint -sha256` prints them: "AB:CD:…". `fingerprint` is
/// normalised.
[[nodiscard]] QString fingerprintWithColons(const QString& fingerprint);

} // namespace sockdrop
