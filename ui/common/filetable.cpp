#include "filetable.h"

#include <algorithm>

namespace sockdrop {

using namespace Qt::StringLiterals;

namespace {

/// By Entry::digestKind, from 1 on: of a file of one chunk, of a longer one.
constexpr std::array digestKinds{"xxh3-128:"_L1, "xxh3-128-chain:"_L1};
constexpr qsizetype digestBytes = 16;

int hexValue(QChar digit)
{
    return digit.isDigit() ? digit.unicode() - u'0' : (digit.unicode() - u'a' + 10) & 15;
}

} // namespace

int FileTable::put(const FileSnapshot& file)
{
    int place = placeOf(file.file);
    if (place < 0 && size() >= (file.state == TransferState::Failed ? mostWithFailed : most))
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
    if (entry.digestKind > 0)
        file.digest = digestKinds.at(entry.digestKind - 1U) +
                      QString::fromLatin1(QByteArray(entry.digest.data(), digestBytes).toHex());
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

void FileTable::setDigest(Entry& entry, QStringView digest)
{
    const auto kind = std::find_if(digestKinds.begin(), digestKinds.end(), [digest](QLatin1StringView kind) {
        return digest.startsWith(kind) && digest.size() == kind.size() + 2 * digestBytes;
    });
    entry.digestKind = kind == digestKinds.end() ? 0 : static_cast<quint8>(kind - digestKinds.begin() + 1);
    if (entry.digestKind == 0)
        return;
    digest = digest.sliced(kind->size());
    for (char& byte : entry.digest) {
        byte = static_cast<char>(16 * hexValue(digest[0]) + hexValue(digest[1]));
        digest = digest.sliced(2);
    }
}

quint32 FileTable::keep(QStringView text)
{
    if (text.isEmpty())
        return 0;
    // Files that come one after another mostly come from one folder.
    for (const quint32 recent : m_recentTexts) {
        if (m_texts[recent] == text)
            return recent;
    }
    quint32& number = m_textNumbers[text.toString()];
    if (number == 0) {
        number = static_cast<quint32>(m_texts.size());
        m_texts.push_back(text.toString());
    }
    std::rotate(m_recentTexts.begin(), std::prev(m_recentTexts.end()), m_recentTexts.end());
    m_recentTexts.front() = number;
    return number;
}

FileTable::Path FileTable::pack(QStringView path, QStringView name)
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
