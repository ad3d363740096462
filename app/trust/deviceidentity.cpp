#include "deviceidentity.h"

#include "identitypem.h"
#include "logging.h"

#include <QDir>
#include <QFile>
#include <QMessageAuthenticationCode>

#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 largestFile = 64LL * 1024;

class Descriptor final
{
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Q_DISABLE_COPY_MOVE(Descriptor)

    [[nodiscard]] bool isOpen() const { return m_fd >= 0; }
    [[nodiscard]] int fd() const { return m_fd; }

private:
    int m_fd;
};

Error damaged(const QString& path)
{
    return {ErrorCode::IoError, u"The identity of this device in %1 is damaged. Restore the file; or remove "
                                u"it to become a new device, "
                                "which peers that know this one will not trust."_s.arg(path)};
}

Result<void> checkOwnership(const struct stat& status, const QString& path)
{
    if (!S_ISREG(status.st_mode))
        return Error{ErrorCode::IoError,
                     u"%1 is not a file; the identity of this device belongs there."_s.arg(path)};
    if (status.st_uid != ::geteuid())
        return Error{
            ErrorCode::PermissionDenied,
            u"%1 belongs to another user; the identity of this device must be your own."_s.arg(path)};
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return Error{
            ErrorCode::PermissionDenied,
            u"Other users may use the identity of this device. Protect it: chmod 600 %1"_s.arg(path)};
    if (status.st_size > largestFile)
        return damaged(path);
    return {};
}

Result<IdentityPem> readAll(int fd, qint64 size, const QString& path)
{
    QByteArray text(size, Qt::Uninitialized);
    qint64 done = 0;
    while (done < size) {
        const ssize_t count = ::read(fd, text.data() + done, static_cast<size_t>(size - done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return systemError(errno, u"Cannot read %1"_s.arg(path));
        if (count == 0)
            return damaged(path);
        done += count;
    }
    return IdentityPem(std::move(text));
}

struct Loaded
{
    std::shared_ptr<const IdentityPem> pem;
    IdentityPem::Fingerprints fingerprints;
};

/// The identity in the file; nothing where there is no file.
Result<std::optional<Loaded>> load(const QString& path)
{
    // No link is followed, so that a dangling one is no missing file; O_NONBLOCK, so that a pipe cannot hang
    // us.
    const Descriptor file(
        ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!file.isOpen() && errno == ENOENT)
        return std::optional<Loaded>();
    if (!file.isOpen() && errno == ELOOP)
        return Error{ErrorCode::IoError,
                     u"%1 is a link; the identity of this device must be a file."_s.arg(path)};
    struct stat status = {};
    if (!file.isOpen() || ::fstat(file.fd(), &status) != 0)
        return systemError(errno, u"Cannot read %1"_s.arg(path));
    if (const Result<void> checked = checkOwnership(status, path); !checked)
        return checked.error();
    Result<IdentityPem> pem = readAll(file.fd(), status.st_size, path);
    if (!pem)
        return pem.error();
    const std::optional<IdentityPem::Fingerprints> fingerprints = pem->fingerprints();
    if (!fingerprints)
        return damaged(path);
    return std::optional(Loaded{std::make_shared<const IdentityPem>(std::move(pem).value()), *fingerprints});
}

Result<void> writeAll(int fd, const QByteArray& text, const QString& path)
{
    qint64 done = 0;
    while (done < text.size()) {
        const ssize_t count = ::write(fd, text.constData() + done, static_cast<size_t>(text.size() - done));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return systemError(errno, u"Cannot write %1"_s.arg(path));
        done += count;
    }
    if (::fsync(fd) != 0)
        return systemError(errno, u"Cannot write %1"_s.arg(path));
    return {};
}

/// Gives a new identity its name, unless another process was first: link() never replaces, and unlike
/// renameat2() it works on network file systems too.
Result<void> create(const QString& folder, const QString& path)
{
    const Result<IdentityPem> pem = IdentityPem::generate();
    if (!pem)
        return pem.error();
    QByteArray staging = QFile::encodeName(folder + "/.identity-XXXXXX"_L1);
    const Descriptor file(::mkostemp(staging.data(), O_CLOEXEC)); // mode 0600
    if (!file.isOpen())
        return systemError(errno, u"Cannot write into %1"_s.arg(folder));
    Result<void> written = writeAll(file.fd(), pem->text(), path);
    if (written && ::link(staging.constData(), QFile::encodeName(path).constData()) != 0 && errno != EEXIST)
        written = systemError(errno, u"Cannot write %1"_s.arg(path));
    ::unlink(staging.constData());
    if (!written)
        return written;
    const Descriptor parent(
        ::open(QFile::encodeName(folder).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.isOpen() || ::fsync(parent.fd()) != 0)
        return systemError(errno, u"Cannot write into %1"_s.arg(folder));
    return {};
}

} // namespace

DeviceIdentity::DeviceIdentity(std::shared_ptr<const IdentityPem> pem, IdentityPem::Fingerprints fingerprints)
    : m_pem(std::move(pem)), m_fingerprint(std::move(fingerprints.key)),
      m_certificateFingerprint(std::move(fingerprints.certificate))
{}

Result<DeviceIdentity> DeviceIdentity::loadOrCreate(const QString& path)
{
    const QString file = path + "/identity.pem"_L1;
    Result<std::optional<Loaded>> found = load(file);
    const bool isNew = found && !found.value();
    if (isNew) {
        errno = 0;
        // The name of a folder above may be a file: mkpath() says no more than no.
        if (!QDir().mkpath(path))
            return systemError(errno != 0 ? errno : ENOTDIR, u"Cannot create %1"_s.arg(path));
        if (const Result<void> created = create(path, file); !created)
            return created.error();
        found = load(file);
        if (found && !found.value())
            return Error{ErrorCode::IoError, u"%1 vanished while it was made."_s.arg(file)};
        qCDebug(lcTrust) << "This device has an identity now";
    }
    if (!found)
        return found.error();
    DeviceIdentity identity(found.value()->pem, found.value()->fingerprints);
    identity.m_isNew = isNew;
    return identity;
}

QString DeviceIdentity::lostText(const QString& path)
{
    return u"The key of this device, %1/identity.pem, was missing, and a new one was made. To the devices "
           u"that "
           "know this one it is another device now: they warn of it and send it nothing until they forget it "
           "and "
           "the codes are compared again, and they ask about what it sends. If you have a copy of the file, "
           "put "
           "it back and start again."_s.arg(path);
}

QByteArray DeviceIdentity::secretFor(QByteArrayView use) const
{
    return QMessageAuthenticationCode::hash(use.toByteArray(), m_pem->text(), QCryptographicHash::Sha256);
}

} // namespace sockdrop
