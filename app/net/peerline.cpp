#include "peerline.h"

#include "serversocket.h"

#include <QDeadlineTimer>
#include <QNetworkProxy>
#include <QTcpSocket>
#include <QTimer>

#include <array>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

Error cancelled()
{
    return {ErrorCode::Cancelled, u"The upload was cancelled."_s};
}

Error connectError(const QTcpSocket& socket, const PeerAddress& peer)
{
    switch (socket.error()) {
    case QAbstractSocket::ConnectionRefusedError:
        return {ErrorCode::Refused, u"Nothing is receiving at %1."_s.arg(peer.toString())};
    case QAbstractSocket::RemoteHostClosedError:
        return {ErrorCode::ConnectionLost,
                u"%1 closed the connection without an answer."_s.arg(peer.toString())};
    default:
        return {ErrorCode::Unreachable,
                u"%1 cannot be reached: %2."_s.arg(peer.toString(), socket.errorString())};
    }
}

/// Qt finds the host, and which of its addresses answers.
Result<SocketDescriptor> connectTo(const PeerAddress& peer, const Limits& limits, Interruption& interruption)
{
    QTcpSocket socket;
    socket.setProxy(QNetworkProxy::NoProxy); // a peer is a machine one names
    QEventLoop loop;
    QTimer timer;
    QObject::connect(&socket, &QTcpSocket::connected, &loop, &QEventLoop::quit);
    QObject::connect(&socket, &QTcpSocket::errorOccurred, &loop, &QEventLoop::quit);
    QObject::connect(&timer, &QTimer::timeout, &loop, &QEventLoop::quit);
    timer.start(limits.connectTimeout);
    socket.connectToHost(peer.host, peer.port);
    if (socket.state() != QAbstractSocket::ConnectedState &&
        socket.error() == QAbstractSocket::UnknownSocketError)
        interruption.exec(loop);
    if (interruption.isSet())
        return cancelled();
    if (socket.error() != QAbstractSocket::UnknownSocketError)
        return connectError(socket, peer);
    if (socket.state() != QAbstractSocket::ConnectedState)
        return Error{ErrorCode::TimedOut, u"%1 did not answer in time."_s.arg(peer.toString())};
    socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
    socket.setSocketOption(QAbstractSocket::KeepAliveOption, 1);
    SocketDescriptor copy = SocketDescriptor::copyOf(socket.socketDescriptor());
    socket.abort(); // closes its own descriptor only
    if (!copy.isOpen())
        return systemError(errno, u"Cannot use the connection to %1"_s.arg(peer.toString()));
    return copy;
}

/// Names that lead to a receiver are no names of its own: only its address is sure to be.
QByteArray hostFor(const PeerRoute& route, int socket)
{
    PeerAddress named = route.address;
    if (!named.isUrl || *route.isNameRefused) {
        QHostAddress reached = ServerSocket::peerOf(socket);
        reached.setScopeId({}); // means nothing there
        named.host = reached.toString();
    }
    return named.httpUrl(u"/"_s).authority(QUrl::FullyEncoded).toLatin1();
}

/// Until the line is ready for `event`.
Result<void> waitFor(const PeerLine& line, short event, QDeadlineTimer deadline,
                     const Interruption& interruption)
{
    for (;;) {
        std::array<pollfd, 2> wait{pollfd{line.socket.number(), event, 0},
                                   pollfd{interruption.descriptor(), POLLIN, 0}};
        const int ready = ::poll(wait.data(), wait.size(), static_cast<int>(deadline.remainingTime()));
        if (interruption.isSet())
            return cancelled();
        // Also when more is there already: it may never end.
        if (ready == 0 || deadline.hasExpired())
            return Error{ErrorCode::TimedOut, u"No answer came in time."_s};
        if (ready > 0)
            return {};
    }
}

} // namespace

Result<PeerLine> openLine(const PeerRoute& route, const Limits& limits, Interruption& interruption)
{
    Result<SocketDescriptor> socket = connectTo(route.address, limits, interruption);
    if (!socket)
        return socket.error();
    PeerLine line;
    line.host = hostFor(route, socket->number());
    if (route.address.isPlain) {
        line.socket = std::move(socket).value();
    } else if (!route.identity) {
        return Error{ErrorCode::NotTrusted,
                     u"This device has no identity to show to %1."_s.arg(route.address.toString())};
    } else {
        Result<TlsTunnel::Connected> connected =
            TlsTunnel::connect(std::move(socket).value(), route.identity, limits, interruption);
        if (!connected && connected.error().code == ErrorCode::ProtocolError)
            return Error{ErrorCode::ProtocolError,
                         u"%1 opened no encrypted connection; it may not be a Sockdrop."_s.arg(
                             route.address.toString())};
        if (!connected)
            return connected.error();
        line.tunnel = std::move(connected->tunnel);
        line.socket = std::move(connected->plain);
        line.peer = std::move(connected->peer);
    }
    if (route.check) {
        if (const Result<void> checked = route.check(line.peer); !checked)
            return checked.error();
    }
    return line;
}

Result<void> sendAll(const PeerLine& line, const QByteArray& bytes, QDeadlineTimer deadline,
                     const Interruption& interruption)
{
    for (qsizetype sent = 0; sent < bytes.size();) {
        if (Result<void> waited = waitFor(line, POLLOUT, deadline, interruption); !waited)
            return waited;
        const ssize_t count = ::send(line.socket.number(), bytes.constData() + sent,
                                     static_cast<size_t>(bytes.size() - sent), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return connectionLost();
        sent += std::max<qsizetype>(count, 0);
    }
    return {};
}

Result<QByteArray> receiveSome(const PeerLine& line, qsizetype most, QDeadlineTimer deadline,
                               const Interruption& interruption)
{
    QByteArray bytes(most, Qt::Uninitialized);
    for (;;) {
        if (const Result<void> waited = waitFor(line, POLLIN, deadline, interruption); !waited)
            return waited.error();
        const ssize_t count =
            ::recv(line.socket.number(), bytes.data(), static_cast<size_t>(most), MSG_DONTWAIT);
        if (count >= 0) {
            bytes.truncate(count);
            return bytes;
        }
        if (errno != EAGAIN && errno != EINTR)
            return connectionLost();
    }
}

} // namespace sockdrop
