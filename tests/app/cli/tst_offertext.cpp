#include "offertext.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestOfferText : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sender_data();
    void sender();
    void content();
    void fields();
};

void TestOfferText::sender_data()
{
    QTest::addColumn<OfferSnapshot>("offer");
    QTest::addColumn<QStringList>("says");
    QTest::addColumn<QStringList>("hides");
    OfferSnapshot offer;
    offer.address = u"192.0.2.7"_s;
    QTest::newRow("plain") << offer << QStringList{u"“192.0.2.7”"_s, u"does not encrypt"_s} << QStringList();
    offer.isEncrypted = true;
    QTest::newRow("no key") << offer << QStringList{u"no key"_s} << QStringList{u"not encrypt"_s};
    offer.sender = u"laptop"_s;
    offer.fingerprint = u"abcd"_s;
    QTest::newRow("stranger") << offer << QStringList{u"“laptop”"_s, u"not known"_s, u"abcd"_s}
                              << QStringList();
    offer.code = u"123 456"_s;
    QTest::newRow("first contact") << offer << QStringList{u"new here"_s, u"123 456"_s}
                                   << QStringList{u"known"_s};
    offer.isImpostor = true;
    QTest::newRow("impostor, code") << offer << QStringList{u"NOT"_s, u"123 456"_s} << QStringList();
    offer.code.clear();
    QTest::newRow("impostor") << offer << QStringList{u"NOT the known device"_s} << QStringList{u"code"_s};
    offer.isImpostor = false;
    offer.knownAs = u"My laptop"_s;
    QTest::newRow("known") << offer << QStringList{u"“My laptop”"_s, u"is a known device"_s}
                           << QStringList{u"“laptop”"_s, u"NOT"_s};
}

void TestOfferText::sender()
{
    QFETCH(OfferSnapshot, offer);
    QFETCH(QStringList, says);
    QFETCH(QStringList, hides);
    const QString text = senderText(offer);
    for (const QString& part : says)
        QVERIFY2(text.contains(part), qPrintable(text));
    for (const QString& part : hides)
        QVERIFY2(!text.contains(part), qPrintable(text));
}

void TestOfferText::content()
{
    OfferSnapshot offer;
    offer.files = 1;
    offer.names = {u"a %1.txt"_s};
    offer.dropped = 1;
    offer.folder = u"/in %2"_s;
    QCOMPARE(contentText(offer), u"It wants to upload 1 file, of unknown size, into /in %2: a %1.txt"_s);
    offer.files = 12;
    offer.bytes = 1'200'000;
    offer.bytesFree = 5'000'000;
    offer.names = {u"a"_s, u"b"_s};
    offer.dropped = 5;
    QCOMPARE(contentText(offer),
             u"It wants to upload 12 files, 1.2 MB, into /in %2 (5.0 MB free): a, b and 3 more"_s);
}

void TestOfferText::fields()
{
    const QJsonObject fields = offerFields({});
    for (const QString& name : {u"fingerprint"_s, u"known"_s, u"code"_s, u"bytes"_s, u"free"_s})
        QVERIFY(fields.contains(name) && fields[name].isNull());
}

QTEST_GUILESS_MAIN(TestOfferText)
#include "tst_offertext.moc"
