#include "enginethread.h"

#include "portowner.h"

#include <QCoreApplication>

namespace sockdrop {

using namespace Qt::StringLiterals;

EngineThread::EngineThread(const ListenOptions& options, const Listener::MakeHandler& makeHandler)
    : m_options(options), m_makeHandler(makeHandler)
{
    setObjectName("sockdrop-engine"_L1);
}

EngineThread::~EngineThread()
{
    stop();
}

Result<quint16> EngineThread::launch(const Acceptor::Deal& deal)
{
    m_deal = deal;
    std::future<Result<quint16>> started = m_started.get_future();
    start();
    // One that has ended has told how it went.
    if (!isRunning() && started.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
        return Error{ErrorCode::Busy, u"This device has no room for another thread."_s};
    m_running = m_stopped.get_future();
    return started.get();
}

void EngineThread::post(Accepted accepted)
{
    m_engine->post(std::move(accepted));
}

void EngineThread::stop()
{
    if (!m_running.valid())
        return;
    quit();
    m_running.get();
    wait();
}

void EngineThread::run()
{
    {
        Engine engine(m_options, m_makeHandler());
        m_engine = &engine;
        std::unique_ptr<Acceptor> acceptor;
        Result<quint16> listening(quint16{0});
        if (m_deal) {
            acceptor = std::make_unique<Acceptor>(engine.handler(), m_options.limits, m_deal);
            listening = listen(*acceptor);
        }
        const bool isOk = listening.isOk();
        m_started.set_value(std::move(listening));
        if (isOk)
            exec();
    }
    // What the connections left to be deleted later: nobody waits for what the thread does after this.
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    m_stopped.set_value();
}

Result<quint16> EngineThread::listen(Acceptor& acceptor) const
{
    if (acceptor.begin(m_options.address, m_options.port))
        return acceptor.serverPort();
    const QString port = QString::number(m_options.port);
    switch (acceptor.serverError()) {
    case QAbstractSocket::AddressInUseError: {
        const QString owner = portOwner(m_options.port);
        return Error{ErrorCode::PortInUse, owner.isEmpty()
                                               ? u"Port %1 is in use by another program."_s.arg(port)
                                               : u"Port %1 is in use by %2."_s.arg(port, owner)};
    }
    case QAbstractSocket::SocketAccessError:
        return Error{ErrorCode::PortForbidden, u"The system does not let Sockdrop use port %1."_s.arg(port)};
    case QAbstractSocket::SocketAddressNotAvailableError:
        return Error{ErrorCode::InvalidArgument,
                     u"This device does not have the address %1."_s.arg(m_options.address.toString())};
    default:
        return Error{ErrorCode::Unsupported,
                     u"Cannot listen on port %1: %2."_s.arg(port, acceptor.errorString())};
    }
}

} // namespace sockdrop
