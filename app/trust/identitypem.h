#pragma once

#include "result.h"

#include <QByteArray>

#include <openssl/types.h>
#include <optional>

namespace sockdrop {

/// The content of an identity file: a private key and its certificate in PEM. The memory is wiped at the end.
class IdentityPem final
{
public:
    explicit IdentityPem(QByteArray text) : m_text(std::move(text)) {}
    ~IdentityPem();
    IdentityPem(IdentityPem&&) noexcept = default;
    IdentityPem& operator=(IdentityPem&&) = delete;

    /// A fresh P-256 key with a self-signed certificate for "sockdrop", valid for about fifty years: peers
    /// pin the key, so that an end date would only break what works.
    [[nodiscard]] static Result<IdentityPem> generate();

    /// SHA-256 in lower-case hex.
    struct Fingerprints
    {
        QString key;         ///< of the SubjectPublicKeyInfo
        QString certificate; ///< of the certificate in DER
    };
    /// Nothing unless this is a P-256 key and the certificate that belongs to it.
    [[nodiscard]] std::optional<Fingerprints> fingerprints() const;
    /// Of any certificate (an X509*); empty where OpenSSL fails.
    [[nodiscard]] static Fingerprints fingerprintsOf(const X509* certificate);

    [[nodiscard]] const QByteArray& text() const { return m_text; }

private:
    QByteArray m_text;
};

} // namespace sockdrop
