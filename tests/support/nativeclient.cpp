#include "nativeclient.h"

#include "httpclient.h"
#include "streamclient.h"
#include "tlscontext.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s; // for what is there at once unless something is broken

} // namespace

NativeClient::NativeClient(SocketDescriptor socket)
{
    const Limits limits;
    FrameStream::Options options;
    options.role = FrameStream::Role::Client;
    options.mostMessages = 1000;
    options.mostMessageBytes = limits.batchMessageBytes;
    options.idleTimeout = limits.idleTimeout;
    options.pingInterval = limits.pingInterval;
    options.closeTimeout = limits.closeTimeout;
    m_stream = std::make_unique<FrameStream>(std::move(socket), options);
}

BatchOffer NativeClient::offer(qint64 files, qint64 bytes, char digit)
{
    BatchOffer offer;
    offer.sender = u"test"_s;
    offer.batch = QByteArray(32, digit);
    offer.files = files;
    offer.bytes = bytes;
    offer.names = {u"dropped"_s};
    offer.dropped = 1;
    return offer;
}

AnnouncedFile NativeClient::announced(const QString& path, qint64 size)
{
    AnnouncedFile file;
    file.path = path;
    file.size = size;
    file.modifiedAt = 1'500'000'000'123;
    return file;
}

QByteArray NativeClient::someBytes(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 value = 12345;
    for (char& byte : bytes)
        byte = static_cast<char>((value = value * 1664525 + 1013904223) >> 24);
    return bytes;
}

std::shared_ptr<const TlsContext> NativeClient::newIdentity()
{
    const QTemporaryDir folder;
    return TlsContext::make(DeviceIdentity::loadOrCreate(folder.path()).value()).value();
}

Result<PeerLine> NativeClient::openLine() const
{
    return sockdrop::openLine({address(), m_identity, {}}, Limits(), m_interruption);
}

QByteArray NativeClient::token(const BatchOffer& offer) const
{
    HttpRequest request;
    request.method = "POST";
    request.target = "/upload";
    request.headers = {{"Content-Type", "application/json"}};
    request.body = offer.toJson();
    Result<PeerLine> line = openLine();
    if (!line)
        return {};
    const Result<HttpAnswer> answer =
        exchange(std::move(line).value(), address(), request, patience, Limits(), m_interruption);
    return answer && answer->status == 200
               ? QJsonDocument::fromJson(answer->body).object()["token"_L1].toString().toLatin1()
               : QByteArray();
}

bool NativeClient::open(const BatchOffer& offer)
{
    const QByteArray issued = token(offer);
    return !issued.isEmpty() && openWith(issued);
}

bool NativeClient::openWith(const QByteArray& token)
{
    const Limits limits;
    Result<PeerLine> line = openLine();
    if (!line)
        return false;
    m_wire = SocketDescriptor::copyOf(line->socket.number());
    Result<std::unique_ptr<FrameStream>> stream = openStream(
        std::move(line).value(), address(), "/upload/" + token, batchProtocol, limits, m_interruption);
    if (!stream)
        return false;
    m_stream = std::move(stream).value();
    return true;
}

void NativeClient::send(const BatchMessage& message)
{
    sendText(encodeMessage(message));
}

void NativeClient::sendText(const QByteArray& text)
{
    static_cast<void>(m_stream->sendText(text));
}

void NativeClient::sendBinary(const QByteArray& bytes)
{
    QByteArray copy(bytes.constData(), bytes.size()); // is masked in place
    static_cast<void>(m_stream->sendBinary(copy.data(), copy.size()));
}

QByteArray NativeClient::chunk(FileNumber file, const QByteArray& content, qint64 offset)
{
    const QByteArray bytes = content.mid(offset, chunkBytes);
    const ChunkHeader header{file, static_cast<quint32>(bytes.size()), offset, Hash128::of(bytes)};
    QByteArray message(ChunkHeader::size, Qt::Uninitialized);
    header.encode(message.data());
    return message + bytes;
}

void NativeClient::sendChunks(FileNumber file, const QByteArray& content, qint64 from, qint64 to)
{
    const qint64 end = to < 0 ? content.size() : to;
    for (qint64 offset = from; offset < end; offset += chunkBytes)
        sendBinary(chunk(file, content, offset));
}

ChainDigest NativeClient::digest(const QByteArray& content, qint64 size)
{
    ChainDigest digest;
    const qint64 end = size < 0 ? content.size() : size;
    for (qint64 offset = 0; offset < end; offset += chunkBytes)
        digest.add(Hash128::of(content.mid(offset, chunkBytes)));
    return digest;
}

std::optional<BatchMessage> NativeClient::next()
{
    const Result<FrameStream::Message> message = m_stream->receive(patience);
    if (!message || !message->isText())
        return std::nullopt;
    const Result<BatchMessage> decoded = decodeMessage(message->bytes(), Limits());
    return decoded ? std::optional(decoded.value()) : std::nullopt;
}

bool NativeClient::waitForAck(qint64 bytes)
{
    std::optional<Ack> ack;
    do
        ack = wait<Ack>();
    while (ack && ack->bytes < bytes);
    return ack.has_value();
}

int NativeClient::waitForClose()
{
    while (next()) {
    }
    return m_stream->isDown() ? m_stream->closeCode() : -1;
}

} // namespace sockdrop
