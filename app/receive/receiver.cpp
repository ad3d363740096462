#include "receiver.h"

#include "listener.h"
#include "logging.h"
#include "portowner.h"
#include "receivehandler.h"
#include "uploadboard.h"

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

FolderStatus statusOf(const LandingFolder& folder)
{
    FolderStatus status;
    status.path = folder.path();
    const Result<qint64> free = folder.bytesFree();
    if (free)
        status.bytesFree = free.value();
    else if (free.error().code != ErrorCode::Unsupported)
        status.error = free.error();
    return status;
}

} // namespace

/// The part of the receiver that may block: it opens the folder and the port and collects the news. Lives on
/// a thread of its own and speaks through signals.
class Receiver::Engine final : public QObject
{
    Q_OBJECT

public:
    Engine(ReceiveOptions options, UploadBoard& board) : m_options(std::move(options)), m_board(board)
    {
        moveToThread(&m_thread);
        m_thread.setObjectName(u"receiver"_s);
        m_thread.start();
    }

    ~Engine() override
    {
        QMetaObject::invokeMethod(this, &Engine::shutDown, Qt::BlockingQueuedConnection);
        m_thread.quit();
        m_thread.wait();
    }

    void start();
    /// Ends in stopped(), also after startFailed().
    void stop();
    void setDestination(const QString& path, ConflictPolicy conflict);
    void discardPartials(const QList<PartialFile>& partials);

Q_SIGNALS:
    void started(quint16 port);
    void startFailed(const sockdrop::Error& error, quint16 freePort);
    void stopped();
    void uploadsChanged(const QList<sockdrop::TransferSnapshot>& uploads);
    void filesChanged(const QList<sockdrop::FileSnapshot>& files);
    void partialsChanged(const QList<sockdrop::PartialFile>& partials);
    void folderStatusChanged(const sockdrop::FolderStatus& status);
    void logged(const sockdrop::LogEntry& entry);

private:
    void shutDown();
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
    QThread m_thread;
};

void Receiver::Engine::start()
{
    const Result<std::shared_ptr<const LandingFolder>> folder = LandingFolder::open(m_options.folder);
    if (!folder) {
        tellFolderStatus({m_options.folder, -1, folder.error()});
        Q_EMIT startFailed(folder.error(), 0);
        return;
    }
    folder.value()->removeStalePartials(m_options.limits);
    m_context = std::make_unique<ReceiveContext>(
        BatchSessionOptions{m_options.tellsFiles, m_options.keepsExecutable, m_options.readsBack, nullptr,
                            m_options.limits},
        m_board, ServiceInfo{m_options.deviceName, QStringLiteral(SOCKDROP_VERSION)},
        ReceiveContext::Destination{folder.value(), m_options.conflict}, m_options.mostUploads);

    ListenOptions listen;
    listen.address = m_options.address;
    listen.port = m_options.port;
    listen.threads = std::clamp(QThread::idealThreadCount(), 1, mostThreads);
    listen.hostName = QSysInfo::machineHostName();
    listen.limits = m_options.limits;
    const Result<quint16> port =
        m_listener.listen(listen, [this] { return std::make_unique<ReceiveHandler>(*m_context); });
    if (!port) {
        const bool isInUse = port.error().code == ErrorCode::PortInUse;
        Q_EMIT startFailed(port.error(), isInUse ? freePortNear(m_options.port) : 0);
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
    if (m_context)
        m_context->batches().stop();
    tellNews();
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

void Receiver::Engine::tellNews()
{
    if (m_context)
        m_context->batches().expire();
    const UploadBoard::News news = m_board.take();
    if (!news.uploads.isEmpty())
        Q_EMIT uploadsChanged(news.uploads);
    if (!news.files.isEmpty())
        Q_EMIT filesChanged(news.files);
    for (const LogEntry& entry : news.entries)
        Q_EMIT logged(entry);
}

void Receiver::Engine::tellFolderStatus(const FolderStatus& status)
{
    if (status == m_folderStatus)
        return;
    m_folderStatus = status;
    Q_EMIT folderStatusChanged(status);
}

Receiver::Receiver(QObject* parent) : QObject(parent), m_board(std::make_unique<UploadBoard>()) {}

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
        enter(State::Off);
    });
    connect(m_engine.get(), &Engine::uploadsChanged, this, &Receiver::uploadsChanged);
    connect(m_engine.get(), &Engine::filesChanged, this, &Receiver::filesChanged);
    connect(m_engine.get(), &Engine::partialsChanged, this, &Receiver::partialsChanged);
    connect(m_engine.get(), &Engine::folderStatusChanged, this, &Receiver::folderStatusChanged);
    connect(m_engine.get(), &Engine::logged, this, &Receiver::logged);
    // Not before the connections: what nobody listens to is lost.
    QMetaObject::invokeMethod(m_engine.get(), &Engine::start, Qt::QueuedConnection);
    enter(State::Starting);
}

void Receiver::stop()
{
    if (m_state != State::Starting && m_state != State::On)
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
    Q_UNUSED(accept)
    Q_UNUSED(takesPlain)
}

void Receiver::answer(OfferId id, OfferAnswer answer, const QString& folder)
{
    Q_UNUSED(id)
    Q_UNUSED(answer)
    Q_UNUSED(folder)
}

void Receiver::cancel(TransferId id)
{
    m_board->cancel(id);
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

void Receiver::enter(State state)
{
    m_state = state;
    if (state != State::On)
        m_port = 0;
    Q_EMIT stateChanged(state);
}

} // namespace sockdrop

#include "receiver.moc"
