#include "batchoffer.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestBatchOffer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void survivesTheWire();
    void reads_data();
    void reads();
    void tellsOfAHostileOneOnlyWhatIsBounded();
    void longNamesAreCut();
    void isShown();
};

void TestBatchOffer::survivesTheWire()
{
    BatchOffer offer;
    offer.sender = u"laptop"_s;
    offer.batch = "000102030405060708090a0b0c0d0e0f";
    offer.files = 1000;
    offer.bytes = 1LL << 50;
    offer.filesDone = 10;
    offer.bytesDone = 1LL << 40;
    offer.names = {u"a \"b\""_s, u"ü"_s};
    offer.dropped = 12;
    offer.comparesDigests = true;
    offer.together = "0f0e0d0c0b0a09080706050403020100";
    QCOMPARE(BatchOffer::fromJson(offer.toJson(), Limits()).value(), offer);

    // Only the first names go over the wire.
    while (offer.names.size() < 12)
        offer.names += u"more"_s;
    const auto read = BatchOffer::fromJson(offer.toJson(), Limits());
    QCOMPARE(read->names, offer.names.first(BatchOffer::mostNames));
    QCOMPARE(read->dropped, 12);
}

void TestBatchOffer::reads_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<bool>("isFine");
    const QByteArray id = "000102030405060708090a0b0c0d0e0f";
    const auto with = [&id](const QByteArray& rest) { return "{\"batch\":\"" + id + "\"," + rest + "}"; };
    QTest::newRow("least") << with(R"("files":1,"bytes":0,"names":["a"])") << true;
    QTest::newRow("unknown field") << with(R"("files":1,"bytes":0,"names":["a"],"x":[])") << true;
    QTest::newRow("no JSON") << "x"_ba << false;
    QTest::newRow("no batch") << R"({"files":1,"bytes":0,"names":["a"]})"_ba << false;
    QTest::newRow("short batch") << R"({"batch":"00","files":1,"bytes":0,"names":["a"]})"_ba << false;
    QTest::newRow("upper case")
        << R"({"batch":"000102030405060708090A0B0C0D0E0F","files":1,"bytes":0,"names":["a"]})"_ba << false;
    QTest::newRow("no files") << with(R"("files":0,"bytes":0,"names":["a"])") << false;
    QTest::newRow("negative bytes") << with(R"("files":1,"bytes":-1,"names":["a"])") << false;
    QTest::newRow("no names") << with(R"("files":1,"bytes":0,"names":[])") << false;
    QTest::newRow("number as name") << with(R"("files":1,"bytes":0,"names":[1])") << false;
    QTest::newRow("eleven names")
        << with(R"("files":1,"bytes":0,"names":["1","2","3","4","5","6","7","8","9","10","11"])") << false;
}

void TestBatchOffer::reads()
{
    QFETCH(QByteArray, json);
    QFETCH(bool, isFine);
    const auto offer = BatchOffer::fromJson(json, Limits());
    QCOMPARE(offer.isOk(), isFine);
    if (!offer)
        QCOMPARE(offer.error().code, ErrorCode::ProtocolError);
}

void TestBatchOffer::tellsOfAHostileOneOnlyWhatIsBounded()
{
    const QByteArray json =
        R"({"batch":"000102030405060708090a0b0c0d0e0f","files":5,"bytes":10,"names":["a"],)"
        R"("together":"..","filesDone":99,"bytesDone":-3,"dropped":9007199254740991,"sender":")" +
        QByteArray(254, 's') + "😀" + QByteArray(5000, 's') + "\"}";
    const auto offer = BatchOffer::fromJson(json, Limits());
    QVERIFY(offer);
    QCOMPARE(offer->filesDone, 5);
    QCOMPARE(offer->bytesDone, 0);
    QCOMPARE(offer->names.size(), 1);
    QVERIFY(offer->together.isEmpty());
    QCOMPARE(offer->sender,
             QString(Limits().nameCharacters - 1, u's')); // not with half of the next character
}

/// They are in every event of its progress, and kept for a day.
void TestBatchOffer::longNamesAreCut()
{
    BatchOffer offer;
    offer.batch = "000102030405060708090a0b0c0d0e0f";
    offer.files = 1;
    const int most = Limits().nameCharacters;
    offer.names = {QString(most, u'a'), QString(60'000, u'b'), QString(most - 2, u'c') + u"😀😀"_s};
    const auto read = BatchOffer::fromJson(offer.toJson(), Limits());
    QVERIFY(read);
    QCOMPARE(read->names, QStringList({offer.names[0], QString(most - 1, u'b') + u"…"_s,
                                       QString(most - 2, u'c') + u"…"_s}));
}

void TestBatchOffer::isShown()
{
    BatchOffer offer;
    QCOMPARE(offer.displayName(), QString());
    offer.names = {u"a"_s};
    offer.dropped = 1;
    QCOMPARE(offer.displayName(), u"a"_s);
    offer.dropped = 3;
    QCOMPARE(offer.displayName(), u"a and 2 more"_s);
}

QTEST_GUILESS_MAIN(TestBatchOffer)
#include "tst_batchoffer.moc"
