#include "landing.h"
#include "landingtools.h"

#include <QTest>

#include <sys/stat.h>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class tst_Landing final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void lands_data();
    void lands();
    void undeclaredSize();
    void nothingVisibleBeforeFinish();
    void renames();
    void replaces();
    void replacesOnlyWhatWasThereBefore();
    void skipsAtBegin();
    void skipsAtFinish();
    void folderInTheWay_data();
    void folderInTheWay();
    void specialFileIsNotReplaced();
    void oneByteTooMany();
    void tooLittle();
    void modificationTime_data();
    void modificationTime();
    void neverExecutable();
    void makesFolders();
    void discards();
    void destructionKeepsPartial();
    void destructionGivesBackReservedSpace();
    void destinationRenamed();
    void destinationRemoved();
    void stagingFolderTidiedAway();
    void endedLandingTakesNothing();
};

void tst_Landing::lands_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("plain") << u"a.txt"_s << QByteArray("hello");
    QTest::newRow("empty") << u"empty"_s << QByteArray();
    QTest::newRow("one byte") << u"one"_s << QByteArray("x");
    QTest::newRow("in folders") << u"x/y/z/a.txt"_s << QByteArray("deep");
    QTest::newRow("zeros") << u"zeros"_s << QByteArray(10'000, '\0');
    QTest::newRow("foreign") << u"日本/\U0001F600.txt"_s << QByteArray("x");
    QTest::newRow("longest name") << QString(255, u'a') << QByteArray("x");
}

void tst_Landing::lands()
{
    QFETCH(QString, name);
    QFETCH(QByteArray, content);
    const Destination destination;
    const Result<LandedFile> landed = destination.land(name, content);
    QVERIFY2(landed, qPrintable(landed ? QString() : landed.error().text));
    FileDigest digest;
    digest.add(content);
    QCOMPARE(landed->relativePath, name);
    QCOMPARE(landed->absolutePath, destination.path(name));
    QCOMPARE(landed->bytes, content.size());
    QCOMPARE(landed->digest, digest.text());
    QCOMPARE(contentOf(destination.path(name)), content);
    QVERIFY(destination.partials().isEmpty());
}

void tst_Landing::undeclaredSize()
{
    const Destination destination;
    auto landing = destination.begin(u"a"_s);
    QVERIFY(landing);
    for (int i = 0; i < 10; ++i)
        QVERIFY(landing.value()->append("0123456789"));
    QCOMPARE(landing.value()->bytes(), 100);
    QVERIFY(landing.value()->finish({}));
    QCOMPARE(contentOf(destination.path(u"a"_s)), QByteArray("0123456789").repeated(10));
}

void tst_Landing::nothingVisibleBeforeFinish()
{
    const Destination destination;
    auto landing = destination.begin(u"x/a"_s, 2);
    QVERIFY(landing);
    QVERIFY(landing.value()->append("ab"));
    QCOMPARE(destination.entries(), QStringList());
    QCOMPARE(destination.partials().size(), 1);
    QVERIFY(landing.value()->finish({}));
    QCOMPARE(destination.entries(), (QStringList{u"x"_s, u"x/a"_s}));
}

void tst_Landing::renames()
{
    const Destination destination;
    const QStringList expected{u"a.tar.gz"_s, u"a (1).tar.gz"_s, u"a (2).tar.gz"_s};
    for (const QString& name : expected)
        QCOMPARE(destination.land(u"a.tar.gz"_s, name.toUtf8()).value().relativePath, name);
    for (const QString& name : expected)
        QCOMPARE(contentOf(destination.path(name)), name.toUtf8());
}

void tst_Landing::replaces()
{
    const Destination destination;
    QVERIFY(writeFile(destination.path(u"a"_s), "old and longer"));
    QVERIFY(destination.land(u"a"_s, "new", ConflictPolicy::Replace));
    QCOMPARE(contentOf(destination.path(u"a"_s)), "new");
    QCOMPARE(destination.entries(), QStringList(u"a"_s));
    QVERIFY(destination.land(u"b"_s, "first", ConflictPolicy::Replace));
    QCOMPARE(contentOf(destination.path(u"b"_s)), "first");
}

void tst_Landing::replacesOnlyWhatWasThereBefore()
{
    const Destination destination;
    QVERIFY(destination.land(u"a.txt"_s, "older"));
    const auto first = destination.begin(u"a.txt"_s, -1, ConflictPolicy::Replace);
    const auto second = destination.begin(u"a.txt"_s, -1, ConflictPolicy::Replace);
    QVERIFY(first.value()->append("first"));
    QVERIFY(second.value()->append("second"));
    QCOMPARE(first.value()->finish({})->relativePath, u"a.txt"_s);
    QCOMPARE(second.value()->finish({})->relativePath, u"a (1).txt"_s);
    QCOMPARE(contentOf(destination.path(u"a.txt"_s)), QByteArray("first"));
    QCOMPARE(contentOf(destination.path(u"a (1).txt"_s)), QByteArray("second"));
}

void tst_Landing::skipsAtBegin()
{
    const Destination destination;
    QVERIFY(writeFile(destination.path(u"a"_s), "old"));
    const auto landing = destination.begin(u"a"_s, 3, ConflictPolicy::Skip);
    QVERIFY(!landing);
    QCOMPARE(landing.error().code, ErrorCode::AlreadyExists);
    QVERIFY(destination.partials().isEmpty());
}

void tst_Landing::skipsAtFinish()
{
    const Destination destination;
    auto landing = destination.begin(u"a"_s, 3, ConflictPolicy::Skip);
    QVERIFY(landing);
    QVERIFY(landing.value()->append("new"));
    QVERIFY(writeFile(destination.path(u"a"_s), "old"));
    const Result<LandedFile> landed = landing.value()->finish({});
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, ErrorCode::AlreadyExists);
    QCOMPARE(contentOf(destination.path(u"a"_s)), "old");
    QVERIFY(destination.partials().isEmpty());
}

void tst_Landing::folderInTheWay_data()
{
    QTest::addColumn<ConflictPolicy>("conflict");
    QTest::addColumn<bool>("lands");
    QTest::newRow("rename") << ConflictPolicy::Rename << true;
    QTest::newRow("replace") << ConflictPolicy::Replace << false;
    QTest::newRow("skip") << ConflictPolicy::Skip << false;
}

void tst_Landing::folderInTheWay()
{
    QFETCH(ConflictPolicy, conflict);
    QFETCH(bool, lands);
    const Destination destination;
    auto early = destination.begin(u"a"_s, 0, conflict);
    QVERIFY(early);
    QVERIFY(QDir(destination.path()).mkdir(u"a"_s));
    const Result<LandedFile> earlyLanded = early.value()->finish({});
    QCOMPARE(earlyLanded.isOk(), lands);
    const Result<LandedFile> landed = destination.land(u"a"_s, "", conflict);
    QCOMPARE(landed.isOk(), lands);
    if (!lands) {
        QCOMPARE(earlyLanded.error().code, ErrorCode::AlreadyExists);
        QCOMPARE(landed.error().code, ErrorCode::AlreadyExists);
        QVERIFY(landed.error().text.contains(u"“a”"));
    }
    QVERIFY(QFileInfo(destination.path(u"a"_s)).isDir());
}

void tst_Landing::specialFileIsNotReplaced()
{
    const Destination destination;
    QCOMPARE(::mkfifo(QFile::encodeName(destination.path(u"pipe"_s)).constData(), 0600), 0);
    const Result<LandedFile> landed = destination.land(u"pipe"_s, "x", ConflictPolicy::Replace);
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, ErrorCode::AlreadyExists);
}

void tst_Landing::oneByteTooMany()
{
    const Destination destination;
    auto landing = destination.begin(u"a"_s, 5);
    QVERIFY(landing);
    QVERIFY(landing.value()->append("12345"));
    const Result<void> more = landing.value()->append("6");
    QVERIFY(!more);
    QCOMPARE(more.error().code, ErrorCode::TooLarge);
    QVERIFY(!landing.value()->finish({}));
    QCOMPARE(destination.entries(), QStringList());
}

void tst_Landing::tooLittle()
{
    const Destination destination;
    auto landing = destination.begin(u"a"_s, 5);
    QVERIFY(landing);
    QVERIFY(landing.value()->append("1234"));
    const Result<LandedFile> landed = landing.value()->finish({});
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, ErrorCode::ProtocolError);
    QCOMPARE(landed.error().text, u"“a” ended after 4 of 5 bytes."_s);
    QCOMPARE(destination.entries(), QStringList());
}

void tst_Landing::modificationTime_data()
{
    QTest::addColumn<qint64>("milliseconds");
    QTest::newRow("now") << QDateTime::currentMSecsSinceEpoch();
    QTest::newRow("1970") << qint64(0);
    QTest::newRow("with milliseconds") << qint64(1'000'000'000'123);
    QTest::newRow("before 1970") << qint64(-86'400'001);
    QTest::newRow("after 2038") << qint64(2'500'000'000'000);
}

void tst_Landing::modificationTime()
{
    QFETCH(qint64, milliseconds);
    const Destination destination;
    const QDateTime time = QDateTime::fromMSecsSinceEpoch(milliseconds);
    QVERIFY(destination.land(u"a"_s, "x", ConflictPolicy::Rename, time));
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(destination.path(u"a"_s)).constData(), &status), 0);
    QCOMPARE(status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1'000'000, milliseconds);
}

void tst_Landing::neverExecutable()
{
    const Destination destination;
    const mode_t before = ::umask(0);
    const Result<LandedFile> landed = destination.land(u"run.sh"_s, "#!/bin/sh\n");
    ::umask(before);
    QVERIFY(landed);
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(landed->absolutePath).constData(), &status), 0);
    QCOMPARE(status.st_mode & 07777, 0666U);
    QVERIFY(destination.land(u"b"_s, "x"));
    QCOMPARE(::stat(QFile::encodeName(destination.path(u"b"_s)).constData(), &status), 0);
    QCOMPARE(status.st_mode & 07777, 0666U & ~before);
}

void tst_Landing::makesFolders()
{
    const Destination destination;
    const auto make = [&destination](const QString& name) {
        return Landing::makeFolder(*destination.folder(), safePath(name));
    };
    const Result<LandedFile> made = make(u"x/y"_s);
    QVERIFY(made);
    QCOMPARE(made->relativePath, u"x/y"_s);
    QCOMPARE(made->absolutePath, destination.path(u"x/y"_s));
    QCOMPARE(made->digest, QString());
    QVERIFY(make(u"x/y"_s));
    QCOMPARE(destination.entries(), (QStringList{u"x"_s, u"x/y"_s}));

    QVERIFY(writeFile(destination.path(u"x/file"_s), "old"));
    const Result<LandedFile> inTheWay = make(u"x/file/z"_s);
    QVERIFY(!inTheWay);
    QCOMPARE(inTheWay.error().code, ErrorCode::AlreadyExists);
    QVERIFY(inTheWay.error().text.contains(u"“x/file”"));
    QVERIFY(!make(u"x/file"_s));
}

void tst_Landing::discards()
{
    const Destination destination;
    auto landing = destination.begin(u"a"_s, 5);
    QVERIFY(landing);
    QVERIFY(landing.value()->append("123"));
    landing.value()->discard();
    landing.value()->discard();
    QVERIFY(destination.partials().isEmpty());
    QVERIFY(!landing.value()->append("45"));
    QVERIFY(!landing.value()->finish({}));
    QCOMPARE(destination.entries(), QStringList());
}

void tst_Landing::destructionKeepsPartial()
{
    const Destination destination;
    {
        auto landing = destination.begin(u"a"_s, 5);
        QVERIFY(landing);
        QVERIFY(landing.value()->append("123"));
    }
    QCOMPARE(destination.partials().size(), 1);
    QCOMPARE(contentOf(destination.path(u".sockdrop-partial/"_s + destination.partials().constFirst())),
             "123");
}

void tst_Landing::destructionGivesBackReservedSpace()
{
    constexpr qint64 size = 8'000'000;
    const Destination destination;
    const auto blocks = [&destination] {
        const QString name = destination.path(u".sockdrop-partial/"_s + destination.partials().constFirst());
        struct stat status = {};
        return ::stat(QFile::encodeName(name).constData(), &status) == 0 ? status.st_blocks * 512 : -1;
    };
    {
        auto landing = destination.begin(u"a"_s, size);
        QVERIFY(landing);
        QVERIFY(landing.value()->append("123"));
    }
    QVERIFY(blocks() < size / 2);
}

void tst_Landing::destinationRenamed()
{
    const QTemporaryDir root;
    QVERIFY(QDir(root.path()).mkdir(u"old"_s));
    const auto folder = LandingFolder::open(root.filePath(u"old"_s));
    QVERIFY(folder);
    auto landing = Landing::begin(folder.value(), safePath(u"x/a"_s), 1, ConflictPolicy::Rename);
    QVERIFY(landing);
    QVERIFY(QDir(root.path()).rename(u"old"_s, u"new"_s));
    QVERIFY(QDir(root.path()).mkdir(u"old"_s));
    QVERIFY(landing.value()->append("x"));
    const Result<LandedFile> landed = landing.value()->finish({});
    QVERIFY(landed);
    QCOMPARE(landed->absolutePath, root.filePath(u"new/x/a"_s));
    QCOMPARE(contentOf(root.filePath(u"new/x/a"_s)), "x");
    QVERIFY(QDir(root.filePath(u"old"_s)).isEmpty());
}

void tst_Landing::destinationRemoved()
{
    const QTemporaryDir root;
    QVERIFY(QDir(root.path()).mkdir(u"gone"_s));
    const auto folder = LandingFolder::open(root.filePath(u"gone"_s));
    QVERIFY(folder);
    auto landing = Landing::begin(folder.value(), safePath(u"a"_s), 1, ConflictPolicy::Rename);
    QVERIFY(landing);
    QVERIFY(QDir(root.filePath(u"gone"_s)).removeRecursively());
    QVERIFY(landing.value()->append("x"));
    const Result<LandedFile> landed = landing.value()->finish({});
    QVERIFY(!landed);
    QCOMPARE(landed.error().code, ErrorCode::NotFound);
    landing.value()->discard();
    QVERIFY(!Landing::begin(folder.value(), safePath(u"a"_s), 1, ConflictPolicy::Rename));
}

void tst_Landing::stagingFolderTidiedAway()
{
    const Destination destination;
    QVERIFY(QDir(destination.path(u".sockdrop-partial"_s)).removeRecursively());
    QVERIFY(destination.land(u"a"_s, "x"));
    QCOMPARE(contentOf(destination.path(u"a"_s)), "x");
}

void tst_Landing::endedLandingTakesNothing()
{
    const Destination destination;
    auto landing = destination.begin(u"a"_s);
    QVERIFY(landing);
    QVERIFY(landing.value()->finish({}));
    QVERIFY(!landing.value()->append("x"));
    QVERIFY(!landing.value()->finish({}));
    landing.value()->discard();
    QCOMPARE(destination.entries(), QStringList(u"a"_s));
}

QTEST_APPLESS_MAIN(tst_Landing)
#include "tst_landing.moc"
