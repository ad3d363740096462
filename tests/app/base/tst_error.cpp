#include "datasize.h"
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
    void remediesFitTheirTrouble_data();
    void remediesFitTheirTrouble();
    void sizesAreReadable();
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
    QTest::newRow("no descriptor") << EMFILE << ErrorCode::Busy;
    QTest::newRow("no memory") << ENOMEM << ErrorCode::Busy;
}

void TestError::systemErrors()
{
    QFETCH(int, errnoValue);
    QFETCH(ErrorCode, code);
    const Error error = systemError(errnoValue, u"Cannot write “a”"_s);
    QCOMPARE(error.code, code);
    QVERIFY(error.text.startsWith(u"Cannot write “a”: "_s));
}

void TestError::remediesFitTheirTrouble_data()
{
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<QString>("named");
    QTest::addColumn<QString>("unnamed");
    QTest::newRow("port") << ErrorCode::PortForbidden << u"port"_s << u"folder"_s;
    QTest::newRow("folder") << ErrorCode::PermissionDenied << u"folder"_s << u"port"_s;
    QTest::newRow("too large, with Sockdrop on both sides")
        << ErrorCode::TooLarge << u"parts"_s << u"Sockdrop"_s;
    QTest::newRow("a folder in the way, when files are replaced")
        << ErrorCode::AlreadyExists << u"Rename"_s << u"keep"_s;
    QTest::newRow("declined for want of encryption") << ErrorCode::Declined << u"Ask"_s << u"accept"_s;
    QTest::newRow("a mount") << ErrorCode::IoError << u"network drive"_s << u"receiver"_s;
}

void TestError::remediesFitTheirTrouble()
{
    QFETCH(ErrorCode, code);
    QFETCH(QString, named);
    QFETCH(QString, unnamed);
    QVERIFY2(remedy(code).contains(named), qPrintable(remedy(code)));
    QVERIFY2(!remedy(code).contains(unnamed), qPrintable(remedy(code)));
    for (int value = 0; value <= int(ErrorCode::Unsupported); ++value)
        QVERIFY(!remedy(ErrorCode(value)).contains(u"machine"_s)); // it is a device everywhere
}

void TestError::sizesAreReadable()
{
    QCOMPARE(dataSize(40'000'000), u"40.0 MB"_s);
    QCOMPARE(dataSize(12'582'912), u"12.6 MB"_s);
    QCOMPARE(dataSize(512), u"512 bytes"_s);
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
