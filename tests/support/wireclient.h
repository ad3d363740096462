#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QTcpSocket>

#include <utility>

namespace sockdrop {

/// A client that writes HTTP and WebSocket bytes by hand, so that it can also write wrong ones. It blocks;
/// what it talks to must live on another thread.
class WireClient final
{
public:
    using Headers = QList<std::pair<QByteArray, QByteArray>>;

    struct Answer
    {
        int status = 0; ///< 0: the connection ended without one
        QByteArray body;
        QByteArray head;
    };

    explicit WireClient(quint16 port) : m_port(port) {}

    /// One request on a connection of its own.
    [[nodiscard]] Answer request(const QByteArray& method, const QByteArray& target,
                                 const Headers& headers = {}, const QByteArray& body = {}) const;
    /// The token for a basic upload; empty when refused.
    [[nodiscard]] QByteArray token(const QByteArray& name, const Headers& headers = {}) const;

    /// Opens the WebSocket; the status of the answer, 101 when it is open.
    int open(const QByteArray& token, const Headers& headers = {});

    enum Opcode { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };
    /// A masked frame, as a whole.
    [[nodiscard]] static QByteArray frame(Opcode opcode, const QByteArray& payload, bool isFinal = true);
    void send(const QByteArray& bytes);
    void sendClose(quint16 code = 1000);
    /// Ends the connection without a close frame: in order, or by a reset once the server has taken all
    /// bytes.
    void hangUp();
    void resetOnceRead();

    /// The next text message of the server; empty when the connection ends first.
    [[nodiscard]] QByteArray readText();
    /// The code of the server's close frame; 0 when the connection ends without one.
    [[nodiscard]] int readClose();

private:
    [[nodiscard]] QByteArray readFrame(int& opcode);

    quint16 m_port;
    QTcpSocket m_socket;
    QByteArray m_buffer;
};

} // namespace sockdrop
