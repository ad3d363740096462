#pragma once

#include "logring.h"

#include <QSortFilterProxyModel>

namespace sockdrop {

/// The rows of a LogModel that were asked for.
class LogFilter final : public QSortFilterProxyModel
{
    Q_OBJECT

public:
    enum class Results { All, Landed, Unsuccessful };

    explicit LogFilter(QObject* parent = nullptr);

    /// Rows in which any cell has it, whatever the case; all for an empty one.
    void setText(const QString& text);
    void setResults(Results results);
    void setDirection(std::optional<Direction> direction);

protected:
    [[nodiscard]] bool filterAcceptsRow(int sourceRow, const QModelIndex& sourceParent) const override;

private:
    QString m_text;
    Results m_results = Results::All;
    std::optional<Direction> m_direction;
};

} // namespace sockdrop
