// Everything that a peer says in JSON: the control messages of a batch, offers, what a receiver says it is.
// The first byte says which.
#include "batchmessages.h"
#include "batchoffer.h"
#include "check.h"
#include "offer.h"
#include "serviceinfo.h"

#include <xxhash.h>

using namespace sockdrop;

namespace {

/// With the checksum that a message has in front: without it, nothing would ever get further.
QByteArray withChecksum(QByteArrayView text)
{
    const quint64 sum = XXH3_64bits(text.data(), static_cast<size_t>(text.size()));
    return QByteArray::number(sum, 16).rightJustified(16, '0') + ' ' + text.toByteArray();
}

void message(const QByteArray& text)
{
    const Limits limits;
    const Result<BatchMessage> decoded = decodeMessage(text, limits);
    if (!decoded)
        return;
    // What was understood can be said again, and means the same.
    const Result<BatchMessage> again = decodeMessage(encodeMessage(decoded.value()), limits);
    SOCKDROP_CHECK(again);
    // Half a surrogate pair comes only escaped. UTF-8 cannot carry it: said again, it is a replacement
    // character.
    const bool mayHoldHalfPair = text.toLower().contains("\\ud");
    SOCKDROP_CHECK(mayHoldHalfPair || again.value() == decoded.value());
    SOCKDROP_CHECK(encodeMessage(again.value()) == encodeMessage(decoded.value()));
}

void basicOffer(const QByteArray& body)
{
    const Limits limits;
    if (const Result<Offer> offer = Offer::fromJson(body, limits)) {
        SOCKDROP_CHECK(!offer->path.isEmpty() && offer->path.size() <= limits.pathComponents);
        SOCKDROP_CHECK(offer->size >= 0);
        const Result<Offer> again = Offer::fromJson(offer->toJson(), limits);
        SOCKDROP_CHECK(again);
        SOCKDROP_CHECK(again.value() == offer.value());
    }
    if (const Result<Offer> offer = Offer::fromText(body, limits)) {
        SOCKDROP_CHECK(offer->path.size() == 1 && !offer->path.constFirst().isEmpty());
        SOCKDROP_CHECK(body.size() <= limits.pathBytes);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size)
{
    if (size == 0)
        return 0;
    const QByteArrayView bytes(data + 1, static_cast<qsizetype>(size - 1));
    const Limits limits;
    switch (data[0] % 5) {
    case 0:
        message(withChecksum(bytes));
        break;
    case 1:
        message(bytes.toByteArray());
        break;
    case 2:
        if (const Result<BatchOffer> offer = BatchOffer::fromJson(bytes.toByteArray(), limits)) {
            SOCKDROP_CHECK(offer->files >= 1 && offer->bytes >= 0);
            SOCKDROP_CHECK(offer->filesDone >= 0 && offer->filesDone <= offer->files);
            SOCKDROP_CHECK(offer->bytesDone >= 0 && offer->bytesDone <= offer->bytes);
            const Result<BatchOffer> again = BatchOffer::fromJson(offer->toJson(), limits);
            SOCKDROP_CHECK(again);
            SOCKDROP_CHECK(again.value() == offer.value());
        }
        break;
    case 3:
        basicOffer(bytes.toByteArray());
        break;
    default:
        static_cast<void>(recogniseService(bytes.toByteArray()));
        break;
    }
    return 0;
}
