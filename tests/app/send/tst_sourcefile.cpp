#include "sourcefile.h"

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
    void readsWhole_data();
    void readsWhole();
    void noticesGrowth();
    void noticesTruncation();
    void noticesRewriting();
    void missing();
    void notRegular_data();
    void notRegular();

private:
    [[nodiscard]] QString path() const { return m_folder->filePath(u"file"_s); }
    void write(const QByteArray& bytes, QIODevice::OpenMode mode = QIODevice::WriteOnly) const;

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

void TestSourceFile::readsWhole_data()
{
    QTest::addColumn<int>("size");
    for (const int size : {0, 1, 9, 10, 11, 20, 25})
        QTest::addRow("%d bytes", size) << size;
}

void TestSourceFile::readsWhole()
{
    QFETCH(int, size);
    QByteArray expected;
    for (int i = 0; i < size; ++i)
        expected.append(char('a' + i));
    write(expected);
    auto file = SourceFile::open(path());
    QVERIFY(file);
    QCOMPARE(file.value()->size(), size);
    QByteArray all;
    while (!file.value()->atEnd()) {
        const Result<QByteArray> chunk = file.value()->read(10);
        QVERIFY(chunk);
        QVERIFY(chunk->size() > 0 && chunk->size() <= 10);
        all += chunk.value();
    }
    QCOMPARE(all, expected);
    QCOMPARE(file.value()->position(), size);
}

void TestSourceFile::noticesGrowth()
{
    write("0123456789");
    auto file = SourceFile::open(path());
    QVERIFY(file.value()->read(5));
    write("more", QIODevice::Append);
    const Result<QByteArray> last = file.value()->read(5);
    QVERIFY(!last);
    QCOMPARE(last.error().code, ErrorCode::SourceChanged);
    QVERIFY(last.error().text.contains(path()));
}

void TestSourceFile::noticesTruncation()
{
    write("0123456789");
    auto file = SourceFile::open(path());
    QVERIFY(file.value()->read(5));
    QVERIFY(QFile::resize(path(), 7));
    QCOMPARE(file.value()->read(5).error().code, ErrorCode::SourceChanged);
}

void TestSourceFile::noticesRewriting()
{
    write("0123456789");
    auto file = SourceFile::open(path());
    QVERIFY(file.value()->read(5));
    QFile same(path());
    QVERIFY(same.open(QIODevice::ReadWrite));
    same.write("x");
    same.close();
    // A write within the clock's granularity would leave the time as it was.
    const timespec times[2] = {{1, 0}, {1, 0}};
    QCOMPARE(utimensat(AT_FDCWD, QFile::encodeName(path()).constData(), times, 0), 0);
    QCOMPARE(file.value()->read(5).error().code, ErrorCode::SourceChanged);
}

void TestSourceFile::missing()
{
    const auto file = SourceFile::open(path());
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
    const auto file = SourceFile::open(path());
    QVERIFY(!file);
    QCOMPARE(file.error().code, ErrorCode::SourceUnreadable);
}

QTEST_GUILESS_MAIN(TestSourceFile)
#include "tst_sourcefile.moc"
