#include "batchtools.h"
#include "failingcalls.h"

#include <QRegularExpression>
#include <QTest>

#include <sys/xattr.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Commit = BatchLanding::Commit;

namespace {

/// Does something just before the next lock is taken, when the file is open already.
class BusyCalls final : public SystemCalls
{
public:
    int flock(int file, int operation) const override
    {
        if (const std::function<void()> action = std::exchange(beforeNextLock, {}))
            action();
        return SystemCalls::flock(file, operation);
    }
    mutable std::function<void()> beforeNextLock;
};

} // namespace

/// One partial file that several want: files of one batch, batches, and who tidies up. None ends under a
/// final name with bytes of another one, or without its own.
class TestBatchPartials : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneFileTwiceInABatch_data();
    void oneFileTwiceInABatch();
    void oneFileTwiceGoesOn();
    void oneFileInTwoBatches();
    void oneFileInTwoVersions();
    void anotherVersionStartsOver_data();
    void anotherVersionStartsOver();
    void placedWhileAnotherWaits();
    void movedAwayBeforeItIsContinued();
    void begunAnewBeforeItIsContinued();
    void tidyingUpCutsNothing();
    void discardsAnotherVersionToo();
    void diesWithoutAWord();
    void recordThatAFullDiskCut();
    void isOfItsHolder_data();
    void isOfItsHolder();
    void leftByAnOlderVersion();

private:
    [[nodiscard]] static BatchLandingOptions options()
    {
        BatchLandingOptions options;
        options.batch = {{}, "batch"};
        return options;
    }
    /// Where it is wanted from; -1: it is not.
    static qint64 planned(BatchLanding& landing, FileNumber number, const AnnouncedFile& file)
    {
        const auto decision = landing.plan(number, file);
        const auto* want = decision ? std::get_if<Plan::Want>(&decision.value()) : nullptr;
        return want ? want->offset : -1;
    }
    [[nodiscard]] AnnouncedFile file() const
    {
        return announcedFile(u"a.bin"_s, m_content.size(), u"source"_s);
    }

    const QByteArray m_content = someBytes(6 * chunkBytes + 3);
};

void TestBatchPartials::oneFileTwiceInABatch_data()
{
    // File 1 or 2 gets its next chunk; 0 is a commit.
    QTest::addColumn<QList<int>>("order");
    QTest::newRow("one after the other") << QList<int>{1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2};
    QTest::newRow("with a commit") << QList<int>{1, 1, 1, 1, 1, 1, 1, 0, 2, 2, 2, 2, 2, 2, 2};
    QTest::newRow("by turns") << QList<int>{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2};
    QTest::newRow("the second one first") << QList<int>{2, 2, 1, 2, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2};
}

void TestBatchPartials::oneFileTwiceInABatch()
{
    QFETCH(QList<int>, order);
    const Destination destination;
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(planned(landing, 1, file()), 0);
    QCOMPARE(planned(landing, 2, file()), 0);
    size_t landed = 0;
    QList<qint64> at{0, 0, 0};
    for (const int number : order) {
        if (number == 0) {
            landed += landing.commit(Commit::Due).size();
            continue;
        }
        const auto written = writeChunk(landing, static_cast<FileNumber>(number), m_content, at[number]);
        QVERIFY(written && written.value() == BatchLanding::ChunkResult::Written);
        at[number] += chunkBytes;
    }
    landed += landing.commit(Commit::All).size();
    QCOMPARE(landed, size_t{2});
    for (const QString& name : {u"a.bin"_s, u"a (1).bin"_s})
        QVERIFY2(contentOf(destination.path(name)) == m_content, qPrintable(name));
    QCOMPARE(destination.partials(), QStringList());
}

void TestBatchPartials::oneFileTwiceGoesOn()
{
    const Destination destination;
    {
        BatchLanding landing(destination.folder(), options());
        QCOMPARE(planned(landing, 1, file()), 0);
        for (const qint64 chunk : {0, 1, 2})
            QVERIFY(writeChunk(landing, 1, m_content, chunk * chunkBytes));
    }
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(planned(landing, 1, file()), 3 * chunkBytes);
    QCOMPARE(planned(landing, 2, file()), 0); // only one of them can
    QVERIFY(writeRest(landing, 1, m_content, 3 * chunkBytes));
    QVERIFY(writeRest(landing, 2, m_content));
    QCOMPARE(landing.commit(Commit::All).size(), size_t{2});
    for (const QString& name : {u"a.bin"_s, u"a (1).bin"_s})
        QVERIFY2(contentOf(destination.path(name)) == m_content, qPrintable(name));
}

void TestBatchPartials::oneFileInTwoBatches()
{
    const Destination destination;
    BatchLanding first(destination.folder(), options());
    BatchLanding second(destination.folder(), options());
    QCOMPARE(planned(first, 1, file()), 0);
    QCOMPARE(planned(second, 1, file()), 0); // before a byte of either
    for (qint64 offset = 0; offset < m_content.size(); offset += chunkBytes) {
        for (BatchLanding* landing : {&first, &second}) {
            const auto written = writeChunk(*landing, 1, m_content, offset);
            QVERIFY2(written, written ? "" : qPrintable(written.error().text));
        }
    }
    // And one that begins when all that is there is taken.
    BatchLanding third(destination.folder(), options());
    QCOMPARE(planned(third, 1, file()), 0);
    QVERIFY(writeRest(third, 1, m_content));
    for (BatchLanding* landing : {&first, &second, &third})
        QVERIFY(landing->commit(Commit::All).front().landed);
    for (const QString& name : {u"a.bin"_s, u"a (1).bin"_s, u"a (2).bin"_s})
        QVERIFY2(contentOf(destination.path(name)) == m_content, qPrintable(name));
    QCOMPARE(destination.partials(), QStringList());
}

/// It was changed between the two: nothing of the one gets into the other.
void TestBatchPartials::oneFileInTwoVersions()
{
    const Destination destination;
    BatchLanding first(destination.folder(), options());
    BatchLanding second(destination.folder(), options());
    const QByteArray newer = someBytes(m_content.size(), 2);
    AnnouncedFile changed = file();
    changed.modifiedAt += 1;
    QCOMPARE(planned(first, 1, file()), 0);
    QVERIFY(writeRest(first, 1, m_content)); // whole, and waits for its name
    QCOMPARE(planned(second, 1, changed), 0);
    QVERIFY(writeChunk(second, 1, newer, 0));
    QVERIFY(first.commit(Commit::All).front().landed);
    QVERIFY(writeRest(second, 1, newer, chunkBytes));
    QVERIFY(second.commit(Commit::All).front().landed);
    QCOMPARE(contentOf(destination.path(u"a.bin"_s)) == m_content, true);
    QCOMPARE(contentOf(destination.path(u"a (1).bin"_s)) == newer, true);
}

void TestBatchPartials::anotherVersionStartsOver_data()
{
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("now");
    QTest::addColumn<bool>("goesOn");
    QTest::newRow("the same") << u"1"_s << u"1"_s << true;
    QTest::newRow("another") << u"1"_s << u"2"_s << false;
    QTest::newRow("not told before") << QString() << u"1"_s << true;
    QTest::newRow("not told now") << u"1"_s << QString() << true;
}

/// Size and time were put back.
void TestBatchPartials::anotherVersionStartsOver()
{
    QFETCH(QString, before);
    QFETCH(QString, now);
    QFETCH(bool, goesOn);
    const Destination destination;
    AnnouncedFile announced = file();
    announced.version = before;
    {
        BatchLanding landing(destination.folder(), options());
        QCOMPARE(planned(landing, 1, announced), 0);
        QVERIFY(writeChunk(landing, 1, m_content, 0));
    }
    announced.version = now;
    BatchLanding landing(destination.folder(), options());
    const auto decision = landing.plan(1, announced);
    const auto* want = decision ? std::get_if<Plan::Want>(&decision.value()) : nullptr;
    QVERIFY(want);
    QCOMPARE(want->offset, goesOn ? chunkBytes : 0);
    QCOMPARE(want->isRestarted, !goesOn);
}

/// The other one has the file open and waits for its lock when it gets its name.
void TestBatchPartials::placedWhileAnotherWaits()
{
    const BusyCalls calls;
    const Destination destination(calls);
    BatchLanding first(destination.folder(), options());
    BatchLanding second(destination.folder(), options());
    const QByteArray newer = someBytes(m_content.size(), 2);
    AnnouncedFile changed = file();
    changed.modifiedAt += 1;
    QCOMPARE(planned(first, 1, file()), 0);
    QCOMPARE(planned(second, 1, changed), 0);
    QVERIFY(writeRest(first, 1, m_content));
    calls.beforeNextLock = [&first] { static_cast<void>(first.commit(Commit::All)); };
    QVERIFY(writeChunk(second, 1, newer, 0));
    QVERIFY(!calls.beforeNextLock);
    QCOMPARE(contentOf(destination.path(u"a.bin"_s)) == m_content, true);
    QVERIFY(writeRest(second, 1, newer, chunkBytes));
    QVERIFY(second.commit(Commit::All).front().landed);
    QCOMPARE(contentOf(destination.path(u"a.bin"_s)) == m_content, true);
    QCOMPARE(contentOf(destination.path(u"a (1).bin"_s)) == newer, true);
}

/// What was to be continued is gone, and another version began under its name: that is not touched.
void TestBatchPartials::movedAwayBeforeItIsContinued()
{
    const BusyCalls calls;
    const Destination destination(calls);
    {
        BatchLanding landing(destination.folder(), options());
        QCOMPARE(planned(landing, 1, file()), 0);
        QVERIFY(writeChunk(landing, 1, m_content, 0));
    }
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(planned(landing, 1, file()), chunkBytes);
    calls.beforeNextLock = [&destination] {
        const QDir staging(destination.path(QLatin1StringView(stagingFolderName)));
        for (const QString& name : destination.partials())
            QVERIFY(QFile::rename(staging.filePath(name), destination.path(name)));
    };
    const auto written = writeChunk(landing, 1, m_content, chunkBytes);
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::Busy);
    QVERIFY(!landing.find(1));
    for (const QString& name : destination.entries().filter(QRegularExpression(u"part$"_s)))
        QCOMPARE(contentOf(destination.path(name)) == m_content.first(chunkBytes), true);
}

/// Another batch began it with another version and was cut: no bytes of two versions in one file.
void TestBatchPartials::begunAnewBeforeItIsContinued()
{
    const Destination destination;
    {
        BatchLanding landing(destination.folder(), options());
        QCOMPARE(planned(landing, 1, file()), 0);
        QVERIFY(writeChunk(landing, 1, m_content, 0));
    }
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(planned(landing, 1, file()), chunkBytes);
    {
        BatchLanding other(destination.folder(), options());
        AnnouncedFile changed = file();
        changed.modifiedAt += 1;
        QCOMPARE(planned(other, 1, changed), 0);
        QVERIFY(writeChunk(other, 1, someBytes(m_content.size(), 2), 0));
    }
    const auto written = writeChunk(landing, 1, m_content, chunkBytes);
    QVERIFY(!written);
    QCOMPARE(written.error().code, ErrorCode::Busy);
    QVERIFY(landing.commit(Commit::All).empty());
    QCOMPARE(destination.entries(), QStringList());
}

/// Small files are not locked, and space is reserved for them: that it looks unused says nothing.
void TestBatchPartials::tidyingUpCutsNothing()
{
    const FailingCalls calls;
    const Destination destination(calls);
    const QByteArray content = someBytes(3 * chunkBytes); // too small to be continued
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(planned(landing, 1, announcedFile(u"a"_s, content.size())), 0);
    for (qint64 offset = 0; offset < content.size(); offset += chunkBytes) {
        QVERIFY(writeChunk(landing, 1, content, offset));
        QCOMPARE(destination.folder()->removeStalePartials(Limits()), 0);
    }
    QCOMPARE(calls.count(FailingCalls::Call::Truncate), 0);
    QVERIFY(landing.commit(Commit::All).front().landed);
    QCOMPARE(contentOf(destination.path(u"a"_s)) == content, true);
}

void TestBatchPartials::discardsAnotherVersionToo()
{
    const Destination destination;
    {
        BatchLanding landing(destination.folder(), options());
        QCOMPARE(planned(landing, 1, file()), 0);
        QVERIFY(writeChunk(landing, 1, m_content, 0));
    }
    AnnouncedFile changed = file();
    changed.modifiedAt += 1;
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(planned(landing, 1, changed), 0);
    landing.discardAll(); // not begun
    QCOMPARE(destination.partials(), QStringList());
}

void TestBatchPartials::diesWithoutAWord()
{
    const Destination destination;
    {
        BatchLanding landing(destination.folder(), options());
        QCOMPARE(planned(landing, 1, file()), 0);
        QCOMPARE(planned(landing, 2, announcedFile(u"small"_s, 3)), 0);
        QCOMPARE(planned(landing, 3, announcedFile(u"begun"_s, 2 * chunkBytes)), 0);
        QVERIFY(writeChunk(landing, 1, m_content, 0));
        QVERIFY(writeRest(landing, 2, "abc")); // whole, not named
        QVERIFY(writeChunk(landing, 3, someBytes(2 * chunkBytes), 0));
    }
    QCOMPARE(destination.entries(), QStringList());
    QCOMPARE(destination.partials().size(), 2); // what can be continued, and its journal
}

/// What is recorded after that counts all the same.
void TestBatchPartials::recordThatAFullDiskCut()
{
    FailingCalls calls;
    const Destination destination(calls);
    BatchLandingOptions often = options();
    often.limits.journalBytes = chunkBytes;
    {
        BatchLanding landing(destination.folder(), often);
        QCOMPARE(planned(landing, 1, file()), 0);
        QVERIFY(writeChunk(landing, 1, m_content, 0));
        calls.shortenWrites(20);
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression(u"Cannot write a journal"_s));
        QVERIFY(writeChunk(landing, 1, m_content, chunkBytes));
        calls.shortenWrites(std::numeric_limits<size_t>::max());
        QVERIFY(writeChunk(landing, 1, m_content, 2 * chunkBytes));
    }
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(planned(landing, 1, file()), 3 * chunkBytes);
}

void TestBatchPartials::isOfItsHolder_data()
{
    const QString key(64, u'a');
    const QString other(64, u'b');
    const QByteArray batch(32, '1');
    QTest::addColumn<QString>("key"); // of whom comes after one with that key, or with that batch
    QTest::addColumn<QString>("otherKey");
    QTest::addColumn<QByteArray>("otherBatch");
    QTest::addColumn<QString>("source");
    QTest::addColumn<bool>("isContinued");
    QTest::newRow("the same") << key << key << batch << u"source"_s << true;
    QTest::newRow("another batch") << key << key << QByteArray(32, '2') << u"source"_s << true;
    QTest::newRow("another batch, no source") << key << key << QByteArray(32, '2') << QString() << false;
    QTest::newRow("another key") << key << other << batch << u"source"_s << false;
    QTest::newRow("no key") << key << QString() << batch << u"source"_s << false;
    QTest::newRow("a key as the batch") << key << QString() << key.toLatin1() << u"source"_s << false;
    QTest::newRow("without keys") << QString() << QString() << batch << u"source"_s << true;
    QTest::newRow("without keys, another batch")
        << QString() << QString() << QByteArray(32, '2') << u"source"_s << false;
    QTest::newRow("the first without a key") << QString() << key << batch << u"source"_s << false;
}

/// Also what has landed: only its holder is told that it is there without a look at the bytes.
void TestBatchPartials::isOfItsHolder()
{
    QFETCH(QString, key);
    QFETCH(QString, otherKey);
    QFETCH(QByteArray, otherBatch);
    QFETCH(QString, source);
    QFETCH(bool, isContinued);
    const Destination destination;
    BatchLandingOptions first;
    first.batch = {key, QByteArray(32, '1')};
    BatchLandingOptions second;
    second.batch = {otherKey, otherBatch};
    const AnnouncedFile file = announcedFile(u"a.bin"_s, m_content.size(), source);
    {
        BatchLanding landing(destination.folder(), first);
        QCOMPARE(planned(landing, 1, file), 0);
        QVERIFY(writeChunk(landing, 1, m_content, 0));
    }
    const qint64 from = isContinued ? chunkBytes : 0;
    {
        BatchLanding landing(destination.folder(), second);
        QCOMPARE(planned(landing, 1, file), from);
    }
    BatchLanding landing(destination.folder(), first);
    QCOMPARE(planned(landing, 1, file), chunkBytes);
    QVERIFY(writeRest(landing, 1, m_content, chunkBytes));
    QVERIFY(landing.commit(Commit::All).front().landed);
    if (source.isEmpty())
        return;
    BatchLanding again(destination.folder(), second);
    const auto decision = again.plan(1, file);
    QVERIFY(decision);
    QCOMPARE(std::holds_alternative<Plan::Skip>(decision.value()), isContinued);
    QCOMPARE(std::holds_alternative<Plan::Check>(decision.value()), !isContinued);
}

/// There a sender could choose the name of a partial file, and what a landed one is marked with.
void TestBatchPartials::leftByAnOlderVersion()
{
    const Destination destination;
    const AnnouncedFile sent = file();
    const QString name =
        QString::fromLatin1(Hash128::of(sent.source.toUtf8() + '\0' + sent.path.toUtf8()).toHex() + ".part");
    const QString path = destination.path(QLatin1StringView(stagingFolderName)) + u'/' + name;
    QVERIFY(writeFile(path, m_content.first(chunkBytes)));
    const FileDescriptor staging = destination.folder()->openStaging().value();
    const SystemCalls calls;
    Result<Journal> journal = Journal::create(calls, staging.number(), name.toUtf8() + ".journal",
                                              {sent.path, sent.size, sent.modifiedAt, {}});
    QVERIFY(journal && journal->append({chunkBytes, ChainDigest(Hash128::of("x"), 1)}, true));
    BatchLanding landing(destination.folder(), options());
    QCOMPARE(planned(landing, 1, sent), 0);
    QVERIFY(writeRest(landing, 1, m_content));
    QVERIFY(landing.commit(Commit::All).front().landed);
    QCOMPARE(contentOf(destination.path(u"a.bin"_s)) == m_content, true);
    // It is shown, and can be discarded, until it expires.
    QCOMPARE(destination.folder()->partials(Limits()).size(), 1);
    QVERIFY(destination.folder()->discardPartial(name.toUtf8()));
    QCOMPARE(destination.partials(), QStringList());

    const QByteArray landed = QFile::encodeName(destination.path(u"a.bin"_s));
    ::removexattr(landed.constData(), sourceAttribute);
    const QByteArray mark = options().batch.holder.originMark(sent.source);
    // Where the file system keeps attributes; else nothing of them is trusted anyway.
    static_cast<void>(::setxattr(landed.constData(), "user.sockdrop.origin", mark.constData(),
                                 static_cast<size_t>(mark.size()), 0));
    const auto decision = landing.plan(2, sent);
    QVERIFY(decision && std::holds_alternative<Plan::Check>(decision.value()));
}

QTEST_APPLESS_MAIN(TestBatchPartials)
#include "tst_batchpartials.moc"
