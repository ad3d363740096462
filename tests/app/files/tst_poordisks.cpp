#include "batchtools.h"

#include <QTest>

#include <cerrno>
#include <cstring>
#include <fcntl.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Commit = BatchLanding::Commit;

namespace {

/// As FAT behind FUSE: renames always replace, files have one name, and much is refused.
class PoorDisk final : public SystemCalls
{
public:
    int openat(int folder, const char* path, int flags, mode_t mode) const override
    {
        return (flags & O_CREAT) != 0 && refuses(path) ? -1 : SystemCalls::openat(folder, path, flags, mode);
    }
    int mkdirat(int folder, const char* name, mode_t mode) const override
    {
        return refuses(name) ? -1 : SystemCalls::mkdirat(folder, name, mode);
    }
    int renameat2(int oldFolder, const char* oldName, int newFolder, const char* newName,
                  unsigned int flags) const override
    {
        errno = flags != 0 ? EINVAL : renameError;
        if (errno != 0 || refuses(newName))
            return -1;
        return SystemCalls::renameat2(oldFolder, oldName, newFolder, newName, flags);
    }
    int linkat(int /*oldFolder*/, const char* /*oldName*/, int /*newFolder*/,
               const char* /*newName*/) const override
    {
        errno = EPERM;
        return -1;
    }
    ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) const override
    {
        if (offset + static_cast<off_t>(count) <= mostBytes)
            return SystemCalls::pwrite(file, bytes, count, offset);
        errno = EFBIG;
        return -1;
    }
    int fstatvfs(int file, struct statvfs* status) const override
    {
        const int result = SystemCalls::fstatvfs(file, status);
        status->f_namemax = nameBytes;
        return result;
    }

    int renameError = 0;
    off_t mostBytes = std::numeric_limits<off_t>::max();
    unsigned long nameBytes = 143;

private:
    bool refuses(const char* path) const
    {
        const char* const slash = std::strrchr(path, '/');
        const char* const name = slash ? slash + 1 : path;
        const bool isTooLong = std::strlen(name) > nameBytes;
        if (isTooLong || std::strpbrk(name, "?*<>\"|"))
            errno = isTooLong ? ENAMETOOLONG : EINVAL;
        return isTooLong || std::strpbrk(name, "?*<>\"|");
    }
};

} // namespace

/// File systems that can less than others.
class TestPoorDisks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void filesLand_data();
    void filesLand();
    void namesAreGivenBack();
    void leftPlaceholdersGo_data();
    void leftPlaceholdersGo();
    void refusedNames_data();
    void refusedNames();
    void basicUploadsToo();
    void numbersFit();
    void tooLargeIsSaid();

private:
    static std::vector<BatchLanding::Outcome> send(BatchLanding& landing, const QStringList& paths)
    {
        FileNumber number = 0;
        for (const QString& path : paths) {
            const QByteArray content = QByteArray::number(++number);
            const auto decision = landing.plan(number, announcedFile(path, content.size(), path));
            if (decision && std::holds_alternative<Plan::Want>(decision.value()))
                static_cast<void>(writeRest(landing, number, content));
        }
        return landing.commit(Commit::All);
    }
    static BatchLandingOptions options(ConflictPolicy conflict = ConflictPolicy::Rename)
    {
        BatchLandingOptions options;
        options.conflict = conflict;
        options.batch = {{}, "batch"};
        return options;
    }
};

void TestPoorDisks::filesLand_data()
{
    QTest::addColumn<ConflictPolicy>("conflict");
    QTest::addColumn<QStringList>("entries");
    QTest::newRow("rename") << ConflictPolicy::Rename << QStringList{u"a"_s, u"a (1)"_s};
    QTest::newRow("replace") << ConflictPolicy::Replace << QStringList{u"a"_s};
    QTest::newRow("skip") << ConflictPolicy::Skip << QStringList{u"a"_s};
}

void TestPoorDisks::filesLand()
{
    QFETCH(ConflictPolicy, conflict);
    QFETCH(QStringList, entries);
    const PoorDisk disk;
    {
        const Destination destination(disk);
        QCOMPARE(destination.land(u"a"_s, "1", conflict)->relativePath, u"a"_s);
        QCOMPARE(destination.land(u"a"_s, "2", conflict).isOk(), conflict != ConflictPolicy::Skip);
        QCOMPARE(destination.entries(), entries);
        QVERIFY(destination.partials().isEmpty());
    }
    const Destination destination(disk);
    for (const QString& source : {u"1"_s, u"2"_s}) {
        BatchLanding landing(destination.folder(), options(conflict));
        const auto decision = landing.plan(1, announcedFile(u"a"_s, source.toInt(), source));
        QCOMPARE(decision.isOk(), source == u"1" || conflict != ConflictPolicy::Skip);
        static_cast<void>(writeRest(landing, 1, QByteArray(source.toInt(), 'x')));
        static_cast<void>(landing.commit(Commit::All));
    }
    QCOMPARE(destination.entries(), entries);
    QVERIFY(destination.partials().isEmpty());
}

void TestPoorDisks::namesAreGivenBack()
{
    PoorDisk disk;
    const Destination destination(disk);
    disk.renameError = EIO;
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(send(landing, {u"a"_s}).front().landed.error().code, ErrorCode::IoError);
    QVERIFY(destination.entries().isEmpty());
    QVERIFY(destination.partials().isEmpty());
}

void TestPoorDisks::leftPlaceholdersGo_data()
{
    QTest::addColumn<bool>("isStaged");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<bool>("stays");
    QTest::newRow("left") << true << QByteArray() << false;
    QTest::newRow("named, and empty") << false << QByteArray() << true;
    QTest::newRow("another file by now") << true << QByteArray("x") << true;
}

void TestPoorDisks::leftPlaceholdersGo()
{
    QFETCH(bool, isStaged);
    QFETCH(QByteArray, content);
    QFETCH(bool, stays);
    const Destination destination;
    const QString staged = destination.path(u".sockdrop-partial/1f-1"_s);
    QVERIFY(QDir(destination.path()).mkpath(u"sub/deep"_s));
    QVERIFY(writeFile(destination.path(u"sub/deep/a"_s), content));
    QVERIFY(writeFile(staged + u".holds"_s, "sub/deep/a"));
    QVERIFY(!isStaged || writeFile(staged, "whole"));
    QVERIFY(LandingFolder::open(destination.path()));
    QCOMPARE(QFile::exists(destination.path(u"sub/deep/a"_s)), stays);
    QVERIFY(!QFile::exists(staged + u".holds"_s));
}

void TestPoorDisks::refusedNames_data()
{
    QTest::addColumn<QStringList>("paths");
    QTest::addColumn<QStringList>("entries");
    QTest::newRow("characters") << QStringList{u"a?b"_s, u"a*b"_s, u"c"_s}
                                << QStringList{u"a_b"_s, u"a_b (1)"_s, u"c"_s};
    QTest::newRow("folders") << QStringList{u"x|y/<z>/\"a\""_s}
                             << QStringList{u"x_y"_s, u"x_y/_z_"_s, u"x_y/_z_/_a_"_s};
    QTest::newRow("long") << QStringList{QString(200, u'a') + u".jpg"_s, QString(201, u'a') + u".jpg"_s}
                          << QStringList{QString(135, u'a') + u" (1).jpg"_s, QString(139, u'a') + u".jpg"_s};
}

void TestPoorDisks::refusedNames()
{
    QFETCH(QStringList, paths);
    QFETCH(QStringList, entries);
    const PoorDisk disk;
    const Destination destination(disk);
    {
        BatchLanding landing(destination.folder(), options());
        for (const BatchLanding::Outcome& outcome : send(landing, paths)) {
            QVERIFY(outcome.landed);
            QCOMPARE(outcome.note.isEmpty(), outcome.announced.path == u"c");
        }
    }
    QCOMPARE(destination.entries(), entries);
    BatchLanding again(destination.folder(), options());
    QVERIFY(send(again, paths).empty());
    QCOMPARE(destination.entries(), entries);
}

void TestPoorDisks::basicUploadsToo()
{
    const PoorDisk disk;
    const Destination destination(disk);
    QCOMPARE(destination.land(u"a?/b*"_s, "x")->relativePath, u"a_/b_"_s);
    QCOMPARE(Landing::makeFolder(*destination.folder(), safePath(u"c|d"_s))->relativePath, u"c_d"_s);
    QVERIFY(destination.folder()->fit(safePath(u"a?"_s)).wasChanged());
    // Where everything is taken, it stays.
    const Destination other;
    QCOMPARE(other.land(u"a?/b*"_s, "x")->relativePath, u"a?/b*"_s);
}

void TestPoorDisks::numbersFit()
{
    const PoorDisk disk;
    const Destination destination(disk);
    const QString name(143, u'a');
    QCOMPARE(destination.land(name, "x")->relativePath, name);
    QCOMPARE(destination.land(name, "y")->relativePath, QString(139, u'a') + u" (1)"_s);
    QCOMPARE(destination.land(name, "z")->relativePath, QString(139, u'a') + u" (2)"_s);
}

void TestPoorDisks::tooLargeIsSaid()
{
    PoorDisk disk;
    disk.mostBytes = chunkBytes;
    const Destination destination(disk);
    BatchLanding landing(destination.folder(), options());
    const QByteArray content = someBytes(2 * chunkBytes);
    QVERIFY(landing.plan(1, announcedFile(u"a"_s, content.size())));
    const auto written = writeRest(landing, 1, content);
    QCOMPARE(written.error().code, ErrorCode::TooLarge);
    QVERIFY2(written.error().text.contains(u"file system"_s), qPrintable(written.error().text));
}

QTEST_GUILESS_MAIN(TestPoorDisks)
#include "tst_poordisks.moc"
