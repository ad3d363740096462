#pragma once

#include <QByteArrayView>

#include <vector>

namespace sockdrop {

struct DataRun
{
    qsizetype at = 0;
    qsizetype size = 0;

    bool operator==(const DataRun&) const = default;
};

/// Where `bytes` hold anything but zeros, in whole blocks of a disk; all else can be a hole.
[[nodiscard]] std::vector<DataRun> dataRuns(QByteArrayView bytes);

} // namespace sockdrop
