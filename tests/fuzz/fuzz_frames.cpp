// Frame headers of WebSocket and chunk headers of a batch.
#include "check.h"
#include "chunk.h"
#include "websocketframe.h"

using namespace sockdrop;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size)
{
    const QByteArrayView bytes(data, static_cast<qsizetype>(size));
    if (const auto frame = WebSocketFrame::decode(bytes); frame && frame.value()) {
        const WebSocketFrame& header = frame.value()->frame;
        SOCKDROP_CHECK(frame.value()->headerBytes <= WebSocketFrame::mostHeaderBytes);
        SOCKDROP_CHECK(header.length >= 0);
        SOCKDROP_CHECK(!header.isControl() || (header.isFinal && header.length <= 125));
        SOCKDROP_CHECK(bytes.first(frame.value()->headerBytes) == header.encode());
        const auto cut = WebSocketFrame::decode(bytes.first(frame.value()->headerBytes - 1));
        SOCKDROP_CHECK(cut && !cut.value());
    }
    if (const Result<ChunkHeader> header = ChunkHeader::decode(bytes)) {
        SOCKDROP_CHECK(header->length >= 1 && header->length <= chunkBytes);
        SOCKDROP_CHECK(header->offset >= 0 && header->offset % chunkBytes == 0);
        SOCKDROP_CHECK(bytes.size() >= ChunkHeader::size + header->length);
    }
    // A header of ours with fields out of the input: what is in range comes back as it was.
    if (size >= 16) {
        ChunkHeader header;
        std::memcpy(&header.file, data, 4);
        std::memcpy(&header.length, data + 4, 4);
        std::memcpy(&header.offset, data + 8, 8);
        QByteArray message(ChunkHeader::size, Qt::Uninitialized);
        header.encode(message.data());
        message.append(static_cast<qsizetype>(header.length % (2 * chunkBytes)), 'x');
        if (const Result<ChunkHeader> again = ChunkHeader::decode(message))
            SOCKDROP_CHECK(again.value() == header);
    }
    return 0;
}
