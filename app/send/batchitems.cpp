#include "batchitems.h"

#include "sourcefile.h"

#include <QFile>

#include <sys/stat.h>
#include <xxhash.h>

namespace sockdrop {

namespace {

/// What the file needs of a disk, where that is less than its size and worth a look; -1: no less.
qint64 spaceOf(const QByteArray& path, qint64 size)
{
    constexpr qint64 worthALook = 1024LL * 1024;
    if (size < worthALook)
        return -1;
    const Result<SourceFile> file = SourceFile::open(path);
    const qint64 data = file ? file->dataBytes() : size;
    return data < size ? data : -1;
}

} // namespace

void BatchItems::set(FileNumber number, const SourceItem& item)
{
    const qsizetype nameAt = item.relative.lastIndexOf('/') + 1;
    Entry entry;
    entry.size = item.size;
    entry.modified = item.modified;
    entry.version = item.version;
    entry.isFolder = item.isFolder;
    entry.isExecutable = item.isExecutable;
    entry.mode = item.mode;
    put(number, entry, {item.base, item.relative.first(nameAt)},
        QByteArrayView(item.relative).sliced(nameAt));
    m_bytes += item.size;
}

void BatchItems::setUnsendable(FileNumber number, const QString& path)
{
    const QByteArray encoded = QFile::encodeName(path);
    const qsizetype nameAt = encoded.lastIndexOf('/') + 1;
    Entry entry;
    entry.state = State::Unsendable;
    put(number, entry, {encoded.first(nameAt), {}}, QByteArrayView(encoded).sliced(nameAt));
}

void BatchItems::put(FileNumber number, Entry entry, const Folder& folder, QByteArrayView name)
{
    if (m_folders.empty() || m_folders.back() != folder)
        m_folders.push_back(folder);
    entry.folder = static_cast<quint32>(m_folders.size() - 1);
    entry.nameAt = m_names.size();
    entry.nameSize = static_cast<quint32>(name.size());
    m_names.append(name);
    if (number > count())
        m_entries.push_back(entry);
    else
        m_entries[number - 1] = entry;
}

QByteArrayView BatchItems::lastName(const Entry& entry) const
{
    return QByteArrayView(m_names).sliced(entry.nameAt, entry.nameSize);
}

QString BatchItems::name(FileNumber number) const
{
    return QString::fromUtf8(m_folders[entry(number).folder].relative) +
           QString::fromUtf8(lastName(entry(number)));
}

QByteArray BatchItems::path(FileNumber number) const
{
    const Folder& folder = m_folders[entry(number).folder];
    QByteArray path = folder.base + folder.relative;
    path.append(lastName(entry(number)));
    return path;
}

AnnouncedFile BatchItems::announced(FileNumber number) const
{
    const Entry& item = entry(number);
    AnnouncedFile file;
    file.path = name(number);
    file.size = item.size;
    file.modifiedAt = item.modified.milliseconds;
    file.nanoseconds = item.isFolder ? std::nullopt : item.modified.nanoseconds;
    file.isFolder = item.isFolder;
    file.isExecutable = item.isExecutable;
    if (item.version != 0)
        file.version = QString::number(item.version, 16);
    file.mode = item.mode;
    file.space = spaceOf(path(number), item.size);
    if (!item.isFolder) {
        const QByteArray owned = m_sender + '\0' + path(number);
        file.source =
            QString::number(quint64{XXH3_64bits(owned.constData(), static_cast<size_t>(owned.size()))}, 16);
    }
    return file;
}

bool BatchItems::refresh(FileNumber number)
{
    Entry& item = m_entries[number - 1];
    struct stat status = {};
    if (item.isFolder)
        return true;
    if (::stat(path(number).constData(), &status) != 0 || !S_ISREG(status.st_mode) ||
        !hasRoomFor(status.st_size - item.size))
        return false;
    m_bytes += status.st_size - item.size;
    item.size = status.st_size;
    item.modified = FileTime::of(status.st_mtim);
    item.version = SourceStamp(status).version();
    item.mode = static_cast<quint16>(item.mode & status.st_mode);
    return true;
}

} // namespace sockdrop
