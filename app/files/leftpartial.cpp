#include "leftpartial.h"

#include "logging.h"
#include "systemcalls.h"

namespace sockdrop {

namespace {

/// Between two looks whether there is time for more.
constexpr qint64 sliceBytes = 4LL * 1024 * 1024;

} // namespace

bool LeftPartial::settle(const std::function<bool()>& isOver)
{
    const int file = m_file.descriptor.number();
    for (qint64 offset = m_file.synced; offset < m_file.progress.offset; offset += sliceBytes) {
        if (isOver())
            return true;
        static_cast<void>(m_calls->finishWriting(file, offset, sliceBytes));
    }
    if (isOver() || !isAsLeft())
        return true;
    if (m_calls->fdatasync(file) != 0)
        return false;
    if (!isAsLeft())
        return true;
    if (const Result<void> kept = m_file.journal.append(m_file.progress, *m_file.stamp); !kept)
        qCWarning(lcFiles) << kept.error().text;
    return true;
}

/// Nobody goes on with it, and nobody else touched it.
bool LeftPartial::isAsLeft() const
{
    return m_file.stamp && FileStamp::of(*m_calls, m_file.descriptor.number()) == m_file.stamp;
}

} // namespace sockdrop
