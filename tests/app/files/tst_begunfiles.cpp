#include "batchtools.h"
#include "failingcalls.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Commit = BatchLanding::Commit;

namespace {

bool isPlanned(const Result<BatchLanding::Decision>& decision)
{
    return decision && std::holds_alternative<Plan::Want>(decision.value());
}

} // namespace

/// More files that chunks have come for than may be open.
class TestBegunFiles : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void manyBegunFilesKeepFewOpen();
    void oneThatRestedCannotBeSaved();
};

/// However many files a sender begins, and in whatever order their chunks come.
void TestBegunFiles::manyBegunFilesKeepFewOpen()
{
    constexpr FileNumber files = 9;
    const Destination destination;
    BatchLandingOptions few;
    few.limits.openWriters = 2;
    BatchLanding landing(destination.folder(), few);
    const QString staging =
        QFileInfo(destination.path(QLatin1StringView(stagingFolderName))).canonicalFilePath();
    const auto openThere = [&staging] {
        const QDir descriptors(u"/proc/self/fd"_s);
        const QStringList names = descriptors.entryList(QDir::Files | QDir::System | QDir::NoDotAndDotDot);
        return std::count_if(names.begin(), names.end(), [&](const QString& name) {
            return QFile::symLinkTarget(descriptors.filePath(name)).startsWith(staging + u'/');
        });
    };
    const auto contentFor = [](FileNumber file) { // every third one is too small to be continued
        return someBytes((file % 3 == 0 ? 3 : 5) * chunkBytes + file, static_cast<int>(file));
    };
    for (FileNumber file = 1; file <= files; ++file)
        QVERIFY(isPlanned(landing.plan(file, announcedFile(QString::number(file), contentFor(file).size()))));
    for (const int chunk : {1, 0, 2, 4, 3, 5}) {
        for (FileNumber file = 1; file <= files; ++file) {
            const QByteArray content = contentFor(file);
            if (chunk * chunkBytes < content.size())
                QVERIFY(writeChunk(landing, file, content, chunk * chunkBytes));
            QVERIFY(openThere() <= 2 * few.limits.openWriters + 1); // … and one that waits for its name
            static_cast<void>(landing.commit(Commit::Due));
        }
    }
    static_cast<void>(landing.commit(Commit::All));
    QCOMPARE(destination.entries().size(), files);
    for (FileNumber file = 1; file <= files; ++file)
        QCOMPARE(contentOf(destination.path(QString::number(file))), contentFor(file));
    QCOMPARE(destination.partials(), QStringList());
}

void TestBegunFiles::oneThatRestedCannotBeSaved()
{
    FailingCalls calls;
    const Destination destination(calls);
    BatchLandingOptions few;
    few.limits.openWriters = 1;
    BatchLanding landing(destination.folder(), few);
    const QByteArray content = someBytes(2 * chunkBytes);
    for (const FileNumber file : {1U, 2U})
        QVERIFY(isPlanned(landing.plan(file, announcedFile(QString::number(file), content.size()))));
    QVERIFY(writeChunk(landing, 1, content, 0));
    calls.fail(FailingCalls::Call::Close, EDQUOT); // as NFS tells it
    QVERIFY(writeChunk(landing, 2, content, 0));
    const auto written = writeChunk(landing, 1, content, chunkBytes);
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::IoError);
    QVERIFY(writeChunk(landing, 2, content, chunkBytes));
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    QCOMPARE(destination.partials(), QStringList());
}

QTEST_GUILESS_MAIN(TestBegunFiles)
#include "tst_begunfiles.moc"
