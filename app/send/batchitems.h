#pragma once

#include "batchmessages.h"
#include "sourcewalk.h"

#include <QByteArray>
#include <QString>

#include <vector>

namespace sockdrop {

/// The files of a batch, in the order in which they were found, and what became of each. Kept small: a batch
/// may have a million of them.
class BatchItems final
{
public:
    enum class State : quint8 {
        Pending, ///< to be announced
        Announced,
        Wanted, ///< planned by the receiver; bytes may be on their way
        Sent,   ///< every byte is over
        Done,
        Skipped,     ///< the same file was there
        Unconfirmed, ///< given to an original server, which says nothing more
        Failed,
        Unsendable, ///< the walk could not take it
    };

    /// `sender` makes AnnouncedFile::source one that only this machine tells.
    explicit BatchItems(QByteArray sender) : m_sender(std::move(sender)) {}

    void add(const SourceItem& item) { set(count() + 1, item); }
    /// In place of what cannot be sent, or count() + 1 behind all others.
    void set(FileNumber number, const SourceItem& item);
    /// Something that cannot be sent, for a reason that was told. As above.
    void setUnsendable(FileNumber number, const QString& path);

    [[nodiscard]] FileNumber count() const { return static_cast<FileNumber>(m_entries.size()); }
    [[nodiscard]] qint64 bytes() const { return m_bytes; }

    // `number` is from 1 to count().
    [[nodiscard]] State state(FileNumber number) const { return entry(number).state; }
    void setState(FileNumber number, State state) { m_entries[number - 1].state = state; }
    [[nodiscard]] qint64 size(FileNumber number) const { return entry(number).size; }
    [[nodiscard]] FileTime modified(FileNumber number) const { return entry(number).modified; }
    /// SourceStamp::version() when it was found.
    [[nodiscard]] quint64 version(FileNumber number) const { return entry(number).version; }
    [[nodiscard]] bool isFolder(FileNumber number) const { return entry(number).isFolder; }
    /// Neither a folder nor a file without bytes: those land by themselves.
    [[nodiscard]] bool hasBytes(FileNumber number) const { return entry(number).size > 0; }
    /// Relative, with `/`.
    [[nodiscard]] QString name(FileNumber number) const;
    /// Absolute, as the system has it.
    [[nodiscard]] QByteArray path(FileNumber number) const;
    [[nodiscard]] AnnouncedFile announced(FileNumber number) const;

    /// Folders whose times are to be told when everything is sent.
    void addFolder(const SourceFolder& folder) { m_walked.push_back(folder); }
    [[nodiscard]] const std::vector<SourceFolder>& folders() const { return m_walked; }

    /// Whether so many bytes more fit: JSON carries the size of a file and of a batch up to 2^53 - 1.
    [[nodiscard]] bool hasRoomFor(qint64 bytes) const { return bytes <= mostBytes - m_bytes; }

    /// Looks at the file once more, as it may have changed since it was found; false when there is nothing
    /// that could be sent.
    bool refresh(FileNumber number);

private:
    struct Entry
    {
        quint32 folder = 0;
        quint32 nameSize = 0;
        qint64 nameAt = 0;
        qint64 size = 0;
        FileTime modified;
        quint64 version = 0;
        State state = State::Pending;
        bool isFolder = false;
        bool isExecutable = false;
        quint16 mode = 0777;
    };
    struct Folder
    {
        QByteArray base;
        QByteArray relative; ///< with `/` at its end; empty for what was dropped itself
        bool operator==(const Folder&) const = default;
    };

    [[nodiscard]] const Entry& entry(FileNumber number) const { return m_entries[number - 1]; }
    [[nodiscard]] QByteArrayView lastName(const Entry& entry) const;
    void put(FileNumber number, Entry entry, const Folder& folder, QByteArrayView name);

    static constexpr qint64 mostBytes = (1LL << 53) - 1;

    QByteArray m_sender;
    std::vector<Entry> m_entries;
    std::vector<Folder> m_folders; ///< files of one folder come one after another
    std::vector<SourceFolder> m_walked;
    QByteArray m_names;
    qint64 m_bytes = 0;
};

} // namespace sockdrop
