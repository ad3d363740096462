#include "logfilter.h"
#include "logmodel.h"

#include <QAbstractItemModelTester>
#include <QGuiApplication>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Outcome = LogEntry::Result;

class LogModelTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void entriesComeTogether();
    void oldestGoes_data();
    void oldestGoes();
    void clearCanBeUndone();
    void undoKeepsWhatCameSince();
    void cellsSayWhatHappened();
    void peerTextIsPlain();
    void rightToLeftKeepsTheOrder();
    void filters_data();
    void filters();
    void filterFollowsWhileRowsGo();

private:
    static LogEntry entry(int number, Outcome result = Outcome::Landed,
                          std::optional<Direction> direction = Direction::Sending);
    static QStringList names(const QAbstractItemModel& model);
};

LogEntry LogModelTest::entry(int number, Outcome result, std::optional<Direction> direction)
{
    LogEntry entry;
    entry.time = QDateTime(QDate(2024, 2, 29), QTime(13, 5, 9));
    entry.result = result;
    entry.direction = direction;
    entry.peer = u"laptop"_s;
    entry.name = QString::number(number);
    entry.bytes = 1500;
    entry.bytesPerSecond = 2500;
    entry.destination = u"in/%1"_s.arg(number);
    return entry;
}

QStringList LogModelTest::names(const QAbstractItemModel& model)
{
    QStringList names;
    for (int row = 0; row < model.rowCount(); ++row)
        names << model.index(row, LogModel::Name).data().toString();
    return names;
}

void LogModelTest::entriesComeTogether()
{
    LogModel model(10);
    const QAbstractItemModelTester tester(&model);
    QSignalSpy spy(&model, &LogModel::rowsInserted);
    for (int number = 1; number <= 3; ++number)
        model.append(entry(number));
    QCOMPARE(model.rowCount(), 0);
    QTRY_COMPARE(model.rowCount(), 3);
    QCOMPARE(spy.size(), 1);
}

void LogModelTest::oldestGoes_data()
{
    QTest::addColumn<QList<int>>("batches");
    QTest::addColumn<QStringList>("left");
    QTest::newRow("just full") << QList{3} << QStringList{u"1"_s, u"2"_s, u"3"_s};
    QTest::newRow("one over") << QList{3, 1} << QStringList{u"2"_s, u"3"_s, u"4"_s};
    QTest::newRow("a whole ring over") << QList{3, 3} << QStringList{u"4"_s, u"5"_s, u"6"_s};
    QTest::newRow("more than a ring at once") << QList{2, 7} << QStringList{u"7"_s, u"8"_s, u"9"_s};
}

void LogModelTest::oldestGoes()
{
    QFETCH(QList<int>, batches);
    LogModel model(3);
    const QAbstractItemModelTester tester(&model);
    int number = 0;
    for (const int count : batches) {
        for (int i = 0; i < count; ++i)
            model.append(entry(++number));
        model.flush();
    }
    QTEST(names(model), "left");
}

void LogModelTest::clearCanBeUndone()
{
    LogModel model(3);
    const QAbstractItemModelTester tester(&model);
    model.append(entry(1));
    model.append(entry(2));
    model.clear(); // takes what was not shown yet, too
    QCOMPARE(model.rowCount(), 0);
    model.undoClear();
    QCOMPARE(names(model), (QStringList{u"1"_s, u"2"_s}));
}

void LogModelTest::undoKeepsWhatCameSince()
{
    LogModel model(3);
    const QAbstractItemModelTester tester(&model);
    model.append(entry(1));
    model.append(entry(2));
    model.clear();
    model.append(entry(3));
    model.append(entry(4));
    model.undoClear();
    QCOMPARE(names(model), (QStringList{u"2"_s, u"3"_s, u"4"_s}));
}

void LogModelTest::cellsSayWhatHappened()
{
    QLocale::setDefault(QLocale::c());
    LogModel model(3);
    model.append(entry(1, Outcome::Failed, Direction::Receiving));
    model.append(entry(2, Outcome::Information, std::nullopt));
    model.flush();
    const auto cell = [&model](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(cell(0, LogModel::Time), u"2024-02-29 13:05:09"_s);
    QCOMPARE(cell(0, LogModel::DirectionColumn), u"Not received"_s);
    QCOMPARE(cell(0, LogModel::Size), u"1.5 kB"_s);
    QCOMPARE(cell(0, LogModel::Speed), u"2.5 kB/s"_s);
    QCOMPARE(cell(0, LogModel::ResultColumn), u"Failed"_s);
    QCOMPARE(cell(1, LogModel::DirectionColumn), QString());
    model.append(entry(3, Outcome::Landed, Direction::Receiving));
    model.flush();
    QCOMPARE(cell(2, LogModel::DirectionColumn), u"Received"_s);
    QVERIFY(!model.index(0, LogModel::ResultColumn).data(Qt::DecorationRole).value<QIcon>().isNull());
}

void LogModelTest::peerTextIsPlain()
{
    LogModel model(3);
    LogEntry forged = entry(1);
    forged.name = u"<b>a</b>\n\u202E"_s;
    model.append(forged);
    model.flush();
    QCOMPARE(model.index(0, LogModel::Name).data().toString(), u"<b>a</b>\uFFFD\uFFFD"_s);
    QVERIFY(!model.index(0, LogModel::Name).data(Qt::ToolTipRole).toString().contains(u"<b>"_s));
}

void LogModelTest::rightToLeftKeepsTheOrder()
{
    LogModel model(3);
    LogEntry landed = entry(1);
    landed.destination = u"/home/a"_s;
    model.append(landed);
    model.flush();
    QGuiApplication::setLayoutDirection(Qt::RightToLeft);
    const auto back = qScopeGuard([] { QGuiApplication::setLayoutDirection(Qt::LeftToRight); });
    const QModelIndex cell = model.index(0, LogModel::Destination);
    QCOMPARE(cell.data().toString(), u"\u2066/home/a\u2069"_s);
    QCOMPARE(cell.data(Qt::EditRole).toString(), u"/home/a"_s); // what is copied
}

void LogModelTest::filters_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<LogFilter::Results>("results");
    QTest::addColumn<int>("direction"); // -1: both
    QTest::addColumn<QStringList>("left");
    using Results = LogFilter::Results;
    const int sending = static_cast<int>(Direction::Sending);
    const int receiving = static_cast<int>(Direction::Receiving);
    QTest::newRow("all") << QString() << Results::All << -1
                         << QStringList{u"1"_s, u"2"_s, u"3"_s, u"4"_s, u"5"_s};
    QTest::newRow("landed") << QString() << Results::Landed << -1 << QStringList{u"1"_s, u"4"_s};
    QTest::newRow("failed") << QString() << Results::Unsuccessful << -1 << QStringList{u"2"_s, u"3"_s};
    QTest::newRow("sent") << QString() << Results::All << sending << QStringList{u"1"_s, u"2"_s};
    QTest::newRow("received") << QString() << Results::All << receiving << QStringList{u"3"_s, u"4"_s};
    QTest::newRow("text in any column") << u" IN/4"_s << Results::All << -1 << QStringList{u"4"_s};
    QTest::newRow("all three") << u"laptop"_s << Results::Unsuccessful << receiving << QStringList{u"3"_s};
    QTest::newRow("none") << u"elsewhere"_s << Results::All << -1 << QStringList();
}

void LogModelTest::filters()
{
    QFETCH(QString, text);
    QFETCH(LogFilter::Results, results);
    QFETCH(int, direction);
    LogModel model(10);
    LogFilter filter;
    filter.setSourceModel(&model);
    const QAbstractItemModelTester tester(&filter);
    model.append(entry(1));
    model.append(entry(2, Outcome::Failed));
    model.append(entry(3, Outcome::Refused, Direction::Receiving));
    model.append(entry(4, Outcome::NotConfirmed, Direction::Receiving));
    model.append(entry(5, Outcome::Information, std::nullopt));
    model.flush();
    filter.setText(text);
    filter.setResults(results);
    filter.setDirection(direction < 0 ? std::nullopt : std::optional(static_cast<Direction>(direction)));
    QTEST(names(filter), "left");
}

void LogModelTest::filterFollowsWhileRowsGo()
{
    LogModel model(4);
    LogFilter filter;
    filter.setSourceModel(&model);
    filter.setResults(LogFilter::Results::Unsuccessful);
    const QAbstractItemModelTester modelTester(&model);
    const QAbstractItemModelTester filterTester(&filter);
    for (int number = 1; number <= 9; ++number) {
        model.append(entry(number, number % 2 == 0 ? Outcome::Failed : Outcome::Landed));
        model.flush();
    }
    QCOMPARE(names(filter), (QStringList{u"6"_s, u"8"_s}));
}

QTEST_MAIN(LogModelTest)
#include "tst_logmodel.moc"
