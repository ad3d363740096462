#include "batchitems.h"

#include <QDateTime>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using State = BatchItems::State;

class TestBatchItems : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void keepsWhatWasFound();
    void sharesFolders();
    void announcements();
    void sourceIsOfOneFileOfOneSender();
    void statesAreEachItemsOwn();
    void unsendableOnesHaveTheirPath();
    void unsendableOnesCanBeReplaced();
    void refreshes();
    void refreshFindsNothing_data();
    void refreshFindsNothing();
    void foldersNeedNoRefresh();
    void sumsStayNumbers();

private:
    [[nodiscard]] SourceItem fileItem(const QByteArray& relative, qint64 size = 0) const
    {
        return {QFile::encodeName(m_folder->path()) + '/', relative, false, false, size, {1, {}}};
    }
    [[nodiscard]] QString in(const QString& relative) const { return m_folder->filePath(relative); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestBatchItems::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestBatchItems::keepsWhatWasFound()
{
    BatchItems items("me");
    QCOMPARE(items.count(), FileNumber(0));
    items.add({"/home/a/", "tree/sub/ü.txt", false, false, 7, {-5, {}}});
    items.add({"/home/a/", "tree/empty", true});
    items.add({"/mnt/", "plain", false, true, 5'000'000'000, {9, {}}});
    items.add({"/mnt/", "empty file", false, false, 0, {9, {}}});
    QCOMPARE(items.count(), FileNumber(4));
    QCOMPARE(items.bytes(), 5'000'000'007);
    QCOMPARE(items.name(1), u"tree/sub/ü.txt"_s);
    QCOMPARE(items.path(1), "/home/a/tree/sub/ü.txt"_ba);
    QCOMPARE(items.size(1), 7);
    QCOMPARE(items.modified(1).milliseconds, -5);
    QVERIFY(items.hasBytes(1) && !items.isFolder(1));
    QCOMPARE(items.name(2), u"tree/empty"_s);
    QVERIFY(!items.hasBytes(2) && items.isFolder(2));
    QCOMPARE(items.name(3), u"plain"_s);
    QCOMPARE(items.path(3), "/mnt/plain"_ba);
    QVERIFY(!items.hasBytes(4) && !items.isFolder(4));
}

void TestBatchItems::sharesFolders()
{
    BatchItems items("me");
    for (const char* base : {"/1/", "/2/"}) {
        for (const char* name : {"t/a", "t/b", "t/u/a", "t/c"})
            items.add({base, name, false, false, 0, {}});
    }
    QStringList paths;
    QStringList names;
    for (FileNumber number = 1; number <= items.count(); ++number) {
        paths += QString::fromUtf8(items.path(number));
        names += items.name(number);
    }
    QCOMPARE(paths, QStringList({u"/1/t/a"_s, u"/1/t/b"_s, u"/1/t/u/a"_s, u"/1/t/c"_s, u"/2/t/a"_s,
                                 u"/2/t/b"_s, u"/2/t/u/a"_s, u"/2/t/c"_s}));
    QCOMPARE(names.first(4), names.last(4));
}

void TestBatchItems::announcements()
{
    BatchItems items("me");
    items.add({"/b/", "t/f", false, true, 3, {4, 5}, 0xabc});
    items.add({"/b/", "t/d", true});
    const AnnouncedFile file = items.announced(1);
    QCOMPARE(file, (AnnouncedFile{u"t/f"_s, 3, 4, false, true, file.source, u"abc"_s, 0777, -1, 5}));
    QVERIFY(!file.source.isEmpty() && file.source.size() <= 64);
    QCOMPARE(items.announced(2), (AnnouncedFile{u"t/d"_s, 0, 0, true, false, {}, {}}));
}

void TestBatchItems::sourceIsOfOneFileOfOneSender()
{
    const auto sourceOf = [](const QByteArray& sender, const QByteArray& base, const QByteArray& relative,
                             qint64 size) {
        BatchItems items(sender);
        items.add({base, relative, false, false, size, {size, {}}});
        return items.announced(1).source;
    };
    const QString source = sourceOf("me", "/b/", "t/f", 1);
    QCOMPARE(sourceOf("me", "/b/", "t/f", 2), source); // another version of the same file
    QCOMPARE(sourceOf("me", "/b/t/", "f", 1), source); // dropped by itself
    QVERIFY(sourceOf("you", "/b/", "t/f", 1) != source);
    QVERIFY(sourceOf("me", "/c/", "t/f", 1) != source);
    QVERIFY(sourceOf("me", "/b/", "t/g", 1) != source);
}

void TestBatchItems::statesAreEachItemsOwn()
{
    BatchItems items("me");
    items.add(fileItem("a"));
    items.add(fileItem("b"));
    QCOMPARE(items.state(1), State::Pending);
    items.setState(2, State::Done);
    QCOMPARE(items.state(1), State::Pending);
    QCOMPARE(items.state(2), State::Done);
}

void TestBatchItems::unsendableOnesHaveTheirPath()
{
    BatchItems items("me");
    items.add(fileItem("a", 3));
    items.setUnsendable(2, u"/x/ü/pipe"_s);
    items.setUnsendable(3, u"/"_s);
    QCOMPARE(items.count(), FileNumber(3));
    QCOMPARE(items.bytes(), 3);
    QCOMPARE(items.path(2), "/x/ü/pipe"_ba);
    QCOMPARE(items.name(2), u"pipe"_s);
    QCOMPARE(items.path(3), "/"_ba);
    QVERIFY(items.state(2) == State::Unsendable && items.state(3) == State::Unsendable);
}

void TestBatchItems::unsendableOnesCanBeReplaced()
{
    BatchItems items("me");
    items.setUnsendable(1, u"/x/t/pipe"_s);
    items.add(fileItem("t/a", 3));
    items.set(1, {"/x/", "t/pipe", false, false, 4, {5, {}}});
    QCOMPARE(items.count(), FileNumber(2));
    QCOMPARE(items.state(1), State::Pending);
    QCOMPARE(items.name(1), u"t/pipe"_s);
    QCOMPARE(items.path(1), "/x/t/pipe"_ba);
    QCOMPARE(items.bytes(), 7);
    QCOMPARE(items.name(2), u"t/a"_s);
}

void TestBatchItems::refreshes()
{
    QFile file(in(u"f"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("12345") == 5);
    file.close();
    BatchItems items("me");
    items.add(fileItem("other", 10));
    items.add(fileItem("f", 2));
    QVERIFY(items.refresh(2));
    QCOMPARE(items.size(2), 5);
    QCOMPARE(items.bytes(), 15);
    QCOMPARE(items.modified(2).milliseconds, QFileInfo(in(u"f"_s)).lastModified().toMSecsSinceEpoch());
    QVERIFY(QFile::resize(in(u"f"_s), 0));
    QVERIFY(items.refresh(2));
    QCOMPARE(items.bytes(), 10);
    QVERIFY(!items.hasBytes(2));
}

void TestBatchItems::refreshFindsNothing_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("gone") << 0;
    QTest::newRow("folder") << int(S_IFDIR);
    QTest::newRow("pipe") << int(S_IFIFO);
}

void TestBatchItems::refreshFindsNothing()
{
    QFETCH(int, kind);
    const QByteArray path = QFile::encodeName(in(u"f"_s));
    if (kind == S_IFDIR)
        QCOMPARE(::mkdir(path.constData(), 0700), 0);
    if (kind == S_IFIFO)
        QCOMPARE(::mkfifo(path.constData(), 0600), 0);
    BatchItems items("me");
    items.add(fileItem("f", 2));
    QVERIFY(!items.refresh(1));
    QCOMPARE(items.size(1), 2);
    QCOMPARE(items.bytes(), 2);
}

void TestBatchItems::foldersNeedNoRefresh()
{
    BatchItems items("me");
    items.add({"/no/", "such", true, false, 0, {}});
    QVERIFY(items.refresh(1));
}

/// Sparse files can be of any size.
void TestBatchItems::sumsStayNumbers()
{
    constexpr qint64 most = (1LL << 53) - 1; // that JSON carries
    BatchItems items("me");
    QVERIFY(items.hasRoomFor(most) && !items.hasRoomFor(most + 1));
    items.add(fileItem("large", most - 3));
    QVERIFY(items.hasRoomFor(3) && !items.hasRoomFor(4));
    QVERIFY(!items.hasRoomFor(std::numeric_limits<qint64>::max()));
    QFile file(in(u"f"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("1234") == 4);
    file.close();
    items.add(fileItem("f", 0));
    QVERIFY(!items.refresh(2)); // it grew too much
    QCOMPARE(items.bytes(), most - 3);
}

QTEST_GUILESS_MAIN(TestBatchItems)
#include "tst_batchitems.moc"
