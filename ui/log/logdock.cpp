#include "logdock.h"

#include "fieldtexts.h"
#include "icons.h"
#include "messagebar.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollBar>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

namespace sockdrop {

using namespace Qt::StringLiterals;

LogDock::LogDock(int capacity, QWidget* parent)
    : QDockWidget(tr("Log"), parent), m_model(capacity), m_table(new QTableView(this)),
      m_bar(new MessageBar(this)), m_text(new QLineEdit(this)), m_results(new QComboBox(this)),
      m_directions(new QComboBox(this))
{
    setObjectName(u"log"_s);
    m_filter.setSourceModel(&m_model);
    auto* content = new QWidget(this);
    auto* box = new QVBoxLayout(content);
    const int space = fontMetrics().height() / 3;
    box->setContentsMargins(space, space, space, space);
    box->setSpacing(space);
    box->addWidget(makeFilters());
    box->addWidget(m_table, 1);
    box->addWidget(m_bar);
    setWidget(content);
    makeTable();
    makeActions();
}

QWidget* LogDock::makeFilters()
{
    m_text->setPlaceholderText(tr("Search the log"));
    m_text->setClearButtonEnabled(true);
    m_text->addAction(symbolicIcon(u"search"_s), QLineEdit::LeadingPosition);
    m_text->setMinimumWidth(fontMetrics().averageCharWidth() * 8);
    connect(m_text, &QLineEdit::textChanged, &m_filter, &LogFilter::setText);

    m_results->addItem(tr("All results"), static_cast<int>(LogFilter::Results::All));
    m_results->addItem(tr("Landed"), static_cast<int>(LogFilter::Results::Landed));
    m_results->addItem(tr("Failed only"), static_cast<int>(LogFilter::Results::Unsuccessful));
    connect(m_results, &QComboBox::currentIndexChanged, this, [this] {
        m_filter.setResults(static_cast<LogFilter::Results>(m_results->currentData().toInt()));
    });

    m_directions->addItem(tr("Both ways"));
    m_directions->addItem(tr("Sending"), static_cast<int>(Direction::Sending));
    m_directions->addItem(tr("Receiving"), static_cast<int>(Direction::Receiving));
    connect(m_directions, &QComboBox::currentIndexChanged, this, [this] {
        const QVariant data = m_directions->currentData();
        m_filter.setDirection(data.isValid() ? std::optional(static_cast<Direction>(data.toInt()))
                                             : std::nullopt);
    });

    auto* clear = new QToolButton(this);
    clear->setAutoRaise(true);
    clear->setIcon(symbolicIcon(u"trash"_s));
    clear->setToolTip(tr("Clear the log"));
    clear->setAccessibleName(tr("Clear the log"));
    connect(clear, &QToolButton::clicked, this, &LogDock::clear);

    auto* filters = new QWidget(this);
    auto* row = new QHBoxLayout(filters);
    row->setContentsMargins({});
    row->addWidget(m_text, 1);
    for (QComboBox* combo : {m_results, m_directions}) {
        combo->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        combo->setMinimumContentsLength(8);
        row->addWidget(combo);
    }
    row->addWidget(clear);
    nameField(*m_text, tr("Search the log"));
    nameField(*m_results, tr("Results shown"));
    nameField(*m_directions, tr("Directions shown"));
    return filters;
}

void LogDock::makeTable()
{
    m_table->setModel(&m_filter);
    m_table->setAccessibleName(tr("Log"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setShowGrid(false);
    m_table->setAlternatingRowColors(true);
    m_table->setWordWrap(false);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setTabKeyNavigation(false);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() * 3 / 2);
    m_table->horizontalHeader()->setHighlightSections(false);
    sizeColumns();
    QScrollBar* bar = m_table->verticalScrollBar();
    connect(bar, &QScrollBar::valueChanged, this,
            [this, bar](int value) { m_isAtEnd = value == bar->maximum(); });
    connect(bar, &QScrollBar::rangeChanged, this, [this, bar](int, int maximum) {
        if (m_isAtEnd)
            bar->setValue(maximum);
    });
}

void LogDock::sizeColumns()
{
    // Wide enough for what usually stands there, in the words of this language.
    m_table->ensurePolished(); // the style may have a font of its own for tables
    const QFontMetrics metrics = m_table->fontMetrics();
    const auto columnWidth = [&metrics](const QString& sample) {
        return metrics.horizontalAdvance(sample) + metrics.height() * 3 / 2;
    };
    const int icon = metrics.height() * 3 / 2;
    const QString wide(26, u'n');
    m_table->setColumnWidth(LogModel::Time, columnWidth(u"8888-88-88 88:88:88"_s));
    m_table->setColumnWidth(LogModel::ResultColumn,
                            icon + columnWidth(resultText(LogEntry::Result::Cancelled)));
    m_table->setColumnWidth(LogModel::Name, columnWidth(wide));
    m_table->setColumnWidth(LogModel::DirectionColumn,
                            icon +
                                columnWidth(directionText(Direction::Receiving, LogEntry::Result::Failed)));
    m_table->setColumnWidth(LogModel::Peer, columnWidth(u"888.888.888.888"_s));
    m_table->setColumnWidth(LogModel::Size, columnWidth(u"888.8 MB"_s));
    m_table->setColumnWidth(LogModel::Speed, columnWidth(u"888.8 MB/s"_s));
    m_table->setColumnWidth(LogModel::Text, columnWidth(wide));
    m_table->setColumnWidth(LogModel::Destination, columnWidth(wide));
    m_table->setColumnWidth(LogModel::Digest, columnWidth(u"xxh3-128:"_s + QString(32, u'8')));
}

void LogDock::makeActions()
{
    auto* copyRow = new QAction(symbolicIcon(u"copy"_s), tr("Copy row"), m_table);
    copyRow->setShortcut(QKeySequence::Copy);
    copyRow->setShortcutContext(Qt::WidgetShortcut);
    connect(copyRow, &QAction::triggered, this, &LogDock::copyRows);
    auto* copyPath = new QAction(symbolicIcon(u"copy"_s), tr("Copy path"), m_table);
    copyPath->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
    copyPath->setShortcutContext(Qt::WidgetShortcut);
    connect(copyPath, &QAction::triggered, this, &LogDock::copyPaths);
    m_table->addActions({copyRow, copyPath});
    m_table->setContextMenuPolicy(Qt::ActionsContextMenu);
}

QModelIndexList LogDock::selectedRows() const
{
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    return rows;
}

void LogDock::copyRows() const
{
    QStringList lines;
    for (const QModelIndex& row : selectedRows()) {
        QStringList cells;
        for (int column = 0; column < LogModel::ColumnCount; ++column)
            cells << row.siblingAtColumn(column).data(Qt::EditRole).toString();
        lines << cells.join(u'\t');
    }
    if (!lines.isEmpty())
        QGuiApplication::clipboard()->setText(lines.join(u'\n'));
}

void LogDock::copyPaths() const
{
    QStringList paths;
    for (const QModelIndex& row : selectedRows())
        paths << row.data(LogModel::PathRole).toString();
    paths.removeAll(QString());
    if (!paths.isEmpty())
        QGuiApplication::clipboard()->setText(paths.join(u'\n'));
}

void LogDock::clear()
{
    m_model.flush();
    if (m_model.rowCount() == 0)
        return;
    m_model.clear();
    m_bar->showMessage(MessageBar::Kind::Information, tr("The log is empty now."),
                       {{tr("Undo"), [this] { m_model.undoClear(); }}});
}

} // namespace sockdrop
