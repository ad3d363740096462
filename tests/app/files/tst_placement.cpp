#include "numberednames.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class tst_Placement final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void numberedName_data();
    void numberedName();
    void longNames_data();
    void longNames();
};

void tst_Placement::numberedName_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("numbered");
    QTest::newRow("extension") << u"photo.jpg"_s << u"photo (7).jpg"_s;
    QTest::newRow("no extension") << u"README"_s << u"README (7)"_s;
    QTest::newRow("dotfile") << u".bashrc"_s << u".bashrc (7)"_s;
    QTest::newRow("dotfile with extension") << u".config.json"_s << u".config (7).json"_s;
    QTest::newRow("tar") << u"archive.tar.gz"_s << u"archive (7).tar.gz"_s;
    QTest::newRow("TAR") << u"A.TAR.zst"_s << u"A (7).TAR.zst"_s;
    QTest::newRow("hidden tar") << u".tar.gz"_s << u".tar (7).gz"_s;
    QTest::newRow("just tar") << u"archive.tar"_s << u"archive (7).tar"_s;
    QTest::newRow("two dots") << u"v1.2.txt"_s << u"v1.2 (7).txt"_s;
    QTest::newRow("sentence") << u"Mr. Smith went"_s << u"Mr. Smith went (7)"_s;
    QTest::newRow("ten letters") << u"a.abcdefghij"_s << u"a (7).abcdefghij"_s;
    QTest::newRow("eleven letters") << u"a.abcdefghijk"_s << u"a.abcdefghijk (7)"_s;
    QTest::newRow("numbered already") << u"a (1).txt"_s << u"a (1) (7).txt"_s;
}

void tst_Placement::numberedName()
{
    QFETCH(QString, name);
    QFETCH(QString, numbered);
    QCOMPARE(sockdrop::numberedName(name, 7), numbered);
}

void tst_Placement::longNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("number");
    QTest::addColumn<int>("bytes");
    QTest::newRow("fits") << QString(251, u'a') << 1 << 255;
    QTest::newRow("one too many") << QString(252, u'a') << 1 << 255;
    QTest::newRow("longest") << QString(255, u'a') << 1 << 255;
    QTest::newRow("more digits") << QString(255, u'a') << 99999 << 255;
    QTest::newRow("with extension") << QString(251, u'a') + u".jpg"_s << 12 << 255;
    QTest::newRow("two bytes each") << QString(127, u'é') << 1 << 254;
    QTest::newRow("four bytes each") << u"\U0001F600"_s.repeated(63) << 1 << 252;
}

void tst_Placement::longNames()
{
    QFETCH(QString, name);
    QFETCH(int, number);
    QFETCH(int, bytes);
    const QString numbered = sockdrop::numberedName(name, number);
    QCOMPARE(numbered.toUtf8().size(), bytes);
    QVERIFY(numbered.isValidUtf16());
    QVERIFY(numbered.contains(u" (%1)"_s.arg(number)));
    QCOMPARE(numbered.endsWith(u".jpg"_s), name.endsWith(u".jpg"_s));
}

QTEST_APPLESS_MAIN(tst_Placement)
#include "tst_placement.moc"
