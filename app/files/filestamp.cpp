#include "filestamp.h"

#include "systemcalls.h"

#include <array>

namespace sockdrop {

namespace {

constexpr qsizetype stampWords = 7;

} // namespace

std::optional<FileStamp> FileStamp::of(const SystemCalls& calls, int file)
{
    struct stat status = {};
    if (calls.fstat(file, &status) != 0)
        return std::nullopt;
    return FileStamp{status.st_dev,         status.st_ino,          status.st_size,
                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                     status.st_ctim.tv_nsec};
}

QByteArray FileStamp::text() const
{
    QByteArray text = QByteArray::number(device) + ' ' + QByteArray::number(inode);
    for (const qint64 number :
         {size, modifiedSeconds, modifiedNanoseconds, changedSeconds, changedNanoseconds})
        text += ' ' + QByteArray::number(number);
    return text;
}

std::optional<FileStamp> FileStamp::fromWords(const QList<QByteArray>& words)
{
    if (words.size() != stampWords)
        return std::nullopt;
    const FileStamp stamp{words[0].toULongLong(), words[1].toULongLong(), words[2].toLongLong(),
                          words[3].toLongLong(),  words[4].toLongLong(),  words[5].toLongLong(),
                          words[6].toLongLong()};
    return stamp.text() == words.join(' ') ? std::optional(stamp) : std::nullopt;
}

} // namespace sockdrop
