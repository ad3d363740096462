#include "singleinstance.h"

#include "logging.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QLocalSocket>
#include <QThread>
#include <QTimer>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

// A request is a JSON array of paths and a line end. The answer is one byte.
constexpr qint64 longestRequest = 8LL * 1024 * 1024; // more than a command line can hold
constexpr auto patience = 3s;

Error noAnswer()
{
    return {ErrorCode::TimedOut,
            SingleInstance::tr("Sockdrop is running already but does not answer. End it, "
                               "or start this one with another --profile.")};
}

int millisecondsLeft(const QDeadlineTimer& deadline)
{
    return static_cast<int>(deadline.remainingTime());
}

/// Reads one request as its bytes come in, answers it and goes.
void readRequest(QLocalSocket* socket, SingleInstance* instance)
{
    if (socket->bytesAvailable() > longestRequest) {
        socket->abort();
        return;
    }
    if (!socket->canReadLine())
        return;
    QStringList paths = QJsonDocument::fromJson(socket->readLine()).toVariant().toStringList();
    paths.removeIf(
        [](const QString& path) { return !QDir::isAbsolutePath(path) || path.contains(QChar::Null); });
    socket->write("k");
    socket->disconnectFromServer();
    Q_EMIT instance->pathsHandedOver(paths);
}

} // namespace

SingleInstance::SingleInstance(const QString& socketName, QObject* parent)
    : QObject(parent), m_socketName(socketName), m_lock(socketName + ".lock"_L1)
{
    m_lock.setStaleLockTime(0ms); // a lock grows stale by its process, never by its age
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &SingleInstance::accept);
}

SingleInstance::~SingleInstance()
{
    m_server.close(); // before the lock goes, or it would close the next one's socket
}

Result<SingleInstance::Role> SingleInstance::begin(const QStringList& paths)
{
    if (m_lock.tryLock(0ms))
        return serve();
    if (m_lock.error() != QLockFile::LockFailedError)
        return Error{ErrorCode::PermissionDenied,
                     tr("Cannot write to %1.").arg(QFileInfo(m_socketName).path())};
    return handOver(paths);
}

Result<SingleInstance::Role> SingleInstance::serve()
{
    QLocalServer::removeServer(m_socketName); // we hold the lock: whoever made it is gone
    if (!m_server.listen(m_socketName))
        return Error{ErrorCode::IoError,
                     tr("Cannot listen at %1: %2").arg(m_socketName, m_server.errorString())};
    return Role::First;
}

Result<SingleInstance::Role> SingleInstance::handOver(const QStringList& paths) const
{
    const QDeadlineTimer deadline(patience);
    QLocalSocket socket;
    // Between its lock and its socket the first one needs a moment.
    socket.connectToServer(m_socketName);
    while (!socket.waitForConnected(millisecondsLeft(deadline)) && !deadline.hasExpired()) {
        QThread::msleep(20);
        socket.connectToServer(m_socketName);
    }
    if (socket.state() != QLocalSocket::ConnectedState)
        return noAnswer();
    socket.write(QJsonDocument(QJsonArray::fromStringList(paths)).toJson(QJsonDocument::Compact) + '\n');
    while (socket.bytesToWrite() > 0) {
        if (!socket.waitForBytesWritten(millisecondsLeft(deadline)))
            return noAnswer();
    }
    if (socket.bytesAvailable() == 0 && !socket.waitForReadyRead(millisecondsLeft(deadline)))
        return noAnswer();
    return Role::Second;
}

void SingleInstance::accept()
{
    while (QLocalSocket* socket = m_server.nextPendingConnection()) {
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] { readRequest(socket, this); });
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        QTimer::singleShot(patience, socket, &QLocalSocket::abort);
        if (socket->bytesAvailable() > 0)
            readRequest(socket, this);
    }
}

} // namespace sockdrop
