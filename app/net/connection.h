#pragma once

#include "connectionhandler.h"
#include "httpparser.h"
#include "programlimits.h"
#include "remotepeer.h"

#include <QObject>
#include <QTimer>

#include <memory>

class QWebSocketServer;

namespace sockdrop {

class OwnNames;
class ServerSocket;

/// One accepted connection until its request is answered or it has become a Channel or somebody's socket.
class Connection final : public QObject
{
    Q_OBJECT

public:
    /// `handler` and `names` must outlive it.
    Connection(std::unique_ptr<ServerSocket> socket, RemotePeer peer, ConnectionHandler& handler,
               const Limits& limits, const OwnNames& names, QObject* parent);
    ~Connection() override;

Q_SIGNALS:
    /// Nothing more will happen here: the connection is gone or belongs to a Channel.
    void finished();

private:
    enum class State {
        Reading,   ///< no whole request yet
        Answering, ///< the handler works out its answer
        Upgrading, ///< QWebSocketServer has the socket
        Draining,  ///< the answer is on its way
        Finished,
    };

    void enter(State state) { m_state = state; }
    void readOrCut();
    void read();
    void handle(const HttpRequest& request, qsizetype length);
    void upgrade(const HttpRequest& request, qsizetype length);
    void openChannel();
    void handOver(const ConnectionHandler::TakeSocket& taker, const QByteArray& key);
    void sendContinue();
    void answer(const HttpResponse& response);
    void refuse(const HttpResponse& response, const QString& line);
    void refuse(int status, const QString& line);
    void handleTimeout();
    void handleDisconnected();
    void finish();

    std::unique_ptr<ServerSocket> m_socket;
    ConnectionHandler& m_handler;
    Limits m_limits;
    const OwnNames& m_names;
    RemotePeer m_peer;
    State m_state = State::Reading;
    ConnectionHandler::Withdrawn m_withdrawn;     ///< while Answering
    ConnectionHandler::TakeChannel m_takeChannel; ///< while Upgrading
    std::unique_ptr<QWebSocketServer> m_upgrader;
    bool m_isContinueSent = false;
    bool m_isHeadRequest = false;
    QTimer m_timer;
};

} // namespace sockdrop
