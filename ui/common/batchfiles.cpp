#include "batchfiles.h"

namespace sockdrop {

int BatchFiles::put(const FileSnapshot& file)
{
    const int place = m_table.put(file);
    if (place < 0)
        return place;
    if (m_shown == ShownFiles::Failed && file.state == TransferState::Failed)
        showFailed(place);
    return place;
}

void BatchFiles::show(ShownFiles shown)
{
    m_shown = shown;
    m_failed.clear();
    m_failedRows.clear();
    if (shown != ShownFiles::Failed)
        return;
    for (const int place : m_table.failed())
        showFailed(place);
}

void BatchFiles::showFailed(int place)
{
    if (m_failedRows.contains(place))
        return;
    m_failedRows.insert(place, static_cast<int>(m_failed.size()));
    m_failed.push_back(place);
}

int BatchFiles::rows() const
{
    switch (m_shown) {
    case ShownFiles::None:
        return 0;
    case ShownFiles::Failed:
        return static_cast<int>(m_failed.size());
    case ShownFiles::All:
        return m_table.size();
    }
    Q_UNREACHABLE();
}

int BatchFiles::placeAt(int row) const
{
    return m_shown == ShownFiles::Failed ? m_failed[static_cast<size_t>(row)] : row;
}

int BatchFiles::rowOf(int place) const
{
    switch (m_shown) {
    case ShownFiles::None:
        return -1;
    case ShownFiles::Failed:
        return m_failedRows.value(place, -1);
    case ShownFiles::All:
        return place;
    }
    Q_UNREACHABLE();
}

} // namespace sockdrop
