#include "batchtools.h"
#include "dataruns.h"
#include "failingcalls.h"

#include <QTest>

#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Commit = BatchLanding::Commit;

namespace {

constexpr qint64 size = 8 * chunkBytes;

/// Zeros but for a block in the third chunk and the last byte.
QByteArray sparseBytes()
{
    QByteArray bytes(size, '\0');
    bytes.replace(2 * chunkBytes + 8192, 4096, someBytes(4096));
    bytes.back() = 'x';
    return bytes;
}

AnnouncedFile sparseFile(qint64 space = 8192)
{
    AnnouncedFile file = announcedFile(u"disk"_s, size, u"source"_s);
    file.space = space;
    return file;
}

BatchLandingOptions options()
{
    BatchLandingOptions options;
    options.batch.id = "batch";
    return options;
}

/// On the disk.
qint64 bytesOf(const QString& path)
{
    struct stat status = {};
    return ::stat(QFile::encodeName(path).constData(), &status) == 0 ? status.st_blocks * 512 : -1;
}

} // namespace

/// Files with holes keep them.
class TestSparseFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void runs_data();
    void runs();
    void holesStayHoles();
    void nothingOldShowsThroughAHole();
    void onlyWhatIsNeededHasToFit();
    void fullDiskCanBeTriedAgain();
};

Q_DECLARE_METATYPE(std::vector<sockdrop::DataRun>)

void TestSparseFiles::runs_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<std::vector<DataRun>>("expected");
    const QByteArray zero(4096, '\0');
    const QByteArray data(4096, 'x');
    using Runs = std::vector<DataRun>;
    QTest::newRow("nothing") << QByteArray() << Runs{};
    QTest::newRow("zeros") << zero + zero + QByteArray(5, '\0') << Runs{};
    QTest::newRow("data") << data + data << Runs{{0, 8192}};
    QTest::newRow("both") << zero + data + data + zero + data << Runs{{4096, 8192}, {16384, 4096}};
    QTest::newRow("a last byte") << zero + "x"_ba << Runs{{4096, 1}};
    QTest::newRow("a byte among zeros") << zero.first(4095) + "x"_ba + zero << Runs{{0, 4096}};
}

void TestSparseFiles::runs()
{
    QFETCH(QByteArray, bytes);
    QTEST(dataRuns(bytes), "expected");
}

void TestSparseFiles::holesStayHoles()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    const QByteArray content = sparseBytes();
    QVERIFY(landing.plan(1, sparseFile()));
    QVERIFY(writeRest(landing, 1, content));
    const auto outcomes = landing.commit(Commit::All);
    QCOMPARE(outcomes.size(), size_t{1});
    QCOMPARE(outcomes[0].landed->digest, chainDigest(content));
    QCOMPARE(contentOf(destination.path(u"disk"_s)), content);
    QVERIFY(bytesOf(destination.path(u"disk"_s)) < chunkBytes);
    // Nobody said that this one has holes.
    QVERIFY(landing.plan(2, announcedFile(u"zeros"_s, size)));
    QVERIFY(writeRest(landing, 2, content));
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    QVERIFY(bytesOf(destination.path(u"zeros"_s)) >= size);
}

/// A partial file may hold more than what is verified of it.
void TestSparseFiles::nothingOldShowsThroughAHole()
{
    const Destination destination;
    const QByteArray content = sparseBytes();
    {
        BatchLanding landing(destination.folder(), options());
        QVERIFY(landing.plan(1, sparseFile()));
        QVERIFY(writeChunk(landing, 1, content, 0));
        QVERIFY(writeChunk(landing, 1, content, chunkBytes));
        QVERIFY(writeChunk(landing, 1, QByteArray(size, 'o'), 3 * chunkBytes)); // behind a gap
    }
    BatchLanding landing(destination.folder(), options());
    const Result<BatchLanding::Decision> decision = landing.plan(1, sparseFile());
    QVERIFY(decision && std::holds_alternative<Plan::Want>(decision.value()));
    const qint64 from = std::get<Plan::Want>(decision.value()).offset;
    QVERIFY(from <= 2 * chunkBytes);
    QVERIFY(writeRest(landing, 1, content, from));
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    QCOMPARE(contentOf(destination.path(u"disk"_s)), content);
}

void TestSparseFiles::onlyWhatIsNeededHasToFit()
{
    FailingCalls calls;
    const Destination destination(calls);
    calls.pretendFree(size + 1'100'000);
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(landing.plan(1, sparseFile(2 * size)).isOk(), true); // no more than its size
    QCOMPARE(landing.plan(2, announcedFile(u"full"_s, size)).error().code, ErrorCode::NoSpace);
    AnnouncedFile other = sparseFile(1'000'000);
    other.path = u"other"_s;
    QVERIFY(landing.plan(3, other));
    other.path = u"another"_s;
    other.space = size;
    QCOMPARE(landing.plan(4, other).error().code, ErrorCode::NoSpace);
    landing.discard(1);
    QVERIFY(landing.plan(5, other));
}

void TestSparseFiles::fullDiskCanBeTriedAgain()
{
    FailingCalls calls;
    const Destination destination(calls);
    BatchLanding landing(destination.folder(), options());
    const QByteArray content = sparseBytes();
    QVERIFY(landing.plan(1, sparseFile()));
    QVERIFY(writeChunk(landing, 1, content, 0));
    for (const auto call : {FailingCalls::Call::WriteAt, FailingCalls::Call::Truncate}) {
        calls.fail(call, ENOSPC);
        const auto full = writeChunk(landing, 1, content,
                                     call == FailingCalls::Call::Truncate ? chunkBytes : 2 * chunkBytes);
        QVERIFY(full && full.value() == BatchLanding::ChunkResult::NoSpace);
    }
    QVERIFY(writeRest(landing, 1, content, chunkBytes));
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    QCOMPARE(contentOf(destination.path(u"disk"_s)), content);
}

QTEST_APPLESS_MAIN(TestSparseFiles)
#include "tst_sparsefiles.moc"
