#include "dataruns.h"

#include <algorithm>
#include <cstring>

namespace sockdrop {

namespace {

constexpr qsizetype blockBytes = 4096;

bool isZero(QByteArrayView block)
{
    const auto rest = static_cast<size_t>(block.size() - 1);
    return block.front() == 0 && std::memcmp(block.data(), block.data() + 1, rest) == 0;
}

} // namespace

std::vector<DataRun> dataRuns(QByteArrayView bytes)
{
    std::vector<DataRun> runs;
    for (qsizetype at = 0; at < bytes.size(); at += blockBytes) {
        const qsizetype size = std::min(blockBytes, bytes.size() - at);
        if (isZero(bytes.sliced(at, size)))
            continue;
        if (!runs.empty() && runs.back().at + runs.back().size == at)
            runs.back().size += size;
        else
            runs.push_back({at, size});
    }
    return runs;
}

} // namespace sockdrop
