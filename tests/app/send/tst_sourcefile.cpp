#include "sourcefile.h"
#include "unseenrewrite.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestSourceFile : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void readsAnyPart_data();
    void readsAnyPart();
    void tellsItsHoles();
    void tellsItsTime();
    void movesWithItsDescriptor();
    void noticesGrowth();
    void noticesTruncation();
    void noticesRewriting();
    void noticesRewritingWithTheTimePutBack();
    void missing();
    void notRegular_data();
    void notRegular();

private:
    [[nodiscard]] QString path() const { return m_folder->filePath(u"file"_s); }
    void write(const QByteArray& bytes, QIODevice::OpenMode mode = QIODevice::WriteOnly) const;
    [[nodiscard]] SourceFile open() const;

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestSourceFile::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestSourceFile::write(const QByteArray& bytes, QIODevice::OpenMode mode) const
{
    QFile file(path());
    QVERIFY(file.open(mode));
    QCOMPARE(file.write(bytes), bytes.size());
}

SourceFile TestSourceFile::open() const
{
    Result<SourceFile> file = SourceFile::open(QFile::encodeName(path()));
    if (!file)
        qFatal("%s", qPrintable(file.error().text));
    return std::move(file).value();
}

void TestSourceFile::readsAnyPart_data()
{
    QTest::addColumn<int>("offset");
    QTest::addColumn<int>("size");
    QTest::newRow("nothing") << 0 << 0;
    QTest::newRow("the first byte") << 0 << 1;
    QTest::newRow("in the midst") << 3 << 4;
    QTest::newRow("the last byte") << 9 << 1;
    QTest::newRow("all") << 0 << 10;
    QTest::newRow("nothing at the end") << 10 << 0;
}

void TestSourceFile::readsAnyPart()
{
    QFETCH(int, offset);
    QFETCH(int, size);
    write("0123456789");
    const SourceFile file = open();
    QCOMPARE(file.size(), 10);
    QByteArray bytes(size, '-');
    QVERIFY(file.read(offset, bytes.data(), size));
    QCOMPARE(bytes, "0123456789"_ba.mid(offset, size));
    QVERIFY(file.checkUnchanged());
}

void TestSourceFile::tellsItsHoles()
{
    constexpr qint64 length = 4 << 20;
    write("x");
    QCOMPARE(open().dataBytes(), 1);
    QVERIFY(QFile::resize(path(), length));
    QVERIFY(open().dataBytes() < length / 2);
    write(QByteArray(length, '\0'));
    QCOMPARE(open().dataBytes(), length);
}

void TestSourceFile::tellsItsTime()
{
    write("x");
    const timespec times[2] = {{0, 0}, {-3, 999'999'999}}; // before 1970: rounded down
    QCOMPARE(utimensat(AT_FDCWD, QFile::encodeName(path()).constData(), times, 0), 0);
    QCOMPARE(open().modified(), (FileTime{-2001, 999'999}));
}

void TestSourceFile::movesWithItsDescriptor()
{
    write("abc");
    SourceFile file = open();
    SourceFile other(std::move(file));
    file = std::move(other);
    char byte = 0;
    QVERIFY(file.read(2, &byte, 1));
    QCOMPARE(byte, 'c');
}

void TestSourceFile::noticesGrowth()
{
    write("0123456789");
    const SourceFile file = open();
    write("more", QIODevice::Append);
    const Result<void> checked = file.checkUnchanged();
    QVERIFY(!checked);
    QCOMPARE(checked.error().code, ErrorCode::SourceChanged);
    QVERIFY(checked.error().text.contains(path()));
}

void TestSourceFile::noticesTruncation()
{
    write("0123456789");
    const SourceFile file = open();
    QVERIFY(QFile::resize(path(), 7));
    char bytes[5];
    QCOMPARE(file.read(5, bytes, 5).error().code, ErrorCode::SourceChanged);
    QCOMPARE(file.checkUnchanged().error().code, ErrorCode::SourceChanged);
}

void TestSourceFile::noticesRewriting()
{
    write("0123456789");
    const SourceFile file = open();
    QFile same(path());
    QVERIFY(same.open(QIODevice::ReadWrite));
    same.write("x");
    same.close();
    // A write within the clock's granularity would leave the time as it was.
    const timespec times[2] = {{1, 0}, {1, 0}};
    QCOMPARE(utimensat(AT_FDCWD, QFile::encodeName(path()).constData(), times, 0), 0);
    QCOMPARE(file.checkUnchanged().error().code, ErrorCode::SourceChanged);
}

void TestSourceFile::noticesRewritingWithTheTimePutBack()
{
    write("0123456789");
    const SourceFile file = open();
    QVERIFY(rewriteUnseen(path(), "9876543210"));
    const SourceFile again = open();
    QCOMPARE(again.size(), file.size());
    QCOMPARE(again.modified(), file.modified());
    QVERIFY(again.stamp().version() != file.stamp().version());
    QVERIFY(again.checkUnchanged());
    QCOMPARE(file.checkUnchanged().error().code, ErrorCode::SourceChanged);
}

void TestSourceFile::missing()
{
    const auto file = SourceFile::open(QFile::encodeName(path()));
    QVERIFY(!file);
    QCOMPARE(file.error().code, ErrorCode::SourceUnreadable);
    QVERIFY(file.error().text.contains(path()));
}

void TestSourceFile::notRegular_data()
{
    QTest::addColumn<bool>("isPipe");
    QTest::newRow("pipe") << true;
    QTest::newRow("folder") << false;
}

void TestSourceFile::notRegular()
{
    QFETCH(bool, isPipe);
    const QByteArray name = QFile::encodeName(path());
    QCOMPARE(isPipe ? mkfifo(name.constData(), 0600) : mkdir(name.constData(), 0700), 0);
    const auto file = SourceFile::open(QFile::encodeName(path()));
    QVERIFY(!file);
    QCOMPARE(file.error().code, ErrorCode::SourceUnreadable);
}

QTEST_GUILESS_MAIN(TestSourceFile)
#include "tst_sourcefile.moc"
