#include "receiveengine.h"

#include "descriptors.h"
#include "descriptorshare.h"
#include "portowner.h"
#include "receivehandler.h"
#include "tlscontext.h"

#include <QDir>
#include <QSysInfo>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto newsInterval = 100ms;
constexpr auto folderInterval = 2s;
constexpr auto expiryInterval = 1h;
constexpr int mostThreads = 4;

ReceiveOptions withinSystem(ReceiveOptions options)
{
    options.limits = withinDescriptors(options.limits, mostDescriptors());
    return options;
}

} // namespace

ReceiveEngine::ReceiveEngine(ReceiveOptions options, UploadBoard& board)
    : m_options(withinSystem(std::move(options))), m_board(board)
{
    moveToThread(&m_thread);
    m_thread.setObjectName(u"receiver"_s);
    m_thread.start();
}

ReceiveEngine::~ReceiveEngine()
{
    if (!isRunning())
        return;
    QMetaObject::invokeMethod(this, &ReceiveEngine::shutDown, Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
}

void ReceiveEngine::start()
{
    if (m_options.makesFolder)
        QDir().mkpath(m_options.folder); // should it fail, opening says so
    const Result<std::shared_ptr<const LandingFolder>> folder = LandingFolder::open(m_options.folder);
    if (!folder) {
        tellFolderStatus({m_options.folder, -1, folder.error()});
        Q_EMIT startFailed(folder.error(), 0);
        return;
    }
    folder.value()->removeStalePartials(m_options.limits);
    m_context = makeContext(folder.value());

    ListenOptions listen;
    listen.address = m_options.address;
    listen.port = m_options.port;
    listen.threads = std::clamp(QThread::idealThreadCount(), 1, mostThreads);
    listen.names = OwnNames(QSysInfo::machineHostName(), m_options.allowedHosts);
    listen.tls = m_options.identity;
    listen.limits = m_options.limits;
    const Result<quint16> port =
        m_listener.listen(listen, [this] { return std::make_unique<ReceiveHandler>(*m_context); });
    if (!port) {
        const ErrorCode code = port.error().code;
        const bool isTaken = code == ErrorCode::PortInUse || code == ErrorCode::PortForbidden;
        Q_EMIT startFailed(port.error(), isTaken ? freePortNear(m_options.port) : 0);
        return;
    }
    m_newsTimer = std::make_unique<QTimer>();
    connect(m_newsTimer.get(), &QTimer::timeout, this, &ReceiveEngine::tellNews);
    m_newsTimer->start(newsInterval);
    m_folderTimer = std::make_unique<QTimer>();
    connect(m_folderTimer.get(), &QTimer::timeout, this, &ReceiveEngine::checkFolder);
    m_folderTimer->start(folderInterval);
    m_expiryTimer = std::make_unique<QTimer>();
    connect(m_expiryTimer.get(), &QTimer::timeout, this,
            [this] { m_context->destination().folder->removeStalePartials(m_options.limits); });
    m_expiryTimer->start(expiryInterval);
    tellFolderStatus(statusOf(*folder.value()));
    tellPartials();
    Q_EMIT started(port.value());
}

std::unique_ptr<ReceiveContext> ReceiveEngine::makeContext(std::shared_ptr<const LandingFolder> folder) const
{
    AdmissionOptions admission;
    admission.accept = m_options.accept;
    admission.takesPlain = m_options.takesPlain;
    admission.hasPerson = m_options.hasPerson;
    admission.ownFingerprint = m_options.identity ? m_options.identity->fingerprint() : QString();
    admission.knownPeers = m_options.knownPeers;
    admission.limits = m_options.limits;
    return std::make_unique<ReceiveContext>(
        BatchSessionOptions{m_options.tellsFiles,
                            m_options.keepsExecutable,
                            m_options.readsBack,
                            {},
                            {},
                            {},
                            m_options.limits},
        admission, m_board, ServiceInfo{m_options.deviceName, QStringLiteral(SOCKDROP_VERSION)},
        ReceiveContext::Destination{std::move(folder), m_options.conflict}, m_options.mostUploads);
}

void ReceiveEngine::stop()
{
    shutDown();
    Q_EMIT stopped();
}

void ReceiveEngine::shutDown()
{
    m_newsTimer.reset();
    m_folderTimer.reset();
    m_expiryTimer.reset();
    m_listener.close();
    if (m_context) {
        m_context->batches().stop();
        m_context->refusals().tick(std::chrono::steady_clock::now() + RefusalLog::interval); // what is left
    }
    tellNews();
    if (!std::exchange(m_offers, {}).isEmpty()) // first contacts that were still compared
        Q_EMIT offersChanged({});
}

/// A destination that was removed or unplugged may come back: then what arrives lands in the new one.
void ReceiveEngine::checkFolder()
{
    ReceiveContext::Destination destination = m_context->destination();
    if (!destination.folder->isInPlace()) {
        const Result<std::shared_ptr<const LandingFolder>> folder =
            LandingFolder::open(destination.folder->path());
        if (!folder) {
            tellFolderStatus({destination.folder->path(), -1, folder.error()});
            return;
        }
        destination.folder = folder.value();
        m_context->setDestination(destination);
    }
    tellFolderStatus(statusOf(*destination.folder));
    tellPartials();
}

void ReceiveEngine::tellPartials()
{
    const QList<PartialFile> partials = m_context->destination().folder->partials(m_options.limits);
    if (partials == m_partials)
        return;
    m_partials = partials;
    Q_EMIT partialsChanged(partials);
}

void ReceiveEngine::discardPartials(const QList<PartialFile>& partials)
{
    if (!m_context)
        return;
    const std::shared_ptr<const LandingFolder> folder = m_context->destination().folder;
    for (const PartialFile& partial : partials)
        folder->discardPartial(partial.id);
    tellPartials();
}

void ReceiveEngine::setDestination(const QString& path, ConflictPolicy conflict)
{
    if (!m_context)
        return;
    const Result<std::shared_ptr<const LandingFolder>> folder = LandingFolder::open(path);
    if (!folder) {
        tellFolderStatus({path, -1, folder.error()});
        return;
    }
    m_context->setDestination({folder.value(), conflict});
    tellFolderStatus(statusOf(*folder.value()));
}

void ReceiveEngine::setAdmission(AcceptPolicy accept, bool takesPlain)
{
    if (m_context)
        m_context->admission().setPolicy(accept, takesPlain);
}

void ReceiveEngine::answer(OfferId id, OfferAnswer answer, const QString& folder)
{
    if (!m_context)
        return;
    const bool isThere = !folder.isEmpty() || m_context->destination().folder->isInPlace();
    const Result<void> answered =
        isThere || answer == OfferAnswer::Decline
            ? m_context->admission().answer(id, answer, folder)
            : Error{ErrorCode::NotFound,
                    u"The folder “%1” is not there any more."_s.arg(m_context->destination().folder->path())};
    if (!answered)
        Q_EMIT answerFailed(id, answered.error());
    tellOffers();
}

void ReceiveEngine::tellOffers()
{
    m_context->admission().tick(std::chrono::steady_clock::now());
    const Admission::News news = m_context->admission().takeNews();
    for (const OfferSnapshot& contact : news.contacts)
        Q_EMIT firstContact(contact);
    for (const OfferSnapshot& contact : news.endedContacts)
        Q_EMIT contactEnded(contact);
    QList<OfferSnapshot> offers = news.offers.value_or(m_offers);
    for (OfferSnapshot& offer : offers) {
        offer.folder = m_folderStatus.path;
        offer.bytesFree = m_folderStatus.bytesFree;
    }
    if (offers == m_offers)
        return;
    m_offers = offers;
    Q_EMIT offersChanged(offers);
}

void ReceiveEngine::tellNews()
{
    if (m_context) {
        m_context->batches().expire();
        m_context->refusals().tick(std::chrono::steady_clock::now());
        tellOffers();
    }
    if (m_board.hasNews())
        Q_EMIT newsCame();
}

void ReceiveEngine::tellFolderStatus(const FolderStatus& status)
{
    if (status == m_folderStatus)
        return;
    m_folderStatus = status;
    Q_EMIT folderStatusChanged(status);
}

} // namespace sockdrop
