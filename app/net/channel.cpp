#include "channel.h"

#include "logging.h"
#include "serversocket.h"
#include "withmemory.h"

#include <QPointer>
#include <QtEndian>

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Opcode = WebSocketFrame::Opcode;

namespace {

constexpr qint64 mostAtOnce = 256LL * 1024;

// RFC 6455 §7.4.1
constexpr quint16 normalClosure = 1000;
constexpr quint16 protocolError = 1002;
constexpr quint16 notUtf8 = 1007;
constexpr quint16 policyViolated = 1008;
constexpr quint16 tooLarge = 1009;

} // namespace

Channel::Channel(std::unique_ptr<ServerSocket> socket, RemotePeer peer, const Limits& limits)
    : m_socket(std::move(socket)), m_peer(std::move(peer)), m_limits(limits)
{
    // The rest waits in the kernel and holds the peer.
    m_socket->setReadBufferSize(2 * mostAtOnce);
    connect(m_socket.get(), &QIODevice::readyRead, this, &Channel::noteActivity);
    connect(m_socket.get(), &QIODevice::bytesWritten, this, &Channel::noteActivity);
    connect(m_socket.get(), &QIODevice::readyRead, this, &Channel::read);
    // Queued: no caller of ours is told closed() from within its own call.
    connect(m_socket.get(), &QAbstractSocket::disconnected, this, &Channel::handleDisconnected,
            Qt::QueuedConnection);
    QMetaObject::invokeMethod(this, &Channel::read, Qt::QueuedConnection);
    if (m_socket->state() != QAbstractSocket::ConnectedState)
        QMetaObject::invokeMethod(this, &Channel::handleDisconnected, Qt::QueuedConnection);

    m_idleTimer.setSingleShot(true);
    connect(&m_idleTimer, &QTimer::timeout, this, &Channel::checkIdle);
    noteActivity();
    m_idleTimer.start(m_limits.idleTimeout);
    connect(&m_rateTimer, &QTimer::timeout, this, &Channel::checkRate);
    m_rateTimer.start(m_limits.rateWindow);
    m_rateClock.start();
}

Channel::~Channel()
{
    m_socket->disconnect(this);
    m_socket->cut();
    // Not deleted here, as it may be what called us.
    m_socket.release()->deleteLater();
}

void Channel::sendText(const QString& message)
{
    if (m_state == State::Open || m_state == State::Answering)
        send(Opcode::Text, message.toUtf8());
}

void Channel::close(quint16 code, const QString& reason)
{
    if (m_state != State::Open)
        return;
    m_state = State::Closing;
    sendClose(code, reason);
    m_socket->expectEnd();
}

void Channel::read()
{
    const QPointer<Channel> self(this);
    const Result<void> done = withMemory([this, &self] {
        while (self && isReading() && m_socket->isOpen() && readSome()) {
        }
    });
    if (done)
        return;
    qCWarning(lcNet) << "An upload was dropped:" << done.error().text;
    if (self)
        m_socket->cut();
}

/// Whether there may be more to read at once.
bool Channel::readSome()
{
    if (!m_frame)
        return readHeader();
    return m_frame->isControl() ? readControlFrame() : readPayload();
}

bool Channel::readHeader()
{
    const Result<std::optional<WebSocketFrame::Decoded>> decoded =
        WebSocketFrame::decode(m_socket->peek(WebSocketFrame::mostHeaderBytes));
    const auto refused = [this](Ending ending, quint16 code, const QString& reason) {
        refuse(ending, code, reason);
        return false;
    };
    if (!decoded)
        return refused(Ending::Violation, protocolError, decoded.error().text);
    if (!decoded.value())
        return false;
    const WebSocketFrame& frame = decoded.value()->frame;
    if (!frame.mask) // RFC 6455 §5.1
        return refused(Ending::Violation, protocolError, u"A frame is not masked."_s);
    if (!frame.isControl()) {
        if ((frame.opcode == Opcode::Continuation) != m_isMessageOpen)
            return refused(Ending::Violation, protocolError, u"A fragment of a message is missing."_s);
        const qint64 before = m_isMessageOpen ? m_messageBytes : 0;
        if (frame.length > m_limits.frameBytes || frame.length > m_limits.messageBytes - before)
            return refused(Ending::TooLarge, tooLarge, u"A frame or a message is too large."_s);
        if (!m_isMessageOpen) {
            m_isText = frame.opcode == Opcode::Text;
            m_decoder.resetState();
        }
        m_messageBytes = before + frame.length;
        m_isMessageOpen = true;
    }
    m_socket->skip(decoded.value()->headerBytes);
    m_frame = frame;
    m_payloadLeft = frame.length;
    return true;
}

bool Channel::readPayload()
{
    QByteArray bytes;
    if (m_state == State::Closing) {
        m_payloadLeft -= m_socket->discard(m_payloadLeft);
    } else {
        bytes = m_socket->read(std::min(m_payloadLeft, mostAtOnce));
        applyMask(*m_frame->mask, bytes.data(), bytes.size(), m_frame->length - m_payloadLeft);
        m_payloadLeft -= bytes.size();
        m_bytesInWindow += bytes.size();
    }
    const bool isLast = m_payloadLeft == 0 && m_frame->isFinal;
    if (m_payloadLeft == 0)
        m_frame.reset();
    if (m_isText && m_state == State::Open) {
        // A character may be cut between two frames, but not at the end: nothing follows it there.
        [[maybe_unused]] const QString text = m_decoder.decode(isLast ? bytes + '.' : bytes);
        if (m_decoder.hasError()) {
            refuse(Ending::Violation, notUtf8, u"A text message is not UTF-8."_s);
            return false;
        }
    }
    m_isMessageOpen = !isLast;
    const bool isMore = m_socket->bytesAvailable() > 0;
    if (m_state == State::Open)
        tell(bytes, isLast);
    return isMore;
}

/// May destroy the channel.
void Channel::tell(const QByteArray& bytes, bool isLast)
{
    const QPointer<Channel> self(this);
    if (!bytes.isEmpty())
        Q_EMIT received(bytes);
    if (isLast && self && m_state == State::Open)
        Q_EMIT messageFinished();
}

bool Channel::readControlFrame()
{
    constexpr qint64 mostUnsent = 16LL * 1024; // for a peer that pings and does not listen
    if (m_socket->bytesAvailable() < m_frame->length)
        return false;
    QByteArray payload = m_socket->read(m_frame->length);
    applyMask(*m_frame->mask, payload.data(), payload.size());
    const Opcode opcode = m_frame->opcode;
    m_frame.reset();
    if (opcode == Opcode::Close) {
        handleClose(payload);
        return false;
    }
    if (opcode == Opcode::Ping && m_state == State::Open && m_socket->bytesToWrite() < mostUnsent)
        send(Opcode::Pong, payload);
    return true;
}

void Channel::handleClose(const QByteArray& payload)
{
    if (m_state == State::Closing) {
        m_state = State::Finishing;
        m_socket->finish();
        return;
    }
    const Result<std::optional<quint16>> stated = closeCodeIn(payload);
    if (!stated)
        return refuse(Ending::Violation, protocolError, stated.error().text);
    const quint16 code = stated->value_or(normalClosure);
    const QPointer<Channel> self(this);
    if (code == normalClosure && !m_isMessageOpen) {
        m_state = State::Answering;
        Q_EMIT closing();
    } else {
        end(m_isMessageOpen ? Ending::InsideMessage : Ending::GivenUp);
    }
    if (!self)
        return;
    m_state = State::Finishing;
    sendClose(code, {});
    m_socket->finish();
}

/// May destroy the channel.
void Channel::refuse(Ending ending, quint16 code, const QString& reason)
{
    const QPointer<Channel> self(this);
    const bool isClosing = m_state == State::Closing;
    if (!isClosing)
        end(ending);
    if (!self)
        return;
    m_state = State::Finishing;
    if (!isClosing)
        sendClose(code, reason);
    // What still comes is dropped: after a bad frame nothing can be told from it.
    m_socket->finish();
}

void Channel::handleDisconnected()
{
    if (m_state == State::Closed)
        return;
    const QPointer<Channel> self(this);
    read();
    if (self && m_state == State::Open)
        end(isInsideMessage() ? Ending::InsideMessage : Ending::AfterMessage);
    if (!self)
        return;
    m_state = State::Closed;
    m_idleTimer.stop();
    m_rateTimer.stop();
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
    refuse(Ending::Idle, policyViolated, u"The upload stood still."_s);
}

void Channel::checkRate()
{
    const std::chrono::milliseconds window = m_limits.rateWindow;
    const std::chrono::milliseconds passed(m_rateClock.restart());
    const qint64 came = std::exchange(m_bytesInWindow, 0);
    const bool stoodStill = passed > window * 3 / 2; // this thread, perhaps at a slow disk
    if (m_state != State::Open || stoodStill || came * 1000 >= m_limits.minimumRate * window.count())
        return;
    qCInfo(lcNet) << "What came from" << m_peer.address.toString() << "was too slow; closing";
    refuse(Ending::TooSlow, policyViolated, u"The upload is too slow."_s);
}

void Channel::send(Opcode opcode, const QByteArray& payload)
{
    m_socket->write(WebSocketFrame{opcode, true, std::nullopt, payload.size()}.encode() + payload);
}

void Channel::sendClose(quint16 code, const QString& reason)
{
    QByteArray payload(2, Qt::Uninitialized);
    qToBigEndian(code, payload.data());
    send(Opcode::Close, payload + reason.toUtf8());
}

void Channel::end(Ending ending)
{
    m_state = State::Answering;
    Q_EMIT ended(ending);
}

bool Channel::isInsideMessage() const
{
    return m_isMessageOpen || m_frame || m_socket->bytesAvailable() > 0;
}

} // namespace sockdrop
