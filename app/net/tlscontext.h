#pragma once

#include "deviceidentity.h"

#include <memory>
#include <openssl/types.h>

namespace sockdrop {

/// How this device speaks TLS, in both roles: version 1.2 or 1.3, its own certificate, and the peer's one
/// taken as it is: whoever connects looks at its fingerprint. No certificate authority counts, nothing is
/// resumed or renegotiated, no protocol (ALPN) is negotiated. Thread-safe.
class TlsContext final
{
public:
    [[nodiscard]] static Result<std::shared_ptr<const TlsContext>> make(const DeviceIdentity& identity);
    ~TlsContext();
    Q_DISABLE_COPY_MOVE(TlsContext)

    /// Our own.
    [[nodiscard]] const QString& fingerprint() const { return m_fingerprint; }
    [[nodiscard]] SSL_CTX* handle() const { return m_context; }

private:
    TlsContext(SSL_CTX* context, QString fingerprint)
        : m_context(context), m_fingerprint(std::move(fingerprint))
    {}

    SSL_CTX* m_context;
    QString m_fingerprint;
};

} // namespace sockdrop
