#include "batchupload.h"
#include "queuefixture.h"
#include "uploadqueue.h"

#include <QTest>

#include <atomic>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// Uploads that tell of more files than can be shown at once: all that they try to send is missing.
class TestUploadBacklog : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void waitsForRoom();
    void cancelledWhenThereIsNoRoom();
    void destroyedWhenThereIsNoRoom();
    void isToldInPortions();

private:
    [[nodiscard]] std::unique_ptr<BatchUpload> startUpload(FileBacklog& files);

    static constexpr qsizetype count = FileBacklog::capacity + 3'000;
    QStringList m_paths;
    std::atomic<int> m_ended = 0;
};

void TestUploadBacklog::initTestCase()
{
    for (qsizetype i = 0; i < count; ++i)
        m_paths += u"/nonexistent/%1"_s.arg(i);
}

std::unique_ptr<BatchUpload> TestUploadBacklog::startUpload(FileBacklog& files)
{
    m_ended = 0;
    auto upload = std::make_unique<BatchUpload>(
        1, m_paths, PeerAddress{u"127.0.0.1"_s, 1, true}, QueueFixture::impatient(), BatchUpload::Past::New,
        files, [this] { ++m_ended; }, [](const TrustQuestion&) {});
    upload->start();
    return upload;
}

void TestUploadBacklog::waitsForRoom()
{
    FileBacklog files;
    const std::unique_ptr<BatchUpload> upload = startUpload(files);
    QTRY_COMPARE(files.size(), FileBacklog::capacity);
    QCOMPARE(m_ended, 0);
    QCOMPARE(upload->takeNews().state, TransferState::Preparing); // told all the same
    qsizetype told = 0;
    while (told < count)
        told += files.take().size();
    QTRY_COMPARE(m_ended, 1);
    QCOMPARE(upload->snapshot().state, TransferState::Failed);
    QCOMPARE(upload->snapshot().filesFailed, count);
    QCOMPARE(files.size(), 0U);
}

void TestUploadBacklog::cancelledWhenThereIsNoRoom()
{
    FileBacklog files;
    const std::unique_ptr<BatchUpload> upload = startUpload(files);
    QTRY_COMPARE(files.size(), FileBacklog::capacity);
    upload->cancel(Goodbye::Keep);
    QTRY_COMPARE(m_ended, 1);
    QCOMPARE(upload->snapshot().state, TransferState::Cancelled);
}

void TestUploadBacklog::destroyedWhenThereIsNoRoom()
{
    FileBacklog files;
    std::unique_ptr<BatchUpload> upload = startUpload(files);
    QTRY_COMPARE(files.size(), FileBacklog::capacity);
    upload.reset();
    QCOMPARE(m_ended, 1);
}

void TestUploadBacklog::isToldInPortions()
{
    QueueFixture queue;
    QList<qsizetype> portions;
    qsizetype told = 0;
    qsizetype toldBeforeTheEnd = -1;
    connect(&queue.queue(), &UploadQueue::filesChanged, this, [&](const QList<FileSnapshot>& files) {
        portions += files.size();
        told += files.size();
    });
    connect(&queue.queue(), &UploadQueue::uploadsChanged, this, [&](const QList<TransferSnapshot>& uploads) {
        if (isFinal(uploads.constFirst().state))
            toldBeforeTheEnd = told;
    });
    QVERIFY(queue.sendAndWait(m_paths, {u"127.0.0.1"_s, 1, true}));
    QCOMPARE(told, count);
    QCOMPARE(toldBeforeTheEnd, count);
    QVERIFY(*std::max_element(portions.cbegin(), portions.cend()) <=
            static_cast<qsizetype>(FileBacklog::mostAtOnce));
    QCOMPARE(queue.entries().size(), count);
    QCOMPARE(queue.state(), TransferState::Failed);
}

QTEST_GUILESS_MAIN(TestUploadBacklog)
#include "tst_uploadbacklog.moc"
