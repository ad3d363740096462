#include "tlscontext.h"

#include <array>
#include <csignal>
#include <memory>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// AES first: the processors of the last ten years do it in hardware. A peer without that puts ChaCha20
/// first, which SSL_OP_PRIORITIZE_CHACHA respects.
constexpr const char* tls13Ciphers =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
constexpr const char* tls12Ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
                                     "ECDHE-ECDSA-AES256-GCM-SHA384";

constexpr size_t readBufferBytes = 128 * 1024;

/// Any certificate: the handshake proves that the peer has its key, and the fingerprint says who that is.
int takeCertificate(X509_STORE_CTX*, void*)
{
    return 1;
}

bool useIdentity(SSL_CTX* context, const QByteArray& pem)
{
    const std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })> bio(
        BIO_new_mem_buf(pem.constData(), static_cast<int>(pem.size())));
    if (!bio)
        return false;
    const std::unique_ptr<EVP_PKEY, decltype([](EVP_PKEY* key) { EVP_PKEY_free(key); })> key(
        PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    const std::unique_ptr<X509, decltype([](X509* certificate) { X509_free(certificate); })> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    return key && certificate && SSL_CTX_use_certificate(context, certificate.get()) == 1 &&
           SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

} // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::make(const DeviceIdentity& identity)
{
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes without MSG_NOSIGNAL
    ERR_clear_error();
    SSL_CTX* handle = SSL_CTX_new(TLS_method());
    std::shared_ptr<const TlsContext> context(new TlsContext(handle, identity.fingerprint()));
    constexpr std::array<unsigned char, 8> sessionId{'s', 'o', 'c', 'k', 'd', 'r', 'o', 'p'};
    const bool isReady = handle && SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION) == 1 &&
                         SSL_CTX_set_ciphersuites(handle, tls13Ciphers) == 1 &&
                         SSL_CTX_set_cipher_list(handle, tls12Ciphers) == 1 &&
                         SSL_CTX_set_session_id_context(handle, sessionId.data(), sessionId.size()) == 1 &&
                         useIdentity(handle, identity.pem().text());
    if (!isReady) {
        const unsigned long code = ERR_get_error();
        ERR_clear_error();
        const char* reason = ERR_reason_error_string(code);
        return Error{ErrorCode::IoError, u"TLS cannot be used: %1."_s.arg(reason ? QString::fromLatin1(reason)
                                                                                 : u"OpenSSL failed"_s)};
    }
    SSL_CTX_set_options(handle, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                    SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_num_tickets(handle, 0);
    SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(handle, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
    // Several records with one system call.
    SSL_CTX_set_read_ahead(handle, 1);
    SSL_CTX_set_default_read_buffer_len(handle, readBufferBytes);
    SSL_CTX_set_verify(handle, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(handle, takeCertificate, nullptr);
    return context;
}

TlsContext::~TlsContext()
{
    SSL_CTX_free(m_context);
}

} // namespace sockdrop
