#include "engine.h"

#include "connection.h"
#include "logging.h"
#include "serversocket.h"

#include <QCoreApplication>
#include <QEvent>

#include <unistd.h>

namespace sockdrop {

namespace {
constexpr qintptr noDescriptor = -1;
} // namespace

Accepted::Accepted(qintptr descriptor, std::shared_ptr<void> permit)
    : m_descriptor(descriptor), m_permit(std::move(permit))
{}

Accepted::~Accepted()
{
    if (m_descriptor != noDescriptor)
        ::close(static_cast<int>(m_descriptor));
}

Accepted::Accepted(Accepted&& other) noexcept
    : m_descriptor(other.takeDescriptor()), m_permit(std::move(other.m_permit))
{}

Accepted& Accepted::operator=(Accepted&& other) noexcept
{
    std::swap(m_descriptor, other.m_descriptor);
    std::swap(m_permit, other.m_permit);
    return *this;
}

qintptr Accepted::takeDescriptor()
{
    return std::exchange(m_descriptor, noDescriptor);
}

Engine::Engine(const ListenOptions& options, std::unique_ptr<ConnectionHandler> handler)
    : m_limits(options.limits), m_hostName(options.hostName), m_handler(std::move(handler))
{}

Engine::~Engine()
{
    // Connections know the handler, so they go first.
    qDeleteAll(findChildren<Connection*>(Qt::FindDirectChildrenOnly));
}

void Engine::post(Accepted accepted)
{
    {
        const std::lock_guard lock(m_mutex);
        m_inbox.push_back(std::move(accepted));
    }
    QCoreApplication::postEvent(this, new QEvent(QEvent::User));
}

bool Engine::event(QEvent* event)
{
    if (event->type() != QEvent::User)
        return QObject::event(event);
    std::vector<Accepted> inbox;
    {
        const std::lock_guard lock(m_mutex);
        inbox.swap(m_inbox);
    }
    for (Accepted& accepted : inbox)
        adopt(std::move(accepted));
    return true;
}

void Engine::adopt(Accepted accepted)
{
    auto socket = std::make_unique<ServerSocket>(accepted.permit(), m_limits);
    const qintptr descriptor = accepted.takeDescriptor();
    if (!socket->setSocketDescriptor(descriptor)) {
        qCWarning(lcNet) << "An accepted connection cannot be used:" << socket->errorString();
        ::close(static_cast<int>(descriptor));
        return;
    }
    socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    socket->setSocketOption(QAbstractSocket::KeepAliveOption, 1);
    const RemotePeer peer{ServerSocket::plainAddress(socket->peerAddress()), false, {}};
    auto* connection = new Connection(std::move(socket), peer, *m_handler, m_limits, m_hostName, this);
    connect(connection, &Connection::finished, connection, &QObject::deleteLater);
}

} // namespace sockdrop
