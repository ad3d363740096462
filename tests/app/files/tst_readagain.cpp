#include "batchtools.h"
#include "failingcalls.h"

#include <QRegularExpression>
#include <QTest>

#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Call = FailingCalls::Call;
using Commit = BatchLanding::Commit;

/// Partial files are gone on with as they are only where nobody can have touched them since they were left.
class TestReadAgain : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void leftInPeace();
    void touched_data();
    void touched();
    void namedOnlyAfterReading();
    void comesAgainAtAnyTime();
    void cutWhileItComesAgain();
    void senderHasAnotherBeginning();
    void nothingIsVouchedForBeforeItIsSynced();
    void failedSyncLeavesNothing();
    void noTimeToSync();
    void givesBackWhatIsNotWritten();
    void wholeOnesGoOnToo();
    void grownWhileItCame();

private:
    static constexpr qint64 cutAt = 12 * chunkBytes;

    [[nodiscard]] BatchLandingOptions options() const
    {
        BatchLandingOptions options;
        options.batch = {{}, "batch"};
        options.limits.journalBytes = 4 * chunkBytes;
        return options;
    }
    [[nodiscard]] std::unique_ptr<BatchLanding> begin()
    {
        auto landing = std::make_unique<BatchLanding>(m_destination->folder(), options());
        const auto decision = landing->plan(1, announcedFile(u"a"_s, m_content.size(), u"source"_s));
        const auto* want = decision ? std::get_if<Plan::Want>(&decision.value()) : nullptr;
        m_offset = want ? want->offset : -1;
        return landing;
    }
    /// The chunks from there to there.
    [[nodiscard]] bool write(BatchLanding& landing, qint64 from, qint64 to) const
    {
        for (; from < to; from += chunkBytes) {
            if (!writeChunk(landing, 1, m_content, from))
                return false;
        }
        return true;
    }
    /// A connection that brings the chunks up to `cutAt` and is cut.
    [[nodiscard]] bool cut()
    {
        const std::unique_ptr<BatchLanding> landing = begin();
        return m_offset == 0 && write(*landing, 0, cutAt);
    }
    /// As cut(), without a chance for the receiver to do anything.
    [[nodiscard]] bool kill()
    {
        std::unique_ptr<BatchLanding> landing = begin();
        if (!write(*landing, 0, cutAt))
            return false;
        QMap<QString, QByteArray> files;
        for (const QString& name : m_destination->partials())
            files.insert(name, contentOf(partial(name)));
        landing.reset();
        for (auto file = files.cbegin(); file != files.cend(); ++file) {
            if (!writeFile(partial(file.key()), file.value()))
                return false;
        }
        return files.size() == 2;
    }
    static void readAll(BatchLanding& landing)
    {
        while (landing.isReading())
            landing.readOn();
    }
    /// Sends what has to come again until it is there.
    [[nodiscard]] bool sendMissing(BatchLanding& landing, const QByteArray& content, qint64 most = -1) const
    {
        for (std::vector<Again> missing = landing.takeMissing(); !missing.empty();
             missing = landing.takeMissing()) {
            for (const Again& again : missing) {
                if (most-- == 0)
                    return true;
                if (!writeChunk(landing, again.file, content, again.offset))
                    return false;
            }
        }
        return true;
    }
    [[nodiscard]] QString partial(const QString& name) const
    {
        return m_destination->path(QLatin1StringView(stagingFolderName) + u'/' + name);
    }
    /// The staging file.
    [[nodiscard]] QString partial() const
    {
        return partial(m_destination->partials().filter(QRegularExpression(u"part$"_s)).value(0));
    }
    [[nodiscard]] bool hasLanded() const
    {
        return contentOf(m_destination->path(u"a"_s)) == m_content && m_destination->partials().isEmpty();
    }

    const QByteArray m_content = someBytes(20 * chunkBytes + 3);
    std::unique_ptr<FailingCalls> m_calls;
    std::unique_ptr<Destination> m_destination;
    qint64 m_offset = -1; ///< where the file is wanted from
};

void TestReadAgain::init()
{
    m_destination.reset();
    m_calls = std::make_unique<FailingCalls>();
    m_destination = std::make_unique<Destination>(*m_calls);
}

void TestReadAgain::leftInPeace()
{
    QVERIFY(cut());
    const std::unique_ptr<BatchLanding> landing = begin();
    QCOMPARE(m_offset, cutAt);
    QVERIFY(write(*landing, cutAt, m_content.size()));
    QVERIFY(!landing->isReading());
    const auto outcomes = landing->commit(Commit::All);
    QCOMPARE(outcomes.size(), size_t{1});
    QCOMPARE(outcomes[0].landed->digest, chainDigest(m_content));
    QCOMPARE(outcomes[0].note, QString());
    QVERIFY(hasLanded());
}

void TestReadAgain::touched_data()
{
    using Touch = std::function<bool(QFile&)>;
    QTest::addColumn<Touch>("touch");
    QTest::addColumn<bool>("isDamaged");
    QTest::newRow("only opened for writing")
        << Touch([](QFile& file) { return file.resize(cutAt); }) << false;
    QTest::newRow("a flipped bit") << Touch([](QFile& file) {
        return file.seek(chunkBytes + 5) && file.putChar('\1');
    }) << true;
    QTest::newRow("a zeroed block") << Touch([](QFile& file) {
        return file.seek(4096) && file.write(QByteArray(4096, '\0')) == 4096;
    }) << true;
    QTest::newRow("longer") << Touch([](QFile& file) {
        return file.seek(cutAt) && file.write("surplus") == 7;
    }) << false;
    QTest::newRow("longer than the whole")
        << Touch([](QFile& file) { return file.resize(30 * chunkBytes); }) << false;
    QTest::newRow("its end lost") << Touch([](QFile& file) {
        return file.resize(cutAt - 100) && file.resize(cutAt);
    }) << true;
}

/// Its time is put back in each case: its change still shows.
void TestReadAgain::touched()
{
    QFETCH(std::function<bool(QFile&)>, touch);
    QFETCH(bool, isDamaged);
    QVERIFY(cut());
    QFile file(partial());
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QDateTime before = file.fileTime(QFileDevice::FileModificationTime);
    QVERIFY(touch(file) && file.flush() && file.setFileTime(before, QFileDevice::FileModificationTime));
    file.close();

    const std::unique_ptr<BatchLanding> landing = begin();
    QCOMPARE(m_offset, cutAt);
    QVERIFY(write(*landing, cutAt, m_content.size()));
    QVERIFY(landing->isReading());
    readAll(*landing);
    QCOMPARE(landing->openFiles(), 1);
    QVERIFY(sendMissing(*landing, m_content));
    const auto outcomes = landing->commit(Commit::All);
    QCOMPARE(outcomes.size(), size_t{1});
    QVERIFY2(outcomes[0].landed,
             qPrintable(outcomes[0].landed ? QString() : outcomes[0].landed.error().text));
    QCOMPARE(outcomes[0].landed->digest, chainDigest(m_content));
    QCOMPARE(!outcomes[0].note.isEmpty(), isDamaged);
    QVERIFY(hasLanded());
}

void TestReadAgain::namedOnlyAfterReading()
{
    QVERIFY(kill());
    const std::unique_ptr<BatchLanding> landing = begin();
    QCOMPARE(m_offset, cutAt);
    const int read = m_calls->count(Call::ReadAt);
    QVERIFY(write(*landing, cutAt, m_content.size()));
    QVERIFY(m_calls->count(Call::ReadAt) <=
            read + 2); // the journal: the first new bytes waited for no others
    QVERIFY(landing->commit(Commit::All).empty());
    QCOMPARE(m_destination->entries(), QStringList());
    readAll(*landing);
    QVERIFY(landing->takeMissing().empty());
    QVERIFY(landing->commit(Commit::All).front().landed);
    QVERIFY(hasLanded());
}

/// Read before, between or after the chunks of the rest: the rest is not sent again.
void TestReadAgain::comesAgainAtAnyTime()
{
    for (const qint64 readAfter : {cutAt + chunkBytes, 16 * chunkBytes, 19 * chunkBytes}) {
        init();
        QVERIFY(kill());
        QFile file(partial());
        QVERIFY(file.open(QIODevice::ReadWrite) && file.putChar('x'));
        file.close();
        const std::unique_ptr<BatchLanding> landing = begin();
        QVERIFY(write(*landing, cutAt, readAfter));
        readAll(*landing);
        qint64 again = 0;
        for (qint64 offset = readAfter; offset < m_content.size(); offset += chunkBytes) {
            for (const Again& missing : landing->takeMissing()) {
                QCOMPARE(missing.offset, again);
                QVERIFY(writeChunk(*landing, 1, m_content, missing.offset));
                again += chunkBytes;
            }
            QVERIFY(writeChunk(*landing, 1, m_content, offset));
        }
        QVERIFY(sendMissing(*landing, m_content));
        QVERIFY(landing->commit(Commit::All).front().landed);
        QVERIFY(hasLanded());
    }
}

void TestReadAgain::cutWhileItComesAgain()
{
    QVERIFY(kill());
    QFile file(partial());
    QVERIFY(file.open(QIODevice::ReadWrite) && file.putChar('x'));
    file.close();
    std::unique_ptr<BatchLanding> landing = begin();
    QVERIFY(write(*landing, cutAt, m_content.size()));
    readAll(*landing);
    QVERIFY(sendMissing(*landing, m_content, 5));
    landing = begin(); // the older one has it still
    QCOMPARE(m_offset, 0);
    landing.reset();
    landing = begin();
    QCOMPARE(m_offset, 5 * chunkBytes);
    QVERIFY(write(*landing, m_offset, m_content.size()));
    QVERIFY(!landing->isReading());
    QVERIFY(landing->commit(Commit::All).front().landed);
    QVERIFY(hasLanded());
}

/// It was put back in time there: a mixture never gets the name.
void TestReadAgain::senderHasAnotherBeginning()
{
    QVERIFY(kill());
    QFile file(partial());
    QVERIFY(file.open(QIODevice::ReadWrite) && file.putChar('x'));
    file.close();
    const std::unique_ptr<BatchLanding> landing = begin();
    QVERIFY(write(*landing, cutAt, m_content.size()));
    readAll(*landing);
    QVERIFY(!sendMissing(*landing, someBytes(m_content.size(), 2)));
    QVERIFY(!landing->find(1));
    QCOMPARE(m_destination->entries(), QStringList());
    QCOMPARE(m_destination->partials(), QStringList());
}

void TestReadAgain::nothingIsVouchedForBeforeItIsSynced()
{
    std::unique_ptr<BatchLanding> landing = begin();
    QVERIFY(write(*landing, 0, cutAt));
    landing->leave();
    // The next connection does not wait for the sync.
    const std::unique_ptr<BatchLanding> next = begin();
    QCOMPARE(m_offset, cutAt);
    QVERIFY(write(*next, cutAt, cutAt + chunkBytes));
    landing->settle([] { return false; });
    QVERIFY(next->isReading());
    readAll(*next);
    QVERIFY(write(*next, cutAt + chunkBytes, m_content.size()));
    QVERIFY(next->commit(Commit::All).front().landed);
    QVERIFY(hasLanded());
}

/// What the disk has then nobody knows.
void TestReadAgain::failedSyncLeavesNothing()
{
    std::unique_ptr<BatchLanding> landing = begin();
    QVERIFY(write(*landing, 0, cutAt));
    m_calls->fail(Call::SyncData, EIO);
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"sync failed"_s));
    landing.reset();
    QCOMPARE(m_destination->partials(), QStringList());
}

void TestReadAgain::noTimeToSync()
{
    std::unique_ptr<BatchLanding> landing = begin();
    QVERIFY(write(*landing, 0, cutAt));
    landing->leave();
    const int synced = m_calls->count(Call::SyncData);
    landing->settle([] { return true; });
    QCOMPARE(m_calls->count(Call::SyncData), synced);
    landing = begin();
    QCOMPARE(m_offset, cutAt);
    QVERIFY(write(*landing, cutAt, m_content.size()));
    QVERIFY(landing->isReading());
}

void TestReadAgain::givesBackWhatIsNotWritten()
{
    {
        const std::unique_ptr<BatchLanding> landing = begin();
        QVERIFY(write(*landing, 0, chunkBytes));
        QVERIFY(writeChunk(*landing, 1, m_content, 7 * chunkBytes)); // behind a gap
    }
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(partial()).constData(), &status), 0);
    QCOMPARE(status.st_size, chunkBytes);
    QVERIFY(status.st_blocks * 512 <= chunkBytes + status.st_blksize);
}

/// Cut while the beginning of a whole one was read.
void TestReadAgain::wholeOnesGoOnToo()
{
    QVERIFY(kill());
    std::unique_ptr<BatchLanding> landing = begin();
    QVERIFY(write(*landing, cutAt, m_content.size()));
    landing.reset();
    landing = begin();
    QCOMPARE(m_offset, 20 * chunkBytes);
    QVERIFY(write(*landing, m_offset, m_content.size()));
    readAll(*landing);
    QVERIFY(landing->commit(Commit::All).front().landed);
    QVERIFY(hasLanded());
}

void TestReadAgain::grownWhileItCame()
{
    const std::unique_ptr<BatchLanding> landing = begin();
    QVERIFY(write(*landing, 0, cutAt));
    QVERIFY(QFile::resize(partial(), 30 * chunkBytes));
    QVERIFY(!writeRest(*landing, 1, m_content, cutAt));
    QCOMPARE(m_destination->entries(), QStringList());
    QCOMPARE(m_destination->partials(), QStringList());
}

QTEST_APPLESS_MAIN(TestReadAgain)
#include "tst_readagain.moc"
