#include "testhandler.h"

#include <QMetaEnum>
#include <QTimer>
#include <QtEndian>

namespace sockdrop {

using namespace Qt::StringLiterals;

void Record::add(const QString& line)
{
    const std::lock_guard lock(m_mutex);
    m_lines.append(line);
}

QStringList Record::lines() const
{
    // Deep copies: implicit sharing between threads looks like a race to ThreadSanitizer.
    const std::lock_guard lock(m_mutex);
    QStringList lines;
    for (const QString& line : m_lines)
        lines.append(QString(line.constData(), line.size()));
    return lines;
}

QStringList Record::joinedLines() const
{
    const QString received = u"received "_s;
    QStringList joined;
    const QStringList all = lines();
    for (const QString& line : all) {
        if (line.startsWith(received) && !joined.isEmpty() && joined.constLast().startsWith(received)) {
            const qsizetype sum = line.sliced(received.size()).toLongLong() +
                                  joined.takeLast().sliced(received.size()).toLongLong();
            joined.append(received + QString::number(sum));
        } else {
            joined.append(line);
        }
    }
    return joined;
}

qsizetype Record::count(const QString& start) const
{
    const QStringList all = lines();
    return std::count_if(all.begin(), all.end(), [&](const QString& line) { return line.startsWith(start); });
}

void Record::addBytes(const QByteArray& bytes)
{
    const std::lock_guard lock(m_mutex);
    m_bytes.append(bytes);
}

QByteArray Record::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return QByteArray(m_bytes.constData(), m_bytes.size());
}

void Record::whileUpgrading(const std::function<void()>& action)
{
    const std::lock_guard lock(m_mutex);
    m_whileUpgrading = action;
}

void Record::doWhileUpgrading() const
{
    const std::lock_guard lock(m_mutex);
    if (m_whileUpgrading)
        m_whileUpgrading();
}

TestHandler::TestHandler(const std::shared_ptr<Record>& record) : m_record(record) {}

TestHandler::~TestHandler()
{
    m_record->add(u"destroyed"_s);
}

ConnectionHandler::Withdrawn TestHandler::request(const HttpRequest& request, const RemotePeer& peer,
                                                  const Reply& reply)
{
    QString line = u"request %1 %2 from %3"_s.arg(QLatin1StringView(request.method),
                                                  QLatin1StringView(request.target), peer.address.toString());
    if (peer.isEncrypted)
        line += u' ' + peer.fingerprint;
    m_record->add(line);
    if (request.target == "/hungry")
        throw std::bad_alloc();
    const HttpResponse response{.status = 200, .body = "body:" + request.body, .headers = {}};
    if (request.target == "/later")
        QTimer::singleShot(0, &m_context, [reply, response] {
            reply(response);
            reply(response);
        });
    else if (request.target != "/never")
        reply(response);
    return [this] { m_record->add(u"withdrawn"_s); };
}

ConnectionHandler::Decision TestHandler::upgrade(const HttpRequest& request, const RemotePeer&)
{
    if (!request.target.startsWith("/upload/"))
        return HttpResponse{.status = 404, .body = "none", .headers = {}};
    m_record->add(u"upgrade"_s);
    m_record->doWhileUpgrading();
    return [this, target = request.target](std::unique_ptr<Channel> channel) {
        take(std::move(channel), target);
    };
}

void TestHandler::refused(const QHostAddress&, int status, const QString& line)
{
    m_record->add(u"refused %1 %2"_s.arg(QString::number(status), line));
}

void TestHandler::take(std::unique_ptr<Channel> owned, const QByteArray& target)
{
    Channel* channel = owned.get();
    m_channels.push_back(std::move(owned));
    m_record->add(u"open"_s);
    QObject::connect(
        channel, &Channel::received, &m_context, [this, channel, target](const QByteArray& bytes) {
            m_record->countBytes(bytes.size());
            if (target == "/upload/hungry")
                throw std::bad_alloc();
            if (target == "/upload/count")
                return;
            m_record->add(u"received %1"_s.arg(bytes.size()));
            m_record->addBytes(bytes);
            if (target == "/upload/refuse") {
                channel->sendText(u"no"_s);
                channel->close(1011, u"full"_s);
            } else if (target == "/upload/drop") {
                std::erase_if(m_channels, [channel](const auto& other) { return other.get() == channel; });
            }
        });
    QObject::connect(channel, &Channel::messageFinished, &m_context, [this] { m_record->add(u"message"_s); });
    QObject::connect(channel, &Channel::closing, &m_context, [this, channel, target] {
        m_record->add(u"closing"_s);
        channel->sendText(u"receipt"_s);
        channel->close(); // does nothing: it closes already
        if (target == "/upload/drop-on-close")
            std::erase_if(m_channels, [channel](const auto& other) { return other.get() == channel; });
    });
    QObject::connect(channel, &Channel::ended, &m_context, [this](Channel::Ending ending) {
        m_record->add(u"ended "_s + QLatin1StringView(QMetaEnum::fromType<Channel::Ending>().valueToKey(
                                        static_cast<int>(ending))));
    });
    QObject::connect(channel, &Channel::closed, &m_context, [this, channel] {
        m_record->add(u"closed"_s);
        std::erase_if(m_channels, [channel](const auto& other) { return other.get() == channel; });
    });
}

TestService::TestService(const Limits& limits, int threads, const std::shared_ptr<const TlsContext>& tls)
{
    const ListenOptions options{.address = QHostAddress(QHostAddress::LocalHost),
                                .port = 0,
                                .threads = threads,
                                .names = OwnNames(u"desk"_s),
                                .tls = tls,
                                .limits = limits};
    const Result<quint16> port =
        m_listener.listen(options, [record = m_record] { return std::make_unique<TestHandler>(record); });
    m_port = port ? port.value() : quint16{0};
}

QByteArray clientFrame(int firstByte, const QByteArray& payload)
{
    QByteArray frame(1, static_cast<char>(firstByte));
    const qsizetype size = payload.size();
    constexpr int masked = 0x80;
    if (size <= 125) {
        frame.append(static_cast<char>(masked | size));
    } else if (size <= 0xffff) {
        frame.append(static_cast<char>(masked | 126)).append(2, '\0');
        qToBigEndian(static_cast<quint16>(size), frame.data() + 2);
    } else {
        frame.append(static_cast<char>(masked | 127)).append(8, '\0');
        qToBigEndian(static_cast<quint64>(size), frame.data() + 2);
    }
    return frame.append(4, '\0').append(payload);
}

QByteArray upgradeRequest(const QByteArray& target, const QByteArray& host)
{
    return "GET " + target + " HTTP/1.1\r\nHost: " + host +
           "\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

} // namespace sockdrop
