// The journal of a partial file, which anybody who may write into the destination can change.
#include "check.h"
#include "journal.h"

#include <QByteArray>
#include <QList>

#include <xxhash.h>

using namespace sockdrop;

namespace {

/// Every line with the checksum that makes it count.
QByteArray withChecksums(const QByteArray& text)
{
    QByteArray journal;
    for (const QByteArray& line : text.split('\n')) {
        const quint64 sum = XXH3_64bits(line.constData(), static_cast<size_t>(line.size()));
        journal += QByteArray::number(sum, 16).rightJustified(16, '0') + ' ' + line + '\n';
    }
    return journal;
}

void check(const QByteArray& text)
{
    for (const QByteArray& boot : {QByteArray(), QByteArray("boot")}) {
        const std::optional<Journal::Content> content = Journal::parse(text, boot);
        if (!content)
            continue;
        SOCKDROP_CHECK(content->header.size >= 0);
        const Journal::Progress& progress = content->progress;
        SOCKDROP_CHECK(progress.offset >= 0 && progress.offset <= content->header.size);
        SOCKDROP_CHECK(progress.offset % chunkBytes == 0 || progress.offset == content->header.size);
        SOCKDROP_CHECK(progress.digest.chunks() == (progress.offset + chunkBytes - 1) / chunkBytes);
        // A line that was cut does not count.
        const std::optional<Journal::Content> cut = Journal::parse(text + "0123456789abcdef 1", boot);
        SOCKDROP_CHECK(cut && cut->header == content->header && cut->progress == progress);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size)
{
    const QByteArray text(reinterpret_cast<const char*>(data), static_cast<qsizetype>(size));
    check(text);
    check(withChecksums(text));
    return 0;
}
