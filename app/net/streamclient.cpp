#include "streamclient.h"

#include "httpclient.h"

#include <QDeadlineTimer>
#include <QRandomGenerator>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// A sender's queue of control messages: they are small and answered at once.
constexpr qsizetype mostMessages = 4096;
constexpr qint64 mostWaitingBytes = 16LL * 1024 * 1024;

QByteArray newKey()
{
    QByteArray nonce(16, Qt::Uninitialized);
    QRandomGenerator::system()->generate(nonce.begin(), nonce.end());
    return nonce.toBase64();
}

QByteArray upgradeRequest(const QByteArray& host, const QByteArray& target, const QByteArray& key,
                          const QByteArray& protocol)
{
    QByteArray request = "GET " + target + " HTTP/1.1\r\nHost: " + host +
                         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                         "Sec-WebSocket-Key: " +
                         key + "\r\n";
    if (!protocol.isEmpty())
        request += "Sec-WebSocket-Protocol: " + protocol + "\r\n";
    return request + "\r\n";
}

/// What is wrong with the answer; empty: nothing.
QString problemOf(const HttpAnswerHead& head, const QByteArray& key, const QByteArray& protocol)
{
    if (!head.line.startsWith("HTTP/1.1 101"))
        return u"it answered “%1”"_s.arg(QString::fromLatin1(head.line.left(100)));
    if (head.header("Sec-WebSocket-Accept") != webSocketAccept(key))
        return u"its answer does not fit the request"_s;
    if (!protocol.isEmpty() && head.header("Sec-WebSocket-Protocol") != protocol)
        return u"it does not speak “%1”"_s.arg(QString::fromLatin1(protocol));
    return {};
}

FrameStream::Options streamOptions(const Limits& limits, std::shared_ptr<TlsTunnel> tunnel)
{
    FrameStream::Options options;
    options.role = FrameStream::Role::Client;
    options.mostMessages = mostMessages;
    options.mostWaitingBytes = mostWaitingBytes;
    options.mostMessageBytes = limits.batchMessageBytes;
    options.idleTimeout = limits.idleTimeout;
    options.pingInterval = limits.pingInterval;
    options.closeTimeout = limits.closeTimeout;
    options.permit = std::move(tunnel);
    return options;
}

} // namespace

Result<std::unique_ptr<FrameStream>> openStream(PeerLine line, const PeerAddress& peer,
                                                const QByteArray& target, const QByteArray& protocol,
                                                const Limits& limits, const Interruption& interruption)
{
    const QDeadlineTimer deadline(limits.connectTimeout);
    const QByteArray key = newKey();
    if (const Result<void> sent =
            sendAll(line, upgradeRequest(line.host, target, key, protocol), deadline, interruption);
        !sent)
        return sent.error();
    QByteArray early;
    const Result<HttpAnswerHead> head = receiveHead(line, early, deadline, limits, interruption);
    if (!head) {
        switch (head.error().code) {
        case ErrorCode::Cancelled:
            return head.error();
        case ErrorCode::ProtocolError:
        case ErrorCode::TooLarge:
            return Error{ErrorCode::ProtocolError,
                         u"%1 did not open the upload. %2"_s.arg(peer.toString(), head.error().text)};
        default:
            return Error{head.error().code, u"%1: %2"_s.arg(peer.toString(), head.error().text)};
        }
    }
    if (const QString problem = problemOf(head.value(), key, protocol); !problem.isEmpty())
        return Error{ErrorCode::ProtocolError,
                     u"%1 did not open the upload: %2."_s.arg(peer.toString(), problem)};
    return std::make_unique<FrameStream>(std::move(line.socket),
                                         streamOptions(limits, std::move(line.tunnel)), early);
}

} // namespace sockdrop
