#include "logring.h"
#include "programlimits.h"

#include <QTest>
#include <QTimeZone>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestLogRing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void dropsTheOldest();
    void entryOfAnUpload_data();
    void entryOfAnUpload();
    void entryOfAFile();
    void longNamesAndTextsAreCut();
    void cancelledOverThere();
    void sizeIsThatOfTheFile();
    void fileOfAKnownDevice();
};

void TestLogRing::dropsTheOldest()
{
    LogRing ring(3);
    for (int i = 0; i < 5; ++i) {
        LogEntry entry;
        entry.name = QString::number(i);
        ring.append(entry);
        QCOMPARE(ring.size(), std::min(i + 1, 3));
    }
    QCOMPARE(ring.at(0).name, u"2"_s);
    QCOMPARE(ring.at(2).name, u"4"_s);
    ring.clear();
    QCOMPARE(ring.size(), 0);
}

void TestLogRing::entryOfAnUpload_data()
{
    QTest::addColumn<TransferState>("state");
    QTest::addColumn<LogEntry::Result>("result");
    QTest::newRow("done") << TransferState::Done << LogEntry::Result::Landed;
    QTest::newRow("original") << TransferState::SentNotConfirmed << LogEntry::Result::NotConfirmed;
    QTest::newRow("failed") << TransferState::Failed << LogEntry::Result::Failed;
    QTest::newRow("cancelled") << TransferState::Cancelled << LogEntry::Result::Cancelled;
}

void TestLogRing::entryOfAnUpload()
{
    QFETCH(TransferState, state);
    QFETCH(LogEntry::Result, result);
    TransferSnapshot snapshot;
    snapshot.state = state;
    snapshot.name = u"a"_s;
    snapshot.bytesDone = 4000;
    snapshot.startedAt = QDateTime::fromMSecsSinceEpoch(1000, QTimeZone::utc());
    snapshot.finishedAt = QDateTime::fromMSecsSinceEpoch(3000, QTimeZone::utc());
    snapshot.note = u"note"_s;
    snapshot.peer = u"192.0.2.7"_s;
    snapshot.isEncrypted = true;
    if (state == TransferState::Failed)
        snapshot.error = Error{ErrorCode::IoError, u"broken"_s};
    const LogEntry entry = logEntryFor(snapshot);
    QCOMPARE(entry.peer, u"192.0.2.7"_s);
    snapshot.isEncrypted = false;
    snapshot.peerName = u"anna"_s;
    QCOMPARE(logEntryFor(snapshot).text, entry.text + u" Not encrypted."_s);
    QCOMPARE(logEntryFor(snapshot).peer, u"anna (192.0.2.7)"_s);
    QCOMPARE(entry.result, result);
    QCOMPARE(entry.bytesPerSecond, 2000.0);
    QCOMPARE(entry.text, state == TransferState::Failed ? u"broken"_s : u"note"_s);
    QCOMPARE(entry.time, snapshot.finishedAt);
}

void TestLogRing::entryOfAFile()
{
    FileSnapshot file;
    file.state = TransferState::Done;
    QCOMPARE(logEntryFor(file).text, u"Not encrypted."_s);
    file.note = u"note."_s;
    QCOMPARE(logEntryFor(file).text, u"note. Not encrypted."_s);
    file.error = Error{ErrorCode::IoError, u"broken."_s};
    QCOMPARE(logEntryFor(file).text, u"broken. Not encrypted."_s);
    file.isEncrypted = true;
    QCOMPARE(logEntryFor(file).text, u"broken."_s);
}

/// Its entries are many, and stay.
void TestLogRing::longNamesAndTextsAreCut()
{
    FileSnapshot file;
    file.state = TransferState::Failed;
    file.name = QString(4000, u'n');
    file.error = Error{ErrorCode::IoError, QString(4000, u't')};
    const int most = Limits().textCharacters;
    const LogEntry entry = logEntryFor(file);
    QCOMPARE(entry.name, QString(most - 1, u'n') + u"…"_s);
    QVERIFY(entry.text.startsWith(QString(most - 1, u't') + u"…"_s));
    QVERIFY(entry.text.size() < most + 50);
    TransferSnapshot upload;
    upload.state = TransferState::Failed;
    upload.name = file.name;
    upload.error = file.error;
    QCOMPARE(logEntryFor(upload).name, entry.name);
    QCOMPARE(logEntryFor(upload).text, entry.text);
}

/// Somebody wanted it so: that is no failure.
void TestLogRing::cancelledOverThere()
{
    TransferSnapshot upload;
    upload.state = TransferState::Failed;
    upload.error = Error{ErrorCode::Cancelled, u"The receiver cancelled the upload."_s};
    QCOMPARE(logEntryFor(upload).result, LogEntry::Result::Cancelled);
    FileSnapshot file;
    file.state = TransferState::Failed;
    file.error = upload.error;
    QCOMPARE(logEntryFor(file).result, LogEntry::Result::Cancelled);
}

void TestLogRing::sizeIsThatOfTheFile()
{
    TransferSnapshot declined;
    declined.state = TransferState::Failed;
    declined.bytesTotal = 9'000'000;
    declined.error = Error{ErrorCode::Declined, u"declined."_s};
    QCOMPARE(logEntryFor(declined).bytes, 9'000'000);
    declined.bytesTotal = -1;
    declined.bytesDone = 5;
    QCOMPARE(logEntryFor(declined).bytes, 5);
    FileSnapshot file;
    file.state = TransferState::Failed;
    QCOMPARE(logEntryFor(file).bytes, -1); // nobody could look at it
    file.bytesTotal = 7;
    QCOMPARE(logEntryFor(file).bytes, 7);
}

void TestLogRing::fileOfAKnownDevice()
{
    FileSnapshot file;
    file.state = TransferState::Done;
    file.peer = u"192.0.2.7"_s;
    QCOMPARE(logEntryFor(file).peer, u"192.0.2.7"_s);
    file.peerName = u"anna"_s;
    QCOMPARE(logEntryFor(file).peer, u"anna (192.0.2.7)"_s);
}

QTEST_GUILESS_MAIN(TestLogRing)
#include "tst_logring.moc"
