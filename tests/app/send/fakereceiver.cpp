#include "fakereceiver.h"

#include "serviceinfo.h"
#include "websocketframe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A request up to the end of its body; shorter when the client is gone.
QByteArray readRequest(int socket)
{
    QByteArray request;
    std::array<char, 4096> some{};
    for (;;) {
        const qsizetype end = request.indexOf("\r\n\r\n");
        const qsizetype field = request.toLower().indexOf("content-length: ");
        const qint64 body = field < 0 ? 0 : request.sliced(field + 16).split('\r').constFirst().toLongLong();
        if (end >= 0 && request.size() >= end + 4 + body)
            return request;
        const ssize_t count = ::recv(socket, some.data(), some.size(), 0);
        if (count <= 0)
            return request;
        request.append(some.data(), count);
    }
}

void write(int socket, const QByteArray& bytes)
{
    for (qsizetype at = 0; at < bytes.size();) {
        const ssize_t count =
            ::send(socket, bytes.constData() + at, static_cast<size_t>(bytes.size() - at), MSG_NOSIGNAL);
        if (count <= 0)
            return;
        at += count;
    }
}

} // namespace

QByteArray noise(qint64 size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 state = 1;
    for (char& byte : bytes) {
        state = state * 1664525 + 1013904223; // Numerical Recipes
        byte = static_cast<char>(state >> 24);
    }
    return bytes;
}

void Gate::open()
{
    const std::lock_guard lock(m_mutex);
    m_isOpen = true;
    m_opened.notify_all();
}

bool Gate::wait()
{
    std::unique_lock lock(m_mutex);
    return m_opened.wait_for(lock, 60s, [this] { return m_isOpen; });
}

FakeReceiver::FakeReceiver(Script script)
    : m_script(std::move(script)), m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(m_listener.number(), any, size) != 0 || ::listen(m_listener.number(), 16) != 0 ||
        ::getsockname(m_listener.number(), any, &size) != 0)
        qFatal("cannot listen");
    m_port = ntohs(address.sin_port);
    m_thread = std::thread([this] { serve(); });
}

FakeReceiver::~FakeReceiver()
{
    {
        const std::lock_guard lock(m_mutex);
        m_isEnding = true;
        ::shutdown(m_listener.number(), SHUT_RDWR); // wakes accept()
        if (m_stream)
            m_stream->cut();
        else if (m_socket >= 0)
            ::shutdown(m_socket, SHUT_RDWR);
    }
    m_thread.join();
}

QList<BatchOffer> FakeReceiver::offers() const
{
    const std::lock_guard lock(m_mutex);
    return m_offers;
}

qint64 FakeReceiver::bytesUnread() const
{
    const std::lock_guard lock(m_mutex);
    int bytes = 0;
    return m_socket >= 0 && ::ioctl(m_socket, FIONREAD, &bytes) == 0 ? bytes : 0;
}

void FakeReceiver::stopSending()
{
    const std::lock_guard lock(m_mutex);
    ::shutdown(m_socket, SHUT_WR);
}

void FakeReceiver::serve()
{
    for (;;) {
        SocketDescriptor socket(::accept4(m_listener.number(), nullptr, nullptr, SOCK_CLOEXEC));
        {
            const std::lock_guard lock(m_mutex);
            if (m_isEnding || !socket.isOpen())
                return;
            m_socket = socket.number();
        }
        answer(std::move(socket));
        const std::lock_guard lock(m_mutex);
        m_socket = -1;
    }
}

void FakeReceiver::answer(SocketDescriptor socket)
{
    const QByteArray request = readRequest(socket.number());
    if (request.startsWith("GET /upload/")) {
        converse(std::move(socket), request);
        return;
    }
    QByteArray body = ServiceInfo{u"fake"_s, u"1"_s}.toJson();
    if (request.startsWith("POST /upload ")) {
        const Result<BatchOffer> offer =
            BatchOffer::fromJson(request.sliced(request.indexOf("\r\n\r\n") + 4), Limits());
        const std::lock_guard lock(m_mutex);
        m_offers.append(offer ? offer.value() : BatchOffer());
        body = R"({"token":")" + QByteArray::number(m_offers.size()) + R"("})";
    }
    write(socket.number(), "HTTP/1.1 200 OK\r\nContent-Length: " + QByteArray::number(body.size()) +
                               "\r\nConnection: close\r\n\r\n" + body);
}

void FakeReceiver::converse(SocketDescriptor socket, const QByteArray& request)
{
    const qsizetype field = request.indexOf("Sec-WebSocket-Key: ");
    const QByteArray key = field < 0 ? QByteArray() : request.sliced(field + 19).split('\r').constFirst();
    write(socket.number(), upgradeAnswer.isEmpty()
                               ? "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
                                     webSocketAccept(key) + "\r\nSec-WebSocket-Protocol: sockdrop.v1\r\n\r\n"
                               : upgradeAnswer);
    if (!upgradeAnswer.isEmpty())
        return;
    FrameStream::Options options;
    options.mostMessages = mostMessages;
    options.mostMessageBytes = Limits().batchMessageBytes;
    options.idleTimeout = 60s;
    options.pingInterval = 60s;
    options.closeTimeout = 10s;
    FrameStream stream(std::move(socket), options);
    int number = 0;
    {
        const std::lock_guard lock(m_mutex);
        number = ++m_connections;
        m_stream = &stream;
        if (m_isEnding)
            stream.cut();
    }
    Talk talk(stream, number);
    m_script(talk);
    const std::lock_guard lock(m_mutex);
    m_stream = nullptr;
    m_socket = -1;
}

void FakeReceiver::Talk::say(const BatchMessage& message)
{
    if (const auto* landed = std::get_if<Landed>(&message)) {
        for (const Landed::File& file : landed->files)
            ++(file.wasThere ? m_receipt.skipped : m_receipt.landed);
    }
    if (const auto* plan = std::get_if<Plan>(&message))
        m_receipt.skipped += plan->skip.size();
    if (std::holds_alternative<Failed>(message))
        ++m_receipt.failed;
    sayText(encodeMessage(message));
}

std::optional<BatchMessage> FakeReceiver::Talk::step()
{
    const Result<FrameStream::Message> message = m_stream.receive(60s);
    if (!message || message->isEmpty()) {
        m_isDown = true;
        return std::nullopt;
    }
    if (!message->isText()) {
        takeBinary(message->bytes());
        return std::nullopt;
    }
    const Result<BatchMessage> decoded = decodeMessage(message->bytes(), Limits());
    if (!decoded)
        qFatal("the sender wrote: %s", qPrintable(decoded.error().text));
    m_isEndTold |= std::holds_alternative<End>(decoded.value());
    if (const auto* same = std::get_if<Same>(&decoded.value()))
        m_receipt.skipped += same->files.size();
    return decoded.value();
}

void FakeReceiver::Talk::takeBinary(QByteArrayView bytes)
{
    qsizetype count = 0;
    for (; !bytes.isEmpty(); ++count) {
        const Result<ChunkHeader> header = ChunkHeader::decode(bytes);
        if (!header)
            qFatal("the sender wrote: %s", qPrintable(header.error().text));
        const QByteArrayView content = bytes.sliced(ChunkHeader::size, header->length);
        if (Hash128::of(content) != header->hash)
            qFatal("the sender wrote a chunk with another hash");
        m_chunks.append({header.value(), content.toByteArray()});
        m_chunkBytes += header->length;
        bytes = bytes.sliced(ChunkHeader::size + header->length);
    }
    m_mostAtOnce = std::max(m_mostAtOnce, count);
}

std::optional<BatchMessage> FakeReceiver::Talk::next()
{
    while (!m_isDown) {
        if (std::optional<BatchMessage> message = step())
            return message;
    }
    return std::nullopt;
}

bool FakeReceiver::Talk::takeChunks(qint64 bytes)
{
    while (!m_isDown && m_chunkBytes < bytes)
        step();
    return m_chunkBytes >= bytes;
}

void FakeReceiver::Talk::finish()
{
    while (!m_isDown && !m_isEndTold)
        step();
    say(m_receipt);
    waitForEnd();
}

void FakeReceiver::Talk::waitForEnd()
{
    while (next()) {
    }
}

ChainDigest FakeReceiver::Talk::digestOf(FileNumber file) const
{
    ChainDigest digest;
    for (const Chunk& chunk : m_chunks) {
        if (chunk.header.file == file)
            digest.add(chunk.header.hash);
    }
    return digest;
}

void MemoryReceiver::serve(FakeReceiver::Talk& talk)
{
    qsizetype taken = 0;
    while (!talk.isDown()) {
        const std::optional<BatchMessage> message = talk.step();
        const std::lock_guard lock(m_mutex);
        if (message && std::holds_alternative<Announce>(*message))
            plan(talk, std::get<Announce>(*message));
        if (message && std::holds_alternative<End>(*message)) {
            talk.finish();
            return;
        }
        if (taken == talk.chunks().size())
            continue;
        for (; taken < talk.chunks().size(); ++taken)
            take(talk, talk.chunks().at(taken));
        if (talk.number() == 1 && cutAfter > 0 && talk.bytesTaken() >= cutAfter)
            return;
        talk.acknowledge();
    }
}

void MemoryReceiver::plan(FakeReceiver::Talk& talk, const Announce& message)
{
    Plan plan;
    FileNumber number = message.first;
    for (const AnnouncedFile& announced : message.files) {
        File& file = m_files[number];
        if (file.announced != announced)
            file = {announced, {}, {}, false};
        if (file.isLanded)
            plan.skip.append({number, announced.path});
        else if (announced.size > 0)
            plan.want.append({number, file.bytes.size(), file.digest.value(), false});
        else
            land(talk, number);
        ++number;
    }
    if (plan != Plan())
        talk.say(plan);
}

void MemoryReceiver::take(FakeReceiver::Talk& talk, const FakeReceiver::Talk::Chunk& chunk)
{
    File& file = m_files[chunk.header.file];
    m_bytesTaken += chunk.bytes.size();
    if (chunk.header.offset != file.bytes.size())
        qFatal("the sender wrote a chunk that nobody wanted");
    file.bytes += chunk.bytes;
    file.digest.add(chunk.header.hash);
    if (file.bytes.size() == file.announced.size)
        land(talk, chunk.header.file);
}

void MemoryReceiver::land(FakeReceiver::Talk& talk, FileNumber number)
{
    File& file = m_files[number];
    file.isLanded = true;
    QString path = file.announced.path;
    for (int i = 1; m_landed.contains(path); ++i)
        path = u"%1 (%2)"_s.arg(file.announced.path, QString::number(i));
    m_landed.insert(path, file.bytes);
    talk.say(Landed{{{number, path, file.announced.isFolder ? QString() : file.digest.text(), {}}}});
}

QMap<QString, QByteArray> MemoryReceiver::landed() const
{
    const std::lock_guard lock(m_mutex);
    return m_landed;
}

qint64 MemoryReceiver::bytesTaken() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytesTaken;
}

} // namespace sockdrop
