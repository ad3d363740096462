#include "connection.h"

#include "hostcheck.h"
#include "logging.h"
#include "serversocket.h"
#include "withmemory.h"

#include <QPointer>
#include <QWebSocket>
#include <QWebSocketServer>

#include <sys/socket.h>
#include <tuple>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

bool hasToken(const HttpRequest& request, QByteArrayView name, QByteArrayView token)
{
    const QList<QByteArray> items = request.header(name).value_or(QByteArray()).split(',');
    return std::any_of(items.begin(), items.end(), [token](const QByteArray& item) {
        return item.trimmed().compare(token, Qt::CaseInsensitive) == 0;
    });
}

/// RFC 6455 §4.2.1; another upgrade than to WebSocket may be ignored (RFC 9110 §7.8).
bool isUpgrade(const HttpRequest& request)
{
    return request.method == "GET" && hasToken(request, "Upgrade", "websocket") &&
           hasToken(request, "Connection", "Upgrade");
}

constexpr qsizetype mostShownHost = 255;

/// Where the peer got to, as a browser wants it.
QString ownUrl(const RemotePeer& peer)
{
    return (peer.isEncrypted ? u"https://%1/"_s : u"http://%1/"_s).arg(peer.reachedAt);
}

bool isKey(const QByteArray& text)
{
    constexpr qsizetype keySize = 16;
    const auto key = QByteArray::fromBase64Encoding(text, QByteArray::AbortOnBase64DecodingErrors);
    return key.decodingStatus == QByteArray::Base64DecodingStatus::Ok && key.decoded.size() == keySize;
}

} // namespace

Connection::Connection(std::unique_ptr<ServerSocket> socket, RemotePeer peer, ConnectionHandler& handler,
                       const Limits& limits, const OwnNames& names, QObject* parent)
    : QObject(parent), m_socket(std::move(socket)), m_handler(handler), m_limits(limits), m_names(names),
      m_peer(std::move(peer))
{
    // Whatever a client sends, no more than a request and a byte of it waits in memory.
    m_socket->setReadBufferSize(limits.httpHeadBytes + limits.httpBodyBytes + 1);
    connect(m_socket.get(), &QIODevice::readyRead, this, &Connection::readOrCut);
    connect(m_socket.get(), &QAbstractSocket::disconnected, this, &Connection::handleDisconnected);
    connect(&m_timer, &QTimer::timeout, this, &Connection::handleTimeout);
    m_timer.setSingleShot(true);
    m_timer.start(limits.headTimeout);
}

Connection::~Connection()
{
    if (!m_socket)
        return;
    m_socket->disconnect(this);
    m_upgrader.reset();
    m_socket->cut();
}

/// Without memory for it, this connection ends.
void Connection::readOrCut()
{
    const QPointer<Connection> self(this);
    const Result<void> done = withMemory([this] { read(); });
    if (done)
        return;
    qCWarning(lcNet) << "A request was dropped:" << done.error().text;
    if (self && m_socket)
        m_socket->cut();
}

void Connection::read()
{
    if (m_state != State::Reading)
        return;
    const QByteArray bytes = m_socket->peek(m_socket->readBufferSize());
    if (bytes.isEmpty())
        return;
    const HttpParser::Outcome outcome = HttpParser(m_limits).parse(bytes);
    if (const auto* more = std::get_if<HttpParser::NeedMore>(&outcome)) {
        if (more->expectsContinue)
            sendContinue();
    } else if (const auto* problem = std::get_if<HttpParser::Problem>(&outcome)) {
        refuse(problem->status, problem->line);
    } else {
        const auto& complete = std::get<HttpParser::Complete>(outcome);
        handle(complete.request, complete.length);
    }
}

void Connection::handle(const HttpRequest& request, qsizetype length)
{
    const QByteArray host = request.header("Host").value_or(QByteArray());
    // No page that was led here by a false name is a program that shows its certificate.
    const bool mayBePage = m_peer.fingerprint.isEmpty() || isFromBrowser(request);
    if (mayBePage && !isOwnHost(host, m_names)) {
        refuse(421, u"This device is not known as “%1”. Use its address: %2"_s.arg(
                        QString::fromLatin1(host.left(mostShownHost)), ownUrl(m_peer)));
    } else if (!isOwnPage(request, m_peer.isEncrypted)) {
        refuse(403, u"Pages of another origin may not upload here."_s);
    } else if (isUpgrade(request)) {
        upgrade(request, length);
    } else {
        m_timer.stop();
        m_isHeadRequest = request.method == "HEAD";
        enter(State::Answering);
        ConnectionHandler::Withdrawn withdrawn =
            m_handler.request(request, m_peer, [self = QPointer(this)](const HttpResponse& response) {
                if (self && self->m_state == State::Answering)
                    self->answer(response);
            });
        if (m_state == State::Answering)
            m_withdrawn = std::move(withdrawn);
    }
}

void Connection::upgrade(const HttpRequest& request, qsizetype length)
{
    if (request.header("Sec-WebSocket-Version") != QByteArray("13")) {
        const QString line = u"Only version 13 of WebSocket is spoken here."_s;
        HttpResponse response = HttpResponse::ofLine(426, line);
        response.headers = {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}};
        return refuse(response, line);
    }
    if (!isKey(request.header("Sec-WebSocket-Key").value_or(QByteArray())))
        return refuse(400, u"The Sec-WebSocket-Key is not 16 bytes in base64."_s);
    // Whoever takes the connection starts with what the peer sends after the answer.
    if (!request.body.isEmpty() || m_socket->bytesAvailable() > length)
        return refuse(400, u"Data followed the upgrade request before that was answered."_s);

    auto decision = m_handler.upgrade(request, m_peer);
    if (const auto* refusal = std::get_if<HttpResponse>(&decision))
        return answer(*refusal);
    if (const auto* taker = std::get_if<ConnectionHandler::TakeSocket>(&decision))
        return handOver(*taker, *request.header("Sec-WebSocket-Key"));
    m_takeChannel = std::get<ConnectionHandler::TakeChannel>(std::move(decision));
    enter(State::Upgrading);
    // Full as it is now: frames wait in the kernel until the channel is there to take them.
    m_socket->setReadBufferSize(length);
    disconnect(m_socket.get(), &QIODevice::readyRead, this, &Connection::readOrCut);
    // A server of its own, so that there is no doubt whose connection it has opened. It never listens.
    m_upgrader = std::make_unique<QWebSocketServer>(u"Sockdrop"_s, QWebSocketServer::NonSecureMode);
    connect(m_upgrader.get(), &QWebSocketServer::newConnection, this, &Connection::openChannel);
    m_upgrader->handleConnection(m_socket.get());
}

/// The opening handshake is over. From here on a Channel takes the frames as they come: QWebSocket would keep
/// each message as a whole, and takes frames without a mask.
void Connection::openChannel()
{
    m_socket->flush();
    SocketDescriptor copy = SocketDescriptor::copyOf(m_socket->socketDescriptor());
    auto socket = std::make_unique<ServerSocket>(m_socket->permit(), m_limits);
    const bool isOpen = copy.isOpen() && socket->setSocketDescriptor(copy.number());
    if (isOpen)
        copy.release();
    m_upgrader->nextPendingConnection()->deleteLater();
    m_socket->disconnect(this);
    m_socket->disconnect(m_upgrader.get());
    m_socket->cut(); // closes its own descriptor only
    m_socket.release()->deleteLater();
    m_upgrader.release()->deleteLater();
    const ConnectionHandler::TakeChannel takeChannel = std::exchange(m_takeChannel, {});
    finish();
    if (isOpen)
        takeChannel(std::make_unique<Channel>(std::move(socket), m_peer, m_limits));
}

/// Answers the upgrade and lets go of the connection. Nothing behind the request was read yet, so whoever
/// takes it finds the first frame in the kernel.
void Connection::handOver(const ConnectionHandler::TakeSocket& taker, const QByteArray& key)
{
    SocketDescriptor copy = SocketDescriptor::copyOf(m_socket->socketDescriptor());
    const QByteArray answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        webSocketAccept(key) + "\r\nSec-WebSocket-Protocol: " + taker.protocol + "\r\n\r\n";
    // So short that a socket nothing was written to takes it at once.
    const bool isSent =
        copy.isOpen() && ::send(copy.number(), answer.constData(), static_cast<size_t>(answer.size()),
                                MSG_NOSIGNAL | MSG_DONTWAIT) == answer.size();
    const std::shared_ptr<void> permit = m_socket->permit();
    m_socket->disconnect(this);
    m_socket->cut();
    finish();
    if (isSent)
        taker.take(std::move(copy), permit);
}

void Connection::sendContinue()
{
    if (!std::exchange(m_isContinueSent, true))
        m_socket->write("HTTP/1.1 100 Continue\r\n\r\n");
}

void Connection::answer(const HttpResponse& response)
{
    m_timer.stop();
    m_withdrawn = {};
    enter(State::Draining);
    QByteArray bytes = response.toBytes();
    if (m_isHeadRequest)
        bytes.chop(response.body.size());
    m_socket->write(bytes);
    m_socket->finish();
}

void Connection::refuse(const HttpResponse& response, const QString& line)
{
    answer(response);
    m_handler.refused(m_peer.address, response.status, line);
}

void Connection::refuse(int status, const QString& line)
{
    refuse(HttpResponse::ofLine(status, line), line);
}

void Connection::handleTimeout()
{
    if (m_state == State::Reading) {
        refuse(408, u"No whole request came within %1 s."_s.arg(
                        std::chrono::duration<double>(m_limits.headTimeout).count()));
    } else if (m_state == State::Upgrading) {
        qCWarning(lcNet) << "The WebSocket handshake with" << m_peer.address.toString() << "stood still";
        m_socket->cut();
    }
}

void Connection::handleDisconnected()
{
    // QWebSocketServer deletes the socket that it was handed when the peer goes.
    if (m_state == State::Upgrading)
        std::ignore = m_socket.release();
    finish();
}

void Connection::finish()
{
    if (m_state == State::Finished)
        return;
    enter(State::Finished);
    m_timer.stop();
    if (const ConnectionHandler::Withdrawn withdrawn = std::exchange(m_withdrawn, {}))
        withdrawn();
    Q_EMIT finished();
}

} // namespace sockdrop
