#pragma once

#include "transfer.h"

#include <QByteArray>
#include <QHash>

#include <array>
#include <vector>

namespace sockdrop {

/// The files of one batch, in the order in which they were first told. Takes some 150 bytes for a file, where
/// a FileSnapshot takes 700: texts that many files share are kept once.
class FileTable final
{
public:
    /// Of a larger batch, further files have no place here unless they failed; nor do endlessly many of
    /// those.
    static constexpr int most = 500'000;
    static constexpr int mostWithFailed = 600'000;

    /// Adds the file or changes what is known of it: its place, from 0 on; -1: no place.
    int put(const FileSnapshot& file);

    [[nodiscard]] int size() const { return static_cast<int>(m_entries.size()); }
    [[nodiscard]] TransferState state(int place) const { return entry(place).state; }
    [[nodiscard]] quint32 number(int place) const { return entry(place).file; }
    [[nodiscard]] int placeOf(quint32 file) const { return m_places.value(file, -1); }
    /// Without its peer, which is that of the batch.
    [[nodiscard]] FileSnapshot at(int place) const;
    [[nodiscard]] std::vector<int> failed() const;

private:
    /// A text that ends with the file's name: what stands before it, and that the name follows.
    struct Path
    {
        quint32 text = 0; ///< in m_texts
        bool hasName = false;
    };

    struct Entry
    {
        qint64 bytesDone = 0;
        qint64 bytesTotal = 0;
        qint64 nameAt = 0; ///< in m_names
        std::array<char, 16> digest{};
        quint32 file = 0;
        quint32 nameSize = 0;
        quint32 note = 0; ///< in m_texts
        Path source;
        Path destination;
        TransferState state = TransferState::Waiting;
        Direction direction = Direction::Sending;
        bool isFolder = false;
        bool isSkipped = false;
        quint8 digestKind = 0; ///< 0: no digest
    };

    [[nodiscard]] const Entry& entry(int place) const { return m_entries[static_cast<size_t>(place)]; }
    [[nodiscard]] QByteArrayView nameOf(const Entry& entry) const;
    void setName(Entry& entry, const QString& name);
    static void setDigest(Entry& entry, QStringView digest);
    [[nodiscard]] quint32 keep(QStringView text);
    [[nodiscard]] Path pack(QStringView path, QStringView name);
    [[nodiscard]] QString unpack(const Path& path, const QString& name) const;

    TransferId m_batch = 0;
    std::vector<Entry> m_entries;
    QHash<quint32, int> m_places;   ///< by number
    QHash<quint32, Error> m_errors; ///< by number
    QByteArray m_names;
    std::vector<QString> m_texts{QString()};
    QHash<QString, quint32> m_textNumbers;
    std::array<quint32, 4> m_recentTexts{};
};

} // namespace sockdrop
