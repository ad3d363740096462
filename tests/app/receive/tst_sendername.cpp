#include "sendername.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

/// Names that senders give themselves, as they stand in the log.
class TestSenderName : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void visible_data();
    void visible();
    void quoted();
};

void TestSenderName::visible_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("expected");
    const QString high(QChar(0xd83d));
    const QString low(QChar(0xde00));
    QTest::newRow("plain") << u"Anna’s laptop"_s << u"Anna’s laptop"_s;
    QTest::newRow("blanks around it") << u" \tdesk\n"_s << u"desk"_s;
    QTest::newRow("a pair") << high + low << u"😀"_s;
    QTest::newRow("high half") << u"a"_s + high << u"a\ufffd"_s;
    QTest::newRow("high half, more") << u"a"_s + high + u"b"_s << u"a\ufffdb"_s;
    QTest::newRow("low half") << low + u"a"_s << u"\ufffda"_s;
    QTest::newRow("halves the wrong way round") << low + high << u"\ufffd\ufffd"_s;
    QTest::newRow("line breaks") << u"a\r\nb\u2028c\u2029d"_s << u"a\ufffd\ufffdb\ufffdc\ufffdd"_s;
    QTest::newRow("terminal") << u"a\u001b[2J\u009b1m"_s << u"a\ufffd[2J\ufffd1m"_s;
    QTest::newRow("zero") << u"a"_s + QChar::Null + u"b"_s << u"a\ufffdb"_s;
    QTest::newRow("direction") << u"a\u202egnp\u2066b"_s << u"a\ufffdgnp\ufffdb"_s;
    QTest::newRow("tags beyond the first plane") << QString::fromUcs4(U"a\U000e0041b") << u"a\ufffdb"_s;
}

void TestSenderName::visible()
{
    QFETCH(QString, name);
    QFETCH(QString, expected);
    QCOMPARE(visibleName(name), expected);
    QVERIFY(visibleName(name).isValidUtf16());
}

void TestSenderName::quoted()
{
    QCOMPARE(quotedName(u"desk"_s), u" “desk”"_s);
    QCOMPARE(quotedName(u" \n"_s), QString());
    QCOMPARE(quotedName(u"a”\nb"_s), u" “a”\ufffdb”"_s);
}

QTEST_GUILESS_MAIN(TestSenderName)
#include "tst_sendername.moc"
