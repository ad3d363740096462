#include "deviceidentity.h"
#include "identitypem.h"

#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QSet>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// As a user would have it: only the owner may read and write.
bool writePrivate(const QString& path, const QByteArray& content)
{
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(content) == content.size() &&
           file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
}

QByteArray freshPem()
{
    const Result<IdentityPem> pem = IdentityPem::generate();
    return QByteArray(pem->text().constData(), pem->text().size());
}

QByteArray keyOf(const QByteArray& pem)
{
    return pem.left(pem.indexOf("-----BEGIN CERTIFICATE"));
}

QByteArray certificateOf(const QByteArray& pem)
{
    return pem.mid(pem.indexOf("-----BEGIN CERTIFICATE"));
}

/// A key of another kind, or P-256 under a password, in PEM.
QByteArray keyPem(EVP_PKEY* key, const char* password)
{
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, key, password ? EVP_aes_128_cbc() : nullptr, password,
                                  password ? int(qstrlen(password)) : 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio, &text);
    QByteArray pem(text, size);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return pem;
}

} // namespace

class TestDeviceIdentity final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void isMadeOnceAndKept();
    void foldersDiffer();
    void fileIsPrivateAndAlone();
    void certificateIsAsDescribed();
    void racingStartsAgree();
    void refusesOpenPermissions_data();
    void refusesOpenPermissions();
    void refusesDamagedFile_data();
    void refusesDamagedFile();
    void refusesWhatIsNoFile_data();
    void refusesWhatIsNoFile();
    void saysWhyTheFolderCannotBeMade();
    void saysWhyTheFolderCannotBeWritten();
    void leavesNothingHalfWritten();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    QString m_file;
};

void TestDeviceIdentity::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_file = m_folder->filePath(u"identity.pem"_s);
}

void TestDeviceIdentity::isMadeOnceAndKept()
{
    const QString folder = m_folder->filePath(u"not/there/yet"_s);
    const Result<DeviceIdentity> first = DeviceIdentity::loadOrCreate(folder);
    QVERIFY2(first.isOk(), first.isOk() ? "" : qPrintable(first.error().text));
    static const QRegularExpression hex(u"\\A[0-9a-f]{64}\\z"_s);
    QVERIFY(hex.match(first->fingerprint()).hasMatch());

    const QByteArray content = contentOf(folder + u"/identity.pem"_s);
    const Result<DeviceIdentity> second = DeviceIdentity::loadOrCreate(folder);
    QVERIFY(second.isOk());
    QCOMPARE(second->fingerprint(), first->fingerprint());
    QCOMPARE(second->secretFor("a use"), first->secretFor("a use"));
    QVERIFY(first->secretFor("another use") != first->secretFor("a use"));
    QCOMPARE(contentOf(folder + u"/identity.pem"_s), content);
}

void TestDeviceIdentity::foldersDiffer()
{
    const Result<DeviceIdentity> one = DeviceIdentity::loadOrCreate(m_folder->filePath(u"one"_s));
    const Result<DeviceIdentity> two = DeviceIdentity::loadOrCreate(m_folder->filePath(u"two"_s));
    QVERIFY(one.isOk() && two.isOk());
    QVERIFY(one->fingerprint() != two->fingerprint());
    QVERIFY(one->secretFor("a use") != two->secretFor("a use"));
}

void TestDeviceIdentity::fileIsPrivateAndAlone()
{
    const mode_t before = ::umask(0);
    const bool isMade = DeviceIdentity::loadOrCreate(m_folder->path()).isOk();
    ::umask(before);
    QVERIFY(isMade);
    struct stat status
    {};
    QCOMPARE(::stat(QFile::encodeName(m_file).constData(), &status), 0);
    QCOMPARE(int(status.st_mode & 07777), 0600);
    QCOMPARE(QDir(m_folder->path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList{u"identity.pem"_s});
}

void TestDeviceIdentity::certificateIsAsDescribed()
{
    const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(m_folder->path());
    QVERIFY(identity.isOk());
    const QByteArray pem = contentOf(m_file);
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.constData(), int(pem.size())),
                                                        BIO_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
    QVERIFY(certificate);

    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name, sizeof name);
    QCOMPARE(QByteArray(name), QByteArray("sockdrop"));
    QCOMPARE(X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1);

    int days = 0;
    int seconds = 0;
    QVERIFY(ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate.get())));
    QVERIFY2(days > 49 * 365 && days < 51 * 365, qPrintable(QString::number(days)));
    QVERIFY(X509_cmp_current_time(X509_get0_notBefore(certificate.get())) < 0);

    // Computed apart from the code under test: OpenSSL's own digest of the key info.
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(X509_get0_pubkey(certificate.get()), &der);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digestSize = 0;
    QVERIFY(EVP_Digest(der, size_t(size), digest, &digestSize, EVP_sha256(), nullptr));
    OPENSSL_free(der);
    QCOMPARE(identity->fingerprint(),
             QString::fromLatin1(QByteArray(reinterpret_cast<char*>(digest), int(digestSize)).toHex()));
}

void TestDeviceIdentity::racingStartsAgree()
{
    for (int round = 0; round < 20; ++round) {
        const QString folder = m_folder->filePath(QString::number(round));
        std::vector<QString> fingerprints(8);
        std::vector<std::thread> threads;
        threads.reserve(fingerprints.size());
        for (QString& fingerprint : fingerprints) {
            threads.emplace_back([&fingerprint, &folder] {
                const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(folder);
                fingerprint = identity ? identity->fingerprint() : identity.error().text;
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        const QSet<QString> different(fingerprints.begin(), fingerprints.end());
        QVERIFY2(different.size() == 1, qPrintable(different.values().join(u'\n')));
        QCOMPARE(different.values().first().size(), 64);
        QCOMPARE(QDir(folder).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot).size(), 1);
    }
}

void TestDeviceIdentity::refusesOpenPermissions_data()
{
    QTest::addColumn<int>("mode");
    QTest::addColumn<bool>("isAllowed");
    QTest::newRow("0600") << 0600 << true;
    QTest::newRow("0400") << 0400 << true;
    QTest::newRow("group may read") << 0640 << false;
    QTest::newRow("others may read") << 0604 << false;
    QTest::newRow("group may write") << 0620 << false;
}

void TestDeviceIdentity::refusesOpenPermissions()
{
    QFETCH(int, mode);
    QFETCH(bool, isAllowed);
    const QByteArray pem = freshPem();
    QVERIFY(writePrivate(m_file, pem));
    QCOMPARE(::chmod(QFile::encodeName(m_file).constData(), static_cast<mode_t>(mode)), 0);
    const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(m_folder->path());
    QCOMPARE(identity.isOk(), isAllowed);
    QCOMPARE(contentOf(m_file), pem);
    if (isAllowed)
        return;
    QCOMPARE(identity.error().code, ErrorCode::PermissionDenied);
    QVERIFY(identity.error().text.contains(m_file));
}

void TestDeviceIdentity::refusesDamagedFile_data()
{
    const QByteArray pem = freshPem();
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("noise") << QByteArray("\0\xff not PEM\n", 12);
    QTest::newRow("cut") << pem.left(pem.size() - 100);
    QTest::newRow("key only") << keyOf(pem);
    QTest::newRow("certificate only") << certificateOf(pem);
    QTest::newRow("certificate of another key") << keyOf(pem) + certificateOf(freshPem());
    QTest::newRow("another curve") << keyPem(EVP_EC_gen("P-384"), nullptr) + certificateOf(pem);
    QTest::newRow("another kind of key")
        << keyPem(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), nullptr) + certificateOf(pem);
    QTest::newRow("under a password") << keyPem(EVP_EC_gen("P-256"), "secret") + certificateOf(pem);
    QTest::newRow("too large") << pem + QByteArray(65536, '\n');
}

void TestDeviceIdentity::refusesDamagedFile()
{
    QFETCH(QByteArray, content);
    QVERIFY(writePrivate(m_file, content));
    const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(m_folder->path());
    QVERIFY(!identity.isOk());
    QCOMPARE(identity.error().code, ErrorCode::IoError);
    QVERIFY(identity.error().text.contains(m_file));
    QCOMPARE(contentOf(m_file), content);
}

void TestDeviceIdentity::refusesWhatIsNoFile_data()
{
    QTest::addColumn<QString>("kind");
    QTest::newRow("folder") << u"folder"_s;
    QTest::newRow("pipe") << u"pipe"_s;
    QTest::newRow("dangling link") << u"dangling"_s;
    QTest::newRow("link to an identity") << u"link"_s;
}

void TestDeviceIdentity::refusesWhatIsNoFile()
{
    QFETCH(QString, kind);
    const QString other = m_folder->filePath(u"other.pem"_s);
    if (kind == u"folder"_s)
        QVERIFY(QDir().mkdir(m_file));
    else if (kind == u"pipe"_s)
        QCOMPARE(::mkfifo(QFile::encodeName(m_file).constData(), 0600), 0);
    else
        QVERIFY(QFile::link(other, m_file));
    if (kind == u"link"_s)
        QVERIFY(writePrivate(other, freshPem()));

    const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(m_folder->path());
    QVERIFY(!identity.isOk());
    QVERIFY(identity.error().text.contains(m_file));
    QCOMPARE(QFile::exists(other), kind == u"link"_s);
}

void TestDeviceIdentity::saysWhyTheFolderCannotBeMade()
{
    const QString blocked = m_folder->filePath(u"blocked"_s);
    QVERIFY(writePrivate(blocked, "a file"));
    const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(blocked + u"/below"_s);
    QVERIFY(!identity.isOk());
    QVERIFY(identity.error().text.contains(blocked));
}

void TestDeviceIdentity::saysWhyTheFolderCannotBeWritten()
{
    QCOMPARE(::chmod(QFile::encodeName(m_folder->path()).constData(), 0500), 0);
    // Root may write everywhere: be nobody meanwhile.
    constexpr uid_t nobody = 65534;
    const bool isRoot = ::geteuid() == 0;
    QVERIFY(!isRoot || ::seteuid(nobody) == 0);
    const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(m_folder->path());
    QVERIFY(!isRoot || ::seteuid(0) == 0);
    ::chmod(QFile::encodeName(m_folder->path()).constData(), 0700);
    QVERIFY(!identity.isOk());
    QCOMPARE(identity.error().code, ErrorCode::PermissionDenied);
}

/// A limit on file sizes stands in for a full disk, which it resembles: some bytes fit, the rest does not.
void TestDeviceIdentity::leavesNothingHalfWritten()
{
    rlimit before{};
    QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit tight = before;
    tight.rlim_cur = 100;
    std::signal(SIGXFSZ, SIG_IGN);
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &tight), 0);
    const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(m_folder->path());
    QCOMPARE(::setrlimit(RLIMIT_FSIZE, &before), 0);
    QVERIFY(!identity.isOk());
    QVERIFY(identity.error().text.contains(m_file));
    QVERIFY(QDir(m_folder->path()).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
    QVERIFY(DeviceIdentity::loadOrCreate(m_folder->path()).isOk());
}

QTEST_GUILESS_MAIN(TestDeviceIdentity)
#include "tst_deviceidentity.moc"
