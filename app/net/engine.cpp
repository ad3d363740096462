#include "engine.h"

#include "arrival.h"
#include "connection.h"
#include "logging.h"
#include "serversocket.h"
#include "withmemory.h"

#include <QCoreApplication>
#include <QEvent>

#include <unistd.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

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
    : m_limits(options.limits), m_names(options.names), m_tls(options.tls), m_handler(std::move(handler))
{}

Engine::~Engine()
{
    // Connections know the handler, so they go first.
    qDeleteAll(findChildren<Arrival*>(Qt::FindDirectChildrenOnly));
    qDeleteAll(findChildren<Connection*>(Qt::FindDirectChildrenOnly));
    m_handler.reset();
    // All at once, so that together they take no longer than one. What they post from now on finds nobody.
    for (const auto& [number, tunnel] : m_tunnels)
        tunnel->hurry();
    m_tunnels.clear();
}

void Engine::post(Accepted accepted)
{
    auto socket = std::make_shared<SocketDescriptor>(static_cast<int>(accepted.takeDescriptor()));
    post([this, socket, permit = accepted.permit()] { adopt(std::move(*socket), permit); });
}

void Engine::post(Task task)
{
    {
        const std::lock_guard lock(m_mutex);
        m_inbox.push_back(std::move(task));
    }
    QCoreApplication::postEvent(this, new QEvent(QEvent::User));
}

bool Engine::event(QEvent* event)
{
    if (event->type() != QEvent::User)
        return QObject::event(event);
    std::vector<Task> inbox;
    {
        const std::lock_guard lock(m_mutex);
        inbox.swap(m_inbox);
    }
    for (const Task& task : inbox) {
        if (const Result<void> done = withMemory(task); !done)
            qCWarning(lcNet) << "A connection was dropped:" << done.error().text;
    }
    return true;
}

void Engine::adopt(SocketDescriptor socket, const std::shared_ptr<void>& permit)
{
    const QHostAddress address = ServerSocket::peerOf(socket.number());
    const QString reachedAt = ServerSocket::ownAddressOf(socket.number());
    auto* arrival = new Arrival(std::move(socket), permit, m_limits, this);
    connect(arrival, &Arrival::told, this, [this, arrival, address, reachedAt](bool isTls) {
        arrival->deleteLater();
        if (isTls && m_tls)
            openTunnel(arrival->takeSocket(), arrival->permit(), {address, true, {}, reachedAt});
        else if (isTls)
            m_handler->refused(address, 0, u"TLS is not spoken here; use http:// or ws://."_s);
        else
            connectTo(arrival->takeSocket(), arrival->permit(), {address, false, {}, reachedAt});
    });
    connect(arrival, &Arrival::silent, this, [this, arrival, address](bool isTimeout) {
        arrival->deleteLater();
        if (isTimeout)
            m_handler->refused(address, 0, u"A connection on which nothing was said was closed."_s);
    });
}

void Engine::openTunnel(SocketDescriptor socket, const std::shared_ptr<void>& permit,
                        const RemotePeer& stranger)
{
    const quint64 number = ++m_lastTunnel;
    const auto opened = [this, permit, peer = stranger](SocketDescriptor plain, const PeerKey& key) mutable {
        peer.fingerprint = key.fingerprint;
        auto shared = std::make_shared<SocketDescriptor>(std::move(plain));
        post([this, shared, permit, peer] { connectTo(std::move(*shared), permit, peer); });
    };
    const auto ended = [this, number, address = stranger.address](const Result<void>& handshake) {
        post([this, number, address, handshake] {
            if (!handshake)
                m_handler->refused(address, 0, handshake.error().text);
            m_tunnels.erase(number);
        });
    };
    Result<std::unique_ptr<TlsTunnel>> tunnel =
        TlsTunnel::accept(std::move(socket), m_tls, permit, m_limits, opened, ended);
    if (tunnel)
        m_tunnels.emplace(number, std::move(tunnel).value());
    else
        m_handler->refused(stranger.address, 0, tunnel.error().text);
}

void Engine::connectTo(SocketDescriptor socket, const std::shared_ptr<void>& permit, const RemotePeer& peer)
{
    auto plain = std::make_unique<ServerSocket>(permit, m_limits);
    if (!plain->setSocketDescriptor(socket.number())) {
        qCWarning(lcNet) << "An accepted connection cannot be used:" << plain->errorString();
        return;
    }
    socket.release();
    plain->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    plain->setSocketOption(QAbstractSocket::KeepAliveOption, 1);
    auto* connection = new Connection(std::move(plain), peer, *m_handler, m_limits, m_names, this);
    connect(connection, &Connection::finished, connection, &QObject::deleteLater);
}

} // namespace sockdrop
