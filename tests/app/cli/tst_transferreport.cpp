#include "output.h"
#include "reportsamples.h"
#include "transferreport.h"

#include <QBuffer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLocale>
#include <QTest>

Q_DECLARE_METATYPE(sockdrop::RunTotals)

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestTransferReport final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void exitCodes_data();
    void exitCodes();
    void unreachableOnlyBeforeItBegan();
    void countsTheFilesOfBatches_data();
    void countsTheFilesOfBatches();
    void jsonEvents();
    void failuresAreToldOnce();
    void interruptionsAreTold_data();
    void interruptionsAreTold();
    void whoTakesTheirTimeIsWaitedFor();
    void jsonProgressOnlyWhileBytesFlow();
    void failedPathsCount();

private:
    [[nodiscard]] QList<QJsonObject> events() const;

    QBuffer m_out;
    QBuffer m_error;
    int m_width = 0;
    RateMeter::TimePoint m_now{};
    std::unique_ptr<Output> m_output;
};

void TestTransferReport::init()
{
    QLocale::setDefault(QLocale::c());
    m_output.reset();
    for (QBuffer* buffer : {&m_out, &m_error}) {
        buffer->close();
        buffer->setData({});
        QVERIFY(buffer->open(QIODevice::WriteOnly));
    }
    m_width = 0;
    m_output = std::make_unique<Output>(m_out, m_error, [this] { return m_width; });
}

QList<QJsonObject> TestTransferReport::events() const
{
    QList<QJsonObject> objects;
    const QList<QByteArray> lines = m_out.data().chopped(1).split('\n');
    for (const QByteArray& line : lines)
        objects += QJsonDocument::fromJson(line).object();
    return objects;
}

void TestTransferReport::exitCodes_data()
{
    QTest::addColumn<RunTotals>("totals");
    QTest::addColumn<int>("code");
    QTest::newRow("nothing") << RunTotals{} << 0;
    QTest::newRow("landed") << RunTotals{.landed = 2} << 0;
    QTest::newRow("skipped") << RunTotals{.skipped = 2} << 0;
    QTest::newRow("unreachable after some were skipped")
        << RunTotals{.skipped = 1, .failed = 1, .unreachable = 1} << 1;
    QTest::newRow("not confirmed") << RunTotals{.unconfirmed = 1} << 0;
    QTest::newRow("one failed") << RunTotals{.landed = 2, .failed = 1} << 1;
    QTest::newRow("without the last word") << RunTotals{.landed = 2, .unfinished = 1} << 1;
    QTest::newRow("cancelled") << RunTotals{.landed = 2, .cancelled = 1} << 1;
    QTest::newRow("only cancelled") << RunTotals{.cancelled = 1} << 1;
    QTest::newRow("unreachable") << RunTotals{.failed = 2, .unreachable = 2} << 3;
    QTest::newRow("given up") << RunTotals{.failed = 1, .unreachable = 1, .cancelled = 5} << 3;
    QTest::newRow("unreachable, a path is missing") << RunTotals{.failed = 2, .unreachable = 1} << 1;
    QTest::newRow("unreachable after some landed")
        << RunTotals{.landed = 1, .failed = 1, .unreachable = 1} << 1;
    QTest::newRow("declined") << RunTotals{.failed = 3, .declined = 3} << 4;
    QTest::newRow("one of two declined") << RunTotals{.landed = 1, .failed = 1, .declined = 1} << 1;
}

void TestTransferReport::exitCodes()
{
    QFETCH(RunTotals, totals);
    QFETCH(int, code);
    QCOMPARE(static_cast<int>(exitCodeFor(totals)), code);
}

void TestTransferReport::unreachableOnlyBeforeItBegan()
{
    TransferReport report(*m_output, OutputFormat::Text);
    report.update({failure(1, ErrorCode::Refused), failure(2, ErrorCode::TimedOut),
                   failure(3, ErrorCode::Unreachable), failure(4, ErrorCode::Refused, true),
                   failure(5, ErrorCode::TimedOut, true), failure(6, ErrorCode::Declined, true),
                   failure(7, ErrorCode::NoSpace, true)},
                  m_now);
    QCOMPARE(report.totals(), (RunTotals{.failed = 7, .unreachable = 3, .declined = 1, .ended = 7}));
}

void TestTransferReport::countsTheFilesOfBatches_data()
{
    QTest::addColumn<TransferSnapshot>("upload");
    QTest::addColumn<RunTotals>("totals");
    const auto expected = [](RunTotals totals) {
        totals.bytes = 500;
        totals.sent = 500;
        totals.ended = 1;
        return totals;
    };
    QTest::newRow("all landed") << batch(TransferState::Done, 9) << expected({.landed = 9});
    QTest::newRow("mixed") << batch(TransferState::Done, 4, 3, 2)
                           << expected({.landed = 4, .skipped = 3, .failed = 2});
    QTest::newRow("original server") << batch(TransferState::SentNotConfirmed, 0, 0, 1, 8)
                                     << expected({.unconfirmed = 8, .failed = 1});
    QTest::newRow("cancelled midway") << batch(TransferState::Cancelled, 4, 1, 1)
                                      << expected({.landed = 4, .skipped = 1, .failed = 1, .cancelled = 3});
    TransferSnapshot lost = batch(TransferState::Failed, 4, 0, 2);
    lost.error = Error{ErrorCode::ConnectionLost, u"It broke."_s};
    QTest::newRow("lost midway") << lost << expected({.landed = 4, .failed = 5});
    TransferSnapshot unconfirmed = batch(TransferState::Failed, 8, 1);
    unconfirmed.error = lost.error;
    QTest::newRow("lost before the receipt")
        << unconfirmed << expected({.landed = 8, .skipped = 1, .unfinished = 1});
    TransferSnapshot refused = batch(TransferState::Failed, 0, 0, 9);
    refused.error = Error{ErrorCode::AlreadyExists, u"It is there."_s};
    QTest::newRow("each file refused") << refused << expected({.failed = 9});
    TransferSnapshot unreachable = batch(TransferState::Failed, 0);
    unreachable.error = Error{ErrorCode::Refused, u"Nobody."_s};
    unreachable.startedAt = {};
    QTest::newRow("unreachable") << unreachable << expected({.failed = 9, .unreachable = 9});
    TransferSnapshot unwalked = unreachable;
    unwalked.filesTotal = 0;
    QTest::newRow("nothing was found") << unwalked << expected({.failed = 1, .unreachable = 1});
}

void TestTransferReport::countsTheFilesOfBatches()
{
    QFETCH(TransferSnapshot, upload);
    QFETCH(RunTotals, totals);
    for (const OutputFormat format : {OutputFormat::Text, OutputFormat::Json}) {
        TransferReport report(*m_output, format);
        report.update({upload}, m_now);
        QCOMPARE(report.totals(), totals);
    }
}

void TestTransferReport::jsonEvents()
{
    TransferReport report(*m_output, OutputFormat::Json);
    TransferSnapshot running = snapshot(1, TransferState::Transferring, 400);
    running.bytesPerSecond = 123.6;
    TransferSnapshot landed = snapshot(1, TransferState::Done, 1000);
    landed.destination = u"sub/file1 (1)"_s;
    landed.digest = u"xxh3-128:00"_s;
    landed.note = u"Renamed."_s;
    const QList<TransferSnapshot> ended{landed, snapshot(2, TransferState::SentNotConfirmed, 5),
                                        failure(3, ErrorCode::NoSpace, true)};
    report.update({running}, m_now);
    report.update(ended + QList<TransferSnapshot>{snapshot(4, TransferState::Cancelled)}, m_now);
    FileSnapshot skipped = fileOf(landed, 2);
    skipped.isSkipped = true;
    FileSnapshot moving = fileOf(running);
    report.update({moving, fileOf(landed), skipped, fileOf(ended[1])});
    report.finish(1500ms);

    const QList<QJsonObject> objects = events();
    QCOMPARE(objects.size(), 7);
    QCOMPARE(objects.at(0), (QJsonObject{{u"event"_s, u"progress"_s},
                                         {u"id"_s, 1},
                                         {u"name"_s, u"file1"_s},
                                         {u"bytes"_s, 400},
                                         {u"total"_s, 1000},
                                         {u"rate"_s, 124}}));
    QCOMPARE(objects.at(1), (QJsonObject{{u"event"_s, u"failed"_s},
                                         {u"id"_s, 3},
                                         {u"name"_s, u"file3"_s},
                                         {u"code"_s, u"no-space"_s},
                                         {u"text"_s, u"It broke."_s},
                                         {u"peer"_s, u"192.0.2.1"_s}}));
    QCOMPARE(objects.at(2).value(u"code"_s), QJsonValue(u"cancelled"_s));
    QJsonObject landing{{u"event"_s, u"landed"_s},   {u"id"_s, 1},
                        {u"name"_s, u"file1"_s},     {u"path"_s, u"sub/file1 (1)"_s},
                        {u"bytes"_s, 1000},          {u"digest"_s, u"xxh3-128:00"_s},
                        {u"peer"_s, u"192.0.2.1"_s}, {u"note"_s, u"Renamed."_s}};
    QCOMPARE(objects.at(3), landing);
    landing[u"event"_s] = u"skipped"_s;
    QCOMPARE(objects.at(4), landing);
    QCOMPARE(objects.at(5), (QJsonObject{{u"event"_s, u"sent"_s},
                                         {u"id"_s, 2},
                                         {u"name"_s, u"file2"_s},
                                         {u"bytes"_s, 5},
                                         {u"peer"_s, u"192.0.2.1"_s},
                                         {u"note"_s, QString()}}));
    QCOMPARE(objects.at(6), (QJsonObject{{u"event"_s, u"done"_s},
                                         {u"landed"_s, 1},
                                         {u"skipped"_s, 0},
                                         {u"unconfirmed"_s, 1},
                                         {u"failed"_s, 2},
                                         {u"unfinished"_s, 0},
                                         {u"bytes"_s, 1005},
                                         {u"sent"_s, 1005},
                                         {u"seconds"_s, 1.5}}));
    QVERIFY(m_error.data().isEmpty());
}

/// One event for one failure, be it told of the file, of the upload or of both.
void TestTransferReport::failuresAreToldOnce()
{
    TransferSnapshot alone = failure(1, ErrorCode::NoSpace, true);
    alone.filesFailed = 1;
    TransferSnapshot lost = batch(TransferState::Failed, 0, 0, 1);
    lost.error = Error{ErrorCode::ConnectionLost, u"It broke."_s};
    FileSnapshot refused = fileOf(failure(1, ErrorCode::UnsafeName), 2);
    TransferReport report(*m_output, OutputFormat::Json);
    report.update({alone, lost}, m_now);
    report.update({fileOf(alone), refused});
    QStringList codes;
    for (const QJsonObject& event : events())
        codes += event.value(u"code"_s).toString();
    QCOMPARE(codes, QStringList({u"connection-lost"_s, u"no-space"_s, u"unsafe-name"_s}));
}

void TestTransferReport::interruptionsAreTold_data()
{
    QTest::addColumn<TransferState>("state");
    QTest::addColumn<QString>("event");
    QTest::addColumn<QString>("text");
    QTest::newRow("paused") << TransferState::Paused << u"paused"_s
                            << u"sockdrop-cli: waiting with file1: Disk full.\n"_s;
    QTest::newRow("no answer") << TransferState::Transferring << u"paused"_s
                               << u"sockdrop-cli: waiting with file1: Waiting for the receiver.\n"_s;
    QTest::newRow("reconnecting") << TransferState::Reconnecting << u"reconnecting"_s
                                  << u"sockdrop-cli: connecting again for file1: Line down.\n"_s;
}

void TestTransferReport::interruptionsAreTold()
{
    QFETCH(TransferState, state);
    QFETCH(QString, event);
    QFETCH(QString, text);
    TransferSnapshot held = snapshot(1, state, 7);
    held.note = u"Disk full."_s;
    held.isAwaited = state == TransferState::Transferring;
    if (state == TransferState::Reconnecting)
        held.error = Error{ErrorCode::TimedOut, u"Line down."_s};
    for (const OutputFormat format : {OutputFormat::Text, OutputFormat::Json}) {
        TransferReport report(*m_output, format);
        report.update({held}, m_now);
        report.update({held}, m_now); // and not once more
        report.update({snapshot(1, TransferState::Transferring, 8)}, m_now);
        report.update({held}, m_now);
        if (format == OutputFormat::Text)
            QCOMPARE(QString::fromUtf8(m_error.data()), text + text);
    }
    QStringList names;
    for (const QJsonObject& object : events())
        names += object.value(u"event"_s).toString();
    QCOMPARE(names.count(event), 2);
    QCOMPARE(events().constFirst().value(u"text"_s).toString(),
             held.isAwaited                   ? u"Waiting for the receiver."_s
             : state == TransferState::Paused ? u"Disk full."_s
                                              : u"Line down."_s);
    QCOMPARE(events().constFirst().value(u"code"_s).toString(),
             state == TransferState::Reconnecting ? u"timed-out"_s : QString());
}

void TestTransferReport::whoTakesTheirTimeIsWaitedFor()
{
    TransferSnapshot asking = snapshot(1, TransferState::Asking);
    asking.note = u"The receiver has to accept it."_s;
    for (const OutputFormat format : {OutputFormat::Text, OutputFormat::Json}) {
        TransferReport report(*m_output, format);
        report.update({asking}, m_now);
        report.update({asking}, m_now + 900ms);
        QVERIFY(format == OutputFormat::Json || m_error.data().isEmpty());
        m_output->holdProgress(true); // our own person is being asked
        report.update({asking}, m_now + 2s);
        QVERIFY(m_out.data().isEmpty());
        m_output->holdProgress(false);
        report.update({asking}, m_now + 3s);
        report.update({asking}, m_now + 9s);
    }
    QCOMPARE(m_error.data(), "sockdrop-cli: waiting for 192.0.2.1 to accept file1\n"_ba);
    QCOMPARE(
        events(),
        QList<QJsonObject>{QJsonObject(
            {{u"event"_s, u"waiting"_s}, {u"id"_s, 1}, {u"name"_s, u"file1"_s}, {u"text"_s, asking.note}})});
}

void TestTransferReport::jsonProgressOnlyWhileBytesFlow()
{
    TransferReport report(*m_output, OutputFormat::Json);
    report.update({snapshot(1, TransferState::Waiting), snapshot(2, TransferState::Preparing)}, m_now);
    QVERIFY(m_out.data().isEmpty());
    report.update({snapshot(1, TransferState::Transferring, 7, -1), snapshot(2, TransferState::Verifying, 9)},
                  m_now);
    QCOMPARE(events().size(), 2);
    QVERIFY(events().first().value(u"total"_s).isNull());
}

void TestTransferReport::failedPathsCount()
{
    TransferReport report(*m_output, OutputFormat::Json);
    report.addFailure(u"no/such"_s, {ErrorCode::SourceUnreadable, u"Gone."_s});
    QCOMPARE(report.totals(), RunTotals{.failed = 1});
    QCOMPARE(events().first().value(u"id"_s), QJsonValue(0));
    QCOMPARE(events().first().value(u"code"_s), QJsonValue(u"source-unreadable"_s));

    TransferReport text(*m_output, OutputFormat::Text);
    text.addFailure(u"no/such"_s, {ErrorCode::SourceUnreadable, u"Gone."_s});
    QVERIFY(m_error.data().contains("Gone. Check that the file is there"));
}

QTEST_GUILESS_MAIN(TestTransferReport)
#include "tst_transferreport.moc"
