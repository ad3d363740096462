#include "batchtools.h"
#include "failingcalls.h"

#include <QTest>

#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Commit = BatchLanding::Commit;
using ChunkResult = BatchLanding::ChunkResult;

class TestBatchLanding : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void filesLand();
    void emptyFilesAndFoldersLandByThemselves();
    void smallFilesWaitForEachOther();
    void sameNamesOfOneBatchBothLand();
    void takenNames_data();
    void takenNames();
    void theSameFileIsSkipped();
    void whatLooksTheSameIsCompared();
    void damagedChunksAreAskedForAgain();
    void chunksMayComeBehindAGap();
    void wrongChunksAreRefused();
    void goesOnAfterACut();
    void anotherVersionStartsOver();
    void discardLeavesNothing();
    void unsafeNames();
    void runBitIsTheReceiversChoice();
    void readsBack();
    void partialsAreListed();

private:
    [[nodiscard]] static BatchLandingOptions options(ConflictPolicy conflict = ConflictPolicy::Rename)
    {
        BatchLandingOptions options;
        options.conflict = conflict;
        options.batch = {{}, "batch"};
        return options;
    }
    /// Plans, writes and commits one file.
    static std::vector<BatchLanding::Outcome> land(BatchLanding& landing, FileNumber number,
                                                   const AnnouncedFile& file, const QByteArray& content)
    {
        if (!isWanted(landing.plan(number, file)) || !writeRest(landing, number, content))
            return {};
        return landing.commit(Commit::All);
    }
};

void TestBatchLanding::filesLand()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    const QByteArray small = "small";
    const QByteArray large = someBytes(2 * chunkBytes + 7);
    QVERIFY(isWanted(landing.plan(1, announcedFile(u"a/b/small"_s, small.size()))));
    QVERIFY(isWanted(landing.plan(5, announcedFile(u"large"_s, large.size()))));
    QVERIFY(writeRest(landing, 1, small));
    QVERIFY(writeRest(landing, 5, large));
    QVERIFY(destination.entries().isEmpty());
    const auto outcomes = landing.commit(Commit::All);
    QCOMPARE(outcomes.size(), size_t{2});
    QCOMPARE(destination.entries(), QStringList({u"a"_s, u"a/b"_s, u"a/b/small"_s, u"large"_s}));
    QCOMPARE(contentOf(destination.path(u"a/b/small"_s)), small);
    QCOMPARE(contentOf(destination.path(u"large"_s)), large);
    QCOMPARE(outcomes[0].landed->relativePath, u"a/b/small"_s);
    QCOMPARE(outcomes[0].landed->absolutePath, destination.path(u"a/b/small"_s));
    QCOMPARE(outcomes[0].landed->digest, chainDigest(small));
    QCOMPARE(outcomes[1].landed->digest, chainDigest(large));
    QCOMPARE(QFileInfo(destination.path(u"large"_s)).lastModified().toMSecsSinceEpoch(), 1'600'000'000'123);
    QCOMPARE(landing.openFiles(), 0);
    QVERIFY(landing.sync());
    QVERIFY(destination.partials().isEmpty());
}

void TestBatchLanding::emptyFilesAndFoldersLandByThemselves()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    AnnouncedFile folder = announcedFile(u"x/empty folder"_s, 0);
    folder.isFolder = true;
    QVERIFY(
        std::holds_alternative<BatchLanding::Nothing>(landing.plan(1, announcedFile(u"empty"_s, 0)).value()));
    QVERIFY(std::holds_alternative<BatchLanding::Nothing>(landing.plan(2, folder).value()));
    const auto outcomes = landing.commit(Commit::All);
    QCOMPARE(outcomes.size(), size_t{2});
    for (const BatchLanding::Outcome& outcome : outcomes)
        QCOMPARE(outcome.landed->digest, outcome.file == 2 ? QString() : ChainDigest().text());
    QCOMPARE(destination.entries(), QStringList({u"empty"_s, u"x"_s, u"x/empty folder"_s}));
    QVERIFY(!outcomes[0].wasThere && !outcomes[1].wasThere);
}

void TestBatchLanding::smallFilesWaitForEachOther()
{
    const FailingCalls calls;
    const Destination destination(calls);
    BatchLandingOptions few = options();
    few.limits.commitFiles = 3;
    BatchLanding landing(destination.folder(), few);
    for (FileNumber number = 1; number <= 4; ++number) {
        QVERIFY(isWanted(landing.plan(number, announcedFile(QString::number(number), 1))));
        QVERIFY(writeRest(landing, number, "x"));
        QCOMPARE(landing.commit(Commit::Due).size(), size_t{number == 3 ? 3U : 0U});
    }
    QCOMPARE(calls.count(FailingCalls::Call::SyncAll), 1);
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    QCOMPARE(calls.count(FailingCalls::Call::SyncAll), 2);
}

void TestBatchLanding::sameNamesOfOneBatchBothLand()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    QVERIFY(isWanted(landing.plan(1, announcedFile(u"a.txt"_s, 3, u"one"_s))));
    QVERIFY(isWanted(landing.plan(2, announcedFile(u"a.txt"_s, 3, u"two"_s))));
    QVERIFY(writeRest(landing, 1, "one"));
    QVERIFY(writeRest(landing, 2, "two"));
    QCOMPARE(landing.commit(Commit::All).size(), size_t{2});
    QCOMPARE(contentOf(destination.path(u"a.txt"_s)), QByteArray("one"));
    QCOMPARE(contentOf(destination.path(u"a (1).txt"_s)), QByteArray("two"));
}

void TestBatchLanding::takenNames_data()
{
    QTest::addColumn<ConflictPolicy>("conflict");
    QTest::addColumn<QStringList>("entries");
    QTest::newRow("rename") << ConflictPolicy::Rename << QStringList{u"a (1).txt"_s, u"a.txt"_s};
    QTest::newRow("replace") << ConflictPolicy::Replace << QStringList{u"a.txt"_s};
    QTest::newRow("skip") << ConflictPolicy::Skip << QStringList{u"a.txt"_s};
}

void TestBatchLanding::takenNames()
{
    QFETCH(ConflictPolicy, conflict);
    QFETCH(QStringList, entries);
    const Destination destination;
    QVERIFY(writeFile(destination.path(u"a.txt"_s), "older"));
    BatchLanding landing(destination.folder(), options(conflict));
    const AnnouncedFile file = announcedFile(u"a.txt"_s, 3);
    if (conflict == ConflictPolicy::Skip) {
        QCOMPARE(landing.plan(1, file).error().code, ErrorCode::AlreadyExists);
    } else {
        QCOMPARE(land(landing, 1, file, "new").size(), size_t{1});
        QCOMPARE(contentOf(destination.path(entries.first())), QByteArray("new"));
    }
    QCOMPARE(destination.entries(), entries);
    QCOMPARE(contentOf(destination.path(u"a.txt"_s)),
             QByteArray(conflict == ConflictPolicy::Replace ? "new" : "older"));
}

void TestBatchLanding::theSameFileIsSkipped()
{
    const Destination destination;
    QVERIFY(writeFile(destination.path(u"a.txt"_s), "else"));
    const AnnouncedFile file = announcedFile(u"a.txt"_s, 3, u"source"_s);
    {
        BatchLanding landing(destination.folder(), options());
        QCOMPARE(land(landing, 1, file, "new").size(), size_t{1});
    }
    for (const ConflictPolicy conflict : {ConflictPolicy::Rename, ConflictPolicy::Rename}) {
        BatchLanding landing(destination.folder(), options(conflict));
        const auto decision = landing.plan(1, file);
        QVERIFY(decision);
        const auto* skip = std::get_if<Plan::Skip>(&decision.value());
        QVERIFY2(skip, "needs a file system with extended attributes");
        QCOMPARE(skip->path, u"a (1).txt"_s); // under the name it got
    }
    QCOMPARE(destination.entries(), QStringList({u"a (1).txt"_s, u"a.txt"_s}));
}

void TestBatchLanding::whatLooksTheSameIsCompared()
{
    const Destination destination;
    {
        BatchLanding landing(destination.folder(), options());
        QCOMPARE(land(landing, 1, announcedFile(u"a"_s, 3, u"one"_s), "old").size(), size_t{1});
    }
    BatchLanding landing(destination.folder(), options());
    // Of the same size and time, but from another place.
    const AnnouncedFile other = announcedFile(u"a"_s, 3, u"two"_s);
    const auto first = landing.plan(1, other);
    QCOMPARE(std::get<Plan::Check>(first.value()).digest, chainDigest("old"));
    QVERIFY(landing.keep(1));
    QVERIFY(!landing.keep(1));
    const auto second = landing.plan(2, other);
    QVERIFY(std::holds_alternative<Plan::Check>(second.value()));
    QVERIFY(writeRest(landing, 2, "new")); // the sender found them to differ
    QCOMPARE(landing.commit(Commit::All).size(), size_t{1});
    QCOMPARE(destination.entries(), QStringList({u"a"_s, u"a (1)"_s}));
    QCOMPARE(contentOf(destination.path(u"a (1)"_s)), QByteArray("new"));

    // When asked for, whatever the time.
    BatchLandingOptions comparing = options();
    comparing.comparesDigests = true;
    BatchLanding byDigest(destination.folder(), comparing);
    AnnouncedFile older = announcedFile(u"a"_s, 3, u"one"_s);
    older.modifiedAt = 1;
    QVERIFY(std::holds_alternative<Plan::Check>(byDigest.plan(1, older).value()));
}

void TestBatchLanding::damagedChunksAreAskedForAgain()
{
    const Destination destination;
    BatchLandingOptions strict = options();
    strict.limits.badChunks = 2;
    BatchLanding landing(destination.folder(), strict);
    const QByteArray content = someBytes(3 * chunkBytes);
    QVERIFY(isWanted(landing.plan(1, announcedFile(u"a"_s, content.size()))));
    QVERIFY(writeChunk(landing, 1, content, 0));
    QByteArray damaged = content.sliced(chunkBytes, chunkBytes);
    damaged[77] = static_cast<char>(damaged[77] ^ 1);
    const ChunkHeader header = chunkOf(1, content, chunkBytes);
    QCOMPARE(landing.write(header, damaged).value(), ChunkResult::Damaged);
    QCOMPARE(writeChunk(landing, 1, content, 2 * chunkBytes).value(), ChunkResult::Written);
    QVERIFY(landing.commit(Commit::All).empty());
    QCOMPARE(landing.write(header, damaged).value(), ChunkResult::Damaged);
    QCOMPARE(writeChunk(landing, 1, content, chunkBytes).value(), ChunkResult::Written);
    QCOMPARE(landing.commit(Commit::All).front().landed->digest, chainDigest(content));
    QCOMPARE(contentOf(destination.path(u"a"_s)), content);

    QVERIFY(isWanted(landing.plan(2, announcedFile(u"b"_s, content.size()))));
    const ChunkHeader first = chunkOf(2, content, 0);
    QCOMPARE(landing.write(first, damaged).value(), ChunkResult::Damaged);
    QCOMPARE(landing.write(first, damaged).value(), ChunkResult::Damaged);
    QCOMPARE(landing.write(first, damaged).error().code, ErrorCode::DigestMismatch);
    QVERIFY(!landing.find(2));
}

void TestBatchLanding::chunksMayComeBehindAGap()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    const QByteArray content = someBytes(4 * chunkBytes + 1);
    QVERIFY(isWanted(landing.plan(1, announcedFile(u"a"_s, content.size()))));
    for (const int chunk : {4, 2, 1, 1, 3})
        QVERIFY(writeChunk(landing, 1, content, chunk * chunkBytes));
    QCOMPARE(landing.offsetOf(1), 0);
    QVERIFY(writeChunk(landing, 1, content, 0));
    QCOMPARE(landing.commit(Commit::All).front().landed->digest, chainDigest(content));
    QCOMPARE(contentOf(destination.path(u"a"_s)), content);
}

void TestBatchLanding::wrongChunksAreRefused()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    const QByteArray content = someBytes(2 * chunkBytes);
    QVERIFY(isWanted(landing.plan(1, announcedFile(u"a"_s, chunkBytes + 1))));
    QCOMPARE(writeChunk(landing, 2, content, 0).value(), ChunkResult::Unknown);
    QCOMPARE(writeChunk(landing, 1, content, chunkBytes).error().code, ErrorCode::ProtocolError);
    ChunkHeader beyond = chunkOf(1, content, chunkBytes);
    beyond.offset = 2 * chunkBytes;
    QCOMPARE(landing.write(beyond, QByteArrayView(content).first(beyond.length)).error().code,
             ErrorCode::ProtocolError);
    QVERIFY(destination.entries().isEmpty());
}

void TestBatchLanding::goesOnAfterACut()
{
    const Destination destination;
    const QByteArray content = someBytes(8 * chunkBytes + 3);
    const AnnouncedFile file = announcedFile(u"sub/a"_s, content.size(), u"source"_s);
    {
        BatchLanding landing(destination.folder(), options());
        QVERIFY(isWanted(landing.plan(1, file)));
        for (const int chunk : {0, 1, 2, 3, 5})
            QVERIFY(writeChunk(landing, 1, content, chunk * chunkBytes));
    }
    QVERIFY(destination.entries().isEmpty());
    BatchLanding landing(destination.folder(), options());
    const auto decision = landing.plan(9, file);
    QVERIFY(isWanted(decision, 4 * chunkBytes));
    QVERIFY(writeRest(landing, 9, content, 4 * chunkBytes));
    QCOMPARE(landing.commit(Commit::All).front().landed->digest, chainDigest(content));
    QCOMPARE(contentOf(destination.path(u"sub/a"_s)), content);
    QVERIFY(destination.partials().isEmpty());
}

void TestBatchLanding::anotherVersionStartsOver()
{
    const Destination destination;
    const QByteArray content = someBytes(8 * chunkBytes);
    AnnouncedFile file = announcedFile(u"a"_s, content.size(), u"source"_s);
    {
        BatchLanding landing(destination.folder(), options());
        QVERIFY(isWanted(landing.plan(1, file)));
        QVERIFY(writeChunk(landing, 1, content, 0));
    }
    file.modifiedAt += 1000;
    const QByteArray newer = someBytes(8 * chunkBytes, 2);
    BatchLanding landing(destination.folder(), options());
    const auto decision = landing.plan(1, file);
    QVERIFY(isWanted(decision));
    QVERIFY(std::get<Plan::Want>(decision.value()).isRestarted);
    QVERIFY(writeRest(landing, 1, newer));
    const auto outcomes = landing.commit(Commit::All);
    QVERIFY(outcomes.front().note.contains(u"changed"_s));
    QCOMPARE(contentOf(destination.path(u"a"_s)), newer);
}

void TestBatchLanding::discardLeavesNothing()
{
    const Destination destination;
    const QByteArray content = someBytes(8 * chunkBytes);
    const AnnouncedFile file = announcedFile(u"a"_s, content.size(), u"source"_s);
    BatchLanding landing(destination.folder(), options());
    QVERIFY(isWanted(landing.plan(1, file)));
    QVERIFY(writeChunk(landing, 1, content, 0));
    QVERIFY(!destination.partials().isEmpty());
    landing.discard(1);
    landing.discard(1);
    QVERIFY(destination.partials().isEmpty());
    QCOMPARE(writeChunk(landing, 1, content, 0).value(), ChunkResult::Unknown);
}

void TestBatchLanding::unsafeNames()
{
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    for (const QString& path : {u""_s, u"/"_s, u".."_s, u"a/../b"_s, u"a//b"_s, u"../a"_s, u"/etc/passwd"_s,
                                u"a/."_s, QString(300, u'x')})
        QCOMPARE(landing.plan(1, announcedFile(path, 1)).error().code, ErrorCode::UnsafeName);
    const auto outcomes = land(landing, 2, announcedFile(u"a\\b:c/CON"_s, 1), "x");
    QCOMPARE(outcomes.size(), size_t{1});
    QCOMPARE(outcomes.front().landed->relativePath, u"a_b_c/_CON"_s);
    QVERIFY(!outcomes.front().note.isEmpty());
    QCOMPARE(landing.plan(3, announcedFile(QLatin1StringView(stagingFolderName) + u"/x"_s, 1)).isOk(), true);
    QVERIFY(writeRest(landing, 3, "x"));
    QCOMPARE(landing.commit(Commit::All).front().landed->relativePath, u"_.sockdrop-partial/x"_s);
}

void TestBatchLanding::runBitIsTheReceiversChoice()
{
    const Destination destination;
    AnnouncedFile file = announcedFile(u"run"_s, 1);
    file.isExecutable = true;
    for (const bool keeps : {false, true}) {
        BatchLandingOptions choice = options(ConflictPolicy::Replace);
        choice.keepsExecutable = keeps;
        BatchLanding landing(destination.folder(), choice);
        file.modifiedAt += 5000;
        QCOMPARE(land(landing, 1, file, "x").size(), size_t{1});
        QCOMPARE(QFileInfo(destination.path(u"run"_s)).permission(QFile::ExeOwner), keeps);
    }
}

void TestBatchLanding::readsBack()
{
    FailingCalls calls;
    const Destination destination(calls);
    BatchLandingOptions careful = options();
    careful.readsBack = true;
    BatchLanding landing(destination.folder(), careful);
    QCOMPARE(land(landing, 1, announcedFile(u"a"_s, 3), "abc").size(), size_t{1});
    QVERIFY(isWanted(landing.plan(2, announcedFile(u"b"_s, 3))));
    calls.fail(FailingCalls::Call::ReadAt, EIO);
    QCOMPARE(writeRest(landing, 2, "abc").error().code, ErrorCode::IoError);
    QCOMPARE(destination.entries(), QStringList{u"a"_s});
    QVERIFY(destination.partials().isEmpty());
}

void TestBatchLanding::partialsAreListed()
{
    const Destination destination;
    const QByteArray content = someBytes(8 * chunkBytes);
    {
        BatchLanding landing(destination.folder(), options());
        QVERIFY(isWanted(landing.plan(1, announcedFile(u"sub/a"_s, content.size(), u"source"_s))));
        QVERIFY(writeChunk(landing, 1, content, 0));
        QVERIFY(destination.folder()->partials(Limits()).isEmpty()); // somebody is at it
    }
    const QList<PartialFile> partials = destination.folder()->partials(Limits());
    QCOMPARE(partials.size(), 1);
    QCOMPARE(partials.first().name, u"sub/a"_s);
    QCOMPARE(partials.first().bytesDone, chunkBytes);
    QCOMPARE(partials.first().bytesTotal, content.size());
    QVERIFY(partials.first().expiresAt > QDateTime::currentDateTimeUtc());
    QVERIFY(!destination.folder()->discardPartial("../x"));
    QVERIFY(destination.folder()->discardPartial(partials.first().id));
    QVERIFY(!destination.folder()->discardPartial(partials.first().id));
    QVERIFY(destination.partials().isEmpty());
}

QTEST_GUILESS_MAIN(TestBatchLanding)
#include "tst_batchlanding.moc"
