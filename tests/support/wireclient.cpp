#include "wireclient.h"

#include <QHostAddress>
#include <QtEndian>

#include <algorithm>
#include <sys/socket.h>

namespace sockdrop {

namespace {

constexpr int patience = 20'000; // ms, for what is there at once unless something is broken

QByteArray head(const QByteArray& method, const QByteArray& target, quint16 port,
                const WireClient::Headers& headers)
{
    QByteArray text = method + ' ' + target + " HTTP/1.1\r\n";
    const bool hasHost = std::any_of(headers.begin(), headers.end(),
                                     [](const auto& header) { return header.first == "Host"; });
    if (!hasHost)
        text += "Host: 127.0.0.1:" + QByteArray::number(port) + "\r\n";
    for (const auto& [name, value] : headers)
        text += name + ": " + value + "\r\n";
    return text;
}

/// Reads up to and with the empty line.
QByteArray readHead(QTcpSocket& socket)
{
    QByteArray head;
    while (!head.endsWith("\r\n\r\n")) {
        if (socket.bytesAvailable() == 0 && !socket.waitForReadyRead(patience))
            return {};
        head += socket.read(1);
    }
    return head;
}

} // namespace

WireClient::Answer WireClient::request(const QByteArray& method, const QByteArray& target,
                                       const Headers& headers, const QByteArray& body) const
{
    QTcpSocket socket;
    socket.connectToHost(QHostAddress::LocalHost, m_port);
    if (!socket.waitForConnected(patience))
        return {};
    QByteArray text = head(method, target, m_port, headers);
    if (!body.isNull())
        text += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
    socket.write(text + "\r\n" + body);
    Answer answer;
    answer.head = readHead(socket);
    answer.status = answer.head.mid(9, 3).toInt();
    while (socket.state() == QAbstractSocket::ConnectedState && socket.waitForReadyRead(patience)) {
    }
    answer.body = socket.readAll();
    return answer;
}

QByteArray WireClient::token(const QByteArray& name, const Headers& headers) const
{
    const Answer answer = request("POST", "/upload", headers + Headers{{"Content-Type", "text/plain"}}, name);
    return answer.status == 200 ? answer.body : QByteArray();
}

int WireClient::open(const QByteArray& token, const Headers& headers)
{
    m_socket.connectToHost(QHostAddress::LocalHost, m_port);
    if (!m_socket.waitForConnected(patience))
        return 0;
    m_socket.write(head("GET", "/upload/" + token, m_port, headers) +
                   "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                   "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    return readHead(m_socket).mid(9, 3).toInt();
}

QByteArray WireClient::frame(Opcode opcode, const QByteArray& payload, bool isFinal)
{
    constexpr char mask[4] = {0x37, char(0xfa), 0x21, 0x3d};
    QByteArray bytes;
    bytes.append(char((isFinal ? 0x80 : 0) | opcode));
    if (payload.size() < 126) {
        bytes.append(char(0x80 | payload.size()));
    } else if (payload.size() <= 0xffff) {
        bytes.append(char(0xfe));
        bytes.resize(4);
        qToBigEndian(quint16(payload.size()), bytes.data() + 2);
    } else {
        bytes.append(char(0xff));
        bytes.resize(10);
        qToBigEndian(quint64(payload.size()), bytes.data() + 2);
    }
    bytes.append(mask, 4);
    const qsizetype start = bytes.size();
    bytes.append(payload);
    for (qsizetype i = start; i < bytes.size(); ++i)
        bytes[i] = char(bytes[i] ^ mask[(i - start) % 4]);
    return bytes;
}

void WireClient::send(const QByteArray& bytes)
{
    m_socket.write(bytes);
    while (m_socket.bytesToWrite() > 0 && m_socket.waitForBytesWritten(patience)) {
    }
}

void WireClient::sendClose(quint16 code)
{
    QByteArray payload(2, Qt::Uninitialized);
    qToBigEndian(code, payload.data());
    send(frame(Close, payload));
}

void WireClient::hangUp()
{
    m_socket.close();
}

void WireClient::resetOnceRead()
{
    // A pong says that what was sent before the ping has been read.
    send(frame(Ping, "read?"));
    int opcode = 0;
    do
        (void)readFrame(opcode);
    while (opcode >= 0 && opcode != Pong);
    const linger now{1, 0}; // no time: close() resets
    ::setsockopt(int(m_socket.socketDescriptor()), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    m_socket.abort();
}

QByteArray WireClient::readFrame(int& opcode)
{
    opcode = -1;
    const auto need = [this](qsizetype size) {
        while (m_buffer.size() < size) {
            if (m_socket.bytesAvailable() == 0 && !m_socket.waitForReadyRead(patience))
                return false;
            m_buffer += m_socket.readAll();
        }
        return true;
    };
    if (!need(2))
        return {};
    qsizetype length = m_buffer[1] & 0x7f;
    qsizetype start = 2;
    if (length == 126) {
        if (!need(4))
            return {};
        length = qFromBigEndian<quint16>(m_buffer.constData() + 2);
        start = 4;
    }
    if (!need(start + length))
        return {};
    opcode = m_buffer[0] & 0x0f;
    const QByteArray payload = m_buffer.mid(start, length);
    m_buffer.remove(0, start + length);
    return payload;
}

QByteArray WireClient::readText()
{
    for (;;) {
        int opcode = 0;
        const QByteArray payload = readFrame(opcode);
        if (opcode == Text)
            return payload;
        if (opcode < 0 || opcode == Close)
            return {};
    }
}

int WireClient::readClose()
{
    for (;;) {
        int opcode = 0;
        const QByteArray payload = readFrame(opcode);
        if (opcode == Close)
            return payload.size() >= 2 ? qFromBigEndian<quint16>(payload.constData()) : 1005;
        if (opcode < 0)
            return 0;
    }
}

} // namespace sockdrop
