#pragma once

#include "uploadqueue.h"

#include <QMap>
#include <QTemporaryDir>

#include <memory>

namespace sockdrop {

/// An upload queue, files for it, and what it told. Make a new one for each test.
class QueueFixture final : public QObject
{
public:
    explicit QueueFixture(const SendOptions& options = impatient());

    /// One job, no second try, and an identity.
    [[nodiscard]] static SendOptions impatient();
    /// Connects again at once, and for as long as a test may last.
    [[nodiscard]] static SendOptions patient();

    /// The absolute path of a new file; makes the folders above it.
    [[nodiscard]] QString makeFile(const QString& relative, const QByteArray& bytes) const;
    [[nodiscard]] QString path(const QString& relative) const { return m_folder.filePath(relative); }

    [[nodiscard]] UploadQueue& queue() { return *m_queue; }
    /// A new queue beside the files that are there, and nothing told.
    void makeQueue(const SendOptions& options);
    void destroyQueue() { m_queue.reset(); }
    /// Sends and waits until everything has ended.
    [[nodiscard]] bool sendAndWait(const QStringList& paths, const PeerAddress& peer);
    [[nodiscard]] bool retryAndWait(TransferId id);

    [[nodiscard]] const QMap<TransferId, TransferSnapshot>& uploads() const { return m_uploads; }
    [[nodiscard]] const TransferSnapshot& first() const { return m_uploads.first(); }
    [[nodiscard]] const TransferSnapshot& last() const { return m_uploads.last(); }
    /// The state of the newest upload; Waiting before anything was told.
    [[nodiscard]] TransferState state() const;
    /// The newest upload's states, as far as they were told.
    [[nodiscard]] const QList<TransferState>& states() const { return m_states; }
    /// How often the upload was told to be in a final state.
    [[nodiscard]] int timesFinal(TransferId id) const { return m_timesFinal.value(id); }

    /// The last that was told of the newest file of that name; an empty one for no such file.
    [[nodiscard]] FileSnapshot file(const QString& name) const;
    /// Names of the files that are in that state, sorted.
    [[nodiscard]] QStringList names(TransferState state) const;
    [[nodiscard]] int timesFinal(const FileSnapshot& file) const;

    [[nodiscard]] const QList<LogEntry>& entries() const { return m_entries; }
    /// How often everything had ended.
    [[nodiscard]] int finished() const { return m_finished; }

private:
    using FileKey = std::pair<TransferId, quint32>;

    [[nodiscard]] bool waitForEnd(int finishedBefore) const;

    QTemporaryDir m_folder;
    std::unique_ptr<UploadQueue> m_queue;
    QMap<TransferId, TransferSnapshot> m_uploads;
    QList<TransferState> m_states;
    QMap<TransferId, int> m_timesFinal;
    QMap<FileKey, FileSnapshot> m_files;
    QMap<FileKey, int> m_fileTimesFinal;
    QList<LogEntry> m_entries;
    int m_finished = 0;
};

} // namespace sockdrop
