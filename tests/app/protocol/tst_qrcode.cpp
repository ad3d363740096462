#include "qrcode.h"

#include <QPoint>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestQrCode final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sizeFollowsLength_data();
    void sizeFollowsLength();
    void hasFinderPatterns();
    void isLightOutside();
    void differsByText();
    void refusesEmptyText();
};

// Capacities of ISO/IEC 18004, table 7: byte mode, level M.
void TestQrCode::sizeFollowsLength_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("size");
    QTest::newRow("one byte") << u"a"_s << 21;
    QTest::newRow("version 1, full") << QString(14, u'a') << 21;
    QTest::newRow("version 2") << QString(15, u'a') << 25;
    QTest::newRow("version 3, an IPv6 address") << u"http://[2001:db8::1]:54321/"_s << 29;
    QTest::newRow("two bytes a letter") << QString(8, u'é') << 25;
    QTest::newRow("NUL inside") << QString(QChar::Null).repeated(15) << 25;
    QTest::newRow("version 40, full") << QString(2331, u'a') << 177;
    QTest::newRow("too long") << QString(2332, u'a') << -1;
}

void TestQrCode::sizeFollowsLength()
{
    QFETCH(QString, text);
    QFETCH(int, size);
    const Result<QrCode> code = QrCode::encode(text);
    QCOMPARE(code.isOk(), size > 0);
    if (!code) {
        QCOMPARE(code.error().code, ErrorCode::TooLarge);
        return;
    }
    QCOMPARE(code->size, size);
    QCOMPARE(code->modules.size(), qsizetype(size) * size);
    for (const char module : code->modules)
        QVERIFY(module == 0 || module == 1);
}

void TestQrCode::hasFinderPatterns()
{
    const Result<QrCode> code = QrCode::encode(u"http://192.0.2.7:54321/"_s);
    QVERIFY(code.isOk());
    const int last = code->size - 7;
    for (const QPoint corner : {QPoint(0, 0), QPoint(last, 0), QPoint(0, last)}) {
        for (int i = 0; i < 7; ++i) {
            // Dark frame, light ring, dark heart, along the diagonal.
            QCOMPARE(code->isDark(corner.x() + i, corner.y() + i), i != 1 && i != 5);
            QVERIFY(code->isDark(corner.x() + i, corner.y()));
            QVERIFY(code->isDark(corner.x(), corner.y() + i));
        }
    }
}

void TestQrCode::isLightOutside()
{
    const Result<QrCode> code = QrCode::encode(u"x"_s);
    QVERIFY(code.isOk());
    QVERIFY(code->isDark(0, 0));
    for (const QPoint outside : {QPoint(-1, 0), QPoint(0, -1), QPoint(code->size, 0), QPoint(0, code->size)})
        QVERIFY(!code->isDark(outside.x(), outside.y()));
}

void TestQrCode::differsByText()
{
    const Result<QrCode> one = QrCode::encode(u"http://192.0.2.7:54321/"_s);
    const Result<QrCode> other = QrCode::encode(u"http://192.0.2.8:54321/"_s);
    QVERIFY(one.isOk() && other.isOk());
    QVERIFY(one.value() != other.value());
}

void TestQrCode::refusesEmptyText()
{
    const Result<QrCode> code = QrCode::encode({});
    QVERIFY(!code.isOk());
    QCOMPARE(code.error().code, ErrorCode::InvalidArgument);
}

QTEST_GUILESS_MAIN(TestQrCode)
#include "tst_qrcode.moc"
