#pragma once

#include "peerline.h"
#include "programlimits.h"

#include <QTemporaryDir>
#include <QTest>

namespace sockdrop {

/// A key of its own, for a client or a receiver.
class TestIdentity final
{
public:
    TestIdentity()
    {
        const Result<DeviceIdentity> identity = DeviceIdentity::loadOrCreate(m_folder.path());
        if (!identity)
            qFatal("%s", qPrintable(identity.error().text));
        m_tls = TlsContext::make(identity.value()).value();
    }
    [[nodiscard]] const std::shared_ptr<const TlsContext>& tls() const { return m_tls; }

private:
    QTemporaryDir m_folder;
    std::shared_ptr<const TlsContext> m_tls;
};

/// What a server of this machine answers to the bytes of a request, up to its end, or up to the end of the
/// head where that opens a WebSocket; over TLS with that identity, or plain without one.
inline QByteArray rawAnswer(quint16 port, const std::shared_ptr<const TlsContext>& identity,
                            const QByteArray& request)
{
    const Limits limits;
    Interruption interruption;
    const PeerAddress peer{QStringLiteral("127.0.0.1"), port, !identity};
    const auto anyone = [](const PeerKey&) { return Result<void>(); };
    const Result<PeerLine> line = openLine({peer, identity, anyone}, limits, interruption);
    const QDeadlineTimer deadline(std::chrono::seconds(20));
    if (!line || !sendAll(line.value(), request, deadline, interruption))
        return "no connection";
    QByteArray answer;
    while (!answer.startsWith("HTTP/1.1 101") || !answer.contains("\r\n\r\n")) {
        const Result<QByteArray> some = receiveSome(line.value(), 4096, deadline, interruption);
        if (!some)
            return "cut off";
        if (some->isEmpty())
            break;
        answer += some.value();
    }
    return answer;
}

/// The status of such an answer.
[[nodiscard]] inline int statusOf(const QByteArray& answer)
{
    return answer.mid(9, 3).toInt();
}

/// The request that opens a WebSocket at `target`, with more header lines.
[[nodiscard]] inline QByteArray webSocketRequest(const QByteArray& target, const QByteArray& more = {},
                                                 const QByteArray& host = "127.0.0.1")
{
    return "GET " + target + " HTTP/1.1\r\nHost: " + host +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           more + "\r\n";
}

/// A `POST` with more header lines.
[[nodiscard]] inline QByteArray postRequest(const QByteArray& target, const QByteArray& body,
                                            const QByteArray& more = {}, const QByteArray& host = "127.0.0.1")
{
    return "POST " + target + " HTTP/1.1\r\nHost: " + host +
           "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n" + more + "\r\n" + body;
}

} // namespace sockdrop
