#pragma once

#include <QByteArray>
#include <QList>
#include <QTcpServer>
#include <QWebSocketServer>

namespace sockdrop {

/// An upload server that answers as a test wants. By default it behaves like the original demo's: a text at
/// `GET /`, an integer token, one message taken as the file, then the line is dropped without a word.
class FakeServer final : public QObject
{
    Q_OBJECT

public:
    FakeServer();

    [[nodiscard]] quint16 port() const { return m_tcp.serverPort(); }

    QByteArray description = "Demo of WebSockets. URLs: GET /, POST /upload";
    int tokenStatus = 200;
    QByteArray token = "1";
    bool isSilent = false; ///< does not drop the line

    QList<QByteArray> names;    ///< bodies of `POST /upload`
    QList<QByteArray> messages; ///< as they came
    int frames = 0;             ///< that these came in

private:
    void serve(QTcpSocket* socket);
    void answer(QTcpSocket* socket, int status, const QByteArray& body) const;

    QTcpServer m_tcp;
    QWebSocketServer m_upgrader;
};

} // namespace sockdrop
