#include "batchfiles.h"

namespace sockdrop {

int BatchFiles::put(const FileSnapshot& file)
{
    const int place = m_table.put(file);
    if (place < 0)
        return place;
    if (m_shown == ShownFiles::Failed && file.state == TransferState::Failed)
        showFailed(place);
    if (m_landed < 0 && file.state == TransferState::Done && !file.destination.isEmpty())
        m_landed = place;
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

QString BatchFiles::landedItem() const
{
    if (m_landed < 0)
        return {};
    // It may have got another name; the folders above it are as many as before.
    const FileSnapshot file = m_table.at(m_landed);
    const qsizetype folders = file.name.count(u'/');
    const QString item = file.destination.section(u'/', 0, -1 - folders);
    return item.startsWith(u'/') ? item : QString();
}

} // namespace sockdrop
