#include "batchtools.h"

#include <QTest>

#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Commit = BatchLanding::Commit;

Q_DECLARE_METATYPE(sockdrop::ConflictPolicy)

/// Folders on the way of a batch's files, and what stands there already.
class TestBatchTrees : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void timesOfFolders();
    void wideTree();
    void deepTree();
    void fileWhereAFolderWouldBe();
    void folderWhereAFileWouldBe_data();
    void folderWhereAFileWouldBe();
    void fileWhereAnEmptyFolderWouldBe();
    void linksLeadNowhere();
    void foldersThatAreThere();
    void folderThatCameMeanwhile();
    void sameFile_data();
    void sameFile();
    void manyOfOneName();
    void knowsAFolderAgain();
    void nobodyGetsMoreThanOverThere_data();
    void nobodyGetsMoreThanOverThere();
    void aBegunFileIsNarrowed();

private:
    [[nodiscard]] static BatchLandingOptions options(ConflictPolicy conflict = ConflictPolicy::Rename)
    {
        BatchLandingOptions options;
        options.conflict = conflict;
        options.batch = {{}, "batch"};
        return options;
    }
    [[nodiscard]] static AnnouncedFile folder(const QString& path)
    {
        AnnouncedFile folder = announcedFile(path, 0);
        folder.isFolder = true;
        return folder;
    }
    static Result<void> send(BatchLanding& landing, FileNumber number, const QString& path,
                             const QByteArray& content)
    {
        const auto planned = landing.plan(number, announcedFile(path, content.size()));
        if (!planned)
            return planned.error();
        const auto written = writeRest(landing, number, content);
        return written ? Result<void>() : written.error();
    }
};

/// More folders than are kept open at once, gone through more than once.
void TestBatchTrees::wideTree()
{
    constexpr int folders = 150;
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    const auto openFiles = [] {
        return QDir(u"/proc/self/fd"_s).entryList(QDir::AllEntries | QDir::System).size();
    };
    const qsizetype openBefore = openFiles();
    const auto path = [](int round, int folder) {
        return u"top/f%1/%2"_s.arg(QString::number(folder), QString::number(round));
    };
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < folders; ++i) {
            const auto number = static_cast<FileNumber>(round * folders + i + 1);
            QVERIFY(send(landing, number, path(round, i), QByteArray::number(number)));
        }
        QCOMPARE(landing.commit(Commit::All).size(), size_t{folders});
        const qsizetype open = openFiles() - openBefore;
        QVERIFY2(open < folders / 2, qPrintable(QString::number(open))); // only so many stay open
    }
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < folders; ++i)
            QCOMPARE(contentOf(destination.path(path(round, i))),
                     QByteArray::number(round * folders + i + 1));
    }
}

void TestBatchTrees::deepTree()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    QStringList components(255, u"d"_s);
    QVERIFY(send(landing, 1, components.join(u'/') + u"/file"_s, "deep"));
    QVERIFY(landing.plan(2, folder(components.join(u'/') + u"/folder"_s)));
    QCOMPARE(landing.plan(3, announcedFile(components.join(u'/') + u"/d/too deep"_s, 1)).error().code,
             ErrorCode::UnsafeName);
    QCOMPARE(landing.plan(4, announcedFile(QStringList(30, QString(150, u'x')).join(u'/'), 1)).error().code,
             ErrorCode::UnsafeName);
    for (const BatchLanding::Outcome& outcome : landing.commit(Commit::All))
        QVERIFY2(outcome.landed, outcome.landed ? "" : qPrintable(outcome.landed.error().text));
    QCOMPARE(contentOf(destination.path(components.join(u'/') + u"/file"_s)), "deep"_ba);
    QVERIFY(QFileInfo(destination.path(components.join(u'/') + u"/folder"_s)).isDir());
}

void TestBatchTrees::fileWhereAFolderWouldBe()
{
    const Destination destination;
    QVERIFY(writeFile(destination.path(u"x"_s), "mine"));
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(send(landing, 1, u"x/a"_s, "a").error().code, ErrorCode::AlreadyExists);
    QCOMPARE(send(landing, 2, u"x/y/a"_s, "a").error().code, ErrorCode::AlreadyExists);
    // And one that comes in between.
    QVERIFY(send(landing, 3, u"late/a"_s, "a"));
    QVERIFY(writeFile(destination.path(u"late"_s), "mine too"));
    const auto outcomes = landing.commit(Commit::All);
    QCOMPARE(outcomes.size(), size_t{1});
    QCOMPARE(outcomes.front().landed.error().code, ErrorCode::AlreadyExists);
    QCOMPARE(destination.entries(), QStringList({u"late"_s, u"x"_s}));
    QCOMPARE(destination.partials(), QStringList());
}

void TestBatchTrees::folderWhereAFileWouldBe_data()
{
    QTest::addColumn<ConflictPolicy>("conflict");
    QTest::addColumn<QString>("landed");
    QTest::newRow("rename") << ConflictPolicy::Rename << u"x (1)"_s;
    QTest::newRow("replace") << ConflictPolicy::Replace << QString();
    QTest::newRow("skip") << ConflictPolicy::Skip << QString();
}

void TestBatchTrees::folderWhereAFileWouldBe()
{
    QFETCH(ConflictPolicy, conflict);
    QFETCH(QString, landed);
    const Destination destination;
    QVERIFY(QDir(destination.path()).mkpath(u"x/inside"_s));
    BatchLanding landing(destination.folder(), options(conflict));
    const Result<void> sent = send(landing, 1, u"x"_s, "a");
    QCOMPARE(sent.isOk(), !landed.isEmpty());
    if (!sent)
        QCOMPARE(sent.error().code, ErrorCode::AlreadyExists);
    else
        QCOMPARE(landing.commit(Commit::All).front().landed->relativePath, landed);
    // And one that comes in between.
    QVERIFY(send(landing, 2, u"late"_s, "b"));
    QVERIFY(QDir(destination.path()).mkpath(u"late/inside"_s));
    QCOMPARE(landing.commit(Commit::All).front().landed.isOk(), !landed.isEmpty());
    QVERIFY(destination.entries().contains(u"x/inside"_s));
    QVERIFY(destination.entries().contains(u"late/inside"_s));
    QCOMPARE(destination.partials(), QStringList());
}

void TestBatchTrees::fileWhereAnEmptyFolderWouldBe()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    QVERIFY(writeFile(destination.path(u"x"_s), "mine"));
    for (FileNumber number = 1; const QString& path : {u"x"_s, u"x/y"_s, u"fine"_s})
        static_cast<void>(landing.plan(number++, folder(path)));
    int failed = 0;
    for (const BatchLanding::Outcome& outcome : landing.commit(Commit::All)) {
        failed += outcome.landed ? 0 : 1;
        QCOMPARE(outcome.landed.isOk(), outcome.file == 3);
    }
    QCOMPARE(failed, 2);
    QCOMPARE(contentOf(destination.path(u"x"_s)), "mine"_ba);
}

void TestBatchTrees::linksLeadNowhere()
{
    const QTemporaryDir elsewhere;
    const Destination destination;
    QVERIFY(QFile::link(elsewhere.path(), destination.path(u"link"_s)));
    QVERIFY(writeFile(elsewhere.filePath(u"file"_s), "mine"));
    QVERIFY(QFile::link(elsewhere.filePath(u"file"_s), destination.path(u"a"_s)));
    BatchLanding landing(destination.folder(), options(ConflictPolicy::Replace));
    QCOMPARE(send(landing, 1, u"link/a"_s, "a").error().code, ErrorCode::UnsafeName);
    static_cast<void>(landing.plan(2, folder(u"link/b"_s)));
    QVERIFY(!landing.commit(Commit::All).front().landed);
    // In the link's place, not in the place it leads to.
    QVERIFY(send(landing, 3, u"a"_s, "new"));
    QVERIFY(landing.commit(Commit::All).front().landed);
    QCOMPARE(contentOf(destination.path(u"a"_s)), "new"_ba);
    QVERIFY(!QFileInfo(destination.path(u"a"_s)).isSymLink());
    QCOMPARE(contentOf(elsewhere.filePath(u"file"_s)), "mine"_ba);
    QCOMPARE(QDir(elsewhere.path()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             QStringList{u"file"_s});
}

void TestBatchTrees::foldersThatAreThere()
{
    const Destination destination;
    QVERIFY(QDir(destination.path()).mkpath(u"x/y"_s));
    QVERIFY(writeFile(destination.path(u"x/y/old"_s), "old"));
    BatchLanding landing(destination.folder(), options());
    QVERIFY(landing.plan(1, folder(u"x/y"_s)));
    QVERIFY(landing.plan(2, folder(u"x/y"_s)));
    QVERIFY(send(landing, 3, u"x/y/new"_s, "new"));
    for (const BatchLanding::Outcome& outcome : landing.commit(Commit::All))
        QVERIFY(outcome.landed);
    QCOMPARE(destination.entries(), QStringList({u"x"_s, u"x/y"_s, u"x/y/new"_s, u"x/y/old"_s}));
}

/// It was known to be missing.
void TestBatchTrees::folderThatCameMeanwhile()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    QVERIFY(send(landing, 1, u"x/y/a"_s, "a"));
    QVERIFY(QDir(destination.path()).mkpath(u"x/y"_s));
    QVERIFY(landing.commit(Commit::All).front().landed);
    QVERIFY(send(landing, 2, u"x/b"_s, "b"));
    QVERIFY(landing.commit(Commit::All).front().landed);
    QCOMPARE(destination.entries(), QStringList({u"x"_s, u"x/b"_s, u"x/y"_s, u"x/y/a"_s}));
}

void TestBatchTrees::sameFile_data()
{
    QTest::addColumn<ConflictPolicy>("conflict");
    QTest::newRow("rename") << ConflictPolicy::Rename;
    QTest::newRow("replace") << ConflictPolicy::Replace;
    QTest::newRow("skip") << ConflictPolicy::Skip;
}

/// That the same file is there is never a conflict.
void TestBatchTrees::sameFile()
{
    QFETCH(ConflictPolicy, conflict);
    const Destination destination;
    AnnouncedFile file = announcedFile(u"a"_s, 3, u"source"_s);
    {
        BatchLanding landing(destination.folder(), options());
        QVERIFY(landing.plan(1, file));
        QVERIFY(writeRest(landing, 1, "abc"));
        QVERIFY(landing.commit(Commit::All).front().landed);
    }
    const auto plan = [&](const AnnouncedFile& announced) {
        BatchLanding landing(destination.folder(), options(conflict));
        return landing.plan(1, announced);
    };
    QVERIFY(std::holds_alternative<Plan::Skip>(plan(file).value()));
    file.source = u"another"_s;
    QVERIFY(std::holds_alternative<Plan::Check>(plan(file).value()));
    file.source.clear();
    QVERIFY(std::holds_alternative<Plan::Check>(plan(file).value()));
    // Some disks hold times no better than that.
    file.modifiedAt += 2000;
    QVERIFY(std::holds_alternative<Plan::Check>(plan(file).value()));
    // Of another time or size it is another one.
    file.modifiedAt += 1;
    QCOMPARE(plan(file).isOk(), conflict != ConflictPolicy::Skip);
    QCOMPARE(plan(announcedFile(u"a"_s, 4, u"source"_s)).isOk(), conflict != ConflictPolicy::Skip);
    QCOMPARE(contentOf(destination.path(u"a"_s)), "abc"_ba);
}

void TestBatchTrees::manyOfOneName()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    for (FileNumber number = 1; number <= 20; ++number)
        QVERIFY(send(landing, number, u"a.txt"_s, QByteArray::number(number)));
    QSet<QString> names;
    for (const BatchLanding::Outcome& outcome : landing.commit(Commit::All)) {
        QVERIFY(outcome.landed);
        names.insert(outcome.landed->relativePath);
        QCOMPARE(contentOf(outcome.landed->absolutePath), QByteArray::number(outcome.file));
    }
    QCOMPARE(names.size(), 20);
}

void TestBatchTrees::knowsAFolderAgain()
{
    const Destination destination;
    for (const bool isAgain : {false, true}) {
        BatchLanding landing(destination.folder(), options());
        QVERIFY(landing.plan(1, folder(u"x/empty"_s)));
        const auto outcomes = landing.commit(Commit::All);
        QCOMPARE(outcomes.size(), size_t{1});
        QCOMPARE(outcomes[0].wasThere, isAgain);
        QCOMPARE(outcomes[0].landed->relativePath, u"x/empty"_s);
    }
}

/// Whatever the umask here is, and the run bit among them.
void TestBatchTrees::nobodyGetsMoreThanOverThere_data()
{
    QTest::addColumn<int>("mode");
    QTest::addColumn<int>("wanted");
    QTest::addColumn<qint64>("size");
    QTest::newRow("not told") << 0777 << 0777 << qint64(1);
    QTest::newRow("private") << 0600 << 0700 << qint64(1);
    QTest::newRow("private, empty") << 0600 << 0700 << qint64(0);
    QTest::newRow("private, large") << 0600 << 0700 << 2 * chunkBytes;
    QTest::newRow("of a group") << 0640 << 0740 << qint64(1);
    QTest::newRow("to be read") << 0444 << 0744 << qint64(1);
}

void TestBatchTrees::nobodyGetsMoreThanOverThere()
{
    QFETCH(int, mode);
    QFETCH(int, wanted);
    QFETCH(qint64, size);
    const Destination destination;
    BatchLandingOptions careless = options();
    careless.keepsExecutable = true;
    careless.limits.partialBytes = chunkBytes;
    BatchLanding landing(destination.folder(), careless);
    AnnouncedFile file = announcedFile(u"file"_s, size);
    file.isExecutable = true;
    file.mode = static_cast<quint16>(mode);
    const mode_t before = ::umask(0);
    const bool isPlanned = landing.plan(1, file).isOk() && writeRest(landing, 1, someBytes(size)).isOk();
    ::umask(before);
    QVERIFY(isPlanned);
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(destination.path(u"file"_s)).constData(), &status), 0);
    QCOMPARE(int(status.st_mode & 0777), wanted);
}

/// The sender may have found a file too open since it was begun.
void TestBatchTrees::aBegunFileIsNarrowed()
{
    const Destination destination;
    const QByteArray content = someBytes(8 * chunkBytes);
    AnnouncedFile file = announcedFile(u"file"_s, content.size(), u"source"_s);
    {
        BatchLanding landing(destination.folder(), options());
        QVERIFY(landing.plan(1, file));
        QVERIFY(writeChunk(landing, 1, content, 0));
    }
    file.mode = 0600;
    BatchLanding landing(destination.folder(), options());
    const Result<BatchLanding::Decision> decision = landing.plan(1, file);
    QVERIFY(decision && std::holds_alternative<Plan::Want>(decision.value()));
    QVERIFY(writeRest(landing, 1, content, std::get<Plan::Want>(decision.value()).offset));
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    struct stat status = {};
    QCOMPARE(::stat(QFile::encodeName(destination.path(u"file"_s)).constData(), &status), 0);
    QCOMPARE(int(status.st_mode & 0777), 0600);
}

void TestBatchTrees::timesOfFolders()
{
    const auto timeOf = [](const QString& path) {
        struct stat status = {};
        return stat(QFile::encodeName(path).constData(), &status) == 0 ? FileTime::of(status.st_mtim)
                                                                       : FileTime();
    };
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    QVERIFY(landing.plan(1, announcedFile(u"a/b/empty file"_s, 0)));
    QVERIFY(landing.plan(2, folder(u"a/empty"_s)));
    QCOMPARE(landing.commit(BatchLanding::Commit::All).size(), size_t{2});
    const FileTime time{1'234'567'890'123, 456'000};
    for (const QString& path : {u"a"_s, u"a/b"_s, u"a/empty"_s}) {
        landing.setTime({path, time});
        QVERIFY(timeOf(destination.path(path)).isSameAs(time));
    }
    // Of what is below, by no link, and of folders only.
    QVERIFY(QFile::link(destination.path(u"a"_s), destination.path(u"link"_s)));
    for (const QString& path : {u"link"_s, u"missing"_s, u"a/b/empty file"_s, u".."_s, QString()})
        landing.setTime({path, {1, {}}});
    QVERIFY(timeOf(destination.path(u"a"_s)).isSameAs(time));
    QVERIFY(!timeOf(destination.path(u"a/b/empty file"_s)).isSameAs({1, {}}));
}

QTEST_APPLESS_MAIN(TestBatchTrees)
#include "tst_batchtrees.moc"
