#include "error.h"
#include "result.h"

#include <QTest>

#include <cerrno>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestError : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyCodeHasANameThatReadsBack();
    void systemErrors_data();
    void systemErrors();
    void resultHoldsEither();
};

void TestError::everyCodeHasANameThatReadsBack()
{
    QStringList names;
    for (int value = 0; value <= int(ErrorCode::Unsupported); ++value) {
        const auto code = ErrorCode(value);
        const QString name = codeName(code);
        QVERIFY2(!names.contains(name), qPrintable(name));
        names.append(name);
        QCOMPARE(codeFromName(name), code);
    }
    QCOMPARE(codeFromName(u"from-the-future"), ErrorCode::IoError);
}

void TestError::systemErrors_data()
{
    QTest::addColumn<int>("errnoValue");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("full") << ENOSPC << ErrorCode::NoSpace;
    QTest::newRow("quota") << EDQUOT << ErrorCode::NoSpace;
    QTest::newRow("forbidden") << EACCES << ErrorCode::PermissionDenied;
    QTest::newRow("read-only") << EROFS << ErrorCode::PermissionDenied;
    QTest::newRow("missing") << ENOENT << ErrorCode::NotFound;
    QTest::newRow("there") << EEXIST << ErrorCode::AlreadyExists;
    QTest::newRow("too long") << ENAMETOOLONG << ErrorCode::UnsafeName;
    QTest::newRow("link") << ELOOP << ErrorCode::UnsafeName;
    QTest::newRow("too big") << EFBIG << ErrorCode::TooLarge;
    QTest::newRow("device") << EIO << ErrorCode::IoError;
}

void TestError::systemErrors()
{
    QFETCH(int, errnoValue);
    QFETCH(ErrorCode, code);
    const Error error = systemError(errnoValue, u"Cannot write “a”"_s);
    QCOMPARE(error.code, code);
    QVERIFY(error.text.startsWith(u"Cannot write “a”: "_s));
}

void TestError::resultHoldsEither()
{
    const Result<int> good(7);
    QVERIFY(good.isOk());
    QCOMPARE(good.value(), 7);
    const Result<int> bad(Error{ErrorCode::Busy, u"later"_s});
    QVERIFY(!bad);
    QCOMPARE(bad.error().text, u"later"_s);
    QVERIFY(Result<void>().isOk());
    QVERIFY(!Result<void>(Error{}).isOk());
}

QTEST_GUILESS_MAIN(TestError)
#include "tst_error.moc"
