#include "../sampletransfers.h"
#include "format.h"

#include <QTest>

#include <limits>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class FormatTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void bytes_data();
    void bytes();
    void progress_data();
    void progress();
    void files_data();
    void files();
    void states_data();
    void states();
    void timeLeft_data();
    void timeLeft();
    void speedOfNothingIsEmpty();
    void percent_data();
    void percent();
    void rowsReadAsSentences_data();
    void rowsReadAsSentences();
    void forgedNamesAreShownAsTheyAre_data();
    void forgedNamesAreShownAsTheyAre();
    void longNamesAreCut();
    void toolTipsAreNoMarkup();
};

void FormatTest::bytes_data()
{
    QTest::addColumn<qint64>("bytes");
    QTest::addColumn<QString>("text");
    QTest::newRow("unknown") << -1LL << QString();
    QTest::newRow("none") << 0LL << u"0 B"_s;
    QTest::newRow("largest in bytes") << 999LL << u"999 B"_s;
    QTest::newRow("smallest in kB") << 1000LL << u"1 kB"_s;
    QTest::newRow("one decimal") << 12'100LL << u"12.1 kB"_s;
    QTest::newRow("last with a decimal") << 99'900LL << u"99.9 kB"_s;
    QTest::newRow("no decimal from 100") << 99'960LL << u"100 kB"_s;
    QTest::newRow("rounds up to the next unit") << 999'500LL << u"1 MB"_s;
    QTest::newRow("just below") << 999'400LL << u"999 kB"_s;
    QTest::newRow("GB") << 30'000'000'000LL << u"30 GB"_s;
    QTest::newRow("largest") << std::numeric_limits<qint64>::max() << u"9.2 EB"_s;
}

void FormatTest::bytes()
{
    QFETCH(qint64, bytes);
    QTEST(bytesText(bytes), "text");
}

void FormatTest::progress_data()
{
    QTest::addColumn<qint64>("done");
    QTest::addColumn<qint64>("total");
    QTest::addColumn<QString>("text");
    QTest::newRow("same unit") << 12'100'000LL << 30'000'000LL << u"12.1 of 30 MB"_s;
    QTest::newRow("digit stays") << 12'000'000LL << 30'000'000LL << u"12.0 of 30 MB"_s;
    QTest::newRow("nothing yet") << 0LL << 30'000'000LL << u"0 of 30 MB"_s;
    QTest::newRow("smaller unit") << 12'000LL << 30'000'000'000LL << u"12 kB of 30 GB"_s;
    QTest::newRow("bytes") << 5LL << 10LL << u"5 of 10 B"_s;
    QTest::newRow("all") << 30'000'000LL << 30'000'000LL << u"30 MB"_s;
    QTest::newRow("unknown total") << 12'100'000LL << -1LL << u"12.1 MB"_s;
}

void FormatTest::progress()
{
    QFETCH(qint64, done);
    QFETCH(qint64, total);
    QTEST(progressText(done, total), "text");
}

void FormatTest::files_data()
{
    QTest::addColumn<qint64>("done");
    QTest::addColumn<qint64>("total");
    QTest::addColumn<QString>("text");
    QTest::newRow("none") << 0LL << 0LL << u"0 files"_s;
    QTest::newRow("one") << 1LL << 1LL << u"1 file"_s;
    QTest::newRow("of one") << 0LL << 1LL << u"0 of 1 file"_s;
    QTest::newRow("some") << 3212LL << 10'000LL << u"3,212 of 10,000 files"_s;
    QTest::newRow("all") << 10'000LL << 10'000LL << u"10,000 files"_s;
    QTest::newRow("more than all") << 12LL << 10LL << u"12 files"_s;
}

void FormatTest::files()
{
    QLocale::setDefault(QLocale(QLocale::English));
    QFETCH(qint64, done);
    QFETCH(qint64, total);
    QTEST(filesProgressText(done, total), "text");
    QLocale::setDefault(QLocale::c());
}

void FormatTest::states_data()
{
    using State = TransferState;
    QTest::addColumn<TransferSnapshot>("transfer");
    QTest::addColumn<QString>("text");
    TransferSnapshot paused = sampleTransfer(1, State::Paused);
    QTest::newRow("paused") << paused << u"Paused"_s;
    paused.note = u"Paused by the receiver."_s;
    QTest::newRow("paused by somebody") << paused << u"Paused by the receiver"_s;
    paused.note = u"The receiver's disk is full."_s;
    QTest::newRow("paused for a reason") << paused << u"Paused: The receiver's disk is full"_s;
    QTest::newRow("reconnecting") << sampleTransfer(1, State::Reconnecting) << u"Reconnecting"_s;
    TransferSnapshot batch = sampleBatch(1, State::Done);
    QTest::newRow("batch") << batch << u"Done"_s;
    batch.filesFailed = 3;
    QTest::newRow("failed files") << batch << u"Done, 3 of 10 files failed"_s;
    batch.state = State::SentNotConfirmed;
    QTest::newRow("failed files, not confirmed") << batch << u"Sent, not confirmed, 3 of 10 files failed"_s;
    batch.state = State::Transferring;
    QTest::newRow("failed files, running") << batch << u"Transferring"_s;
    batch.state = State::Cancelled;
    QTest::newRow("failed files, cancelled") << batch << u"Cancelled"_s;
    batch.state = State::Failed;
    QTest::newRow("all failed") << batch << u"Failed: no file landed"_s;
    batch.error = Error{ErrorCode::Declined, u"laptop declined."_s};
    QTest::newRow("failed as a whole") << batch << u"Failed"_s;
    TransferSnapshot kept = sampleTransfer(1, State::Cancelled);
    kept.peer = u"192.0.2.7"_s;
    kept.keptUntil = QDateTime(QDate(2026, 11, 28), QTime(20, 44));
    QTest::newRow("cancelled here, kept") << kept << u"Cancelled, kept until 28 Nov, 20:44"_s;
    kept.state = State::Failed;
    kept.error = Error{ErrorCode::Cancelled, u"The sender stopped the upload."_s};
    QTest::newRow("stopped there") << kept << u"Stopped by 192.0.2.7, kept until 28 Nov, 20:44"_s;
    kept.peerName = u"blue-laptop"_s;
    QTest::newRow("stopped by a known one") << kept << u"Stopped by blue-laptop, kept until 28 Nov, 20:44"_s;
}

void FormatTest::states()
{
    QFETCH(TransferSnapshot, transfer);
    QTEST(stateText(transfer), "text");
}

void FormatTest::timeLeft_data()
{
    QTest::addColumn<qint64>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("none") << 0LL << u"A few seconds left"_s;
    QTest::newRow("nine") << 9LL << u"A few seconds left"_s;
    QTest::newRow("ten") << 10LL << u"About 10 seconds left"_s;
    QTest::newRow("rounded up") << 41LL << u"About 50 seconds left"_s;
    QTest::newRow("one minute") << 55LL << u"About 1 minute left"_s;
    QTest::newRow("still one") << 89LL << u"About 1 minute left"_s;
    QTest::newRow("two minutes") << 90LL << u"About 2 minutes left"_s;
    QTest::newRow("last minutes") << 3569LL << u"About 59 minutes left"_s;
    QTest::newRow("one hour") << 3570LL << u"About 1 hour left"_s;
    QTest::newRow("two hours") << 5400LL << u"About 2 hours left"_s;
    QTest::newRow("one day") << 84'600LL << u"About 1 day left"_s;
    QTest::newRow("days") << 3 * 86'400LL << u"About 3 days left"_s;
}

void FormatTest::timeLeft()
{
    QFETCH(qint64, seconds);
    QTEST(timeLeftText(std::chrono::seconds(seconds)), "text");
    QVERIFY(timeLeftText(std::nullopt).isEmpty());
}

void FormatTest::speedOfNothingIsEmpty()
{
    QCOMPARE(speedText(0), QString());
    QCOMPARE(speedText(11'200'000), u"11.2 MB/s"_s);
}

void FormatTest::percent_data()
{
    QTest::addColumn<qint64>("done");
    QTest::addColumn<qint64>("total");
    QTest::addColumn<int>("expected"); // -1: none
    QTest::newRow("unknown") << 5LL << -1LL << -1;
    QTest::newRow("none") << 0LL << 1000LL << 0;
    QTest::newRow("rounded down") << 999LL << 1000LL << 99;
    QTest::newRow("all") << 1000LL << 1000LL << 100;
    QTest::newRow("more than all") << 1001LL << 1000LL << 100;
    QTest::newRow("empty file") << 0LL << 0LL << 0;
}

void FormatTest::percent()
{
    QFETCH(qint64, done);
    QFETCH(qint64, total);
    TransferSnapshot transfer = sampleTransfer(1, TransferState::Transferring);
    transfer.bytesDone = done;
    transfer.bytesTotal = total;
    QTEST(percentDone(transfer).value_or(-1), "expected");
}

void FormatTest::rowsReadAsSentences_data()
{
    QTest::addColumn<TransferSnapshot>("transfer");
    QTest::addColumn<QString>("text");
    QTest::newRow("running") << sampleTransfer(1, TransferState::Transferring)
                             << u"folder/report 1.pdf, 40 percent, about 2 minutes left"_s;
    TransferSnapshot endless = sampleTransfer(1, TransferState::Transferring);
    endless.bytesTotal = -1;
    endless.timeLeft.reset();
    QTest::newRow("unknown size") << endless << u"folder/report 1.pdf, 400 B"_s;
    QTest::newRow("waiting") << sampleTransfer(1, TransferState::Waiting)
                             << u"folder/report 1.pdf, waiting"_s;
    QTest::newRow("failed") << sampleTransfer(1, TransferState::Failed)
                            << u"folder/report 1.pdf, failed, laptop refuses the connection., "_s +
                                   remedy(ErrorCode::Refused);
    QTest::newRow("landed") << sampleTransfer(1, TransferState::Done, Direction::Receiving)
                            << u"folder/report 1.pdf, done, /in/folder/report.pdf"_s;
    TransferSnapshot batch = sampleBatch(1, TransferState::Transferring);
    QTest::newRow("batch") << batch << u"photos, 40 percent, about 2 minutes left"_s;
    batch.state = TransferState::Preparing;
    QTest::newRow("preparing batch") << batch << u"photos, preparing, 10 files"_s;
    batch.state = TransferState::Paused;
    batch.note = u"Paused by the receiver."_s;
    QTest::newRow("paused") << batch << u"photos, paused by the receiver, 40 percent"_s;
    batch.note.clear();
    batch.state = TransferState::Reconnecting;
    batch.error = Error{ErrorCode::ConnectionLost, u"The connection was lost."_s};
    QTest::newRow("reconnecting") << batch << u"photos, reconnecting, 40 percent, The connection was lost."_s;
    TransferSnapshot done = sampleBatch(1, TransferState::Done);
    done.filesFailed = 3;
    QTest::newRow("with warnings") << done << u"photos, done, 3 of 10 files failed"_s;
    TransferSnapshot plain = sampleTransfer(1, TransferState::Verifying);
    plain.name = u"report.pdf"_s;
    plain.isEncrypted = false;
    QTest::newRow("not encrypted") << plain << u"report.pdf, verifying, not encrypted"_s;
}

void FormatTest::rowsReadAsSentences()
{
    QFETCH(TransferSnapshot, transfer);
    QTEST(accessibleText(transfer), "text");
}

void FormatTest::forgedNamesAreShownAsTheyAre_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("shown");
    QTest::newRow("plain") << u"größe 文件.pdf"_s << u"größe 文件.pdf"_s;
    QTest::newRow("line break") << u"a\nb"_s << u"a\uFFFDb"_s;
    QTest::newRow("right-to-left override") << u"a\u202Efdp.exe"_s << u"a\uFFFDfdp.exe"_s;
    QTest::newRow("isolate") << u"a\u2066b"_s << u"a\uFFFDb"_s;
    QTest::newRow("paragraph separator") << u"a\u2029b"_s << u"a\uFFFDb"_s;
    QTest::newRow("pair outside the plane stays") << u"a😀b"_s << u"a😀b"_s;
    QTest::newRow("half of a pair") << u"a"_s + QChar(0xd83d) + u'b' << u"a\uFFFDb"_s;
    QTest::newRow("invisible") << u"a\u200bb\ufeff"_s << u"a\uFFFDb\uFFFD"_s;
    QTest::newRow("invisible outside the plane") << u"a\U000E0041b"_s << u"a\uFFFDb"_s;
    QTest::newRow("joined emoji stay") << u"👩\u200d👧"_s << u"👩\u200d👧"_s;
}

void FormatTest::forgedNamesAreShownAsTheyAre()
{
    QFETCH(QString, name);
    QTEST(singleLine(name), "shown");
}

void FormatTest::longNamesAreCut()
{
    QCOMPARE(shortLine(u"anna"_s, 4), u"anna"_s);
    QCOMPARE(shortLine(u"annas"_s, 4), u"anna…"_s);
    QCOMPARE(shortLine(u"ab😀c"_s, 3), u"ab…"_s); // never in the middle of a pair
    QCOMPARE(shortLine(u"a\nb"_s, 3), u"a\uFFFDb"_s);
    QCOMPARE(shortLine(QString(100'000, u'x')).size(), 61);
}

void FormatTest::toolTipsAreNoMarkup()
{
    QCOMPARE(plainToolTip(u"report <b>final</b>.pdf\nnext"_s),
             u"<span>report &lt;b&gt;final&lt;/b&gt;.pdf<br>next</span>"_s);
    QCOMPARE(plainToolTip({}), QString());
}

QTEST_GUILESS_MAIN(FormatTest)
#include "tst_format.moc"
