#pragma once

#include "batchmessages.h"

#include <ctime>
#include <optional>

namespace sockdrop {

class SystemCalls;

/// How exactly a file system holds the times of files: some cut them to seconds, FAT to every second one.
class TimeGrain final
{
public:
    /// Finds out with a file of its own in the open `folder`, once, when it is first needed.
    TimeGrain(const SystemCalls& calls, QByteArray fileName) : m_calls(calls), m_fileName(std::move(fileName))
    {}

    /// Whether `held` is what the file system makes of the announced time.
    [[nodiscard]] bool isHeldAs(int folder, const AnnouncedFile& file, const timespec& held);

private:
    [[nodiscard]] qint64 find(int folder) const;

    const SystemCalls& m_calls;
    const QByteArray m_fileName;
    std::optional<qint64> m_nanoseconds;
};

/// Between the two times, in milliseconds.
[[nodiscard]] qint64 timeBetween(const AnnouncedFile& file, const timespec& held);

} // namespace sockdrop
