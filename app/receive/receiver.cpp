#include "receiver.h"

#include "descriptors.h"
#include "descriptorshare.h"
#include "listener.h"
#include "logging.h"
#include "portowner.h"
#include "receivehandler.h"
#include "tlscontext.h"
#include "uploadboard.h"

#include <QDir>
#include <QThread>
#include <QTimer>

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

/// The part of the receiver that may block: it opens the folder and the port and collects the news. Lives on
/// a thread of its own and speaks through signals.
class Receiver::Engine final : public QObject
{
    Q_OBJECT

public:
    Engine(ReceiveOptions options, UploadBoard& board)
        : m_options(withinSystem(std::move(options))), m_board(board)
    {
        moveToThread(&m_thread);
        m_thread.setObjectName(u"receiver"_s);
        m_thread.start();
    }

    ~Engine() override
    {
        if (!isRunning())
            return;
        QMetaObject::invokeMethod(this, &Engine::shutDown, Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }

    /// Otherwise there was no thread for it, and it does nothing.
    [[nodiscard]] bool isRunning() const { return m_thread.isRunning(); }

    void start();
    /// Ends in stopped(), also after startFailed().
    void stop();
    void setDestination(const QString& path, ConflictPolicy conflict);
    void discardPartials(const QList<PartialFile>& partials);
    void setAdmission(AcceptPolicy accept, bool takesPlain);
    void answer(OfferId id, OfferAnswer answer, const QString& folder);

Q_SIGNALS:
    void started(quint16 port);
    void startFailed(const sockdrop::Error& error, quint16 freePort);
    void stopped();
    void newsCame();
    void partialsChanged(const QList<sockdrop::PartialFile>& partials);
    void offersChanged(const QList<sockdrop::OfferSnapshot>& offers);
    void answerFailed(sockdrop::OfferId offer, const sockdrop::Error& error);
    void firstContact(const sockdrop::OfferSnapshot& contact);
    void contactEnded(const sockdrop::OfferSnapshot& contact);
    void folderStatusChanged(const sockdrop::FolderStatus& status);

private:
    [[nodiscard]] std::unique_ptr<ReceiveContext>
    makeContext(std::shared_ptr<const LandingFolder> folder) const;
    void shutDown();
    void tellOffers();
    void checkFolder();
    void tellNews();
    void tellPartials();
    void tellFolderStatus(const FolderStatus& status);

    const ReceiveOptions m_options;
    UploadBoard& m_board;
    std::unique_ptr<ReceiveContext> m_context;
    Listener m_listener;
    std::unique_ptr<QTimer> m_newsTimer;
    std::unique_ptr<QTimer> m_folderTimer;
    std::unique_ptr<QTimer> m_expiryTimer;
    FolderStatus m_folderStatus;
    QList<PartialFile> m_partials;
    QList<OfferSnapshot> m_offers;
    QThread m_thread;
};

void Receiver::Engine::start()
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
    connect(m_newsTimer.get(), &QTimer::timeout, this, &Engine::tellNews);
    m_newsTimer->start(newsInterval);
    m_folderTimer = std::make_unique<QTimer>();
    connect(m_folderTimer.get(), &QTimer::timeout, this, &Engine::checkFolder);
    m_folderTimer->start(folderInterval);
    m_expiryTimer = std::make_unique<QTimer>();
    connect(m_expiryTimer.get(), &QTimer::timeout, this,
            [this] { m_context->destination().folder->removeStalePartials(m_options.limits); });
    m_expiryTimer->start(expiryInterval);
    tellFolderStatus(statusOf(*folder.value()));
    tellPartials();
    Q_EMIT started(port.value());
}

std::unique_ptr<ReceiveContext>
Receiver::Engine::makeContext(std::shared_ptr<const LandingFolder> folder) const
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

void Receiver::Engine::stop()
{
    shutDown();
    Q_EMIT stopped();
}

void Receiver::Engine::shutDown()
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
void Receiver::Engine::checkFolder()
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

void Receiver::Engine::tellPartials()
{
    const QList<PartialFile> partials = m_context->destination().folder->partials(m_options.limits);
    if (partials == m_partials)
        return;
    m_partials = partials;
    Q_EMIT partialsChanged(partials);
}

void Receiver::Engine::discardPartials(const QList<PartialFile>& partials)
{
    if (!m_context)
        return;
    const std::shared_ptr<const LandingFolder> folder = m_context->destination().folder;
    for (const PartialFile& partial : partials)
        folder->discardPartial(partial.id);
    tellPartials();
}

void Receiver::Engine::setDestination(const QString& path, ConflictPolicy conflict)
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

void Receiver::Engine::setAdmission(AcceptPolicy accept, bool takesPlain)
{
    if (m_context)
        m_context->admission().setPolicy(accept, takesPlain);
}

void Receiver::Engine::answer(OfferId id, OfferAnswer answer, const QString& folder)
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

void Receiver::Engine::tellOffers()
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

void Receiver::Engine::tellNews()
{
    if (m_context) {
        m_context->batches().expire();
        m_context->refusals().tick(std::chrono::steady_clock::now());
        tellOffers();
    }
    if (m_board.hasNews())
        Q_EMIT newsCame();
}

void Receiver::Engine::tellFolderStatus(const FolderStatus& status)
{
    if (status == m_folderStatus)
        return;
    m_folderStatus = status;
    Q_EMIT folderStatusChanged(status);
}

Receiver::Receiver(QObject* parent) : QObject(parent), m_board(std::make_unique<UploadBoard>())
{
    connect(&m_filesTimer, &QTimer::timeout, this, &Receiver::tellNews);
}

Receiver::~Receiver() = default;

void Receiver::start(const ReceiveOptions& options)
{
    Q_ASSERT(m_state == State::Off);
    m_engine = std::make_unique<Engine>(options, *m_board);
    // A stop() may overtake the answer to start(): then only stopped() counts.
    connect(m_engine.get(), &Engine::started, this, [this](quint16 port) {
        if (m_state != State::Starting)
            return;
        m_port = port;
        enter(State::On);
    });
    connect(m_engine.get(), &Engine::startFailed, this, [this](const Error& error, quint16 freePort) {
        if (m_state != State::Starting)
            return;
        m_engine.reset();
        enter(State::Off);
        Q_EMIT startFailed(error, freePort);
    });
    connect(m_engine.get(), &Engine::stopped, this, [this] {
        m_engine.reset();
        tellNews();
    });
    connect(m_engine.get(), &Engine::newsCame, this, [this] {
        if (!m_filesTimer.isActive())
            tellNews();
    });
    connect(m_engine.get(), &Engine::partialsChanged, this, &Receiver::partialsChanged);
    connect(m_engine.get(), &Engine::offersChanged, this, &Receiver::offersChanged);
    connect(m_engine.get(), &Engine::answerFailed, this, &Receiver::answerFailed);
    connect(m_engine.get(), &Engine::firstContact, this, &Receiver::firstContact);
    connect(m_engine.get(), &Engine::contactEnded, this, &Receiver::contactEnded);
    connect(m_engine.get(), &Engine::folderStatusChanged, this, &Receiver::folderStatusChanged);
    // Not before the connections: what nobody listens to is lost.
    if (m_engine->isRunning())
        QMetaObject::invokeMethod(m_engine.get(), &Engine::start, Qt::QueuedConnection);
    else
        QMetaObject::invokeMethod(this, &Receiver::giveUp, Qt::QueuedConnection);
    enter(State::Starting);
}

/// There was no thread for it.
void Receiver::giveUp()
{
    m_engine.reset();
    enter(State::Off);
    Q_EMIT startFailed({ErrorCode::Busy, u"This device has no room for another thread."_s}, 0);
}

void Receiver::stop()
{
    if ((m_state != State::Starting && m_state != State::On) || !m_engine->isRunning())
        return;
    enter(State::Stopping);
    QMetaObject::invokeMethod(m_engine.get(), &Engine::stop, Qt::QueuedConnection);
}

void Receiver::setDestination(const QString& folder, ConflictPolicy conflict)
{
    if (m_engine)
        QMetaObject::invokeMethod(
            m_engine.get(),
            [engine = m_engine.get(), folder, conflict] { engine->setDestination(folder, conflict); },
            Qt::QueuedConnection);
}

void Receiver::setAdmission(AcceptPolicy accept, bool takesPlain)
{
    if (m_engine)
        QMetaObject::invokeMethod(
            m_engine.get(),
            [engine = m_engine.get(), accept, takesPlain] { engine->setAdmission(accept, takesPlain); },
            Qt::QueuedConnection);
}

void Receiver::answer(OfferId id, OfferAnswer answer, const QString& folder)
{
    if (m_engine)
        QMetaObject::invokeMethod(
            m_engine.get(),
            [engine = m_engine.get(), id, answer, folder] { engine->answer(id, answer, folder); },
            Qt::QueuedConnection);
}

void Receiver::cancel(TransferId id)
{
    m_board->cancel(id);
}

void Receiver::discard(TransferId id)
{
    m_board->discard(id);
}

void Receiver::pause(TransferId id)
{
    m_board->setPaused(id, true);
}

void Receiver::resume(TransferId id)
{
    m_board->setPaused(id, false);
}

void Receiver::discardPartials(const QList<PartialFile>& partials)
{
    if (m_engine)
        QMetaObject::invokeMethod(
            m_engine.get(), [engine = m_engine.get(), partials] { engine->discardPartials(partials); },
            Qt::QueuedConnection);
}

/// What there is to tell is fetched, not sent here: it cannot pile up before this thread.
void Receiver::tellNews()
{
    const UploadBoard::News news = m_board->take();
    if (!news.uploads.isEmpty())
        Q_EMIT uploadsChanged(news.uploads);
    if (!news.files.isEmpty())
        Q_EMIT filesChanged(news.files);
    if (!news.ended.isEmpty())
        Q_EMIT uploadsChanged(news.ended);
    for (const LogEntry& entry : news.entries)
        Q_EMIT logged(entry);
    if (!m_board->hasFiles()) {
        m_filesTimer.stop();
        if (m_state == State::Stopping && !m_engine)
            enter(State::Off);
    } else if (!m_filesTimer.isActive()) {
        m_filesTimer.start(FileBacklog::interval);
    }
}

void Receiver::enter(State state)
{
    m_state = state;
    if (state != State::On)
        m_port = 0;
    Q_EMIT stateChanged(state);
}

} // namespace sockdrop

#include "receiver.moc"
