#include "batchtools.h"
#include "landlock.h"

#include <QTest>

#include <cerrno>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

/// errno of opening it, 0 when that works.
int problemOf(const QString& path, int flags)
{
    const int file = ::open(QFile::encodeName(path).constData(), flags | O_CLOEXEC, 0600);
    if (file < 0)
        return errno;
    ::close(file);
    return 0;
}

} // namespace

/// Each in a thread of its own, since nothing lets a thread out again.
class TestLandlock : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void nothingElseIsInReach();
    void landingGoesOn();
};

void TestLandlock::nothingElseIsInReach()
{
    const Destination destination;
    const QTemporaryDir elsewhere;
    bool isConfined = false;
    QList<int> problems;
    int ownProblem = 0;
    std::thread thread([&] {
        isConfined = confineThread(destination.folder()->descriptor());
        problems = {
            problemOf(u"/etc/passwd"_s, O_RDONLY), problemOf(elsewhere.filePath(u"a"_s), O_WRONLY | O_CREAT),
            ::symlink("/", QFile::encodeName(destination.path(u"link"_s)).constData()) == 0 ? 0 : errno};
        ownProblem = problemOf(destination.path(u"a"_s), O_WRONLY | O_CREAT);
    });
    thread.join();
    if (isConfined)
        QCOMPARE(problems, QList<int>({EACCES, EACCES, EACCES}));
    QCOMPARE(ownProblem, 0);
    QCOMPARE(problemOf(u"/etc/passwd"_s, O_RDONLY), 0); // other threads are free
}

/// Folders, a replaced file, a large file with its journal, a refused one and the clean-up.
void TestLandlock::landingGoesOn()
{
    const Destination destination;
    QVERIFY(writeFile(destination.path(u"there"_s), "old"));
    const QByteArray large = someBytes(6 * chunkBytes + 7);
    size_t landed = 0;
    bool isSynced = false;
    std::thread thread([&] {
        static_cast<void>(confineThread(destination.folder()->descriptor()));
        BatchLandingOptions options;
        options.batch = {{}, "0123456789abcdef0123456789abcdef"};
        options.conflict = ConflictPolicy::Replace;
        options.limits.partialBytes = chunkBytes;
        options.readsBack = true;
        BatchLanding landing(destination.folder(), options);
        for (const auto& [number, path] : {std::pair(1U, u"a/b/c"_s), std::pair(2U, u"there"_s)}) {
            static_cast<void>(landing.plan(number, announcedFile(path, 3)));
            static_cast<void>(writeRest(landing, number, "new"));
        }
        static_cast<void>(landing.plan(3, announcedFile(u"large"_s, large.size())));
        static_cast<void>(writeRest(landing, 3, large));
        static_cast<void>(landing.plan(4, announcedFile(u"given up"_s, 10)));
        landing.discard(4);
        for (const BatchLanding::Outcome& outcome : landing.commit(BatchLanding::Commit::All))
            landed += outcome.landed ? 1 : 0;
        isSynced = landing.sync().isOk();
    });
    thread.join();
    QCOMPARE(landed, size_t{3});
    QVERIFY(isSynced);
    QCOMPARE(destination.entries(), QStringList({u"a"_s, u"a/b"_s, u"a/b/c"_s, u"large"_s, u"there"_s}));
    QCOMPARE(contentOf(destination.path(u"there"_s)), "new"_ba);
    QVERIFY(contentOf(destination.path(u"large"_s)) == large);
    QVERIFY(destination.partials().isEmpty());
}

QTEST_GUILESS_MAIN(TestLandlock)
#include "tst_landlock.moc"
