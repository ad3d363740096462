#include "logfilter.h"

#include "logmodel.h"

namespace sockdrop {

namespace {

bool isOf(LogFilter::Results wanted, LogEntry::Result result)
{
    switch (wanted) {
    case LogFilter::Results::All:
        return true;
    case LogFilter::Results::Landed:
        return result == LogEntry::Result::Landed || result == LogEntry::Result::NotConfirmed;
    case LogFilter::Results::Unsuccessful:
        return result == LogEntry::Result::Failed || result == LogEntry::Result::Refused ||
               result == LogEntry::Result::Cancelled;
    }
    Q_UNREACHABLE();
}

} // namespace

LogFilter::LogFilter(QObject* parent) : QSortFilterProxyModel(parent) {}

void LogFilter::setText(const QString& text)
{
    m_text = text.trimmed();
    invalidateFilter();
}

void LogFilter::setResults(Results results)
{
    m_results = results;
    invalidateFilter();
}

void LogFilter::setDirection(std::optional<Direction> direction)
{
    m_direction = direction;
    invalidateFilter();
}

bool LogFilter::filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const
{
    const QModelIndex first = sourceModel()->index(sourceRow, 0, sourceParent);
    const auto result = static_cast<LogEntry::Result>(first.data(LogModel::ResultRole).toInt());
    if (!isOf(m_results, result))
        return false;
    const QVariant direction = first.data(LogModel::DirectionRole);
    if (m_direction && (!direction.isValid() || direction.toInt() != static_cast<int>(*m_direction)))
        return false;
    if (m_text.isEmpty())
        return true;
    for (int column = 0; column < sourceModel()->columnCount(sourceParent); ++column) {
        if (first.siblingAtColumn(column).data().toString().contains(m_text, Qt::CaseInsensitive))
            return true;
    }
    return false;
}

} // namespace sockdrop
