#pragma once

#include "batchmessages.h"
#include "batchoffer.h"
#include "framestream.h"
#include "interruption.h"
#include "peerline.h"

#include <memory>
#include <optional>
#include <sys/socket.h>

namespace sockdrop {

/// A sender of native batches that says what the test tells it to, also what is wrong. It blocks; what it
/// talks to must live on another thread.
class NativeClient final
{
public:
    /// Over TLS where it has an identity.
    explicit NativeClient(quint16 port, std::shared_ptr<const TlsContext> identity = {})
        : m_port(port), m_identity(std::move(identity))
    {}
    /// On a WebSocket that is open already.
    explicit NativeClient(SocketDescriptor socket);

    /// A new one each time.
    [[nodiscard]] static std::shared_ptr<const TlsContext> newIdentity();

    /// A batch of the given size whose id is made of one hex digit.
    [[nodiscard]] static BatchOffer offer(qint64 files, qint64 bytes, char digit = 'a');
    [[nodiscard]] static AnnouncedFile announced(const QString& path, qint64 size);
    /// The same ones each time.
    [[nodiscard]] static QByteArray someBytes(qsizetype size);
    /// The token for a batch; empty when refused.
    [[nodiscard]] QByteArray token(const BatchOffer& offer) const;
    /// Whether the batch may be sent now.
    [[nodiscard]] bool open(const BatchOffer& offer);
    [[nodiscard]] bool openWith(const QByteArray& token);

    void send(const BatchMessage& message);
    void sendText(const QByteArray& text);
    void sendBinary(const QByteArray& bytes);
    /// A chunk of `content` of a file: the one at `offset`.
    [[nodiscard]] static QByteArray chunk(FileNumber file, const QByteArray& content, qint64 offset);
    /// All its chunks from `from` to `to`, each in a message.
    void sendChunks(FileNumber file, const QByteArray& content, qint64 from = 0, qint64 to = -1);
    /// ChainDigest of the first bytes.
    [[nodiscard]] static ChainDigest digest(const QByteArray& content, qint64 size = -1);

    /// The next message of this kind, others are passed over; nothing when the connection ends first.
    template <typename Kind>
    [[nodiscard]] std::optional<Kind> wait()
    {
        while (const std::optional<BatchMessage> message = next()) {
            if (const auto* found = std::get_if<Kind>(&*message))
                return *found;
        }
        return std::nullopt;
    }
    [[nodiscard]] std::optional<BatchMessage> next();
    /// Waits until so many bytes were acknowledged.
    [[nodiscard]] bool waitForAck(qint64 bytes);
    /// Reads until the connection ends; the code of the close frame, 0 when there was none, -1 when the
    /// connection lives on.
    [[nodiscard]] int waitForClose();

    void close(quint16 code) { m_stream->close(code); }
    /// What was sent was the last word, a close frame of the other side is not answered either. Of a plain
    /// connection.
    void fallSilent() { ::shutdown(m_wire.number(), SHUT_WR); }
    /// Ends the connection without a close frame.
    void hangUp() { m_stream.reset(); }

private:
    [[nodiscard]] PeerAddress address() const { return {QStringLiteral("127.0.0.1"), m_port, !m_identity}; }
    [[nodiscard]] Result<PeerLine> openLine() const;

    const quint16 m_port = 0;
    const std::shared_ptr<const TlsContext> m_identity;
    mutable Interruption m_interruption;
    SocketDescriptor m_wire; ///< of the stream, too
    std::unique_ptr<FrameStream> m_stream;
};

} // namespace sockdrop
