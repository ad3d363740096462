#include "arrival.h"

#include <cerrno>
#include <sys/socket.h>

namespace sockdrop {

Arrival::Arrival(SocketDescriptor socket, std::shared_ptr<void> permit, const Limits& limits, QObject* parent)
    : QObject(parent), m_permit(std::move(permit)), m_socket(std::move(socket)),
      m_notifier(m_socket.number(), QSocketNotifier::Read)
{
    connect(&m_notifier, &QSocketNotifier::activated, this, &Arrival::look);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, [this] {
        stop();
        Q_EMIT silent(true);
    });
    m_timer.start(limits.firstByteTimeout);
}

SocketDescriptor Arrival::takeSocket()
{
    stop();
    return std::move(m_socket);
}

void Arrival::look()
{
    constexpr char tlsHandshake = 0x16; // RFC 8446 §5.1: the content type of a first TLS record
    char first = 0;
    const ssize_t count = ::recv(m_socket.number(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    stop();
    if (count > 0)
        Q_EMIT told(first == tlsHandshake);
    else
        Q_EMIT silent(false);
}

void Arrival::stop()
{
    m_notifier.setEnabled(false);
    m_timer.stop();
}

} // namespace sockdrop
