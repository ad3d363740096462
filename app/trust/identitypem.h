#pragma once

#include "result.h"

#include <QByteArray>

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

    /// SHA-256 of the SubjectPublicKeyInfo in lower-case hex; nothing unless this is a P-256 key and the
    /// certificate that belongs to it.
    [[nodiscard]] std::optional<QString> fingerprint() const;

    [[nodiscard]] const QByteArray& text() const { return m_text; }

private:
    QByteArray m_text;
};

} // namespace sockdrop
