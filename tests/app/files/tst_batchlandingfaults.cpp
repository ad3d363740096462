#include "batchtools.h"
#include "failingcalls.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// Whatever call fails, whenever: no file under a final name is incomplete, and what is told to have landed
/// has.
class TestBatchLandingFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void timesBehindFuse2();
    void anyCallMayFail_data();
    void anyCallMayFail();
    void fullDiskCanBeTriedAgain();
    void tooLittleSpaceIsToldAtOnce();
    void failedSyncNamesNothing();

private:
    [[nodiscard]] static BatchLandingOptions options()
    {
        BatchLandingOptions options;
        options.batch = {{}, "batch"};
        return options;
    }
    struct Run
    {
        int calls = 0;
        int landed = 0;
        QString wrong;
    };
    [[nodiscard]] static Run runWithFailure(int errnoValue, int nth);
};

TestBatchLandingFaults::Run TestBatchLandingFaults::runWithFailure(int errnoValue, int nth)
{
    FailingCalls calls;
    const Destination destination(calls);
    static const QMap<QString, QByteArray> files{{u"a"_s, "first"},
                                                 {u"sub/b"_s, someBytes(chunkBytes + 5)},
                                                 {u"sub/deep/c"_s, someBytes(5 * chunkBytes + 1)},
                                                 {u"d"_s, ""},
                                                 {u"sub/e"_s, someBytes(4 * chunkBytes)}};
    BatchLandingOptions few = options();
    few.limits.commitFiles = 2;
    few.limits.journalBytes = chunkBytes;
    few.limits.syncBytes = 2 * chunkBytes;
    Run run;
    std::vector<BatchLanding::Outcome> outcomes;
    calls.failAnyCall(errnoValue, nth);
    {
        BatchLanding landing(destination.folder(), few);
        FileNumber number = 0;
        for (auto file = files.begin(); file != files.end(); ++file) {
            const auto decision = landing.plan(++number, announcedFile(file.key(), file.value().size()));
            if (!decision || !std::holds_alternative<Plan::Want>(decision.value()))
                continue;
            qint64 offset = std::get<Plan::Want>(decision.value()).offset;
            for (; offset < file.value().size(); offset += chunkBytes) {
                Result<BatchLanding::ChunkResult> written = writeChunk(landing, number, file.value(), offset);
                if (written && written.value() == BatchLanding::ChunkResult::NoSpace)
                    written = writeChunk(landing, number, file.value(), offset);
            }
            for (BatchLanding::Outcome& outcome : landing.commit(BatchLanding::Commit::Due))
                outcomes.push_back(std::move(outcome));
        }
        for (BatchLanding::Outcome& outcome : landing.commit(BatchLanding::Commit::All))
            outcomes.push_back(std::move(outcome));
        static_cast<void>(landing.sync());
    }
    run.calls = calls.countOfAll();
    for (auto file = files.begin(); file != files.end(); ++file) {
        const QString path = destination.path(file.key());
        if (QFileInfo::exists(path) && contentOf(path) != file.value())
            run.wrong += file.key() + u" is not whole. "_s;
    }
    for (const BatchLanding::Outcome& outcome : outcomes) {
        run.landed += outcome.landed ? 1 : 0;
        if (outcome.landed && contentOf(outcome.landed->absolutePath) != files[outcome.announced.path])
            run.wrong += outcome.announced.path + u" was told to have landed. "_s;
    }
    return run;
}

void TestBatchLandingFaults::anyCallMayFail_data()
{
    QTest::addColumn<int>("errnoValue");
    QTest::newRow("EIO") << EIO;
    QTest::newRow("ENOSPC") << ENOSPC;
    QTest::newRow("EINTR") << EINTR;
    QTest::newRow("EACCES") << EACCES;
}

void TestBatchLandingFaults::anyCallMayFail()
{
    QFETCH(int, errnoValue);
    constexpr int never = 1'000'000;
    const Run undisturbed = runWithFailure(errnoValue, never);
    QCOMPARE(undisturbed.landed, 5);
    QVERIFY2(undisturbed.wrong.isEmpty(), qPrintable(undisturbed.wrong));
    QVERIFY(undisturbed.calls > 50);
    int incomplete = 0;
    for (int nth = 1; nth <= undisturbed.calls; ++nth) {
        const Run run = runWithFailure(errnoValue, nth);
        QVERIFY2(run.wrong.isEmpty(), qPrintable(u"call %1: "_s.arg(nth) + run.wrong));
        // A failed sync takes its whole group along.
        QVERIFY2(run.landed >= 2, qPrintable(u"call %1: one failure took %2 files along"_s.arg(
                                      QString::number(nth), QString::number(5 - run.landed))));
        incomplete += run.landed < 5 ? 1 : 0;
    }
    QVERIFY(errnoValue == EINTR || incomplete > 5); // the failures did hit something
}

/// Where a call that leaves one of the two times out sets none.
void TestBatchLandingFaults::timesBehindFuse2()
{
    const FailingCalls calls;
    const Destination destination(calls);
    BatchLanding landing(destination.folder(), BatchLandingOptions());
    const AnnouncedFile file = announcedFile(u"sub/a"_s, 3);
    QVERIFY(landing.plan(1, file) && writeRest(landing, 1, "abc"));
    QCOMPARE(landing.commit(BatchLanding::Commit::All).size(), size_t{1});
    landing.setTime({u"sub"_s, file.modified()});
    for (const QString& path : {u"sub/a"_s, u"sub"_s})
        QCOMPARE(QFileInfo(destination.path(path)).lastModified().toMSecsSinceEpoch(), file.modifiedAt);
}

void TestBatchLandingFaults::fullDiskCanBeTriedAgain()
{
    FailingCalls calls;
    const Destination destination(calls);
    BatchLanding landing(destination.folder(), options());
    const QByteArray content = someBytes(5 * chunkBytes);
    QVERIFY(isWanted(landing.plan(1, announcedFile(u"a"_s, content.size()))));
    QVERIFY(writeChunk(landing, 1, content, 0));
    calls.fail(FailingCalls::Call::WriteAt, ENOSPC);
    QCOMPARE(writeChunk(landing, 1, content, chunkBytes).value(), BatchLanding::ChunkResult::NoSpace);
    calls.fail(FailingCalls::Call::WriteAt, EDQUOT);
    QCOMPARE(writeChunk(landing, 1, content, chunkBytes).value(), BatchLanding::ChunkResult::NoSpace);
    QVERIFY(writeRest(landing, 1, content, chunkBytes));
    QCOMPARE(landing.commit(BatchLanding::Commit::All).size(), size_t{1});
    QCOMPARE(contentOf(destination.path(u"a"_s)), content);
}

void TestBatchLandingFaults::tooLittleSpaceIsToldAtOnce()
{
    FailingCalls calls;
    const Destination destination(calls);
    calls.pretendFree(3'000'000);
    BatchLanding landing(destination.folder(), options());
    QVERIFY(isWanted(landing.plan(1, announcedFile(u"a"_s, 2'000'000))));
    QCOMPARE(landing.plan(2, announcedFile(u"b"_s, 2'000'000)).error().code, ErrorCode::NoSpace);
    landing.discard(1);
    QVERIFY(isWanted(landing.plan(3, announcedFile(u"b"_s, 2'000'000))));
}

void TestBatchLandingFaults::failedSyncNamesNothing()
{
    FailingCalls calls;
    const Destination destination(calls);
    BatchLanding landing(destination.folder(), options());
    for (FileNumber number = 1; number <= 3; ++number) {
        QVERIFY(isWanted(landing.plan(number, announcedFile(QString::number(number), 1))));
        QVERIFY(writeRest(landing, number, "x"));
    }
    calls.fail(FailingCalls::Call::SyncAll, EIO);
    const auto outcomes = landing.commit(BatchLanding::Commit::All);
    QCOMPARE(outcomes.size(), size_t{3});
    for (const BatchLanding::Outcome& outcome : outcomes)
        QCOMPARE(outcome.landed.error().code, ErrorCode::IoError);
    QVERIFY(destination.entries().isEmpty());
    QVERIFY(destination.partials().isEmpty());
    calls.fail(FailingCalls::Call::SyncAll, EIO);
    QVERIFY(!landing.sync());
}

QTEST_GUILESS_MAIN(TestBatchLandingFaults)
#include "tst_batchlandingfaults.moc"
