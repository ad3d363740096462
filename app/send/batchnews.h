#pragma once

#include "ratemeter.h"
#include "transfer.h"

#include <QList>

#include <mutex>
#include <optional>

namespace sockdrop {

/// What is to be seen of a batch that is being sent: its thread writes, the queue's thread takes.
/// Thread-safe.
class BatchNews final
{
public:
    struct Taken
    {
        TransferSnapshot batch;
        QList<FileSnapshot> files; ///< changed since the last time
    };

    [[nodiscard]] Taken take();
    [[nodiscard]] TransferSnapshot batch() const;

    /// Changes the snapshot: `change` gets it by reference.
    template <typename Change>
    void update(Change change)
    {
        const std::lock_guard lock(m_mutex);
        change(m_batch);
    }

    /// The receiver turned out to have so many bytes of what there is to send: progress, but no speed.
    void addKnown(qint64 bytes);
    void add(const FileSnapshot& file);
    /// Why the first file failed that was added since the last forgetFailure().
    [[nodiscard]] std::optional<Error> firstFailure() const;
    void forgetFailure();

private:
    mutable std::mutex m_mutex;
    TransferSnapshot m_batch;
    QList<FileSnapshot> m_files;
    std::optional<Error> m_failure;
    RateMeter m_rate;
};

} // namespace sockdrop
