#pragma once

#include "logfilter.h"
#include "logmodel.h"

#include <QDockWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QTableView;

namespace sockdrop {

class MessageBar;

/// The log: a table that can be filtered and copied from; it follows its end while it stands at its end.
class LogDock final : public QDockWidget
{
    Q_OBJECT

public:
    explicit LogDock(int capacity, QWidget* parent = nullptr);

    void append(const LogEntry& entry) { m_model.append(entry); }

    [[nodiscard]] LogModel& model() { return m_model; }
    [[nodiscard]] QTableView& table() { return *m_table; }

private:
    QWidget* makeFilters();
    void makeTable();
    void makeActions();
    void sizeColumns();
    void copyRows() const;
    void copyPaths() const;
    void clear();
    [[nodiscard]] QModelIndexList selectedRows() const;

    LogModel m_model;
    LogFilter m_filter;
    QTableView* m_table;
    MessageBar* m_bar;
    QLineEdit* m_text;
    QComboBox* m_results;
    QComboBox* m_directions;
    bool m_isAtEnd = true;
};

} // namespace sockdrop
