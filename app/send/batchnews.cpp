#include "batchnews.h"

namespace sockdrop {

using std::chrono::steady_clock;

TransferSnapshot BatchNews::take()
{
    const std::lock_guard lock(m_mutex);
    const steady_clock::time_point now = steady_clock::now();
    m_rate.update(m_batch.bytesDone, now);
    const bool isMoving = m_batch.state == TransferState::Transferring;
    m_batch.bytesPerSecond = isMoving ? m_rate.bytesPerSecond() : 0;
    m_batch.timeLeft = isMoving ? m_rate.timeLeft(m_batch.bytesTotal) : std::nullopt;
    TransferSnapshot taken = m_batch;
    taken.isAwaited = (isMoving || m_batch.state == TransferState::Verifying) && m_silentSince &&
                      now - *m_silentSince >= m_patience;
    taken.bytesDone = m_shown.shown(m_batch.bytesDone, m_batch.bytesTotal);
    return taken;
}

void BatchNews::setAwaiting(bool isAwaiting)
{
    const std::lock_guard lock(m_mutex);
    if (!isAwaiting)
        m_silentSince.reset();
    else if (!m_silentSince)
        m_silentSince = steady_clock::now();
}

void BatchNews::noteAnswer()
{
    const std::lock_guard lock(m_mutex);
    if (m_silentSince)
        m_silentSince = steady_clock::now();
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

void BatchNews::countAnew(qint64 bytes, bool isRetry)
{
    const std::lock_guard lock(m_mutex);
    if (isRetry)
        m_shown.release();
    else
        m_shown.hold(m_batch.bytesDone);
    m_rate.skip(bytes - m_batch.bytesDone);
    m_batch.bytesDone = bytes;
}

void BatchNews::add(const FileSnapshot& file)
{
    m_files.add({file}, [this] { return m_isCancelled.load(); });
    const std::lock_guard lock(m_mutex);
    if (file.error)
        m_shown.release(); // its bytes may be among those that are shown
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
