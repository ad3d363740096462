#pragma once

#include "identitypem.h"
#include "result.h"

#include <QString>

#include <memory>

namespace sockdrop {

/// Who this device is to its peers: a P-256 key and a self-signed certificate, made once and kept in one
/// file.
class DeviceIdentity final
{
public:
    /// Loads `identity.pem` from the folder at `path`; makes the folder and the identity where there is none
    /// yet. Several processes may do so at once: all get the same identity.
    ///
    /// A file that is damaged, not readable or open to other users is an Error and stays as it is. It is
    /// never replaced: a new key would make this device a stranger to every peer that knows it.
    [[nodiscard]] static Result<DeviceIdentity> loadOrCreate(const QString& path);

    /// SHA-256 of the certificate's SubjectPublicKeyInfo (RFC 5280 §4.1): 64 lower-case hex digits.
    [[nodiscard]] const QString& fingerprint() const { return m_fingerprint; }
    /// SHA-256 of the whole certificate, as `openssl x509 -fingerprint -sha256` prints it, but in 64
    /// lower-case hex digits.
    [[nodiscard]] const QString& certificateFingerprint() const { return m_certificateFingerprint; }
    [[nodiscard]] const IdentityPem& pem() const { return *m_pem; }
    /// 32 bytes for one `use`, the same as long as the key is; they tell nothing of it.
    [[nodiscard]] QByteArray secretFor(QByteArrayView use) const;
    /// There was none until now.
    [[nodiscard]] bool isNew() const { return m_isNew; }
    /// What to tell the person of a device that has a new identity and knows others already: the old one,
    /// in the folder at `path`, was lost.
    [[nodiscard]] static QString lostText(const QString& path);

private:
    explicit DeviceIdentity(std::shared_ptr<const IdentityPem> pem, IdentityPem::Fingerprints fingerprints);

    std::shared_ptr<const IdentityPem> m_pem;
    QString m_fingerprint;
    QString m_certificateFingerprint;
    bool m_isNew = false;
};

} // namespace sockdrop
