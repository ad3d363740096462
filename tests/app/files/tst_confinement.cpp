#include "failingcalls.h"
#include "landing.h"
#include "landingtools.h"

#include <QTest>

#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// Nothing leads out of the destination, with openat2 and on kernels without it.
class tst_Confinement final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void symbolicLinkAsFolder_data();
    void symbolicLinkAsFolder();
    void symbolicLinkAppearsWhileLanding_data() { kernels(); }
    void symbolicLinkAppearsWhileLanding();
    void symbolicLinkAsFile_data();
    void symbolicLinkAsFile();
    void fileAsFolder_data() { kernels(); }
    void fileAsFolder();
    void landsInDeepFolders_data() { kernels(); }
    void landsInDeepFolders();
    void stagingIsALink();
    void destinationItselfMayBeALink();
    void otherFileSystem();

private:
    static void kernels();
};

void tst_Confinement::kernels()
{
    QTest::addColumn<int>("openat2Error");
    QTest::newRow("openat2") << 0;
    QTest::newRow("old kernel") << ENOSYS;
    QTest::newRow("old container") << EPERM;
}

void tst_Confinement::symbolicLinkAsFolder_data()
{
    QTest::addColumn<int>("openat2Error");
    QTest::addColumn<QString>("target");
    QTest::addColumn<QString>("name");
    for (const int error : {0, ENOSYS, EPERM}) {
        QTest::addRow("absolute, %d", error) << error << u"OUTSIDE"_s << u"link/a"_s;
        QTest::addRow("upwards, %d", error) << error << u".."_s << u"link/a"_s;
        QTest::addRow("inside, %d", error) << error << u"inside"_s << u"link/a"_s;
        QTest::addRow("below the link, %d", error) << error << u"OUTSIDE"_s << u"link/b/a"_s;
        QTest::addRow("dangling, %d", error) << error << u"missing"_s << u"link/b/a"_s;
        QTest::addRow("magic, %d", error) << error << u"/proc/self/cwd"_s << u"link/a"_s;
    }
}

void tst_Confinement::symbolicLinkAsFolder()
{
    QFETCH(int, openat2Error);
    QFETCH(QString, target);
    QFETCH(QString, name);
    const QTemporaryDir outside;
    FailingCalls calls;
    if (openat2Error != 0)
        calls.fail(FailingCalls::Call::Open2, openat2Error, FailingCalls::always);
    const Destination destination(calls);
    QVERIFY(QDir(destination.path()).mkdir(u"inside"_s));
    target.replace(u"OUTSIDE"_s, outside.path());
    QVERIFY(QFile::link(target, destination.path(u"link"_s)));

    const Result<LandedFile> landed = destination.land(name, "x");
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, ErrorCode::UnsafeName);
    QVERIFY2(landed.error().text.contains(u"“link” is a symbolic link"), qPrintable(landed.error().text));
    QVERIFY(!Landing::makeFolder(*destination.folder(), safePath(u"link/new"_s)));
    QVERIFY(QDir(outside.path()).isEmpty());
    QCOMPARE(destination.entries(), (QStringList{u"inside"_s, u"link@"_s}));
}

void tst_Confinement::symbolicLinkAppearsWhileLanding()
{
    QFETCH(int, openat2Error);
    const QTemporaryDir outside;
    FailingCalls calls;
    if (openat2Error != 0)
        calls.fail(FailingCalls::Call::Open2, openat2Error, FailingCalls::always);
    const Destination destination(calls);
    auto landing = destination.begin(u"x/a"_s, 0);
    QVERIFY(landing);
    QVERIFY(QFile::link(outside.path(), destination.path(u"x"_s)));
    const Result<LandedFile> landed = landing.value()->finish({});
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, ErrorCode::UnsafeName);
    QVERIFY(QDir(outside.path()).isEmpty());
}

void tst_Confinement::symbolicLinkAsFile_data()
{
    QTest::addColumn<ConflictPolicy>("conflict");
    QTest::addColumn<QStringList>("entries");
    QTest::newRow("rename") << ConflictPolicy::Rename << QStringList{u"a (1).txt"_s, u"a.txt@"_s};
    QTest::newRow("replace") << ConflictPolicy::Replace << QStringList{u"a.txt"_s};
    QTest::newRow("skip") << ConflictPolicy::Skip << QStringList{u"a.txt@"_s};
}

void tst_Confinement::symbolicLinkAsFile()
{
    QFETCH(ConflictPolicy, conflict);
    QFETCH(QStringList, entries);
    const QTemporaryDir outside;
    for (const bool isDangling : {false, true}) {
        const Destination destination;
        const QString target = outside.filePath(isDangling ? u"missing"_s : u"there"_s);
        QVERIFY(isDangling || writeFile(target, "theirs"));
        QVERIFY(QFile::link(target, destination.path(u"a.txt"_s)));
        QCOMPARE(destination.land(u"a.txt"_s, "x", conflict).isOk(), conflict != ConflictPolicy::Skip);
        QCOMPARE(destination.entries(), entries);
        QCOMPARE(QFile::exists(target), !isDangling);
        QVERIFY(isDangling || contentOf(target) == "theirs");
    }
}

void tst_Confinement::fileAsFolder()
{
    QFETCH(int, openat2Error);
    FailingCalls calls;
    if (openat2Error != 0)
        calls.fail(FailingCalls::Call::Open2, openat2Error, FailingCalls::always);
    const Destination destination(calls);
    QVERIFY(destination.land(u"x/file"_s, "old"));
    const auto landing = destination.begin(u"x/file/y/a"_s, 1);
    QVERIFY(!landing);
    QCOMPARE(landing.error().code, ErrorCode::AlreadyExists);
    QVERIFY2(landing.error().text.contains(u"“x/file” is a file"), qPrintable(landing.error().text));
    QCOMPARE(contentOf(destination.path(u"x/file"_s)), "old");
}

void tst_Confinement::landsInDeepFolders()
{
    QFETCH(int, openat2Error);
    FailingCalls calls;
    if (openat2Error != 0)
        calls.fail(FailingCalls::Call::Open2, openat2Error, FailingCalls::always);
    const Destination destination(calls);
    const QString folder = u"f/"_s.repeated(100);
    QVERIFY(destination.land(folder + u"a"_s, "1"));
    QVERIFY(destination.land(folder + u"b"_s, "2"));
    QCOMPARE(contentOf(destination.path(folder + u"b"_s)), "2");
}

void tst_Confinement::stagingIsALink()
{
    const QTemporaryDir outside;
    const QTemporaryDir root;
    QVERIFY(QFile::link(outside.path(), root.filePath(u".sockdrop-partial"_s)));
    const auto folder = LandingFolder::open(root.path());
    QVERIFY(!folder);
    QCOMPARE(folder.error().code, ErrorCode::PermissionDenied);
    QVERIFY(folder.error().text.contains(root.path()));
}

void tst_Confinement::destinationItselfMayBeALink()
{
    const QTemporaryDir real;
    const QTemporaryDir root;
    const QString link = root.filePath(u"link"_s);
    QVERIFY(QFile::link(real.path(), link));
    const auto folder = LandingFolder::open(link);
    QVERIFY(folder);
    auto landing = Landing::begin(folder.value(), safePath(u"a"_s), 0, ConflictPolicy::Rename);
    QVERIFY(landing);
    QCOMPARE(landing.value()->finish({}).value().absolutePath, link + u"/a"_s);
    QVERIFY(QFile::exists(real.filePath(u"a"_s)));
}

void tst_Confinement::otherFileSystem()
{
    // A mount of our own would need root: the calls say what the kernel says at one.
    FailingCalls calls;
    const Destination destination(calls);
    QVERIFY(QDir(destination.path()).mkdir(u"mounted"_s));
    calls.fail(FailingCalls::Call::Open2, EXDEV, 2); // after the destination's "."
    const auto landing = destination.begin(u"mounted/a"_s, 1);
    QVERIFY(!landing);
    QCOMPARE(landing.error().code, ErrorCode::Unsupported);
    QVERIFY(landing.error().text.contains(u"“mounted”"));

    calls.fail(FailingCalls::Call::Rename, EXDEV);
    const Result<LandedFile> landed = destination.land(u"mounted/a"_s, "x");
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, ErrorCode::Unsupported);
    QCOMPARE(destination.entries(), QStringList(u"mounted"_s));
}

QTEST_APPLESS_MAIN(tst_Confinement)
#include "tst_confinement.moc"
