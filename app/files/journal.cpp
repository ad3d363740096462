#include "journal.h"

#include "jsonvalues.h"
#include "systemcalls.h"

#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <cerrno>
#include <fcntl.h>
#include <xxhash.h>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype checksumDigits = 16;
/// Since the second one there are stamps; what has none is read again.
constexpr int newestJournal = 2;
constexpr qsizetype wordsBeforeStamp = 3;
/// A journal grows by a line for some megabytes; far more than any file needs is nobody's journal.
constexpr qsizetype mostBytes = 64LL * 1024 * 1024;

QByteArray checksumOf(QByteArrayView text)
{
    const quint64 sum = XXH3_64bits(text.data(), static_cast<size_t>(text.size()));
    return QByteArray::number(sum, 16).rightJustified(checksumDigits, '0');
}

/// What stands behind the checksum of an intact line.
std::optional<QByteArray> intact(const QByteArray& line)
{
    if (line.size() <= checksumDigits + 1 || line[checksumDigits] != ' ')
        return std::nullopt;
    QByteArray text = line.sliced(checksumDigits + 1);
    if (checksumOf(text) != line.first(checksumDigits))
        return std::nullopt;
    return text;
}

/// How long the lines are that are whole and undamaged.
qint64 intactBytes(const QByteArray& text)
{
    qint64 at = 0;
    for (qint64 end = text.indexOf('\n'); end >= 0 && intact(text.sliced(at, end - at));
         end = text.indexOf('\n', at))
        at = end + 1;
    return at;
}

std::optional<QByteArray> readAll(const SystemCalls& calls, int file)
{
    struct stat status = {};
    if (calls.fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > mostBytes)
        return std::nullopt;
    QByteArray text(status.st_size, Qt::Uninitialized);
    const ssize_t count = calls.pread(file, text.data(), static_cast<size_t>(text.size()), 0);
    if (count != text.size())
        return std::nullopt;
    return text;
}

std::optional<Journal::Header> readHeader(const QJsonObject& object)
{
    const std::optional<qint64> size = wholeNumber(object["size"_L1]);
    const std::optional<qint64> modifiedAt = wholeNumber(object["mtime"_L1]);
    const int journal = object["journal"_L1].toInt();
    if (journal < 1 || journal > newestJournal || !size || *size < 0 || !modifiedAt)
        return std::nullopt;
    return Journal::Header{object["path"_L1].toString(), *size, *modifiedAt, object["version"_L1].toString()};
}

std::optional<Journal::Progress> readProgress(const QList<QByteArray>& fields, const Journal::Header& header)
{
    const std::optional<Hash128> hash = Hash128::fromHex(fields.value(1));
    bool isNumber = false;
    const qint64 offset = fields.value(0).toLongLong(&isNumber);
    const bool isPossible = isNumber && offset > 0 && offset <= header.size &&
                            (offset % chunkBytes == 0 || offset == header.size);
    if (!hash || !isPossible)
        return std::nullopt;
    return Journal::Progress{offset, ChainDigest(*hash, (offset + chunkBytes - 1) / chunkBytes)};
}

QByteArray recordOf(const Journal::Progress& progress)
{
    return QByteArray::number(progress.offset) + ' ' + progress.digest.value().toHex();
}

} // namespace

bool Journal::Header::isSameVersion(const Header& other) const
{
    return path == other.path && size == other.size && modifiedAt == other.modifiedAt &&
           (version.isEmpty() || other.version.isEmpty() || version == other.version);
}

std::optional<Journal::Content> Journal::parse(const QByteArray& text, const QByteArray& bootId)
{
    QList<QByteArray> lines = text.split('\n');
    lines.removeLast(); // behind the last line end: nothing, or a line that was cut
    if (lines.isEmpty())
        return std::nullopt;
    const std::optional<QByteArray> first = intact(lines.takeFirst());
    if (!first)
        return std::nullopt;
    const QJsonObject object = QJsonDocument::fromJson(*first).object();
    const std::optional<Header> header = readHeader(object);
    if (!header)
        return std::nullopt;

    const bool isSameBoot = !bootId.isEmpty() && object["boot"_L1].toString().toLatin1() == bootId;
    Content content{*header, {}, {}};
    for (const QByteArray& line : std::as_const(lines)) {
        const std::optional<QByteArray> record = intact(line);
        const QList<QByteArray> fields = record ? record->split(' ') : QList<QByteArray>();
        const std::optional<Progress> progress = readProgress(fields, *header);
        if (!progress)
            break;
        if (isSameBoot || fields.value(2) == "synced")
            content.progress = *progress;
        content.stamp = FileStamp::fromWords(fields.mid(wordsBeforeStamp));
    }
    return content;
}

std::optional<Journal::Content> Journal::read(const SystemCalls& calls, int folder, const QByteArray& name)
{
    const FileDescriptor file(
        calls.openat(folder, name.constData(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0), calls);
    const std::optional<QByteArray> text = file.isOpen() ? readAll(calls, file.number()) : std::nullopt;
    return text ? parse(*text, bootId()) : std::nullopt;
}

Result<Journal> Journal::create(const SystemCalls& calls, int folder, const QByteArray& name,
                                const Header& header)
{
    if (calls.unlinkat(folder, name.constData()) != 0 && errno != ENOENT)
        return systemError(errno, u"Cannot begin a journal anew"_s);
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC;
    Journal journal(calls, FileDescriptor(calls.openat(folder, name.constData(), flags, 0600), calls));
    if (!journal.m_file.isOpen())
        return systemError(errno, u"Cannot begin a journal"_s);
    const QJsonObject object{{u"journal"_s, newestJournal},  {u"path"_s, header.path},
                             {u"size"_s, header.size},       {u"mtime"_s, header.modifiedAt},
                             {u"version"_s, header.version}, {u"boot"_s, QString::fromLatin1(bootId())}};
    const Result<void> written = journal.write(QJsonDocument(object).toJson(QJsonDocument::Compact));
    if (!written)
        return written.error();
    return journal;
}

Result<Journal> Journal::open(const SystemCalls& calls, int folder, const QByteArray& name)
{
    Journal journal(calls, FileDescriptor(calls.openat(folder, name.constData(),
                                                       O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0),
                                          calls));
    if (!journal.m_file.isOpen())
        return systemError(errno, u"Cannot open a journal"_s);
    // Behind a line that was cut no record would count.
    const std::optional<QByteArray> text = readAll(calls, journal.m_file.number());
    if (!text || (intactBytes(*text) < text->size() &&
                  calls.ftruncate(journal.m_file.number(), intactBytes(*text)) != 0))
        return Error{ErrorCode::IoError, u"Cannot go on with a journal"_s};
    return journal;
}

Result<void> Journal::append(const Progress& progress, bool isSynced)
{
    return write(isSynced ? recordOf(progress) + " synced" : recordOf(progress));
}

Result<void> Journal::append(const Progress& progress, const FileStamp& stamp)
{
    return write(recordOf(progress) + " synced " + stamp.text());
}

Result<void> Journal::write(const QByteArray& line)
{
    const QByteArray text = checksumOf(line) + ' ' + line + '\n';
    // In one piece: of a line that was cut, nothing counts, and nothing behind it.
    const ssize_t count = m_calls->write(m_file.number(), text.constData(), static_cast<size_t>(text.size()));
    if (count == text.size())
        return {};
    const int problem = count < 0 ? errno : ENOSPC;
    struct stat status = {};
    if (count > 0 && m_calls->fstat(m_file.number(), &status) == 0)
        static_cast<void>(m_calls->ftruncate(m_file.number(), status.st_size - count));
    return systemError(problem, u"Cannot write a journal"_s);
}

QByteArray Journal::bootId()
{
    static const QByteArray id = [] {
        QFile file(u"/proc/sys/kernel/random/boot_id"_s);
        return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed() : QByteArray();
    }();
    return id;
}

} // namespace sockdrop
