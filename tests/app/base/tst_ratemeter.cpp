#include "ratemeter.h"
#include "steadycount.h"

#include <QTest>

using namespace sockdrop;
using namespace std::chrono_literals;

class TestRateMeter : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void knowsNothingAtFirst();
    void steadyRateIsExact();
    void adaptsWithinSeconds();
    void ignoresTooShortSteps();
    void timeLeft();
    void shownCountStays();
};

void TestRateMeter::knowsNothingAtFirst()
{
    RateMeter meter;
    QCOMPARE(meter.bytesPerSecond(), 0.0);
    QVERIFY(!meter.timeLeft(1000));
    meter.update(500, RateMeter::TimePoint(1s));
    QCOMPARE(meter.bytesPerSecond(), 0.0);
}

void TestRateMeter::steadyRateIsExact()
{
    RateMeter meter;
    for (int step = 0; step < 50; ++step)
        meter.update(step * 100, RateMeter::TimePoint(step * 100ms));
    QCOMPARE(qRound(meter.bytesPerSecond()), 1000);
}

void TestRateMeter::adaptsWithinSeconds()
{
    RateMeter meter;
    qint64 bytes = 0;
    auto now = RateMeter::TimePoint(0s);
    for (int step = 0; step < 100; ++step, now += 100ms)
        meter.update(bytes += 100, now);
    for (int step = 0; step < 100; ++step, now += 100ms)
        meter.update(bytes += 1000, now);
    QVERIFY(meter.bytesPerSecond() > 9000 && meter.bytesPerSecond() <= 10000);
}

void TestRateMeter::ignoresTooShortSteps()
{
    RateMeter meter;
    meter.update(0, RateMeter::TimePoint(0ms));
    meter.update(1'000'000, RateMeter::TimePoint(49ms));
    QCOMPARE(meter.bytesPerSecond(), 0.0);
    meter.update(1'000'000, RateMeter::TimePoint(1000ms));
    QCOMPARE(meter.bytesPerSecond(), 1'000'000.0);
}

void TestRateMeter::timeLeft()
{
    RateMeter meter;
    meter.update(0, RateMeter::TimePoint(0s));
    meter.update(100, RateMeter::TimePoint(1s));
    QCOMPARE(meter.timeLeft(1000), std::optional(9s));
    QCOMPARE(meter.timeLeft(50), std::optional(0s));
    QVERIFY(!meter.timeLeft(-1));
}

/// Counting begins anew after a lost line; what was shown stays until that is overtaken.
void TestRateMeter::shownCountStays()
{
    SteadyCount count;
    QCOMPARE(count.shown(5, 10), 5);
    count.hold(8);
    QCOMPARE(count.shown(0, 10), 8);
    QCOMPARE(count.shown(9, 10), 9);
    QCOMPARE(count.shown(0, 7), 7); // there is less to send by now
    QCOMPARE(count.shown(0, -1), 8);
    count.hold(3);
    QCOMPARE(count.shown(0, 10), 8);
    count.release();
    QCOMPARE(count.shown(1, 10), 1);
}

QTEST_GUILESS_MAIN(TestRateMeter)
#include "tst_ratemeter.moc"
