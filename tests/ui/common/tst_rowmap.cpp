#include "rowmap.h"

#include <QRandomGenerator>
#include <QTest>

using namespace sockdrop;

namespace {

constexpr RowMap::Heights heights{70, 27};

/// The same, row by row.
struct Plain
{
    std::vector<int> files; ///< of each upload

    [[nodiscard]] std::vector<RowMap::Place> rows() const
    {
        std::vector<RowMap::Place> rows;
        for (int upload = 0; upload < static_cast<int>(files.size()); ++upload) {
            for (int file = -1; file < files[static_cast<size_t>(upload)]; ++file)
                rows.push_back({upload, file});
        }
        return rows;
    }
};

void compare(const RowMap& map, const Plain& plain)
{
    const std::vector<RowMap::Place> rows = plain.rows();
    QCOMPARE(map.rows(), static_cast<int>(rows.size()));
    int top = 0;
    for (int row = 0; row < map.rows(); ++row) {
        const RowMap::Place place = rows[static_cast<size_t>(row)];
        const int height = place.file < 0 ? heights.upload : heights.file;
        QVERIFY(map.at(row) == place);
        QCOMPARE(map.isFile(row), place.file >= 0);
        QCOMPARE(map.heightOf(row, heights), height);
        QCOMPARE(map.top(row, heights), top);
        QCOMPARE(map.rowAt(top, heights), row);
        QCOMPARE(map.rowAt(top + height - 1, heights), row);
        if (place.file < 0) {
            QCOMPARE(map.rowOf(place.upload), row);
            QCOMPARE(map.files(place.upload), plain.files[static_cast<size_t>(place.upload)]);
        }
        top += height;
    }
    QCOMPARE(map.top(map.rows(), heights), top);
    QCOMPARE(map.rowAt(top, heights), map.rows());
    QCOMPARE(map.rowAt(top + 1000, heights), map.rows());
}

} // namespace

class RowMapTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void placesRows_data();
    void placesRows();
    void followsChanges();
    void dropsWhatIsBehindTheEnd();
};

void RowMapTest::placesRows_data()
{
    QTest::addColumn<std::vector<int>>("files");
    QTest::newRow("nothing") << std::vector<int>();
    QTest::newRow("closed") << std::vector<int>{0, 0, 0};
    QTest::newRow("first open") << std::vector<int>{3, 0, 0};
    QTest::newRow("last open") << std::vector<int>{0, 0, 2};
    QTest::newRow("all open") << std::vector<int>{1, 2, 3};
    QTest::newRow("some open") << std::vector<int>{0, 5, 0, 0, 1, 0, 7, 0};
}

void RowMapTest::placesRows()
{
    QFETCH(std::vector<int>, files);
    RowMap map;
    map.setUploads(static_cast<int>(files.size()));
    for (int upload = static_cast<int>(files.size()); upload-- > 0;)
        map.setFiles(upload, files[static_cast<size_t>(upload)]);
    compare(map, {files});
}

void RowMapTest::followsChanges()
{
    QRandomGenerator random(7);
    RowMap map;
    Plain plain;
    for (int step = 0; step < 200; ++step) {
        if (step % 10 == 0) {
            plain.files.push_back(0);
            map.setUploads(static_cast<int>(plain.files.size()));
        }
        const int upload = random.bounded(static_cast<int>(plain.files.size()));
        const int files = random.bounded(3) == 0 ? 0 : random.bounded(9);
        plain.files[static_cast<size_t>(upload)] = files;
        map.setFiles(upload, files);
        compare(map, plain);
    }
}

void RowMapTest::dropsWhatIsBehindTheEnd()
{
    RowMap map;
    map.setUploads(3);
    map.setFiles(1, 4);
    map.setFiles(2, 5);
    map.setUploads(2);
    compare(map, {{0, 4}});
}

QTEST_GUILESS_MAIN(RowMapTest)
#include "tst_rowmap.moc"
