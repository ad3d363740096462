#pragma once

#include "logring.h"

#include <QAbstractTableModel>
#include <QTimer>

namespace sockdrop {

/// The newest log entries, oldest first, one row each.
class LogModel final : public QAbstractTableModel
{
    Q_OBJECT

public:
    enum Column {
        Time,
        Name,
        ResultColumn,
        Text,
        DirectionColumn,
        Peer,
        Size,
        Speed,
        Destination,
        Digest,
        ColumnCount
    };
    enum Role {
        ResultRole = Qt::UserRole, ///< LogEntry::Result as int
        DirectionRole,             ///< Direction as int; invalid where there is none
        PathRole,                  ///< where the file landed, as a plain string
    };

    explicit LogModel(int capacity, QObject* parent = nullptr);

    /// Shows it with all others that come within a tenth of a second.
    void append(const LogEntry& entry);
    /// Shows now what append() has taken so far.
    void flush();

    void clear();
    /// Brings back what the last clear() took, before what came since.
    void undoClear();

    [[nodiscard]] const LogEntry& at(int row) const { return m_ring.at(row); }

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    LogRing m_ring;
    LogRing m_cleared;
    QList<LogEntry> m_pending;
    QTimer m_flushTimer;
    int m_rows = 0; ///< what the views know of; the ring is ahead of them while rows come and go
};

/// "Landed", "Failed", …
[[nodiscard]] QString resultText(LogEntry::Result result);
/// "Sent" or "Received" for what landed, else "Sending" or "Receiving".
[[nodiscard]] QString directionText(Direction direction, LogEntry::Result result);

} // namespace sockdrop
