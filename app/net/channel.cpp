#include "channel.h"

#include "logging.h"
#include "serversocket.h"

#include <QPointer>
#include <QWebSocket>

#include <algorithm>
#include <limits>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// RFC 6455 §5.2
constexpr int closeOpcode = 8;
constexpr int pongOpcode = 10;

/// Codes with which QWebSocket answers a frame that it does not take.
bool isViolation(int closeCode)
{
    switch (closeCode) {
    case QWebSocketProtocol::CloseCodeProtocolError:
    case QWebSocketProtocol::CloseCodeDatatypeNotSupported:
    case QWebSocketProtocol::CloseCodeWrongDatatype:
    case QWebSocketProtocol::CloseCodePolicyViolated:
    case QWebSocketProtocol::CloseCodeTooMuchData:
    case QWebSocketProtocol::CloseCodeMissingExtension:
    case QWebSocketProtocol::CloseCodeBadOperation:
        return true;
    default:
        return false;
    }
}

/// Size of the header that carries so many bytes, without a mask.
qint64 headerSize(qint64 payload)
{
    if (payload <= 125)
        return 2;
    return payload <= 0xffff ? 4 : 10;
}

} // namespace

Channel::Channel(std::unique_ptr<QWebSocket> webSocket, std::unique_ptr<ServerSocket> socket, RemotePeer peer,
                 const Limits& limits)
    : m_socket(std::move(socket)), m_webSocket(std::move(webSocket)), m_peer(std::move(peer)),
      m_idleTimeout(limits.idleTimeout)
{
    configure(limits);
    m_socket->settle();
    m_wholeFrames = m_socket->consumed();
    m_socket->watchControlFrames(
        [this](int opcode, int closeCode) { handleControlFrame(opcode, closeCode); });

    connect(m_webSocket.get(), &QWebSocket::binaryFrameReceived, this, &Channel::takeFrame);
    connect(m_webSocket.get(), &QWebSocket::textFrameReceived, this, &Channel::takeText);
    connect(m_webSocket.get(), &QWebSocket::pong, this, &Channel::noteWholeFrame);
    // After QWebSocket's own slot, which reads.
    connect(m_socket.get(), &QIODevice::readyRead, m_socket.get(), &ServerSocket::settle);
    connect(m_socket.get(), &QIODevice::readyRead, this, &Channel::noteActivity);
    connect(m_socket.get(), &QIODevice::bytesWritten, this, &Channel::noteActivity);
    // Queued: no caller of ours is told closed() from within its own call.
    connect(m_webSocket.get(), &QWebSocket::disconnected, this, &Channel::handleDisconnected,
            Qt::QueuedConnection);
    if (m_socket->state() != QAbstractSocket::ConnectedState)
        QMetaObject::invokeMethod(this, &Channel::handleDisconnected, Qt::QueuedConnection);

    m_idleTimer.setSingleShot(true);
    connect(&m_idleTimer, &QTimer::timeout, this, &Channel::checkIdle);
    noteActivity();
    m_idleTimer.start(m_idleTimeout);
    m_webSocket->setReadBufferSize(0); // the first frames may come in now
}

Channel::~Channel()
{
    m_socket->watchControlFrames({});
    m_webSocket->disconnect(this);
    m_socket->disconnect(this);
    m_socket->cut();
    // Not deleted here, as one of them may be what called us.
    m_webSocket.release()->deleteLater();
    m_socket.release()->deleteLater();
}

void Channel::configure(const Limits& limits)
{
    const auto atMost = [](qint64 limit, quint64 highest) {
        return std::min(static_cast<quint64>(limit), highest);
    };
    m_webSocket->setMaxAllowedIncomingFrameSize(
        atMost(limits.frameBytes, QWebSocket::maxIncomingFrameSize()));
    m_webSocket->setMaxAllowedIncomingMessageSize(
        atMost(limits.messageBytes, QWebSocket::maxIncomingMessageSize()));
    // QWebSocket's own timer kills a peer that pauses for 5 s inside its first frame, and only there. The
    // idle timer does that job.
    const QList<QTimer*> timers = m_webSocket->findChildren<QTimer*>();
    for (QTimer* timer : timers)
        timer->setInterval(std::numeric_limits<int>::max());
}

void Channel::sendText(const QString& message)
{
    if (m_state == State::Open || m_state == State::Answering)
        m_webSocket->sendTextMessage(message);
}

void Channel::close(quint16 code, const QString& reason)
{
    if (m_state != State::Open)
        return;
    m_state = State::Closing;
    m_socket->setClosing(ServerSocket::Closing::AfterAnswer);
    m_webSocket->close(static_cast<QWebSocketProtocol::CloseCode>(code), reason);
}

void Channel::noteWholeFrame()
{
    m_wholeFrames = m_socket->consumed();
}

void Channel::takeText(const QString& text, bool isLastFrame)
{
    QByteArray bytes = text.toUtf8();
    // QStringDecoder eats a byte order mark. What the frame had on the wire tells: its payload is longer by
    // the mark than the text, whether it was masked or not.
    constexpr qint64 maskSize = 4;
    const qint64 extra = m_socket->consumed() - m_wholeFrames - headerSize(bytes.size()) - bytes.size();
    if (extra != 0 && extra != maskSize)
        bytes.prepend("\xEF\xBB\xBF");
    takeFrame(bytes, isLastFrame);
}

void Channel::takeFrame(const QByteArray& bytes, bool isLastFrame)
{
    noteWholeFrame();
    m_isMessageOpen = !isLastFrame;
    if (m_state != State::Open)
        return;
    const QPointer<Channel> self(this);
    if (!bytes.isEmpty())
        Q_EMIT received(bytes);
    if (isLastFrame && self && m_state == State::Open)
        Q_EMIT messageFinished();
}

void Channel::handleControlFrame(int opcode, int closeCode)
{
    if (opcode == pongOpcode)
        noteWholeFrame(); // it answers a ping that has just been read
    else if (opcode == closeOpcode && m_state == State::Open)
        handleClose(closeCode);
}

/// QWebSocket is about to send a close frame: the answer to the peer's, or for a frame that it does not take.
void Channel::handleClose(int closeCode)
{
    noteWholeFrame();
    if (isViolation(closeCode)) {
        // What follows the bad frame cannot be parsed any more.
        m_socket->setClosing(ServerSocket::Closing::AfterDiscarding);
        end(Ending::Violation);
    } else if (closeCode == QWebSocketProtocol::CloseCodeNormal && !m_isMessageOpen) {
        m_state = State::Answering;
        const QPointer<Channel> self(this);
        Q_EMIT closing();
        if (self)
            m_state = State::Closing;
    } else {
        end(m_isMessageOpen ? Ending::InsideMessage : Ending::GivenUp);
    }
}

void Channel::handleDisconnected()
{
    if (m_state == State::Closed)
        return;
    const QPointer<Channel> self(this);
    if (m_state == State::Open)
        end(isInsideMessage() ? Ending::InsideMessage : Ending::AfterMessage);
    if (!self)
        return;
    m_state = State::Closed;
    m_idleTimer.stop();
    Q_EMIT closed();
}

void Channel::checkIdle()
{
    if (m_state != State::Open)
        return;
    if (!m_idleDeadline.hasExpired()) {
        m_isLastChance = false;
        m_idleTimer.start(std::chrono::milliseconds(m_idleDeadline.remainingTime()) + 1ms);
        return;
    }
    if (!m_isLastChance) {
        // Perhaps it was this thread that stood still: let it read what came in meanwhile.
        m_isLastChance = true;
        m_idleTimer.start(50ms);
        return;
    }
    qCInfo(lcNet) << "Nothing came from" << m_peer.address.toString() << "any more; closing";
    const QPointer<Channel> self(this);
    end(Ending::Idle);
    if (!self)
        return;
    m_socket->setClosing(ServerSocket::Closing::AfterDiscarding);
    m_webSocket->close(QWebSocketProtocol::CloseCodePolicyViolated, u"The upload stood still."_s);
}

void Channel::end(Ending ending)
{
    m_state = State::Answering;
    const QPointer<Channel> self(this);
    Q_EMIT ended(ending);
    if (self)
        m_state = State::Closing;
}

bool Channel::isInsideMessage() const
{
    return m_isMessageOpen || m_socket->received() != m_wholeFrames;
}

} // namespace sockdrop
