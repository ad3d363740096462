#include "datasize.h"
#include "failingcalls.h"
#include "landing.h"
#include "landingtools.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Call = FailingCalls::Call;

/// Landing on a device that fails: never anything but a whole file under a final name.
class tst_LandingFaults final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void timesBehindFuse2();
    void failsClearly_data();
    void failsClearly();
    void fails_atAnyCall_data();
    void fails_atAnyCall();
    void gets_over_data();
    void gets_over();
    void shortWrites();
    void shortWriteThenFull();
    void notEnoughSpace_data();
    void notEnoughSpace();
    void withoutRenameFlags();
    void neitherRenameFlagsNorLinks();
    void failedFolderSyncTakesBack();
    void failedFolderSyncAfterReplace();
    void failedSecondNameStays();
    void partialIsThereForTheNextTry();

private:
    static int openFiles() { return static_cast<int>(QDir(u"/proc/self/fd"_s).count()); }
};

void tst_LandingFaults::failsClearly_data()
{
    QTest::addColumn<int>("call");
    QTest::addColumn<int>("errnoValue");
    QTest::addColumn<int>("nth");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* name, Call call, int errnoValue, int nth, ErrorCode code) {
        QTest::newRow(name) << static_cast<int>(call) << errnoValue << nth << code;
    };
    row("staging file: forbidden", Call::Open, EACCES, 1, ErrorCode::PermissionDenied);
    row("staging file: full", Call::Open, ENOSPC, 1, ErrorCode::NoSpace);
    row("folder: not writable", Call::Access, EACCES, 1, ErrorCode::PermissionDenied);
    row("folder: read-only", Call::Access, EROFS, 1, ErrorCode::PermissionDenied);
    row("folder: unreadable", Call::Open2, EACCES, 2, ErrorCode::PermissionDenied);
    row("space unknown", Call::Space, EIO, 1, ErrorCode::IoError);
    row("reserve: full", Call::Reserve, ENOSPC, 1, ErrorCode::NoSpace);
    row("reserve: quota", Call::Reserve, EDQUOT, 1, ErrorCode::NoSpace);
    row("reserve: too large", Call::Reserve, EFBIG, 1, ErrorCode::TooLarge);
    row("first write: full", Call::Write, ENOSPC, 1, ErrorCode::NoSpace);
    row("second write: quota", Call::Write, EDQUOT, 2, ErrorCode::NoSpace);
    row("last write: broken", Call::Write, EIO, 3, ErrorCode::IoError);
    row("write: too large", Call::Write, EFBIG, 1, ErrorCode::TooLarge);
    row("time: broken", Call::SetTimes, EIO, 1, ErrorCode::IoError);
    row("sync: broken", Call::SyncData, EIO, 1, ErrorCode::IoError);
    row("sync: full", Call::SyncData, ENOSPC, 1, ErrorCode::NoSpace);
    row("close: broken", Call::Close, EIO, FailingCalls::always, ErrorCode::IoError);
    row("close: quota", Call::Close, EDQUOT, FailingCalls::always, ErrorCode::NoSpace);
    row("rename: broken", Call::Rename, EIO, 1, ErrorCode::IoError);
    row("rename: full", Call::Rename, ENOSPC, 1, ErrorCode::NoSpace);
    row("rename: forbidden", Call::Rename, EACCES, 1, ErrorCode::PermissionDenied);
    row("rename: other file system", Call::Rename, EXDEV, 1, ErrorCode::Unsupported);
    row("folder sync: broken", Call::Sync, EIO, 1, ErrorCode::IoError);
}

void tst_LandingFaults::failsClearly()
{
    QFETCH(int, call);
    QFETCH(int, errnoValue);
    QFETCH(int, nth);
    QFETCH(ErrorCode, code);
    FailingCalls calls;
    const Destination destination(calls);
    QVERIFY(QDir(destination.path()).mkdir(u"x"_s));
    calls.fail(static_cast<Call>(call), errnoValue, nth);
    const Result<LandedFile> landed =
        destination.land(u"x/a"_s, "12345678", ConflictPolicy::Rename, QDateTime::currentDateTime());
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, code);
    QVERIFY2(landed.error().text.contains(u"a”") || landed.error().text.contains(u"“x”") ||
                 landed.error().text.contains(destination.path()),
             qPrintable(landed.error().text));
    QCOMPARE(destination.entries(), QStringList(u"x"_s));
    QVERIFY(destination.partials().size() <= 1);
}

void tst_LandingFaults::fails_atAnyCall_data()
{
    QTest::addColumn<int>("errnoValue");
    QTest::addColumn<ConflictPolicy>("conflict");
    for (const auto conflict : {ConflictPolicy::Rename, ConflictPolicy::Replace, ConflictPolicy::Skip}) {
        for (const int error : {EIO, EPERM, EINTR, EINVAL, ENOENT, ENOSYS, EEXIST})
            QTest::addRow("%s, %s", qPrintable(conflictPolicyName(conflict)), strerrorname_np(error))
                << error << conflict;
    }
}

void tst_LandingFaults::fails_atAnyCall()
{
    QFETCH(int, errnoValue);
    QFETCH(ConflictPolicy, conflict);
    const QByteArray content("12345678");
    const int openBefore = openFiles();
    bool isEveryCallDone = false;
    int failures = 0;
    for (int nth = 1; !isEveryCallDone; ++nth) {
        QVERIFY(nth < 200);
        FailingCalls calls;
        const Destination destination(calls);
        calls.failAnyCall(errnoValue, nth);
        const int before = calls.countOfAll();
        const Result<LandedFile> landed =
            destination.land(u"x/y/a"_s, content, conflict, QDateTime::currentDateTime());
        isEveryCallDone = calls.countOfAll() - before < nth;
        failures += landed ? 0 : 1;
        const QString name = destination.path(landed ? landed->relativePath : u"x/y/a"_s);
        if (landed)
            QCOMPARE(contentOf(name), content);
        else if (conflict == ConflictPolicy::Replace && QFile::exists(name))
            QCOMPARE(contentOf(name), content); // whole, and told as not safe against a power cut
        else
            QVERIFY(destination.entries().filter(u"/a"_s).isEmpty());
        QVERIFY(destination.entries().filter(u"/a"_s).size() <= 1);
    }
    // Open files of what was destroyed by now.
    QCOMPARE(openFiles(), openBefore);
    if (errnoValue == EIO)
        QVERIFY(failures >= 15);
}

void tst_LandingFaults::gets_over_data()
{
    QTest::addColumn<int>("call");
    QTest::addColumn<int>("errnoValue");
    const auto row = [](const char* name, Call call, int errnoValue) {
        QTest::newRow(name) << static_cast<int>(call) << errnoValue;
    };
    row("interrupted write", Call::Write, EINTR);
    row("interrupted reservation", Call::Reserve, EINTR);
    row("no reservation", Call::Reserve, EOPNOTSUPP);
    row("no locks", Call::Lock, ENOLCK);
    row("foreign times", Call::SetTimes, EPERM);
    row("no sync of folders", Call::Sync, EINVAL);
}

void tst_LandingFaults::gets_over()
{
    QFETCH(int, call);
    QFETCH(int, errnoValue);
    FailingCalls calls;
    const Destination destination(calls);
    calls.fail(static_cast<Call>(call), errnoValue);
    QVERIFY(destination.land(u"a"_s, "12345678", ConflictPolicy::Rename, QDateTime::currentDateTime()));
    QVERIFY(calls.count(static_cast<Call>(call)) > 0);
    QCOMPARE(contentOf(destination.path(u"a"_s)), "12345678");
}

void tst_LandingFaults::shortWrites()
{
    FailingCalls calls;
    const Destination destination(calls);
    calls.shortenWrites(7);
    const QByteArray content = QByteArray("0123456789").repeated(10);
    auto landing = destination.begin(u"a"_s, content.size());
    QVERIFY(landing);
    QVERIFY(landing.value()->append(content));
    QCOMPARE(calls.count(Call::Write), 15);
    QVERIFY(landing.value()->finish({}));
    QCOMPARE(contentOf(destination.path(u"a"_s)), content);
}

void tst_LandingFaults::shortWriteThenFull()
{
    FailingCalls calls;
    const Destination destination(calls);
    auto landing = destination.begin(u"a"_s);
    QVERIFY(landing);
    calls.shortenWrites(4);
    calls.fail(Call::Write, ENOSPC, 2);
    const Result<void> written = landing.value()->append("12345678");
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::NoSpace);
    // The device works again, but four bytes are missing by now.
    QVERIFY(!landing.value()->append("12345678"));
    QVERIFY(!landing.value()->finish({}));
    QCOMPARE(destination.entries(), QStringList());
}

void tst_LandingFaults::notEnoughSpace_data()
{
    QTest::addColumn<int>("free");
    QTest::addColumn<bool>("fits");
    QTest::newRow("more") << 1'000'001 << true;
    QTest::newRow("just") << 1'000'000 << true;
    QTest::newRow("one missing") << 999'999 << false;
    QTest::newRow("none") << 0 << false;
}

void tst_LandingFaults::notEnoughSpace()
{
    QFETCH(int, free);
    QFETCH(bool, fits);
    FailingCalls calls;
    const Destination destination(calls);
    calls.pretendFree(static_cast<quint64>(free));
    const auto landing = destination.begin(u"a"_s, 1'000'000);
    QCOMPARE(landing.isOk(), fits);
    if (!fits) {
        QCOMPARE(landing.error().code, ErrorCode::NoSpace);
        QVERIFY(landing.error().text.contains(dataSize(1'000'000)));
        QVERIFY(landing.error().text.contains(dataSize(free)));
        QVERIFY(destination.partials().isEmpty());
    }
    QVERIFY(destination.begin(u"empty"_s, 0));
}

void tst_LandingFaults::withoutRenameFlags()
{
    FailingCalls calls;
    const Destination destination(calls);
    for (const int error : {EINVAL, ENOSYS}) {
        calls.fail(Call::Rename, error, FailingCalls::always);
        QVERIFY(destination.land(u"a"_s, "x"));
    }
    QCOMPARE(destination.entries(), (QStringList{u"a"_s, u"a (1)"_s}));
    QVERIFY(destination.partials().isEmpty());
    QCOMPARE(destination.begin(u"a"_s, 1, ConflictPolicy::Skip).error().code, ErrorCode::AlreadyExists);
}

void tst_LandingFaults::neitherRenameFlagsNorLinks()
{
    FailingCalls calls;
    const Destination destination(calls);
    calls.fail(Call::Rename, EINVAL, FailingCalls::always);
    calls.fail(Call::Link, EPERM, FailingCalls::always);
    // Nor can it rename at all; tst_poordisks has those that can.
    QCOMPARE(destination.land(u"a"_s, "x").error().code, ErrorCode::UnsafeName);
    // A name that the file system does not take looks the same at rename, but not at link.
    calls.fail(Call::Link, EINVAL, FailingCalls::always);
    QCOMPARE(destination.land(u"a?"_s, "x").error().code, ErrorCode::UnsafeName);
    QCOMPARE(destination.entries(), QStringList());
}

void tst_LandingFaults::failedFolderSyncTakesBack()
{
    FailingCalls calls;
    const Destination destination(calls);
    for (const auto conflict : {ConflictPolicy::Rename, ConflictPolicy::Skip}) {
        calls.fail(Call::Sync, EIO);
        const Result<LandedFile> landed = destination.land(u"a"_s, "new", conflict);
        QVERIFY(!landed);
        QCOMPARE(landed.error().code, ErrorCode::IoError);
        QCOMPARE(destination.entries(), QStringList());
    }
    QCOMPARE(destination.partials().size(), 2);
}

void tst_LandingFaults::failedFolderSyncAfterReplace()
{
    FailingCalls calls;
    const Destination destination(calls);
    QVERIFY(writeFile(destination.path(u"a"_s), "old"));
    calls.fail(Call::Sync, EIO);
    const Result<LandedFile> landed = destination.land(u"a"_s, "new", ConflictPolicy::Replace);
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, ErrorCode::IoError);
    QCOMPARE(contentOf(destination.path(u"a"_s)), "new");
}

void tst_LandingFaults::failedSecondNameStays()
{
    FailingCalls calls;
    const Destination destination(calls);
    calls.fail(Call::Rename, EINVAL, FailingCalls::always);
    calls.fail(Call::Unlink, EIO);
    QVERIFY(destination.land(u"a"_s, "x"));
    QCOMPARE(contentOf(destination.path(u"a"_s)), "x");
    QCOMPARE(destination.partials().size(), 1);
}

void tst_LandingFaults::partialIsThereForTheNextTry()
{
    FailingCalls calls;
    const Destination destination(calls);
    calls.fail(Call::Write, ENOSPC, 3);
    QVERIFY(!destination.land(u"a"_s, "12345678"));
    QCOMPARE(destination.partials().size(), 1);
    QCOMPARE(contentOf(destination.path(u".sockdrop-partial/"_s + destination.partials().constFirst())),
             "123456");
}

/// Where a call that leaves one of the two times out sets none.
void tst_LandingFaults::timesBehindFuse2()
{
    const FailingCalls calls;
    const Destination destination(calls);
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(1'234'567'890'123);
    QVERIFY(destination.land(u"a"_s, "abc", ConflictPolicy::Rename, time));
    QCOMPARE(QFileInfo(destination.path(u"a"_s)).lastModified(), time);
}

QTEST_APPLESS_MAIN(tst_LandingFaults)
#include "tst_landingfaults.moc"
