#include "terminaltext.h"

#include <QLocale>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

class TestTerminalText final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void printable_data();
    void printable();
    void width_data();
    void width();
    void elided_data();
    void elided();
    void size_data();
    void size();
    void duration_data();
    void duration();
};

void TestTerminalText::initTestCase()
{
    QLocale::setDefault(QLocale::c());
}

void TestTerminalText::printable_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");
    QTest::newRow("plain") << u"report (1).pdf"_s << u"report (1).pdf"_s;
    QTest::newRow("other scripts") << u"naïve 日本 мир 🎉"_s << u"naïve 日本 мир 🎉"_s;
    QTest::newRow("percent and backslash") << u"100%1\\x"_s << u"100%1\\x"_s;
    QTest::newRow("escape sequence") << u"a\x1b[31mb"_s << u"a\\x1b[31mb"_s;
    QTest::newRow("line ends") << u"a\r\nb\tc"_s << u"a\\x0d\\x0ab\\x09c"_s;
    QTest::newRow("NUL and DEL") << QString(QChar(0)) + QChar(0x7f) << u"\\x00\\x7f"_s;
    QTest::newRow("C1: CSI") << QString(QChar(0x9b)) + u"2J"_s << u"\\x9b2J"_s;
    QTest::newRow("bidi override") << u"a\u202efdp.exe"_s << u"a\\u{202e}fdp.exe"_s;
    QTest::newRow("bidi isolate") << u"\u2066x"_s << u"\\u{2066}x"_s;
    QTest::newRow("line separator") << u"a\u2028b"_s << u"a\\u{2028}b"_s;
    QTest::newRow("zero width space") << u"a\u200bb"_s << u"a\\u{200b}b"_s;
    QTest::newRow("joined emoji") << u"👩\u200d🚀"_s << u"👩\u200d🚀"_s;
    QTest::newRow("tag beyond the BMP") << u"\U000e0041"_s << u"\\u{e0041}"_s;
    QTest::newRow("lone high surrogate") << QString(QChar(0xd800)) + u'x' << u"\\u{d800}x"_s;
    QTest::newRow("lone low surrogate") << QString(QChar(0xdc00)) << u"\\u{dc00}"_s;
}

void TestTerminalText::printable()
{
    QFETCH(QString, text);
    QFETCH(QString, shown);
    QCOMPARE(sockdrop::printable(text), shown);
}

void TestTerminalText::width_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("columns");
    QTest::newRow("empty") << QString() << 0;
    QTest::newRow("ASCII") << u"abc"_s << 3;
    QTest::newRow("composed") << u"é"_s << 1;
    QTest::newRow("combining") << u"e\u0301"_s << 1;
    QTest::newRow("wide") << u"日本"_s << 4;
    QTest::newRow("Hangul") << u"한"_s << 2;
    QTest::newRow("fullwidth") << u"Ａ"_s << 2;
    QTest::newRow("halfwidth") << u"ｱ"_s << 1;
    QTest::newRow("emoji") << u"🎉"_s << 2;
    QTest::newRow("beyond the BMP") << u"𠀀"_s << 2;
}

void TestTerminalText::width()
{
    QFETCH(QString, text);
    QFETCH(int, columns);
    QCOMPARE(displayWidth(text), columns);
}

void TestTerminalText::elided_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<int>("columns");
    QTest::addColumn<QString>("shown");
    QTest::newRow("fits") << u"abcd"_s << 4 << u"abcd"_s;
    QTest::newRow("one too many") << u"abcde"_s << 4 << u"abc…"_s;
    QTest::newRow("one column") << u"ab"_s << 1 << u"…"_s;
    QTest::newRow("no column") << u"ab"_s << 0 << QString();
    QTest::newRow("wide fits") << u"日本"_s << 4 << u"日本"_s;
    QTest::newRow("wide cut") << u"日本語"_s << 5 << u"日本…"_s;
    QTest::newRow("no half of a wide one") << u"日本語"_s << 4 << u"日…"_s;
    QTest::newRow("nothing after the cut") << u"日本a"_s << 4 << u"日…"_s;
    QTest::newRow("pair stays whole") << u"🎉🎉🎉"_s << 3 << u"🎉…"_s;
}

void TestTerminalText::elided()
{
    QFETCH(QString, text);
    QFETCH(int, columns);
    QFETCH(QString, shown);
    QCOMPARE(sockdrop::elided(text, columns), shown);
}

void TestTerminalText::size_data()
{
    QTest::addColumn<qint64>("bytes");
    QTest::addColumn<QString>("shown");
    QTest::newRow("0") << qint64(0) << u"0 bytes"_s;
    QTest::newRow("1") << qint64(1) << u"1 byte"_s;
    QTest::newRow("999") << qint64(999) << u"999 bytes"_s;
    QTest::newRow("1000") << qint64(1000) << u"1.0 kB"_s;
    QTest::newRow("1.24 GB") << qint64(1'240'000'000) << u"1.2 GB"_s;
}

void TestTerminalText::size()
{
    QFETCH(qint64, bytes);
    QFETCH(QString, shown);
    QCOMPARE(sizeText(bytes), shown);
}

void TestTerminalText::duration_data()
{
    QTest::addColumn<qint64>("seconds");
    QTest::addColumn<QString>("shown");
    QTest::newRow("0") << qint64(0) << u"0:00"_s;
    QTest::newRow("7") << qint64(7) << u"0:07"_s;
    QTest::newRow("59") << qint64(59) << u"0:59"_s;
    QTest::newRow("60") << qint64(60) << u"1:00"_s;
    QTest::newRow("3599") << qint64(3599) << u"59:59"_s;
    QTest::newRow("3600") << qint64(3600) << u"1:00:00"_s;
    QTest::newRow("three days") << qint64(3 * 86400 + 61) << u"72:01:01"_s;
    QTest::newRow("negative") << qint64(-5) << u"0:00"_s;
}

void TestTerminalText::duration()
{
    QFETCH(qint64, seconds);
    QFETCH(QString, shown);
    QCOMPARE(durationText(std::chrono::seconds(seconds)), shown);
}

QTEST_GUILESS_MAIN(TestTerminalText)
#include "tst_terminaltext.moc"
