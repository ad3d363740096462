#include "filetable.h"

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

constexpr QLatin1StringView digestKind = "xxh3-128:"_L1;

} // namespace

int FileTable::put(const FileSnapshot& file)
{
    int place = placeOf(file.file);
    if (place < 0 && size() >= most && file.state != TransferState::Failed)
        return -1;
    if (place < 0) {
        place = size();
        m_places.insert(file.file, place);
        m_entries.push_back({});
    }
    m_batch = file.batch;
    Entry& entry = m_entries[static_cast<size_t>(place)];
    entry.file = file.file;
    entry.state = file.state;
    entry.direction = file.direction;
    entry.isFolder = file.isFolder;
    entry.isSkipped = file.isSkipped;
    entry.bytesDone = file.bytesDone;
    entry.bytesTotal = file.bytesTotal;
    setName(entry, file.name);
    entry.source = pack(file.source, file.name);
    entry.destination = pack(file.destination, file.name);
    entry.note = keep(file.note);
    setDigest(entry, file.digest);
    if (file.error)
        m_errors.insert(file.file, *file.error);
    else if (!m_errors.isEmpty())
        m_errors.remove(file.file);
    return place;
}

FileSnapshot FileTable::at(int place) const
{
    const Entry& entry = this->entry(place);
    FileSnapshot file;
    file.batch = m_batch;
    file.file = entry.file;
    file.direction = entry.direction;
    file.isFolder = entry.isFolder;
    file.state = entry.state;
    file.isSkipped = entry.isSkipped;
    file.name = QString::fromUtf8(nameOf(entry));
    file.bytesDone = entry.bytesDone;
    file.bytesTotal = entry.bytesTotal;
    file.source = unpack(entry.source, file.name);
    file.destination = unpack(entry.destination, file.name);
    if (entry.hasDigest)
        file.digest =
            digestKind +
            QString::fromLatin1(QByteArray::fromRawData(entry.digest.data(), entry.digest.size()).toHex());
    file.note = m_texts[entry.note];
    if (const auto error = m_errors.constFind(entry.file); error != m_errors.cend())
        file.error = *error;
    return file;
}

std::vector<int> FileTable::failed() const
{
    std::vector<int> places;
    for (int place = 0; place < size(); ++place) {
        if (state(place) == TransferState::Failed)
            places.push_back(place);
    }
    return places;
}

QByteArrayView FileTable::nameOf(const Entry& entry) const
{
    return QByteArrayView(m_names).sliced(entry.nameAt, entry.nameSize);
}

void FileTable::setName(Entry& entry, const QString& name)
{
    const QByteArray encoded = name.toUtf8();
    if (nameOf(entry) == encoded)
        return;
    entry.nameAt = m_names.size();
    entry.nameSize = static_cast<quint32>(encoded.size());
    m_names.append(encoded);
}

void FileTable::setDigest(Entry& entry, const QString& digest)
{
    const QByteArray bytes = digest.startsWith(digestKind)
                                 ? QByteArray::fromHex(digest.sliced(digestKind.size()).toLatin1())
                                 : QByteArray();
    entry.hasDigest = bytes.size() == static_cast<qsizetype>(entry.digest.size());
    if (entry.hasDigest)
        std::copy(bytes.begin(), bytes.end(), entry.digest.begin());
}

quint32 FileTable::keep(const QString& text)
{
    if (text.isEmpty())
        return 0;
    if (const auto known = m_textNumbers.constFind(text); known != m_textNumbers.cend())
        return *known;
    const auto number = static_cast<quint32>(m_texts.size());
    m_texts.push_back(text);
    m_textNumbers.insert(text, number);
    return number;
}

FileTable::Path FileTable::pack(const QString& path, const QString& name)
{
    if (path.isEmpty())
        return {};
    const bool hasName = path.endsWith(name);
    return {keep(hasName ? path.chopped(name.size()) : path), hasName};
}

QString FileTable::unpack(const Path& path, const QString& name) const
{
    const QString& text = m_texts[path.text];
    return path.hasName ? text + name : text;
}

} // namespace sockdrop
