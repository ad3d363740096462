// Frame headers of WebSocket and chunk headers of a batch.
#include "check.h"
#include "chunk.h"
#include "websocketframe.h"

#include <cstring>
#include <limits>

using namespace sockdrop;

namespace {

constexpr size_t fieldBytes = 17;

/// A header of ours with fields out of the input, as they are and put into their ranges, and one bit of it
/// damaged.
void checkOurs(const unsigned char* data)
{
    static QByteArray message(ChunkHeader::size + chunkBytes, 'x'); // made once: it is large
    ChunkHeader header;
    std::memcpy(&header.file, data, 4);
    std::memcpy(&header.length, data + 4, 4);
    std::memcpy(&header.offset, data + 8, 8);
    header.encode(message.data());
    if (const Result<ChunkHeader> raw = ChunkHeader::decode(message))
        SOCKDROP_CHECK(raw.value() == header);

    header.length = 1 + header.length % static_cast<quint32>(chunkBytes);
    header.offset = (header.offset & std::numeric_limits<qint64>::max()) / chunkBytes * chunkBytes;
    header.encode(message.data());
    const QByteArrayView whole = QByteArrayView(message).first(ChunkHeader::size + header.length);
    const Result<ChunkHeader> again = ChunkHeader::decode(whole);
    SOCKDROP_CHECK(again);
    SOCKDROP_CHECK(again.value() == header);
    SOCKDROP_CHECK(!ChunkHeader::decode(whole.chopped(1)));
    const qsizetype bit = data[16] % ChunkHeader::size * 8 + data[0] % 8;
    message[bit / 8] = static_cast<char>(message[bit / 8] ^ (1 << bit % 8));
    SOCKDROP_CHECK(!ChunkHeader::decode(message));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size)
{
    const QByteArrayView bytes(data, static_cast<qsizetype>(size));
    if (const auto frame = WebSocketFrame::decode(bytes); frame && frame.value()) {
        const WebSocketFrame& header = frame.value()->frame;
        SOCKDROP_CHECK(frame.value()->headerBytes <= WebSocketFrame::mostHeaderBytes);
        SOCKDROP_CHECK(header.length >= 0);
        SOCKDROP_CHECK(!header.isControl() || (header.isFinal && header.length <= 125));
        SOCKDROP_CHECK(bytes.first(frame.value()->headerBytes) == header.encode());
        for (qsizetype i = 0; i < frame.value()->headerBytes; ++i) {
            const auto cut = WebSocketFrame::decode(bytes.first(i));
            SOCKDROP_CHECK(cut && !cut.value());
        }
    }
    if (const Result<ChunkHeader> header = ChunkHeader::decode(bytes)) {
        SOCKDROP_CHECK(header->length >= 1 && header->length <= chunkBytes);
        SOCKDROP_CHECK(header->offset >= 0 && header->offset % chunkBytes == 0);
        SOCKDROP_CHECK(bytes.size() >= ChunkHeader::size + header->length);
    }
    if (size >= fieldBytes)
        checkOurs(data);
    return 0;
}
