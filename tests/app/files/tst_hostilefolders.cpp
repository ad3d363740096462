#include "batchtools.h"
#include "linkswapper.h"
#include "originurl.h"

#include <QTest>

#include <array>
#include <sys/stat.h>
#include <sys/xattr.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Commit = BatchLanding::Commit;

namespace {

QByteArray attributeOf(const QString& path, const char* name)
{
    std::array<char, 256> value{};
    const ssize_t size = ::getxattr(QFile::encodeName(path).constData(), name, value.data(), value.size());
    return size < 0 ? QByteArray("(none)") : QByteArray(value.data(), size);
}

} // namespace

/// A destination that somebody else changes meanwhile, and names that want to get out of it or onto others.
class TestHostileFolders : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void swappedLinks_data();
    void swappedLinks();
    void pathsStayInside_data();
    void pathsStayInside();
    void collisions_data();
    void collisions();
    void inertAndMarked_data();
    void inertAndMarked();
    void originUrls_data();
    void originUrls();
    void noPathForTheSender();

private:
    static BatchLandingOptions options()
    {
        BatchLandingOptions options;
        options.batch = {{}, "0123456789abcdef0123456789abcdef"};
        options.originUrl = "sockdrop://192.0.2.7/";
        return options;
    }
    static int landInBatches(const Destination& destination, const LinkSwapper& swapper, int files);
    static int landOneByOne(const Destination& destination, const LinkSwapper& swapper, int files);
};

void TestHostileFolders::initTestCase()
{
    // In memory, where a sync takes no time.
    if (QFileInfo(u"/dev/shm"_s).isWritable())
        qputenv("TMPDIR", "/dev/shm");
}

/// Ten files a batch: a batch keeps the folders that it has opened.
int TestHostileFolders::landInBatches(const Destination& destination, const LinkSwapper& swapper, int files)
{
    constexpr FileNumber filesInBatch = 10;
    int landed = 0;
    for (int batch = 0; batch < files / static_cast<int>(filesInBatch); ++batch) {
        swapper.waitForSwap();
        BatchLanding landing(destination.folder(), options());
        for (FileNumber file = 1; file <= filesInBatch; ++file) {
            const QString path = u"x/y/file %1 %2"_s.arg(QString::number(batch), QString::number(file));
            const auto wanted = landing.plan(file, announcedFile(path, 1));
            if (wanted && std::holds_alternative<Plan::Want>(wanted.value()))
                static_cast<void>(writeRest(landing, file, "x"));
        }
        const auto outcomes = landing.commit(Commit::All);
        landed += static_cast<int>(
            std::count_if(outcomes.begin(), outcomes.end(),
                          [](const BatchLanding::Outcome& outcome) { return outcome.landed.isOk(); }));
    }
    return landed;
}

int TestHostileFolders::landOneByOne(const Destination& destination, const LinkSwapper& swapper, int files)
{
    int landed = 0;
    for (int i = 0; i < files; ++i) {
        if (i % 10 == 0)
            swapper.waitForSwap();
        landed += destination.land(u"x/y/file %1"_s.arg(i), "x") ? 1 : 0;
    }
    return landed;
}

void TestHostileFolders::swappedLinks_data()
{
    QTest::addColumn<bool>("isBatch");
    QTest::newRow("batch") << true;
    QTest::newRow("one by one") << false;
}

/// 10,000 uploads in all, and not one file outside.
void TestHostileFolders::swappedLinks()
{
    QFETCH(bool, isBatch);
    constexpr int files = 5000;
    const QTemporaryDir outside;
    QVERIFY(QDir(outside.path()).mkdir(u"y"_s));
    const Destination destination;
    int landed = 0;
    {
        const LinkSwapper swapper(destination.path(), outside.path());
        landed =
            isBatch ? landInBatches(destination, swapper, files) : landOneByOne(destination, swapper, files);
        QVERIFY(swapper.swaps() > 100);
    }
    qInfo("%d of %d landed", landed, files);
    QVERIFY(landed > 0);
    QCOMPARE(filesBelow(outside.path()), QStringList({u"y"_s}));
}

void TestHostileFolders::pathsStayInside_data()
{
    QTest::addColumn<QString>("path");
    const QStringList paths{u"../evil"_s,
                            u"/evil"_s,
                            u"//evil"_s,
                            u"a/../../evil"_s,
                            u"a/.."_s,
                            u".."_s,
                            u"."_s,
                            u"./evil"_s,
                            u"a//evil"_s,
                            u"a/"_s,
                            u"..\\evil"_s,
                            u"..\\..\\evil"_s,
                            u"C:\\evil"_s,
                            u"C:evil"_s,
                            u"\\\\host\\share\\evil"_s,
                            u"evil:stream"_s,
                            u"%2e%2e/evil"_s,
                            u"..%2fevil"_s,
                            u"evil\n../x"_s,
                            u"\u2025/evil"_s,
                            u"\uff0e\uff0e/evil"_s,
                            u"..\u2215evil"_s,
                            u"..\u200b/evil"_s,
                            u".. /evil"_s,
                            u"... /../evil"_s,
                            u"con"_s,
                            u"COM\u00b9.txt"_s,
                            u".sockdrop-partial/evil"_s,
                            u".sockdrop-partial"_s,
                            u".SOCKDROP-PARTIAL/evil"_s,
                            u"evil\u202egnp.exe"_s,
                            u"~/evil"_s,
                            u"$HOME/evil"_s,
                            QString(u"evil"_s + QChar::Null + u"/../../x"_s),
                            QString(QChar(0xd800)) + u"/evil"_s,
                            QString(300, u'e'),
                            u"e/"_s.repeated(400) + u"evil"_s,
                            QString()};
    for (qsizetype i = 0; i < paths.size(); ++i)
        QTest::addRow("%d", static_cast<int>(i)) << paths[i];
}

void TestHostileFolders::pathsStayInside()
{
    QFETCH(QString, path);
    const QTemporaryDir outer;
    QVERIFY(QDir(outer.path()).mkpath(u"one/inbox"_s));
    const auto folder = LandingFolder::open(outer.filePath(u"one/inbox"_s));
    QVERIFY(folder);
    BatchLanding landing(folder.value(), options());
    const auto wanted = landing.plan(1, announcedFile(path, 1));
    if (wanted && std::holds_alternative<Plan::Want>(wanted.value()))
        QVERIFY(writeRest(landing, 1, "x"));
    for (const BatchLanding::Outcome& outcome : landing.commit(Commit::All)) {
        if (!outcome.landed)
            continue;
        const QStringList parts = outcome.landed->relativePath.split(u'/');
        QVERIFY(!parts.contains(u".."_s) && !parts.contains(u""_s) &&
                !parts.contains(u".sockdrop-partial"_s));
        QVERIFY(QFileInfo(outcome.landed->absolutePath)
                    .canonicalFilePath()
                    .startsWith(outer.path() + u"/one/inbox/"_s));
    }
    QCOMPARE(QDir(outer.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList({u"one"_s}));
    QCOMPARE(QDir(outer.filePath(u"one"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
             QStringList({u"inbox"_s}));
    QVERIFY(!QFile::exists(u"/evil"_s));
}

void TestHostileFolders::collisions_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::newRow("case") << u"Report.txt"_s << u"report.TXT"_s;
    QTest::newRow("NFC and NFD") << u"\u00e4.txt"_s << u"a\u0308.txt"_s;
    QTest::newRow("replaced characters") << u"a:b"_s << u"a\\b"_s;
    QTest::newRow("dropped end") << u"a."_s << u"a. ."_s;
    QTest::newRow("folders by case") << u"Folder/a"_s << u"folder/A"_s;
    QTest::newRow("folders by form") << u"\u00e4/a"_s << u"a\u0308/a"_s;
}

/// Both are there in the end, whole, in the same batch and apart.
void TestHostileFolders::collisions()
{
    QFETCH(QString, first);
    QFETCH(QString, second);
    const Destination destination;
    {
        BatchLanding landing(destination.folder(), options());
        QVERIFY(landing.plan(1, announcedFile(first, 3)) && landing.plan(2, announcedFile(second, 3)));
        QVERIFY(writeRest(landing, 1, "one") && writeRest(landing, 2, "two"));
        const auto outcomes = landing.commit(Commit::All);
        QCOMPARE(outcomes.size(), size_t{2});
        QVERIFY(outcomes[0].landed && outcomes[1].landed);
        QCOMPARE(contentOf(outcomes[0].landed->absolutePath), "one"_ba);
        QCOMPARE(contentOf(outcomes[1].landed->absolutePath), "two"_ba);
    }
    const Result<LandedFile> third = destination.land(first, "three");
    const Result<LandedFile> fourth = destination.land(second, "four");
    QVERIFY(third && fourth);
    QCOMPARE(contentOf(third->absolutePath), "three"_ba);
    QCOMPARE(contentOf(fourth->absolutePath), "four"_ba);
}

void TestHostileFolders::inertAndMarked_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"run.desktop", "run.sh", "run.exe", "run.AppImage", "run"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

/// Nothing that was received can be started, and it says that it came from elsewhere.
void TestHostileFolders::inertAndMarked()
{
    QFETCH(QString, name);
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    AnnouncedFile announced = announcedFile(name, 1);
    announced.isExecutable = true;
    QVERIFY(landing.plan(1, announced) && writeRest(landing, 1, "x"));
    static_cast<void>(landing.commit(Commit::All));
    auto basic = destination.begin(u"basic "_s + name);
    QVERIFY(basic && basic.value()->append("x"));
    QVERIFY(basic.value()->finish({}, originUrl(u"192.0.2.7"_s)));
    for (const QString& path : {destination.path(name), destination.path(u"basic "_s + name)}) {
        struct stat status = {};
        QCOMPARE(::stat(QFile::encodeName(path).constData(), &status), 0);
        QCOMPARE(status.st_mode & 0111U, 0U);
        const QByteArray origin = attributeOf(path, "user.xdg.origin.url");
        // Not every file system has such attributes.
        QVERIFY2(origin == "sockdrop://192.0.2.7/" || origin == "(none)", origin.constData());
    }
}

void TestHostileFolders::originUrls_data()
{
    QTest::addColumn<QByteArray>("url");
    QTest::newRow("192.0.2.7") << "sockdrop://192.0.2.7/"_ba;
    QTest::newRow("2001:db8::7") << "sockdrop://[2001:db8::7]/"_ba;
    QTest::newRow("fe80::1%eth0") << "sockdrop://[fe80::1]/"_ba;
}

void TestHostileFolders::originUrls()
{
    QFETCH(QByteArray, url);
    QCOMPARE(originUrl(QString::fromLatin1(QTest::currentDataTag())), url);
}

void TestHostileFolders::noPathForTheSender()
{
    const Destination destination;
    const QString path = destination.path();
    for (const QString& text : {u"Cannot look into “%1”: gone."_s.arg(path), u"“%1/a” is there."_s.arg(path),
                                u"Nothing at %1."_s.arg(path)}) {
        const Error told = destination.folder()->forSender({ErrorCode::IoError, text});
        QCOMPARE(told.code, ErrorCode::IoError);
        QVERIFY2(!told.text.contains(path), qPrintable(told.text));
    }
}

QTEST_GUILESS_MAIN(TestHostileFolders)
#include "tst_hostilefolders.moc"
