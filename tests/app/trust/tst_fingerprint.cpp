#include "fingerprint.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

const QString plain = u"00ff9abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234"_s;
const QString withColons =
    u"00:FF:9A:BC:DE:F0:12:34:56:78:9A:BC:DE:F0:12:34:56:78:9A:BC:DE:F0:12:34:56:78:9A:BC:DE:F0:12:34"_s;

} // namespace

class TestFingerprint final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isReadInEveryForm_data();
    void isReadInEveryForm();
    void isRefused_data();
    void isRefused();
    void isWrittenAsOpenSslDoes();
};

void TestFingerprint::isReadInEveryForm_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("as it is kept") << plain;
    QTest::newRow("upper case") << plain.toUpper();
    QTest::newRow("with colons") << withColons;
    QTest::newRow("with colons, lower case") << withColons.toLower();
    QTest::newRow("a line of OpenSSL 3") << u"sha256 Fingerprint="_s + withColons + u'\n';
    QTest::newRow("a line of OpenSSL 1") << u"SHA256 Fingerprint="_s + withColons;
    QTest::newRow("blanks around") << u"  "_s + plain + u"\t"_s;
}

void TestFingerprint::isReadInEveryForm()
{
    QFETCH(QString, text);
    const Result<QString> fingerprint = normalisedFingerprint(text);
    QVERIFY2(fingerprint.isOk(), fingerprint.isOk() ? "" : qPrintable(fingerprint.error().text));
    QCOMPARE(fingerprint.value(), plain);
}

void TestFingerprint::isRefused_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << QString();
    QTest::newRow("a digit short") << plain.chopped(1);
    QTest::newRow("a digit long") << plain + u'0';
    QTest::newRow("no digit") << QString(plain).replace(5, 1, u'g');
    QTest::newRow("digits of another script") << QString(plain).replace(0, 2, u"٠٠"_s);
    QTest::newRow("a colon missing") << QString(withColons).remove(5, 1);
    QTest::newRow("a colon misplaced") << QString(withColons).replace(4, 2, u":A"_s);
    QTest::newRow("a colon at the end") << withColons + u':';
    QTest::newRow("two of them") << plain + u' ' + plain;
    QTest::newRow("SHA-1") << u"sha1 Fingerprint="_s + withColons;
    QTest::newRow("a line more") << plain + u"\nx"_s;
}

void TestFingerprint::isRefused()
{
    QFETCH(QString, text);
    const Result<QString> fingerprint = normalisedFingerprint(text);
    QVERIFY(!fingerprint.isOk());
    QCOMPARE(fingerprint.error().code, ErrorCode::InvalidArgument);
}

void TestFingerprint::isWrittenAsOpenSslDoes()
{
    QCOMPARE(fingerprintWithColons(plain), withColons);
    QCOMPARE(fingerprintWithColons(QString()), QString());
}

QTEST_GUILESS_MAIN(TestFingerprint)
#include "tst_fingerprint.moc"
