#include "logmodel.h"

#include "format.h"
#include "icons.h"

#include <QIcon>
#include <QLocale>

namespace sockdrop {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

QString resultIconName(LogEntry::Result result)
{
    switch (result) {
    case LogEntry::Result::Landed:
        return u"done"_s;
    case LogEntry::Result::NotConfirmed:
        return u"not-confirmed"_s;
    case LogEntry::Result::Failed:
        return u"error"_s;
    case LogEntry::Result::Cancelled:
        return u"cancelled"_s;
    case LogEntry::Result::Refused:
        return u"warning"_s;
    case LogEntry::Result::Information:
        return u"information"_s;
    }
    Q_UNREACHABLE();
}

QString timeText(const QDateTime& time)
{
    return QLocale().toString(time.toLocalTime(), u"yyyy-MM-dd HH:mm:ss"_s);
}

QString cellText(const LogEntry& entry, int column)
{
    switch (column) {
    case LogModel::Time:
        return timeText(entry.time);
    case LogModel::DirectionColumn:
        return entry.direction ? directionText(*entry.direction, entry.result) : QString();
    case LogModel::Peer:
        return singleLine(entry.peer);
    case LogModel::Name:
        return singleLine(entry.name);
    case LogModel::Size:
        return bytesText(entry.bytes);
    case LogModel::Speed:
        return speedText(entry.bytesPerSecond);
    case LogModel::ResultColumn:
        return resultText(entry.result);
    case LogModel::Text:
        return singleLine(entry.text);
    case LogModel::Destination:
        return singleLine(entry.destination);
    case LogModel::Digest:
        return singleLine(entry.digest);
    default:
        return {};
    }
}

/// In its own order, also in a window that runs from right to left.
QString shownText(const LogEntry& entry, int column)
{
    const QString text = cellText(entry, column);
    switch (column) {
    case LogModel::Time:
    case LogModel::Peer:
    case LogModel::Destination:
    case LogModel::Digest:
        return ltrText(text);
    default:
        return isolated(text);
    }
}

QIcon cellIcon(const LogEntry& entry, int column)
{
    if (column == LogModel::ResultColumn)
        return symbolicIcon(resultIconName(entry.result));
    if (column == LogModel::DirectionColumn && entry.direction)
        return symbolicIcon(*entry.direction == Direction::Sending ? u"send"_s : u"receive"_s);
    return {};
}

} // namespace

QString resultText(LogEntry::Result result)
{
    switch (result) {
    case LogEntry::Result::Landed:
        return LogModel::tr("Landed");
    case LogEntry::Result::NotConfirmed:
        return LogModel::tr("Sent, not confirmed");
    case LogEntry::Result::Failed:
        return LogModel::tr("Failed");
    case LogEntry::Result::Cancelled:
        return LogModel::tr("Cancelled");
    case LogEntry::Result::Refused:
        return LogModel::tr("Refused");
    case LogEntry::Result::Information:
        return LogModel::tr("Note");
    }
    Q_UNREACHABLE();
}

QString directionText(Direction direction, LogEntry::Result result)
{
    const bool isSending = direction == Direction::Sending;
    switch (result) {
    case LogEntry::Result::Failed:
    case LogEntry::Result::Cancelled:
    case LogEntry::Result::Refused:
        return isSending ? LogModel::tr("Not sent") : LogModel::tr("Not received");
    default:
        return isSending ? LogModel::tr("Sent") : LogModel::tr("Received");
    }
}

LogModel::LogModel(int capacity, QObject* parent)
    : QAbstractTableModel(parent), m_ring(capacity), m_cleared(capacity)
{
    m_flushTimer.setSingleShot(true);
    m_flushTimer.setInterval(100ms);
    connect(&m_flushTimer, &QTimer::timeout, this, &LogModel::flush);
}

void LogModel::append(const LogEntry& entry)
{
    m_pending << entry;
    if (m_pending.size() > m_ring.capacity())
        m_pending.removeFirst();
    if (!m_flushTimer.isActive())
        m_flushTimer.start();
}

void LogModel::flush()
{
    if (m_pending.isEmpty())
        return;
    const int added = static_cast<int>(m_pending.size());
    const int dropped = std::max(0, m_rows + added - m_ring.capacity());
    if (dropped > 0)
        beginRemoveRows({}, 0, dropped - 1);
    for (LogEntry& entry : m_pending)
        m_ring.append(std::move(entry));
    m_pending.clear();
    m_rows -= dropped;
    if (dropped > 0)
        endRemoveRows();
    beginInsertRows({}, m_rows, m_rows + added - 1);
    m_rows += added;
    endInsertRows();
}

void LogModel::clear()
{
    flush();
    beginResetModel();
    m_cleared = m_ring;
    m_ring.clear();
    m_rows = 0;
    endResetModel();
}

void LogModel::undoClear()
{
    flush();
    beginResetModel();
    LogRing ring = std::move(m_cleared);
    for (int row = 0; row < m_ring.size(); ++row)
        ring.append(m_ring.at(row));
    m_ring = std::move(ring);
    m_cleared = LogRing(m_ring.capacity());
    m_rows = m_ring.size();
    endResetModel();
}

int LogModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int LogModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant LogModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const LogEntry& entry = at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return shownText(entry, index.column());
    case Qt::EditRole: // for a copy
        return cellText(entry, index.column());
    case Qt::ToolTipRole:
        return plainToolTip(shortLine(cellText(entry, index.column()), mostInToolTip));
    case Qt::DecorationRole:
        if (const QIcon icon = cellIcon(entry, index.column()); !icon.isNull())
            return icon;
        return {};
    case Qt::TextAlignmentRole:
        if (index.column() == Size || index.column() == Speed)
            return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
        return QVariant::fromValue(Qt::AlignLeft | Qt::AlignVCenter);
    case ResultRole:
        return static_cast<int>(entry.result);
    case DirectionRole:
        return entry.direction ? QVariant(static_cast<int>(*entry.direction)) : QVariant();
    case PathRole:
        return entry.destination;
    default:
        return {};
    }
}

QVariant LogModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return QAbstractTableModel::headerData(section, orientation, role);
    if (role == Qt::TextAlignmentRole) {
        const bool isNumber = section == Size || section == Speed;
        return QVariant::fromValue((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Time:
        return tr("Time");
    case DirectionColumn:
        return tr("Direction");
    case Peer:
        return tr("Peer");
    case Name:
        return tr("File");
    case Size:
        return tr("Size");
    case Speed:
        return tr("Speed");
    case ResultColumn:
        return tr("Result");
    case Text:
        return tr("Details");
    case Destination:
        return tr("Landed as");
    case Digest:
        return tr("Digest");
    default:
        return {};
    }
}

} // namespace sockdrop
