#include "batchnews.h"

namespace sockdrop {

TransferSnapshot BatchNews::take()
{
    const std::lock_guard lock(m_mutex);
    m_rate.update(m_batch.bytesDone, std::chrono::steady_clock::now());
    const bool isMoving = m_batch.state == TransferState::Transferring;
    m_batch.bytesPerSecond = isMoving ? m_rate.bytesPerSecond() : 0;
    m_batch.timeLeft = isMoving ? m_rate.timeLeft(m_batch.bytesTotal) : std::nullopt;
    return m_batch;
}

TransferSnapshot BatchNews::batch() const
{
    const std::lock_guard lock(m_mutex);
    return m_batch;
}

void BatchNews::addKnown(qint64 bytes)
{
    const std::lock_guard lock(m_mutex);
    m_batch.bytesDone += bytes;
    m_rate.skip(bytes);
}

void BatchNews::add(const FileSnapshot& file)
{
    m_files.add({file}, [this] { return m_isCancelled.load(); });
    const std::lock_guard lock(m_mutex);
    if (!m_failure)
        m_failure = file.error;
}

std::optional<Error> BatchNews::firstFailure() const
{
    const std::lock_guard lock(m_mutex);
    return m_failure;
}

void BatchNews::forgetFailure()
{
    const std::lock_guard lock(m_mutex);
    m_failure.reset();
}

} // namespace sockdrop
