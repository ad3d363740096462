#include "output.h"
#include "reportsamples.h"
#include "transferreport.h"

#include <QBuffer>
#include <QLocale>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What of a TransferReport people read.
class TestTransferLines final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void textLines();
    void textOfBatches();
    void textIsSafeForTerminals();
    void newNamesInBatchesAreTold();
    void progressLine();
    void progressWithoutTotal();

private:
    QBuffer m_out;
    QBuffer m_error;
    int m_width = 0;
    RateMeter::TimePoint m_now{};
    std::unique_ptr<Output> m_output;
};

void TestTransferLines::init()
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

void TestTransferLines::textLines()
{
    TransferReport report(*m_output, OutputFormat::Text);
    TransferSnapshot received = snapshot(1, TransferState::Done, 2500);
    received.direction = Direction::Receiving;
    received.destination = u"/home/me/file1"_s;
    TransferSnapshot sent = snapshot(2, TransferState::Done, 10);
    sent.destination = u"file2"_s;
    sent.note = u"Renamed."_s;
    TransferSnapshot skipped = snapshot(6, TransferState::Done, 10);
    skipped.filesDone = 0;
    skipped.filesSkipped = 1;
    skipped.destination = u"file6"_s;
    report.update({received, sent, snapshot(3, TransferState::SentNotConfirmed, 1),
                   failure(4, ErrorCode::NoSpace), snapshot(5, TransferState::Cancelled), skipped},
                  m_now);
    report.update({fileOf(received), fileOf(sent)}); // their lines are there already
    report.finish(2000ms);
    QCOMPARE(QString::fromUtf8(m_out.data()),
             u"landed file1 → /home/me/file1 (2.5 kB)\n"
             "landed file2 → 192.0.2.1: file2 (10 bytes) (Renamed.)\n"
             "sent, not confirmed file3 → 192.0.2.1 (1 byte)\n"
             "skipped file6 → 192.0.2.1: file6 (10 bytes)\n"
             "2 landed, 1 already there, 1 sent, not confirmed, 1 failed, 1 cancelled; 2.5 kB in 2.0 s\n"_s);
    QCOMPARE(QString::fromUtf8(m_error.data()),
             u"sockdrop-cli: failed file4: It broke. %1\n"_s.arg(remedy(ErrorCode::NoSpace)));
}

void TestTransferLines::textOfBatches()
{
    TransferReport report(*m_output, OutputFormat::Text);
    TransferSnapshot received = batch(TransferState::Done, 9);
    received.direction = Direction::Receiving;
    const TransferSnapshot mixed = batch(TransferState::Done, 4, 3, 2);
    FileSnapshot failed = fileOf(failure(1, ErrorCode::SourceUnreadable), 5);
    failed.name = u"photos/a"_s;
    report.update({received, mixed, batch(TransferState::SentNotConfirmed, 0, 0, 0, 9)}, m_now);
    report.update({fileOf(mixed, 1), failed});
    QCOMPARE(QString::fromUtf8(m_out.data()),
             u"landed photos from 192.0.2.1 (9 files landed)\n"
             "landed photos → 192.0.2.1 (4 files landed, 3 already there, 2 failed)\n"
             "sent, not confirmed photos → 192.0.2.1 (500 bytes)\n"_s);
    QCOMPARE(QString::fromUtf8(m_error.data()),
             u"sockdrop-cli: failed photos/a: It broke. %1\n"_s.arg(remedy(ErrorCode::SourceUnreadable)));
}

void TestTransferLines::textIsSafeForTerminals()
{
    TransferReport report(*m_output, OutputFormat::Text);
    TransferSnapshot upload = snapshot(1, TransferState::Done, 1);
    upload.name = u"%2\x1b[2J\n%1"_s;
    upload.destination = u"%1\r"_s;
    report.update({upload}, m_now);
    QCOMPARE(QString::fromUtf8(m_out.data()), u"landed %2\\x1b[2J\\x0a%1 → 192.0.2.1: %1\\x0d (1 byte)\n"_s);
}

/// Nothing else tells where such a file is.
void TestTransferLines::newNamesInBatchesAreTold()
{
    TransferReport report(*m_output, OutputFormat::Text);
    TransferSnapshot running = batch(TransferState::Transferring, 0);
    FileSnapshot cleaned = fileOf(batch(TransferState::Done, 1));
    cleaned.name = u"photos/a:b"_s;
    cleaned.destination = u"photos/a_b"_s;
    cleaned.note = u"Made safe."_s;
    FileSnapshot numbered = cleaned;
    numbered.direction = Direction::Receiving;
    numbered.name = u"photos/c"_s;
    numbered.destination = u"/in/photos/c (1)"_s;
    numbered.note.clear();
    FileSnapshot asItWas = numbered;
    asItWas.destination = u"/in/photos/c"_s;
    FileSnapshot composed = cleaned;
    composed.name = u"photos/e\u0301"_s;
    composed.destination = u"photos/\u00e9"_s;
    FileSnapshot skipped = numbered;
    skipped.isSkipped = true;
    report.update({running}, m_now);
    report.update({cleaned, numbered, asItWas, composed, skipped});
    QCOMPARE(QString::fromUtf8(m_out.data()), u"renamed photos/a:b → 192.0.2.1: photos/a_b (Made safe.)\n"
                                              "renamed photos/c → /in/photos/c (1)\n"_s);
}

void TestTransferLines::progressLine()
{
    m_width = 200;
    TransferReport report(*m_output, OutputFormat::Text);
    report.update({snapshot(1, TransferState::Done, 1000), snapshot(2, TransferState::Transferring, 0, 3000),
                   snapshot(3, TransferState::Waiting, 0, 4000)},
                  m_now);
    m_out.buffer().clear();
    m_out.seek(0);
    report.update({snapshot(2, TransferState::Transferring, 1000, 3000)}, m_now + 1s);
    QCOMPARE(QString::fromUtf8(m_out.data()),
             u"\r25 %  2.0 kB of 8.0 kB  1.0 kB/s  0:06 left  2 to go  file2\x1b[K"_s);
}

void TestTransferLines::progressWithoutTotal()
{
    m_width = 200;
    TransferReport report(*m_output, OutputFormat::Text);
    report.update({snapshot(1, TransferState::Transferring, 500, -1)}, m_now);
    QCOMPARE(QString::fromUtf8(m_out.data()), u"\r500 bytes  0 bytes/s  file1\x1b[K"_s);
}

QTEST_GUILESS_MAIN(TestTransferLines)
#include "tst_transferlines.moc"
