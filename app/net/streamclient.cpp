#include "streamclient.h"

#include <QDeadlineTimer>
#include <QNetworkProxy>
#include <QRandomGenerator>
#include <QTcpSocket>
#include <QTimer>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// A sender's queue of control messages: they are small and answered at once.
constexpr qsizetype mostMessages = 4096;
constexpr qint64 mostWaitingBytes = 16LL * 1024 * 1024;

/// The connection until the upgrade is answered.
class Handshake final
{
public:
    Handshake(const PeerAddress& peer, const Limits& limits, Interruption& interruption)
        : m_peer(peer), m_limits(limits), m_interruption(interruption), m_deadline(limits.connectTimeout)
    {
        m_socket.setProxy(QNetworkProxy::NoProxy);
        QObject::connect(&m_socket, &QTcpSocket::connected, &m_loop, &QEventLoop::quit);
        QObject::connect(&m_socket, &QTcpSocket::readyRead, &m_loop, &QEventLoop::quit);
        QObject::connect(&m_socket, &QTcpSocket::errorOccurred, &m_loop, &QEventLoop::quit);
        QObject::connect(&m_timer, &QTimer::timeout, &m_loop, &QEventLoop::quit);
        m_timer.start(limits.connectTimeout);
    }

    Result<void> connect()
    {
        m_socket.connectToHost(m_peer.host, m_peer.port);
        while (m_socket.state() != QAbstractSocket::ConnectedState) {
            if (Result<void> waited = wait(); !waited)
                return waited;
        }
        m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
        m_socket.setSocketOption(QAbstractSocket::KeepAliveOption, 1);
        return {};
    }

    Result<void> upgrade(const QByteArray& target, const QByteArray& protocol)
    {
        QByteArray nonce(16, Qt::Uninitialized);
        QRandomGenerator::system()->generate(nonce.begin(), nonce.end());
        const QByteArray key = nonce.toBase64();
        QByteArray request = "GET " + target + " HTTP/1.1\r\nHost: " +
                             m_peer.httpUrl(u"/"_s).authority(QUrl::FullyEncoded).toLatin1() +
                             "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: " +
                             key + "\r\n";
        if (!protocol.isEmpty())
            request += "Sec-WebSocket-Protocol: " + protocol + "\r\n";
        m_socket.write(request + "\r\n");
        qsizetype end = -1;
        while ((end = m_answer.indexOf("\r\n\r\n")) < 0) {
            if (m_answer.size() > m_limits.httpHeadBytes)
                return refused(u"its answer is too long"_s);
            if (m_socket.bytesAvailable() == 0) {
                if (Result<void> waited = wait(); !waited)
                    return waited;
            }
            m_answer += m_socket.readAll();
        }
        const QByteArray head = m_answer.first(end);
        m_answer.remove(0, end + 4);
        return check(head, key, protocol);
    }

    std::unique_ptr<FrameStream> take()
    {
        FrameStream::Options options;
        options.role = FrameStream::Role::Client;
        options.mostMessages = mostMessages;
        options.mostWaitingBytes = mostWaitingBytes;
        options.mostMessageBytes = m_limits.batchMessageBytes;
        options.idleTimeout = m_limits.idleTimeout;
        options.pingInterval = m_limits.pingInterval;
        options.closeTimeout = m_limits.closeTimeout;
        SocketDescriptor copy = SocketDescriptor::copyOf(m_socket.socketDescriptor());
        m_socket.abort(); // closes its own descriptor only
        return std::make_unique<FrameStream>(std::move(copy), options, m_answer);
    }

private:
    Result<void> check(const QByteArray& head, const QByteArray& key, const QByteArray& protocol) const
    {
        const QList<QByteArray> lines = head.split('\n');
        const QByteArray status = lines.first().trimmed();
        if (!status.startsWith("HTTP/1.1 101"))
            return refused(u"it answered “%1”"_s.arg(QString::fromLatin1(status.left(100))));
        const auto value = [&lines](const QByteArray& name) -> QByteArray {
            for (const QByteArray& line : lines) {
                if (line.left(name.size()).compare(name, Qt::CaseInsensitive) == 0 &&
                    line.mid(name.size(), 1) == ":")
                    return line.sliced(name.size() + 1).trimmed();
            }
            return {};
        };
        if (value("Sec-WebSocket-Accept") != webSocketAccept(key))
            return refused(u"its answer does not fit the request"_s);
        if (!protocol.isEmpty() && value("Sec-WebSocket-Protocol") != protocol)
            return refused(u"it does not speak “%1”"_s.arg(QString::fromLatin1(protocol)));
        return {};
    }

    Error refused(const QString& reason) const
    {
        return {ErrorCode::Refused, u"%1 did not open the upload: %2."_s.arg(m_peer.toString(), reason)};
    }

    Result<void> wait()
    {
        m_interruption.exec(m_loop);
        if (m_interruption.isSet())
            return Error{ErrorCode::Cancelled, u"The upload was cancelled."_s};
        if (m_deadline.hasExpired())
            return Error{ErrorCode::TimedOut, u"%1 did not answer in time."_s.arg(m_peer.toString())};
        if (m_socket.bytesAvailable() > 0 || m_socket.error() == QAbstractSocket::UnknownSocketError)
            return {};
        switch (m_socket.error()) {
        case QAbstractSocket::ConnectionRefusedError:
            return Error{ErrorCode::Refused,
                         u"%1 refused the connection: nothing receives there."_s.arg(m_peer.toString())};
        case QAbstractSocket::RemoteHostClosedError:
            return Error{ErrorCode::ConnectionLost,
                         u"%1 closed the connection without an answer."_s.arg(m_peer.toString())};
        default:
            return Error{ErrorCode::Unreachable,
                         u"%1 cannot be reached: %2."_s.arg(m_peer.toString(), m_socket.errorString())};
        }
    }

    const PeerAddress& m_peer;
    const Limits& m_limits;
    Interruption& m_interruption;
    const QDeadlineTimer m_deadline;
    QEventLoop m_loop;
    QTimer m_timer;
    QTcpSocket m_socket;
    QByteArray m_answer;
};

} // namespace

Result<std::unique_ptr<FrameStream>> openStream(const PeerAddress& peer, const QByteArray& target,
                                                const QByteArray& protocol, const Limits& limits,
                                                Interruption& interruption)
{
    Handshake handshake(peer, limits, interruption);
    Result<void> step = handshake.connect();
    if (step)
        step = handshake.upgrade(target, protocol);
    if (!step)
        return step.error();
    return handshake.take();
}

} // namespace sockdrop
