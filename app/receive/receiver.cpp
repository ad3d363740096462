#include "receiver.h"

#include "receiveengine.h"
#include "uploadboard.h"

namespace sockdrop {

using namespace Qt::StringLiterals;

Receiver::Receiver(QObject* parent) : QObject(parent), m_board(std::make_unique<UploadBoard>())
{
    connect(&m_filesTimer, &QTimer::timeout, this, &Receiver::tellNews);
}

Receiver::~Receiver() = default;

void Receiver::start(const ReceiveOptions& options)
{
    Q_ASSERT(m_state == State::Off);
    m_engine = std::make_unique<ReceiveEngine>(options, *m_board);
    // A stop() may overtake the answer to start(): then only stopped() counts.
    connect(m_engine.get(), &ReceiveEngine::started, this, [this](quint16 port) {
        if (m_state != State::Starting)
            return;
        m_port = port;
        enter(State::On);
    });
    connect(m_engine.get(), &ReceiveEngine::startFailed, this, [this](const Error& error, quint16 freePort) {
        if (m_state != State::Starting)
            return;
        m_engine.reset();
        enter(State::Off);
        Q_EMIT startFailed(error, freePort);
    });
    connect(m_engine.get(), &ReceiveEngine::stopped, this, [this] {
        m_engine.reset();
        tellNews();
    });
    connect(m_engine.get(), &ReceiveEngine::newsCame, this, [this] {
        if (!m_filesTimer.isActive())
            tellNews();
    });
    connect(m_engine.get(), &ReceiveEngine::partialsChanged, this, &Receiver::partialsChanged);
    connect(m_engine.get(), &ReceiveEngine::offersChanged, this, &Receiver::offersChanged);
    connect(m_engine.get(), &ReceiveEngine::answerFailed, this, &Receiver::answerFailed);
    connect(m_engine.get(), &ReceiveEngine::firstContact, this, &Receiver::firstContact);
    connect(m_engine.get(), &ReceiveEngine::contactEnded, this, &Receiver::contactEnded);
    connect(m_engine.get(), &ReceiveEngine::folderStatusChanged, this, &Receiver::folderStatusChanged);
    // Not before the connections: what nobody listens to is lost.
    if (m_engine->isRunning())
        QMetaObject::invokeMethod(m_engine.get(), &ReceiveEngine::start, Qt::QueuedConnection);
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
    QMetaObject::invokeMethod(m_engine.get(), &ReceiveEngine::stop, Qt::QueuedConnection);
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
