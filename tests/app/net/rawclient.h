#pragma once

#include "testhandler.h"

#include <QTcpSocket>
#include <QTest>
#include <QtEndian>

namespace sockdrop {

// First bytes of frames (RFC 6455 §5.2).
inline constexpr int finalBinary = 0x82;
inline constexpr int firstBinary = 0x02;
inline constexpr int middle = 0x00;
inline constexpr int last = 0x80;
inline constexpr int finalText = 0x81;
inline constexpr int firstText = 0x01;
inline constexpr int closeFrame = 0x88;
inline constexpr int pingFrame = 0x89;
inline constexpr int pongFrame = 0x8a;

inline QByteArray closePayload(quint16 code)
{
    QByteArray payload(2, '\0');
    qToBigEndian(code, payload.data());
    return payload;
}

/// A client that writes raw bytes, upgraded already.
class RawClient final
{
public:
    RawClient(quint16 port, const QByteArray& target)
    {
        m_socket.connectToHost(QHostAddress::LocalHost, port);
        m_socket.write(upgradeRequest(target));
        m_isOpen = QTest::qWaitFor([this] { return m_socket.peek(1000).contains("\r\n\r\n"); });
        m_isOpen = m_isOpen && m_socket.readLine().startsWith("HTTP/1.1 101");
        while (m_socket.readLine() != "\r\n") {
        }
    }

    [[nodiscard]] bool isOpen() const { return m_isOpen; }
    [[nodiscard]] bool isClosed() const { return m_socket.state() == QAbstractSocket::UnconnectedState; }

    void send(const QByteArray& bytes)
    {
        m_socket.write(bytes);
        m_socket.flush();
    }

    /// What the server sent, whole frames only: "text receipt", "close 1000", "pong …".
    [[nodiscard]] QStringList frames()
    {
        m_bytes += m_socket.readAll();
        QStringList frames;
        qsizetype at = 0;
        while (at + 2 <= m_bytes.size() && at + 2 + m_bytes[at + 1] <= m_bytes.size()) {
            const int opcode = m_bytes[at] & 0x0f;
            const QByteArray payload = m_bytes.sliced(at + 2, m_bytes[at + 1]);
            if (opcode == 8)
                frames.append(QStringLiteral("close %1").arg(qFromBigEndian<quint16>(payload.data())));
            else
                frames.append((opcode == 1 ? QStringLiteral("text ") : QStringLiteral("pong ")) +
                              QString::fromUtf8(payload));
            at += 2 + payload.size();
        }
        return frames;
    }

    QTcpSocket& socket() { return m_socket; }

private:
    QTcpSocket m_socket;
    QByteArray m_bytes;
    bool m_isOpen = false;
};

} // namespace sockdrop
