#include "batchtools.h"
#include "failingcalls.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Commit = BatchLanding::Commit;

/// Which names the files of one sender get, and under which they are found again.
class TestBatchNames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void namesOfOneSendAreTaken_data();
    void namesOfOneSendAreTaken();
    void parallelUploadsSpareEachOther();
    void oneAfterTheOtherReplaces();
    void newerVersionsReplaceTheirOwn();
    void foundFilesKeepTheirNames();
    void comparedFilesAreNotReplaced();
    void filesAfterTheirFolder();
    void numbersAreFoundAtOnce();
    void coarseTimes_data();
    void coarseTimes();
    void everyCandidateIsCompared();
    void anOlderSenderAddsNoCopy();
    void onesOwnWithAnotherTimeIsCompared();
    void existingFilesAreReadOnce();
    void twinsStayTwo();

private:
    struct Sent
    {
        QString path;
        QByteArray content;
        QString source;
    };
    static BatchLandingOptions options(ConflictPolicy conflict,
                                       const std::shared_ptr<GivenNames>& given = nullptr)
    {
        BatchLandingOptions options;
        options.conflict = conflict;
        options.batch = {{}, "batch"};
        options.given = given;
        return options;
    }
    static AnnouncedFile announced(const Sent& sent)
    {
        return announcedFile(sent.path, sent.content.size(), sent.source);
    }
    /// One send after the other; how many files had to be sent, -1 when one failed.
    static int send(BatchLanding& landing, const QList<Sent>& files)
    {
        FileNumber number = 0;
        int wanted = 0;
        for (const Sent& sent : files) {
            const auto decision = landing.plan(++number, announced(sent));
            if (!decision)
                return -1;
            const auto* check = std::get_if<Plan::Check>(&decision.value());
            if (check && check->digest == chainDigest(sent.content) && landing.keep(number))
                continue;
            if (!check && !std::holds_alternative<Plan::Want>(decision.value()))
                continue;
            ++wanted;
            if (!writeRest(landing, number, sent.content))
                return -1;
        }
        for (const BatchLanding::Outcome& outcome : landing.commit(Commit::All)) {
            if (!outcome.landed)
                return -1;
        }
        return wanted;
    }
    static int send(const Destination& destination, const BatchLandingOptions& options,
                    const QList<Sent>& files)
    {
        BatchLanding landing(destination.folder(), options);
        return send(landing, files);
    }
    static QList<QByteArray> contents(const Destination& destination)
    {
        QList<QByteArray> all;
        for (const QString& entry : destination.entries()) {
            if (QFileInfo(destination.path(entry)).isFile())
                all.append(contentOf(destination.path(entry)));
        }
        std::sort(all.begin(), all.end());
        return all;
    }
};

void TestBatchNames::namesOfOneSendAreTaken_data()
{
    QTest::addColumn<ConflictPolicy>("conflict");
    QTest::addColumn<QStringList>("paths");
    const QList<std::pair<const char*, QStringList>> kinds{
        {"one name", {u"IMG.jpg"_s, u"IMG.jpg"_s, u"IMG.jpg"_s}},
        {"composed", {u"d/\u00e9"_s, u"d/e\u0301"_s}},
        {"ends", {u"x"_s, u"x."_s, u"x "_s, u"x.."_s}},
        {"separators", {u"d/a_b"_s, u"d/a:b"_s, u"d/a\\b"_s}},
        {"folders", {u"a_b/x"_s, u"a:b/x"_s}},
    };
    for (const ConflictPolicy conflict :
         {ConflictPolicy::Rename, ConflictPolicy::Replace, ConflictPolicy::Skip}) {
        for (const auto& [name, paths] : kinds)
            QTest::addRow("%s, %s", qPrintable(conflictPolicyName(conflict)), name) << conflict << paths;
    }
}

void TestBatchNames::namesOfOneSendAreTaken()
{
    QFETCH(ConflictPolicy, conflict);
    QFETCH(QStringList, paths);
    const Destination destination;
    QList<Sent> files;
    QList<QByteArray> all;
    for (const QString& path : paths) {
        all.append(QByteArray("content ") + QByteArray::number(files.size()));
        files.append({path, all.last(), QString::number(files.size())});
    }
    QCOMPARE(send(destination, options(conflict), files), files.size());
    QCOMPARE(contents(destination), all);
    // Found again, each under the name it got, whichever comes first.
    QCOMPARE(send(destination, options(conflict), files), 0);
    std::reverse(files.begin(), files.end());
    QCOMPARE(send(destination, options(conflict), files), 0);
    QCOMPARE(contents(destination), all);
}

void TestBatchNames::parallelUploadsSpareEachOther()
{
    const Destination destination;
    QVERIFY(writeFile(destination.path(u"a.txt"_s), "older"));
    const auto given = std::make_shared<GivenNames>();
    BatchLandingOptions second = options(ConflictPolicy::Replace, given);
    second.batch = {{}, "another"};
    BatchLanding one(destination.folder(), options(ConflictPolicy::Replace, given));
    BatchLanding two(destination.folder(), second);
    const QByteArray content = "12345";
    for (BatchLanding* landing : {&one, &two}) {
        QVERIFY(landing->plan(1, announcedFile(u"a.txt"_s, content.size())));
        QVERIFY(writeRest(*landing, 1, content));
    }
    QCOMPARE(one.commit(Commit::All).front().landed->relativePath, u"a.txt"_s);
    QCOMPARE(two.commit(Commit::All).front().landed->relativePath, u"a (1).txt"_s);
    QCOMPARE(contents(destination), QList<QByteArray>({content, content}));
}

void TestBatchNames::oneAfterTheOtherReplaces()
{
    const Destination destination;
    QCOMPARE(send(destination, options(ConflictPolicy::Replace), {{u"a.txt"_s, "one", u"1"_s}}), 1);
    QCOMPARE(send(destination, options(ConflictPolicy::Replace), {{u"a.txt"_s, "second", u"2"_s}}), 1);
    QCOMPARE(contents(destination), QList<QByteArray>{"second"});
}

void TestBatchNames::newerVersionsReplaceTheirOwn()
{
    const Destination destination;
    const BatchLandingOptions replace = options(ConflictPolicy::Replace);
    QCOMPARE(send(destination, replace, {{u"a"_s, "one", u"1"_s}, {u"a"_s, "two", u"2"_s}}), 2);
    QCOMPARE(send(destination, replace, {{u"a"_s, "one!", u"1"_s}, {u"a"_s, "two!", u"2"_s}}), 2);
    QCOMPARE(contents(destination), QList<QByteArray>({"one!", "two!"}));
    // But not what somebody else has put there.
    QVERIFY(writeFile(destination.path(u"b (1)"_s), "theirs"));
    QCOMPARE(send(destination, replace, {{u"b"_s, "one", u"1"_s}, {u"b"_s, "two", u"2"_s}}), 2);
    QCOMPARE(contentOf(destination.path(u"b (1)"_s)), QByteArray("theirs"));
    QCOMPARE(contentOf(destination.path(u"b (2)"_s)), QByteArray("two"));
}

/// The first of two was changed: it must not get the name that the second one is found under.
void TestBatchNames::foundFilesKeepTheirNames()
{
    const Destination destination;
    const BatchLandingOptions replace = options(ConflictPolicy::Replace);
    QCOMPARE(send(destination, replace, {{u"a"_s, "second", u"2"_s}}), 1);
    BatchLanding landing(destination.folder(), replace);
    QVERIFY(landing.plan(1, announced({u"a"_s, "first", u"1"_s})));
    const auto found = landing.plan(2, announced({u"a"_s, "second", u"2"_s}));
    QVERIFY(std::holds_alternative<Plan::Skip>(found.value()));
    QVERIFY(writeRest(landing, 1, "first"));
    QCOMPARE(landing.commit(Commit::All).front().landed->relativePath, u"a (1)"_s);
    QCOMPARE(contents(destination), QList<QByteArray>({"first", "second"}));
}

void TestBatchNames::comparedFilesAreNotReplaced()
{
    const Destination destination;
    const BatchLandingOptions replace = options(ConflictPolicy::Replace);
    QCOMPARE(send(destination, replace, {{u"a"_s, "second", {}}}), 1);
    BatchLanding landing(destination.folder(), replace);
    QVERIFY(landing.plan(1, announced({u"a"_s, "first", {}})));
    QVERIFY(std::holds_alternative<Plan::Check>(landing.plan(2, announced({u"a"_s, "second", {}})).value()));
    QVERIFY(writeRest(landing, 1, "first"));
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    QCOMPARE(landing.keep(2).value(), u"a"_s);
    QCOMPARE(contents(destination), QList<QByteArray>({"first", "second"}));
    // A third one is not compared with what the second one is.
    QVERIFY(std::holds_alternative<Plan::Want>(landing.plan(3, announced({u"a"_s, "second", {}})).value()));
}

void TestBatchNames::filesAfterTheirFolder()
{
    for (const ConflictPolicy conflict : {ConflictPolicy::Replace, ConflictPolicy::Skip}) {
        const Destination destination;
        QCOMPARE(send(destination, options(conflict), {{u"a:b/x"_s, "1", u"1"_s}, {u"a_b"_s, "2", u"2"_s}}),
                 2);
        QCOMPARE(destination.entries(), QStringList({u"a_b"_s, u"a_b/x"_s, u"a_b (1)"_s}));
    }
}

void TestBatchNames::numbersAreFoundAtOnce()
{
    FailingCalls calls;
    const Destination destination(calls);
    constexpr int existing = 300;
    QVERIFY(writeFile(destination.path(u"a.txt"_s), "x"));
    for (int i = 1; i <= existing; ++i)
        QVERIFY(writeFile(destination.path(u"a (%1).txt"_s.arg(i)), "x"));
    BatchLanding landing(destination.folder(), options(ConflictPolicy::Rename));
    constexpr int more = 20;
    for (FileNumber number = 1; number <= more; ++number) {
        QVERIFY(landing.plan(number, announcedFile(u"a.txt"_s, 2)));
        QVERIFY(writeRest(landing, number, "xx"));
    }
    const auto outcomes = landing.commit(Commit::All);
    QCOMPARE(outcomes.back().landed->relativePath, u"a (320).txt"_s);
    QCOMPARE_LE(calls.count(FailingCalls::Call::Rename), 2 * more + 1);
}

/// A disk that cuts times, and has no marks where it is told so.
class CoarseDisk : public SystemCalls
{
public:
    int futimens(int file, const timespec* times) const override
    {
        std::array<timespec, 2> cut{times[0], times[1]};
        cut[1].tv_nsec = 0;
        cut[1].tv_sec -= cut[1].tv_sec % seconds;
        return SystemCalls::futimens(file, cut.data());
    }
    int fsetxattr(int file, const char* name, const void* value, size_t size) const override
    {
        if (hasMarks)
            return SystemCalls::fsetxattr(file, name, value, size);
        errno = EOPNOTSUPP;
        return -1;
    }
    ssize_t pread(int file, void* bytes, size_t count, off_t offset) const override
    {
        ++reads;
        return SystemCalls::pread(file, bytes, count, offset);
    }
    time_t seconds = 1;
    bool hasMarks = true;
    mutable int reads = 0;
};

void TestBatchNames::coarseTimes_data()
{
    QTest::addColumn<int>("seconds");
    QTest::addColumn<bool>("hasMarks");
    QTest::newRow("ext4 with small inodes") << 1 << true;
    QTest::newRow("two seconds") << 2 << true;
    QTest::newRow("FAT") << 2 << false;
}

void TestBatchNames::coarseTimes()
{
    QFETCH(int, seconds);
    QFETCH(bool, hasMarks);
    CoarseDisk disk;
    disk.seconds = seconds;
    disk.hasMarks = hasMarks;
    const Destination destination(disk);
    AnnouncedFile file = announcedFile(u"a"_s, 3, u"source"_s);
    file.modifiedAt += 1000; // an odd second
    {
        BatchLanding landing(destination.folder(), options(ConflictPolicy::Rename));
        QVERIFY(landing.plan(1, file));
        QVERIFY(writeRest(landing, 1, "abc"));
        QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    }
    BatchLanding landing(destination.folder(), options(ConflictPolicy::Rename));
    const auto decision = landing.plan(1, file);
    QCOMPARE(std::holds_alternative<Plan::Skip>(decision.value()), hasMarks);
    QCOMPARE(std::holds_alternative<Plan::Check>(decision.value()), !hasMarks);
    // A disk that holds more says that it is another time.
    disk.seconds = 1;
    BatchLanding exact(destination.folder(), options(ConflictPolicy::Rename));
    file.modifiedAt += seconds == 1 ? 1000 : 0;
    QVERIFY(std::holds_alternative<Plan::Check>(exact.plan(1, file).value()));
}

void TestBatchNames::everyCandidateIsCompared()
{
    const Destination destination;
    const BatchLandingOptions rename = options(ConflictPolicy::Rename);
    for (const QByteArray& content : {"one"_ba, "two"_ba, "six"_ba})
        QVERIFY(send(destination, rename, {{u"a.txt"_s, content, {}}}) >= 0);
    QCOMPARE(destination.entries(), QStringList({u"a (1).txt"_s, u"a (2).txt"_s, u"a.txt"_s}));
    QVERIFY(QFile::remove(destination.path(u"a (1).txt"_s))); // what is behind a gap is found, too
    BatchLanding landing(destination.folder(), rename);
    const auto decision = landing.plan(1, announced({u"a.txt"_s, "six", {}}));
    const auto* check = std::get_if<Plan::Check>(&decision.value());
    QVERIFY(check);
    QCOMPARE(check->digest, chainDigest("one"));
    QCOMPARE(check->others, QStringList{chainDigest("six")});
    QVERIFY(!landing.keep(1, chainDigest("two")));
    QCOMPARE(landing.keep(1, chainDigest("six")).value(), u"a (2).txt"_s);
}

void TestBatchNames::anOlderSenderAddsNoCopy()
{
    const Destination destination;
    const BatchLandingOptions rename = options(ConflictPolicy::Rename);
    for (const QByteArray& content : {"one"_ba, "two"_ba})
        QVERIFY(send(destination, rename, {{u"a.txt"_s, content, {}}}) >= 0);
    BatchLanding landing(destination.folder(), rename);
    QVERIFY(landing.plan(1, announced({u"a.txt"_s, "two", {}})));
    QVERIFY(writeRest(landing, 1, "two")); // it knows only of the first one
    const auto outcomes = landing.commit(Commit::All);
    QCOMPARE(outcomes.front().landed->relativePath, u"a (1).txt"_s);
    QVERIFY(!outcomes.front().note.isEmpty());
    QCOMPARE(destination.entries(), QStringList({u"a (1).txt"_s, u"a.txt"_s}));
    QVERIFY(destination.partials().isEmpty());
}

void TestBatchNames::onesOwnWithAnotherTimeIsCompared()
{
    const Destination destination;
    const BatchLandingOptions rename = options(ConflictPolicy::Rename);
    QCOMPARE(send(destination, rename, {{u"a"_s, "abc", u"source"_s}}), 1);
    AnnouncedFile touched = announced({u"a"_s, "abc", u"source"_s});
    touched.modifiedAt += 1'000'000;
    BatchLanding landing(destination.folder(), rename);
    QVERIFY(std::holds_alternative<Plan::Check>(landing.plan(1, touched).value()));
    touched.source = u"another"_s;
    QVERIFY(std::holds_alternative<Plan::Want>(landing.plan(2, touched).value()));
}

void TestBatchNames::existingFilesAreReadOnce()
{
    CoarseDisk disk;
    const Destination destination(disk);
    QCOMPARE(send(destination, options(ConflictPolicy::Rename), {{u"a"_s, "abc", {}}}), 1);
    disk.reads = 0;
    BatchLanding landing(destination.folder(), options(ConflictPolicy::Rename));
    for (FileNumber number = 1; number <= 64; ++number) {
        QVERIFY(landing.plan(number, announced({u"a"_s, "abc", {}})));
        landing.discard(number);
    }
    QCOMPARE(disk.reads, 1);
}

/// Two files of one name and the same bytes are two, and are found again as two.
void TestBatchNames::twinsStayTwo()
{
    const Destination destination;
    const BatchLandingOptions rename = options(ConflictPolicy::Rename);
    QVERIFY(writeFile(destination.path(u"a"_s), "twin"));
    AnnouncedFile twin = announced({u"a"_s, "twin", {}});
    twin.modifiedAt = QFileInfo(destination.path(u"a"_s)).lastModified().toMSecsSinceEpoch();
    {
        BatchLanding landing(destination.folder(), rename);
        QVERIFY(std::holds_alternative<Plan::Check>(landing.plan(1, twin).value()));
        QVERIFY(std::holds_alternative<Plan::Want>(landing.plan(2, twin).value()));
        QVERIFY(landing.keep(1));
        QVERIFY(writeRest(landing, 2, "twin"));
        QCOMPARE(landing.commit(Commit::All).front().landed->relativePath, u"a (1)"_s);
    }
    BatchLanding landing(destination.folder(), rename);
    QVERIFY(std::holds_alternative<Plan::Check>(landing.plan(1, twin).value()));
    QVERIFY(std::holds_alternative<Plan::Check>(landing.plan(2, twin).value()));
    QCOMPARE(landing.keep(1).value(), u"a"_s);
    QCOMPARE(landing.keep(2).value(), u"a (1)"_s);
}

QTEST_GUILESS_MAIN(TestBatchNames)
#include "tst_batchnames.moc"
