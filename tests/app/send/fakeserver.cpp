#include "fakeserver.h"

#include <QTcpSocket>
#include <QWebSocket>

namespace sockdrop {

FakeServer::FakeServer() : m_upgrader(QStringLiteral("fake"), QWebSocketServer::NonSecureMode)
{
    m_tcp.listen(QHostAddress::LocalHost);
    connect(&m_tcp, &QTcpServer::newConnection, this, [this] {
        while (QTcpSocket* socket = m_tcp.nextPendingConnection())
            connect(socket, &QIODevice::readyRead, this, [this, socket] { serve(socket); });
    });
    connect(&m_upgrader, &QWebSocketServer::newConnection, this, [this] {
        QWebSocket* socket = m_upgrader.nextPendingConnection();
        connect(socket, &QWebSocket::disconnected, socket, &QObject::deleteLater);
        const auto take = [this, socket](const QByteArray& message) {
            messages.append(message);
            if (!isSilent)
                socket->abort();
        };
        connect(socket, &QWebSocket::binaryMessageReceived, this, take);
        connect(socket, &QWebSocket::binaryFrameReceived, this, [this] { ++frames; });
    });
}

void FakeServer::serve(QTcpSocket* socket)
{
    const QByteArray bytes = socket->peek(1 << 20);
    const qsizetype end = bytes.indexOf("\r\n\r\n");
    if (end < 0)
        return;
    if (bytes.toLower().contains("upgrade: websocket")) {
        socket->disconnect(this);
        m_upgrader.handleConnection(socket);
        return;
    }
    const QByteArray body = bytes.sliced(end + 4);
    const qsizetype field = bytes.toLower().indexOf("content-length: ");
    if (field >= 0 && body.size() < bytes.sliced(field + 16).split('\r').constFirst().toInt())
        return;
    socket->disconnect(this);
    if (bytes.startsWith("POST /upload ")) {
        names.append(body);
        answer(socket, tokenStatus, token);
    } else {
        answer(socket, 200, description);
    }
}

void FakeServer::answer(QTcpSocket* socket, int status, const QByteArray& body) const
{
    socket->readAll();
    socket->write("HTTP/1.1 " + QByteArray::number(status) + " Whatever\r\nContent-Length: " +
                  QByteArray::number(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    connect(socket, &QAbstractSocket::disconnected, socket, &QObject::deleteLater);
    socket->disconnectFromHost();
}

} // namespace sockdrop
