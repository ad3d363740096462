#include "identitypem.h"

#include <QCryptographicHash>

#include <array>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

template <auto release>
struct Release
{
    template <typename T>
    void operator()(T* object) const
    {
        release(object);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Release<X509_free>>;
using Bio = std::unique_ptr<BIO, Release<BIO_free_all>>;

constexpr int validDays = 50 * 365;

Error cryptoError()
{
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    const char* reason = ERR_reason_error_string(code);
    return {ErrorCode::IoError, u"Cannot make an identity for this device: %1."_s.arg(
                                    reason ? QString::fromLatin1(reason) : u"OpenSSL failed"_s)};
}

bool setRandomSerial(X509* certificate)
{
    // RFC 5280 §4.1.2.2: positive, at most 20 octets.
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        return false;
    bytes.front() = static_cast<unsigned char>((bytes.front() & 0x7f) | 0x40);
    const std::unique_ptr<BIGNUM, Release<BN_free>> number(
        BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
}

Certificate selfSigned(EVP_PKEY* key)
{
    Certificate certificate(X509_new());
    if (!certificate)
        return nullptr;
    X509_NAME* name = X509_get_subject_name(certificate.get());
    const auto* commonName = reinterpret_cast<const unsigned char*>("sockdrop");
    // A day back, for peers whose clock is behind.
    const bool isComplete =
        X509_set_version(certificate.get(), X509_VERSION_3) == 1 && setRandomSerial(certificate.get()) &&
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, commonName, -1, -1, 0) == 1 &&
        X509_set_issuer_name(certificate.get(), name) == 1 &&
        X509_time_adj_ex(X509_getm_notBefore(certificate.get()), -1, 0, nullptr) != nullptr &&
        X509_time_adj_ex(X509_getm_notAfter(certificate.get()), validDays, 0, nullptr) != nullptr &&
        X509_set_pubkey(certificate.get(), key) == 1 && X509_sign(certificate.get(), key, EVP_sha256()) > 0;
    return isComplete ? std::move(certificate) : nullptr;
}

/// Without it OpenSSL would ask for the password of an encrypted key on the terminal.
int refusePassword(char*, int, int, void*)
{
    return -1;
}

bool isP256(const EVP_PKEY* key)
{
    std::array<char, 64> group{};
    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                          nullptr) == 1 &&
           QByteArrayView(group.data()) == QByteArrayView("prime256v1");
}

} // namespace

IdentityPem::~IdentityPem()
{
    // Only ours to wipe while nobody else holds the same bytes; data() would copy them then.
    if (m_text.isDetached())
        OPENSSL_cleanse(m_text.data(), static_cast<size_t>(m_text.size()));
}

Result<IdentityPem> IdentityPem::generate()
{
    ERR_clear_error();
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate = key ? selfSigned(key.get()) : nullptr;
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!certificate || !bio ||
        PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
        PEM_write_bio_X509(bio.get(), certificate.get()) != 1)
        return cryptoError();
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return IdentityPem(QByteArray(text, size));
}

IdentityPem::Fingerprints IdentityPem::fingerprintsOf(const X509* certificate)
{
    const auto hashOf = [](auto&& encode) -> QString {
        unsigned char* der = nullptr;
        const int size = encode(&der);
        const std::unique_ptr<unsigned char, decltype([](unsigned char* bytes) { OPENSSL_free(bytes); })>
            owner(der);
        if (size <= 0)
            return {};
        const QByteArrayView bytes(der, size);
        return QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
    };
    return {hashOf([certificate](unsigned char** der) {
                return i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), der);
            }),
            hashOf([certificate](unsigned char** der) { return i2d_X509(certificate, der); })};
}

std::optional<IdentityPem::Fingerprints> IdentityPem::fingerprints() const
{
    const Bio bio(BIO_new_mem_buf(m_text.constData(), static_cast<int>(m_text.size())));
    const Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, refusePassword, nullptr) : nullptr);
    const Certificate certificate(key ? PEM_read_bio_X509(bio.get(), nullptr, refusePassword, nullptr)
                                      : nullptr);
    const bool isIdentity =
        certificate && isP256(key.get()) && X509_check_private_key(certificate.get(), key.get()) == 1;
    ERR_clear_error();
    if (!isIdentity)
        return std::nullopt;

    Fingerprints fingerprints = fingerprintsOf(certificate.get());
    if (fingerprints.key.isEmpty() || fingerprints.certificate.isEmpty())
        return std::nullopt;
    return fingerprints;
}

} // namespace sockdrop
