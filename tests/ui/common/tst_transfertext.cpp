#include "../sampletransfers.h"
#include "filetext.h"
#include "format.h"
#include "rowstyle.h"
#include "transferactions.h"
#include "transfertext.h"

#include <QGuiApplication>
#include <QLocale>
#include <QScopeGuard>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using State = TransferState;

/// What rows say, in every state.
class TransferTextTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English)); }
    void singleUploads_data();
    void singleUploads();
    void batches_data();
    void batches();
    void endedBatches_data();
    void endedBatches();
    void lastLineSaysWhereItIs_data();
    void lastLineSaysWhereItIs();
    void onlyWhoPausedResumes_data();
    void onlyWhoPausedResumes();
    void rightToLeftKeepsTheOrder();
    void countingIsSaid();
    void progress_data();
    void progress();
    void filesInBatches_data();
    void filesInBatches();
    void namesAreShortInTheirFolder_data();
    void namesAreShortInTheirFolder();
    void longListsSayWhatIsLeftOut();
    void failedFilesHaveSomethingToCopy();

private:
    static void addColumns();
    static void addRow(const char* tag, const TransferSnapshot& transfer, const QString& details,
                       const QString& icon, Tone tone);
    static void check();
};

void TransferTextTest::addColumns()
{
    QTest::addColumn<TransferSnapshot>("transfer");
    QTest::addColumn<QString>("details");
    QTest::addColumn<QString>("icon");
    QTest::addColumn<int>("tone");
}

void TransferTextTest::addRow(const char* tag, const TransferSnapshot& transfer, const QString& details,
                              const QString& icon, Tone tone)
{
    QTest::newRow(tag) << transfer << details << icon << static_cast<int>(tone);
}

void TransferTextTest::check()
{
    QFETCH(TransferSnapshot, transfer);
    QTEST(detailTexts(transfer).join(u" · "_s), "details");
    QTEST(stateIconName(transfer), "icon");
    QTEST(static_cast<int>(toneOf(transfer)), "tone");
}

void TransferTextTest::singleUploads_data()
{
    addColumns();
    addRow("waiting", sampleTransfer(1, State::Waiting), u"Waiting · 1 kB"_s, u"waiting"_s, Tone::Neutral);
    addRow("preparing", sampleTransfer(1, State::Preparing), u"Preparing · 1 kB"_s, u"waiting"_s,
           Tone::Neutral);
    addRow("transferring", sampleTransfer(1, State::Transferring),
           u"0.4 of 1 kB · About 2 minutes left · 100 B/s"_s, u"send"_s, Tone::Accent);
    TransferSnapshot paused = sampleTransfer(1, State::Paused);
    paused.note = u"Paused here."_s;
    addRow("paused", paused, u"Paused here · 0 of 1 kB"_s, u"paused"_s, Tone::Neutral);
    TransferSnapshot reconnecting = sampleTransfer(1, State::Reconnecting);
    reconnecting.error = Error{ErrorCode::ConnectionLost, u"The connection was lost."_s};
    addRow("reconnecting", reconnecting, u"Reconnecting: The connection was lost. · 0 of 1 kB"_s,
           u"reconnecting"_s, Tone::Warning);
    addRow("verifying", sampleTransfer(1, State::Verifying), u"Verifying · 1 kB"_s, u"verifying"_s,
           Tone::Accent);
    addRow("done", sampleTransfer(1, State::Done), u"Done · 1 kB"_s, u"done"_s, Tone::Success);
    TransferSnapshot skipped = sampleTransfer(1, State::Done);
    skipped.filesSkipped = 1;
    skipped.note = u"The same file was there already."_s;
    addRow("skipped", skipped, u"Already there · 1 kB"_s, u"skipped"_s, Tone::Neutral);
    addRow("not confirmed", sampleTransfer(1, State::SentNotConfirmed), u"Sent, not confirmed · 1 kB"_s,
           u"not-confirmed"_s, Tone::Warning);
    addRow("failed", sampleTransfer(1, State::Failed), u"laptop refuses the connection."_s, u"error"_s,
           Tone::Error);
    addRow("cancelled", sampleTransfer(1, State::Cancelled), u"Cancelled · 0 of 1 kB"_s, u"cancelled"_s,
           Tone::Neutral);
    TransferSnapshot unknown = sampleTransfer(1, State::Waiting);
    unknown.bytesTotal = -1;
    addRow("unknown size", unknown, u"Waiting"_s, u"waiting"_s, Tone::Neutral);
}

void TransferTextTest::singleUploads()
{
    check();
}

void TransferTextTest::batches_data()
{
    addColumns();
    TransferSnapshot batch = sampleBatch(1, State::Waiting);
    batch.filesTotal = 0;
    batch.bytesTotal = -1;
    addRow("not walked", batch, u"Waiting"_s, u"waiting"_s, Tone::Neutral);
    addRow("waiting", sampleBatch(1, State::Waiting), u"Waiting · 10 files · 1 kB"_s, u"waiting"_s,
           Tone::Neutral);
    addRow("preparing", sampleBatch(1, State::Preparing), u"Preparing · 10 files · 1 kB"_s, u"waiting"_s,
           Tone::Neutral);
    batch = sampleBatch(1, State::Transferring);
    batch.filesTotal = 10'000;
    batch.filesDone = 3200;
    batch.filesSkipped = 12;
    addRow("transferring", batch, u"3,212 of 10,000 files · 0.4 of 1 kB · About 2 minutes left · 100 B/s"_s,
           u"send"_s, Tone::Accent);
    batch.filesFailed = 3;
    addRow("with failures", batch,
           u"3,212 of 10,000 files · 3 failed · 0.4 of 1 kB · About 2 minutes left · 100 B/s"_s, u"send"_s,
           Tone::Accent);
    batch.direction = Direction::Receiving;
    batch.state = State::Paused;
    batch.note = u"The receiver's disk is full."_s;
    addRow("paused", batch,
           u"Paused: The receiver's disk is full · 3,212 of 10,000 files · 3 failed · 0.4 of 1 kB"_s,
           u"paused"_s, Tone::Neutral);
}

void TransferTextTest::batches()
{
    check();
}

void TransferTextTest::endedBatches_data()
{
    addColumns();
    addRow("done", sampleBatch(1, State::Done), u"Done · 10 files · 1 kB"_s, u"done"_s, Tone::Success);
    TransferSnapshot batch = sampleBatch(1, State::Done);
    batch.filesFailed = 3;
    batch.filesSkipped = 2;
    batch.filesDone = 5;
    addRow("with warnings", batch, u"Done, 3 of 10 files failed · 2 already there · 1 kB"_s, u"warning"_s,
           Tone::Warning);
    batch.state = State::Cancelled;
    batch.bytesDone = 700;
    addRow("cancelled", batch, u"Cancelled · 7 of 10 files landed · 2 already there · 0.7 of 1 kB"_s,
           u"cancelled"_s, Tone::Neutral);
    batch.state = State::Failed;
    batch.filesSkipped = 0;
    batch.error = Error{ErrorCode::NoSpace, u"The disk is full."_s};
    addRow("failed", batch, u"The disk is full. · 5 of 10 files landed"_s, u"error"_s, Tone::Error);
    batch.error.reset();
    batch.filesDone = 0;
    batch.filesFailed = 10;
    addRow("all failed", batch, u"Failed: no file landed · 10 files"_s, u"error"_s, Tone::Error);
}

void TransferTextTest::endedBatches()
{
    check();
    QFETCH(TransferSnapshot, transfer);
    const bool isPartly = transfer.filesFailed > 0 && !transfer.error;
    QCOMPARE(footnoteText(transfer).startsWith(u"Each failed file"_s), isPartly);
}

void TransferTextTest::lastLineSaysWhereItIs_data()
{
    QTest::addColumn<TransferSnapshot>("transfer");
    QTest::addColumn<QString>("text");
    TransferSnapshot done = sampleTransfer(1, State::Done);
    QTest::newRow("landed") << done << u"Saved as folder/report.pdf"_s;
    done.filesSkipped = 1;
    QTest::newRow("there already") << done << u"Already there as folder/report.pdf"_s;
    done.destination.clear();
    QTest::newRow("there already, place untold") << done << QString();
    QTest::newRow("waiting") << sampleTransfer(1, State::Waiting) << u"/somewhere/folder/report 1.pdf"_s;
    QTest::newRow("not confirmed") << sampleTransfer(1, State::SentNotConfirmed) << QString();
    QTest::newRow("received") << sampleTransfer(1, State::Done, Direction::Receiving)
                              << u"/in/folder/report.pdf"_s;
}

void TransferTextTest::lastLineSaysWhereItIs()
{
    QFETCH(TransferSnapshot, transfer);
    QTEST(footnoteText(transfer), "text");
}

void TransferTextTest::onlyWhoPausedResumes_data()
{
    QTest::addColumn<TransferSnapshot>("transfer");
    QTest::addColumn<bool>("pauses");
    QTest::addColumn<bool>("resumes");
    TransferSnapshot basic = sampleTransfer(1, State::Transferring, Direction::Receiving);
    basic.isBasic = true;
    QTest::newRow("runs") << sampleTransfer(1, State::Transferring) << true << false;
    QTest::newRow("cannot pause") << basic << false << false;
    TransferSnapshot paused = sampleTransfer(1, State::Paused);
    QTest::newRow("paused here") << paused << false << true;
    paused.isPausedHere = false;
    QTest::newRow("paused there") << paused << true << false;
}

void TransferTextTest::onlyWhoPausedResumes()
{
    QFETCH(TransferSnapshot, transfer);
    const TransferActions buttons = buttonsFor(transfer);
    QTEST(buttons.testFlag(TransferAction::Pause), "pauses");
    QTEST(buttons.testFlag(TransferAction::Resume), "resumes");
}

/// Paths and addresses read the same in every language.
void TransferTextTest::rightToLeftKeepsTheOrder()
{
    QCOMPARE(ltrText(u"/home/a"_s), u"/home/a"_s);
    QGuiApplication::setLayoutDirection(Qt::RightToLeft);
    const auto back = qScopeGuard([] { QGuiApplication::setLayoutDirection(Qt::LeftToRight); });
    QCOMPARE(ltrText(u"/home/a"_s), u"\u2066/home/a\u2069"_s);
    QCOMPARE(isolated(u"5 of 10 MB"_s), u"\u20685 of 10 MB\u2069"_s);
    QCOMPARE(isolated({}), QString());
    QCOMPARE(joined({u"a"_s, u"1 MB"_s}), u"\u2068a\u2069 · \u20681 MB\u2069"_s);
    QCOMPARE(footnoteText(sampleTransfer(1, State::Done, Direction::Receiving)),
             u"\u2066/in/folder/report.pdf\u2069"_s);
    TransferSnapshot plain = sampleTransfer(1, State::Waiting);
    plain.peer = u"[fe80::1]:6000"_s;
    QVERIFY(peerText(plain).contains(u"\u2066[fe80::1]:6000\u2069"_s));
    QVERIFY(!toolTipText(plain).contains(QChar(QChar::ReplacementCharacter)));
}

void TransferTextTest::countingIsSaid()
{
    TransferSnapshot batch = sampleBatch(1, State::Preparing);
    batch.filesTotal = 12'345;
    QCOMPARE(detailTexts(batch, true).join(u" · "_s), u"Calculating… 12,345 files · 1 kB"_s);
    batch.filesTotal = 0;
    batch.bytesTotal = -1;
    QCOMPARE(detailTexts(batch, true).join(u" · "_s), u"Calculating…"_s);
}

void TransferTextTest::progress_data()
{
    QTest::addColumn<TransferSnapshot>("transfer");
    QTest::addColumn<double>("share"); // 2: no bar
    QTest::newRow("waiting") << sampleBatch(1, State::Waiting) << 2.0;
    QTest::newRow("preparing") << sampleBatch(1, State::Preparing) << 0.0;
    QTest::newRow("transferring") << sampleBatch(1, State::Transferring) << 0.4;
    TransferSnapshot batch = sampleBatch(1, State::Transferring);
    batch.state = State::Paused;
    QTest::newRow("paused") << batch << 0.4;
    batch.state = State::Reconnecting;
    QTest::newRow("reconnecting") << batch << 0.4;
    batch.bytesTotal = batch.bytesDone = 0;
    batch.filesDone = 5;
    QTest::newRow("files without bytes") << batch << 0.5;
    QTest::newRow("done") << sampleBatch(1, State::Done) << 2.0;
}

void TransferTextTest::progress()
{
    QFETCH(TransferSnapshot, transfer);
    QFETCH(double, share);
    const QVariant told = progressOf(transfer);
    QCOMPARE(told.isValid() ? told.toDouble() : 2.0, share);
}

void TransferTextTest::filesInBatches_data()
{
    QTest::addColumn<FileSnapshot>("file");
    QTest::addColumn<QString>("side");
    QTest::addColumn<QString>("details");
    QTest::newRow("waiting") << sampleFile(1, 2, State::Waiting) << u"100 B"_s << QString();
    QTest::newRow("transferring") << sampleFile(1, 2, State::Transferring) << u"40% of 100 B"_s << QString();
    QTest::newRow("verifying") << sampleFile(1, 2, State::Verifying) << u"100 B"_s << u"Verifying"_s;
    QTest::newRow("done") << sampleFile(1, 2, State::Done) << u"100 B"_s << QString();
    FileSnapshot noted = sampleFile(1, 2, State::Done);
    noted.note = u"Renamed."_s;
    QTest::newRow("noted") << noted << u"100 B"_s << u"Renamed."_s;
    noted.isSkipped = true;
    QTest::newRow("skipped") << noted << u"100 B"_s << u"Already there"_s;
    QTest::newRow("failed") << sampleFile(1, 2, State::Failed) << QString()
                            << u"Cannot read 2.jpg. "_s + remedy(ErrorCode::SourceUnreadable);
    QTest::newRow("never begun") << sampleFile(1, 2, State::Cancelled) << u"Not sent"_s << QString();
    QTest::newRow("never received") << sampleFile(1, 2, State::Cancelled, Direction::Receiving)
                                    << u"Not received"_s << QString();
    FileSnapshot folder = sampleFile(1, 2, State::Done);
    folder.isFolder = true;
    QTest::newRow("empty folder") << folder << QString() << QString();
    FileSnapshot old = sampleFile(1, 2, State::SentNotConfirmed);
    QTest::newRow("not confirmed") << old << u"100 B"_s << u"Sent, not confirmed"_s;
}

void TransferTextTest::filesInBatches()
{
    QFETCH(FileSnapshot, file);
    QTEST(fileSideText(file), "side");
    QTEST(fileDetailTexts(file).join(u' '), "details");
}

void TransferTextTest::namesAreShortInTheirFolder_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("batch");
    QTest::addColumn<QString>("shown");
    QTest::newRow("inside") << u"photos/sea/1.jpg"_s << u"photos"_s << u"sea/1.jpg"_s;
    QTest::newRow("elsewhere") << u"photos/sea/1.jpg"_s << u"photo"_s << u"photos/sea/1.jpg"_s;
    QTest::newRow("several") << u"a.txt"_s << u"a.txt and 2 more"_s << u"a.txt"_s;
    QTest::newRow("itself") << u"photos"_s << u"photos"_s << u"photos"_s;
    QTest::newRow("nothing left") << u"photos/"_s << u"photos"_s << u"photos/"_s;
    QTest::newRow("no name") << u"/x"_s << QString() << u"/x"_s;
}

void TransferTextTest::namesAreShortInTheirFolder()
{
    QFETCH(QString, name);
    QFETCH(QString, batch);
    QTEST(nameInBatch(name, batch), "shown");
}

void TransferTextTest::longListsSayWhatIsLeftOut()
{
    TransferSnapshot batch = sampleBatch(1, State::Transferring);
    QVERIFY(!toolTipText(batch).contains(u"listed"_s));
    batch.filesTotal = 2'000'000;
    QVERIFY(toolTipText(batch).contains(u"The first 500,000 files are listed"_s));
}

void TransferTextTest::failedFilesHaveSomethingToCopy()
{
    QCOMPARE(pathToCopy(sampleFile(1, 2, State::Failed)), u"/somewhere/photos/sea/2.jpg"_s);
    QCOMPARE(pathToCopy(sampleFile(1, 2, State::Done, Direction::Receiving)), u"/in/photos/sea/2.jpg"_s);
    QCOMPARE(pathToCopy(sampleFile(1, 2, State::Failed, Direction::Receiving)), u"photos/sea/2.jpg"_s);
}

QTEST_MAIN(TransferTextTest)
#include "tst_transfertext.moc"
