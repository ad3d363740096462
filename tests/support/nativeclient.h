#pragma once

#include "batchmessages.h"
#include "batchoffer.h"
#include "framestream.h"
#include "wireclient.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <memory>

namespace sockdrop {

/// The sender's end of a batch, message by message, so that it can also send wrong ones. It blocks; what it
/// talks to must live on other threads.
class NativeClient final
{
public:
    explicit NativeClient(quint16 port) : m_port(port) {}

    /// Offers the batch and opens its WebSocket; the status of the answer, 101 when it is open.
    int open(const QByteArray& batch, qint64 files, qint64 bytes)
    {
        BatchOffer offer;
        offer.sender = QStringLiteral("test");
        offer.batch = batch.rightJustified(32, '0');
        offer.files = files;
        offer.bytes = bytes;
        offer.names = {QStringLiteral("test")};
        offer.dropped = 1;
        const WireClient::Answer answer = WireClient(m_port).request(
            "POST", "/upload", {{"Content-Type", "application/json"}}, offer.toJson());
        if (answer.status != 200)
            return answer.status;
        const QByteArray token = QJsonDocument::fromJson(answer.body)
                                     .object()
                                     .value(QStringLiteral("token"))
                                     .toString()
                                     .toLatin1();
        m_wire = std::make_unique<WireClient>(m_port);
        return m_wire->open(token, {{"Sec-WebSocket-Protocol", batchProtocol}});
    }

    void send(const BatchMessage& message) { sendText(encodeMessage(message)); }
    void sendText(const QByteArray& text) { m_wire->send(WireClient::frame(WireClient::Text, text)); }
    void announce(FileNumber first, const QList<AnnouncedFile>& files) { send(Announce{first, files}); }
    /// `flip`: of the bytes, after they were hashed.
    void sendChunk(FileNumber file, const QByteArray& content, qint64 offset = 0, qsizetype flip = -1)
    {
        ChunkHeader header;
        header.file = file;
        header.offset = offset;
        header.length = static_cast<quint32>(std::min(chunkBytes, content.size() - offset));
        QByteArray payload(ChunkHeader::size + header.length, Qt::Uninitialized);
        std::copy_n(content.constData() + offset, header.length, payload.data() + ChunkHeader::size);
        header.hash = Hash128::of(QByteArrayView(payload).sliced(ChunkHeader::size));
        header.encode(payload.data());
        if (flip >= 0)
            payload[ChunkHeader::size + flip] = static_cast<char>(payload[ChunkHeader::size + flip] ^ 1);
        m_wire->send(WireClient::frame(WireClient::Binary, payload));
    }
    /// All chunks from `offset` on.
    void sendRest(FileNumber file, const QByteArray& content, qint64 offset = 0)
    {
        for (; offset < content.size(); offset += chunkBytes)
            sendChunk(file, content, offset);
    }

    /// The next message of this kind; others are passed over. Nothing when the connection ends first.
    template <typename Message>
    std::optional<Message> next()
    {
        for (;;) {
            const QByteArray text = m_wire->readText();
            if (text.isEmpty())
                return std::nullopt;
            const Result<BatchMessage> message = decodeMessage(text, Limits());
            if (!message)
                return std::nullopt;
            if (const auto* wanted = std::get_if<Message>(&message.value()))
                return *wanted;
        }
    }
    [[nodiscard]] int readClose() { return m_wire->readClose(); }
    void hangUp() { m_wire->hangUp(); }

private:
    quint16 m_port;
    std::unique_ptr<WireClient> m_wire;
};

} // namespace sockdrop
