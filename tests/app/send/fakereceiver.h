#pragma once

#include "batchmessages.h"
#include "batchoffer.h"
#include "framestream.h"
#include "peeraddress.h"

#include <QList>
#include <QMap>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace sockdrop {

/// Bytes without a pattern, the same each time.
[[nodiscard]] QByteArray noise(qint64 size);

/// Lets one thread wait for another one, for as long as a test may last.
class Gate final
{
public:
    void open();
    bool wait();

private:
    std::mutex m_mutex;
    std::condition_variable m_opened;
    bool m_isOpen = false;
};

/// A receiver of native batches that says what a test wants. It blocks, on a thread of its own, and serves
/// one connection after another.
class FakeReceiver final
{
public:
    class Talk;
    /// What it does on each connection of a batch, on its thread. The line is dropped when that returns.
    using Script = std::function<void(Talk&)>;

    explicit FakeReceiver(Script script);
    ~FakeReceiver();
    Q_DISABLE_COPY_MOVE(FakeReceiver)

    [[nodiscard]] PeerAddress address() const { return {QStringLiteral("127.0.0.1"), m_port, true}; }
    /// What was offered, one for each token that was asked for.
    [[nodiscard]] QList<BatchOffer> offers() const;

    /// Of the connection that is served: what has come and was not taken from the system yet.
    [[nodiscard]] qint64 bytesUnread() const;

    /// Ends one direction of the connection that is served: the sender hears nothing more.
    void stopSending();

    // To be set before the first connection.
    QByteArray upgradeAnswer;    ///< in place of the right one
    qsizetype mostMessages = 64; ///< that wait for the script before reading stops

private:
    void serve();
    void answer(SocketDescriptor socket);
    void converse(SocketDescriptor socket, const QByteArray& request);

    const Script m_script;
    SocketDescriptor m_listener;
    quint16 m_port = 0;
    mutable std::mutex m_mutex; ///< guards what follows
    QList<BatchOffer> m_offers;
    int m_connections = 0;
    int m_socket = -1;               ///< of the connection that is served
    FrameStream* m_stream = nullptr; ///< of it, once it is a WebSocket
    bool m_isEnding = false;
    std::thread m_thread;
};

/// One connection, from the receiver's side. Every function returns at once when the line is down.
class FakeReceiver::Talk final
{
public:
    struct Chunk
    {
        ChunkHeader header;
        QByteArray bytes;
    };

    Talk(FrameStream& stream, int number) : m_stream(stream), m_number(number) {}

    /// 1 for the first connection.
    [[nodiscard]] int number() const { return m_number; }

    void say(const BatchMessage& message);
    void sayText(const QByteArray& text) { m_isDown |= !m_stream.sendText(text); }
    void sayBinary(QByteArray bytes) { m_isDown |= !m_stream.sendBinary(bytes.data(), bytes.size()); }
    void close(quint16 code) { m_stream.close(code); }
    void hangUp() { m_stream.cut(); }

    /// Waits for one message: chunks are kept, a control message is returned.
    std::optional<BatchMessage> step();
    /// The next control message; nothing at the end of the line.
    [[nodiscard]] std::optional<BatchMessage> next();
    /// The next one of this kind; others that come before it are dropped.
    template <typename Message>
    std::optional<Message> next()
    {
        while (const std::optional<BatchMessage> message = next()) {
            if (const auto* found = std::get_if<Message>(&*message))
                return *found;
        }
        return std::nullopt;
    }
    /// Waits until so many bytes of chunks came on this connection; false at the end of the line.
    bool takeChunks(qint64 bytes);
    /// Says that the file landed under that name, with the digest of the chunks that came.
    void land(FileNumber file, const QString& path)
    {
        say(Landed{{{file, path, digestOf(file).text(), {}}}});
    }
    /// Of what was said, so far.
    [[nodiscard]] const BatchReceipt& receipt() const { return m_receipt; }
    /// Waits for End, says the receipt, and waits for the sender to go.
    void finish();
    /// Reads until the sender is gone.
    void waitForEnd();
    [[nodiscard]] bool isDown() const { return m_isDown; }

    /// All chunks that came, and how many came in one message at most.
    [[nodiscard]] const QList<Chunk>& chunks() const { return m_chunks; }
    [[nodiscard]] qint64 bytesTaken() const { return m_chunkBytes; }
    [[nodiscard]] qsizetype mostChunksAtOnce() const { return m_mostAtOnce; }
    /// Acknowledges all of them.
    void acknowledge(qint64 credit = 1LL << 40) { say(Ack{m_chunkBytes, credit}); }
    /// Of the chunks of a file that came.
    [[nodiscard]] ChainDigest digestOf(FileNumber file) const;

private:
    void takeBinary(QByteArrayView bytes);

    FrameStream& m_stream;
    BatchReceipt m_receipt;
    const int m_number;
    bool m_isDown = false;
    bool m_isEndTold = false;
    QList<Chunk> m_chunks;
    qint64 m_chunkBytes = 0;
    qsizetype m_mostAtOnce = 0;
};

/// What an honest receiver does, with its files in memory, over any number of connections.
class MemoryReceiver final
{
public:
    /// Ends with the receipt or the line.
    void serve(FakeReceiver::Talk& talk);

    /// Ends the first connection when so many bytes have come, unheard by the sender; 0: never. Before it
    /// starts.
    qint64 cutAfter = 0;

    /// Files by the path under which they landed.
    [[nodiscard]] QMap<QString, QByteArray> landed() const;
    /// All bytes of chunks that came.
    [[nodiscard]] qint64 bytesTaken() const;

private:
    struct File
    {
        AnnouncedFile announced;
        QByteArray bytes;
        ChainDigest digest;
        bool isLanded = false;
    };
    void plan(FakeReceiver::Talk& talk, const Announce& message);
    void take(FakeReceiver::Talk& talk, const FakeReceiver::Talk::Chunk& chunk);
    void land(FakeReceiver::Talk& talk, FileNumber number);

    mutable std::mutex m_mutex; ///< guards what follows
    QMap<FileNumber, File> m_files;
    QMap<QString, QByteArray> m_landed;
    qint64 m_bytesTaken = 0;
};

} // namespace sockdrop
