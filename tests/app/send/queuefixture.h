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
    explicit QueueFixture(const Limits& limits = {}, int jobs = 1);

    /// The absolute path of a new file; makes the folders above it.
    [[nodiscard]] QString makeFile(const QString& relative, const QByteArray& bytes) const;
    [[nodiscard]] QString path(const QString& relative) const { return m_folder.filePath(relative); }

    [[nodiscard]] UploadQueue& queue() { return *m_queue; }
    void destroyQueue() { m_queue.reset(); }
    /// Sends and waits until everything has ended.
    [[nodiscard]] bool sendAndWait(const QStringList& paths, const PeerAddress& peer);

    [[nodiscard]] const QMap<TransferId, TransferSnapshot>& uploads() const { return m_uploads; }
    [[nodiscard]] const TransferSnapshot& first() const { return m_uploads.first(); }
    [[nodiscard]] const TransferSnapshot& last() const { return m_uploads.last(); }
    /// How often the upload was told to be in a final state.
    [[nodiscard]] int timesFinal(TransferId id) const { return m_timesFinal.value(id); }
    [[nodiscard]] const QList<LogEntry>& entries() const { return m_entries; }
    /// How often everything had ended.
    [[nodiscard]] int finished() const { return m_finished; }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<UploadQueue> m_queue;
    QMap<TransferId, TransferSnapshot> m_uploads;
    QMap<TransferId, int> m_timesFinal;
    QList<LogEntry> m_entries;
    int m_finished = 0;
};

} // namespace sockdrop
