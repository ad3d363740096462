#include "landing.h"
#include "landingtools.h"

#include <QSet>
#include <QTest>

#include <barrier>
#include <thread>
#include <vector>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class tst_ParallelLandings final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sameName_data();
    void sameName();
    void sameFolders();

private:
    /// Calls `job` with 0…`count`-1 from eight threads that start together.
    template <typename Job>
    static void inParallel(int count, const Job& job)
    {
        constexpr int threads = 8;
        std::barrier together(threads);
        std::vector<std::jthread> running;
        running.reserve(threads);
        for (int thread = 0; thread < threads; ++thread) {
            running.emplace_back([&together, &job, thread, count] {
                together.arrive_and_wait();
                for (int i = thread; i < count; i += threads)
                    job(i);
            });
        }
    }

    static QByteArray contentFor(int number) { return QByteArray::number(number).repeated(number); }
};

void tst_ParallelLandings::sameName_data()
{
    QTest::addColumn<ConflictPolicy>("conflict");
    QTest::addColumn<int>("files");
    QTest::newRow("rename") << ConflictPolicy::Rename << 100;
    QTest::newRow("replace") << ConflictPolicy::Replace << -1; // what was there before each began
    QTest::newRow("skip") << ConflictPolicy::Skip << 1;
}

void tst_ParallelLandings::sameName()
{
    QFETCH(ConflictPolicy, conflict);
    QFETCH(int, files);
    constexpr int count = 100;
    const Destination destination;
    std::vector<std::optional<Result<LandedFile>>> landed(count);
    inParallel(count,
               [&](int i) { landed[size_t(i)] = destination.land(u"x/a.txt"_s, contentFor(i), conflict); });

    QSet<QString> paths;
    for (int i = 0; i < count; ++i) {
        const Result<LandedFile>& one = *landed[size_t(i)];
        if (!one) {
            QCOMPARE(conflict, ConflictPolicy::Skip);
            QCOMPARE(one.error().code, ErrorCode::AlreadyExists);
            continue;
        }
        paths.insert(one->relativePath);
        if (conflict != ConflictPolicy::Replace)
            QCOMPARE(contentOf(destination.path(one->relativePath)), contentFor(i));
    }
    if (files > 0)
        QCOMPARE(paths.size(), files);
    QCOMPARE(destination.entries().size(), paths.size() + 1);
    QVERIFY(destination.partials().isEmpty());

    const QByteArray left = contentOf(destination.path(u"x/a.txt"_s));
    bool isWhole = false;
    for (int i = 0; i < count; ++i)
        isWhole = isWhole || left == contentFor(i);
    QVERIFY(isWhole);
}

void tst_ParallelLandings::sameFolders()
{
    constexpr int count = 64;
    const Destination destination;
    std::vector<std::optional<Result<LandedFile>>> landed(count);
    inParallel(count, [&](int i) {
        landed[size_t(i)] = destination.land(u"a/%1/b/%2"_s.arg(i % 4).arg(i), contentFor(i));
    });
    for (int i = 0; i < count; ++i) {
        const Result<LandedFile>& one = *landed[size_t(i)];
        QVERIFY2(one, qPrintable(one ? QString() : one.error().text));
        QCOMPARE(contentOf(one->absolutePath), contentFor(i));
    }
}

QTEST_APPLESS_MAIN(tst_ParallelLandings)
#include "tst_parallellandings.moc"
