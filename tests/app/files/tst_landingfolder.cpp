#include "failingcalls.h"
#include "landingfolder.h"
#include "landingtools.h"

#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Call = FailingCalls::Call;

class tst_LandingFolder final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void opens();
    void refuses_data();
    void refuses();
    void failingCalls_data();
    void failingCalls();
    void foreignStagingFolder_data();
    void foreignStagingFolder();
    void bytesFree();
    void bytesFreeUnknown();
    void stalePartials();
    void stalePartialsWithoutLocks();
    void spaceOfAKilledReceiver();
};

void tst_LandingFolder::opens()
{
    const QTemporaryDir root;
    QVERIFY(LandingFolder::open(root.path()));
    const auto folder = LandingFolder::open(root.path() + u"/."_s);
    QVERIFY(folder);
    QVERIFY(QDir::isAbsolutePath(folder.value()->path()));
    struct stat status = {};
    const QString staging = root.filePath(u".sockdrop-partial"_s);
    QCOMPARE(::stat(QFile::encodeName(staging).constData(), &status), 0);
    QCOMPARE(status.st_mode & 07777, 0700U);
}

void tst_LandingFolder::refuses_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("missing") << u"missing"_s << ErrorCode::NotFound;
    QTest::newRow("file") << u"file"_s << ErrorCode::NotFound;
    QTest::newRow("below a file") << u"file/x"_s << ErrorCode::NotFound;
    QTest::newRow("dangling link") << u"dangling"_s << ErrorCode::NotFound;
    QTest::newRow("staging is a file") << u"taken"_s << ErrorCode::PermissionDenied;
}

void tst_LandingFolder::refuses()
{
    QFETCH(QString, name);
    QFETCH(ErrorCode, code);
    const QTemporaryDir root;
    QVERIFY(writeFile(root.filePath(u"file"_s), "x"));
    QVERIFY(QFile::link(root.filePath(u"nowhere"_s), root.filePath(u"dangling"_s)));
    QVERIFY(QDir(root.path()).mkdir(u"taken"_s));
    QVERIFY(writeFile(root.filePath(u"taken/.sockdrop-partial"_s), "x"));
    const auto folder = LandingFolder::open(root.filePath(name));
    QVERIFY(!folder);
    QCOMPARE(folder.error().code, code);
    QVERIFY2(folder.error().text.contains(root.filePath(name)), qPrintable(folder.error().text));
    QVERIFY(!LandingFolder::open(QString()));
    QVERIFY(!LandingFolder::open(root.path() + QChar(QChar::Null)));
}

void tst_LandingFolder::failingCalls_data()
{
    QTest::addColumn<int>("call");
    QTest::addColumn<int>("errnoValue");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* name, Call call, int errnoValue, ErrorCode code) {
        QTest::newRow(name) << static_cast<int>(call) << errnoValue << code;
    };
    row("unreadable", Call::Open, EACCES, ErrorCode::PermissionDenied);
    row("broken", Call::Open, EIO, ErrorCode::IoError);
    row("not writable", Call::Access, EACCES, ErrorCode::PermissionDenied);
    row("mounted read-only", Call::Access, EROFS, ErrorCode::PermissionDenied);
    row("staging not made", Call::MakeFolder, EROFS, ErrorCode::PermissionDenied);
    row("staging without space", Call::MakeFolder, ENOSPC, ErrorCode::NoSpace);
    row("staging unreadable", Call::Open2, EACCES, ErrorCode::PermissionDenied);
    row("status", Call::Status, EIO, ErrorCode::PermissionDenied);
}

void tst_LandingFolder::failingCalls()
{
    QFETCH(int, call);
    QFETCH(int, errnoValue);
    QFETCH(ErrorCode, code);
    const QTemporaryDir root;
    FailingCalls calls;
    calls.fail(static_cast<Call>(call), errnoValue);
    const auto folder = LandingFolder::open(root.path(), calls);
    QVERIFY(!folder);
    QCOMPARE(folder.error().code, code);
    QVERIFY2(folder.error().text.contains(root.path()), qPrintable(folder.error().text));
}

void tst_LandingFolder::foreignStagingFolder_data()
{
    QTest::addColumn<uint>("stagingOwner");
    QTest::addColumn<uint>("folderOwner");
    QTest::addColumn<bool>("opens");
    const uint me = ::geteuid();
    QTest::newRow("mine in mine") << me << me << true;
    QTest::newRow("mine in a shared one") << me << me + 1 << true;
    QTest::newRow("a mount without owners") << me + 1 << me + 1 << true;
    QTest::newRow("a stranger's in mine") << me + 1 << me << false;
    QTest::newRow("a stranger's in a shared one") << me + 1 << me + 2 << false;
}

void tst_LandingFolder::foreignStagingFolder()
{
    QFETCH(uint, stagingOwner);
    QFETCH(uint, folderOwner);
    QFETCH(bool, opens);
    const QTemporaryDir root;
    FailingCalls calls;
    calls.pretendOwners(stagingOwner, folderOwner);
    QCOMPARE(LandingFolder::open(root.path(), calls).isOk(), opens);
}

void tst_LandingFolder::bytesFree()
{
    FailingCalls calls;
    const Destination destination(calls);
    QVERIFY(destination.folder()->bytesFree().value() > 0);
    calls.pretendFree(12345);
    QCOMPARE(destination.folder()->bytesFree().value(), 12345);
    calls.pretendFree(std::numeric_limits<quint64>::max() - 1);
    QCOMPARE(destination.folder()->bytesFree().value(), std::numeric_limits<qint64>::max());
    calls.fail(Call::Space, EIO);
    QCOMPARE(destination.folder()->bytesFree().error().code, ErrorCode::IoError);
}

void tst_LandingFolder::bytesFreeUnknown()
{
    class Unknowing final : public SystemCalls
    {
        int fstatvfs(int, struct statvfs* status) const override
        {
            *status = {};
            return 0;
        }
    };
    const Unknowing calls;
    const Destination destination(calls);
    QCOMPARE(destination.folder()->bytesFree().error().code, ErrorCode::Unsupported);
    QVERIFY(destination.land(u"a"_s, "x"));
}

void tst_LandingFolder::stalePartials()
{
    const Destination destination;
    Limits limits;
    auto live = destination.begin(u"live"_s, 4);
    QVERIFY(live);
    QVERIFY(destination.begin(u"left"_s, 4)); // destroyed at once
    QCOMPARE(destination.partials().size(), 2);
    // The sender's time must not make a partial look old.
    const QString left = destination.path(u".sockdrop-partial/"_s);
    for (const QString& name : destination.partials()) {
        const timespec longAgo[2] = {{0, 0}, {0, 0}};
        QCOMPARE(::utimensat(AT_FDCWD, QFile::encodeName(left + name).constData(), longAgo, 0), 0);
    }
    QCOMPARE(destination.folder()->removeStalePartials(limits), 0);
    limits.partialLifetime = std::chrono::hours(0);
    QCOMPARE(destination.folder()->removeStalePartials(limits), 1);
    QCOMPARE(destination.partials().size(), 1);
    QVERIFY(live.value()->append("1234"));
    QVERIFY(live.value()->finish({}));
    QCOMPARE(contentOf(destination.path(u"live"_s)), "1234");
}

void tst_LandingFolder::spaceOfAKilledReceiver()
{
    FailingCalls calls;
    calls.fail(Call::Truncate, EIO); // as if killed: nothing is given back
    const Destination destination(calls);
    QVERIFY(destination.begin(u"left"_s, 1 << 20));
    const QString left = destination.path(u".sockdrop-partial/"_s) + destination.partials().constFirst();
    QCOMPARE(destination.folder()->removeStalePartials(Limits()), 0);
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(left).constData(), &status), 0);
    QVERIFY(status.st_blocks * 512 <= status.st_blksize);
}

void tst_LandingFolder::stalePartialsWithoutLocks()
{
    FailingCalls calls;
    calls.fail(Call::Lock, EOPNOTSUPP, FailingCalls::always);
    const Destination destination(calls);
    QVERIFY(destination.begin(u"left"_s, 4));
    // What else lies there is not ours to remove.
    QVERIFY(QDir(destination.path()).mkdir(u".sockdrop-partial/folder"_s));
    Limits limits;
    QCOMPARE(destination.folder()->removeStalePartials(limits), 0);
    limits.partialLifetime = std::chrono::hours(0);
    calls.fail(Call::Unlink, EACCES);
    QCOMPARE(destination.folder()->removeStalePartials(limits), 0);
    QCOMPARE(destination.folder()->removeStalePartials(limits), 1);
    QVERIFY(QFileInfo(destination.path(u".sockdrop-partial/folder"_s)).isDir());
}

QTEST_APPLESS_MAIN(tst_LandingFolder)
#include "tst_landingfolder.moc"
