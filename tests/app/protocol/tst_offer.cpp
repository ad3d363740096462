#include "offer.h"

#include <QTest>
#include <QTimeZone>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestOffer : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void text_data();
    void text();
    void json_data();
    void json();
    void roundTrip();
};

void TestOffer::text_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("code"); // -1: fine
    QTest::newRow("plain") << "data.xml"_ba << u"data.xml"_s << -1;
    QTest::newRow("percent stays") << "100%25.txt"_ba << u"100%25.txt"_s << -1;
    QTest::newRow("slash stays one component") << "a/b"_ba << u"a/b"_s << -1;
    QTest::newRow("line end") << "data.xml\r\n"_ba << u"data.xml"_s << -1;
    QTest::newRow("utf-8") << "gr\xc3\xbc\xc3\x9f"
                              "e"_ba
                           << u"grüße"_s << -1;
    QTest::newRow("latin-1") << "gr\xfc\xdf"
                                "e"_ba
                             << QString() << int(ErrorCode::ProtocolError);
    QTest::newRow("empty") << ""_ba << QString() << int(ErrorCode::ProtocolError);
    QTest::newRow("only a line end") << "\n"_ba << QString() << int(ErrorCode::ProtocolError);
    QTest::newRow("longest") << QByteArray(4095, 'x') << QString(4095, u'x') << -1;
    QTest::newRow("too long") << QByteArray(4096, 'x') << QString() << int(ErrorCode::TooLarge);
}

void TestOffer::text()
{
    QFETCH(QByteArray, body);
    QFETCH(QString, name);
    QFETCH(int, code);
    const Result<Offer> offer = Offer::fromText(body, Limits());
    if (code >= 0) {
        QVERIFY(!offer);
        QCOMPARE(int(offer.error().code), code);
        return;
    }
    QVERIFY(offer);
    QCOMPARE(offer->path, QStringList{name});
    QCOMPARE(offer->size, -1);
    QVERIFY(!offer->isNative);
}

void TestOffer::json_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("isGood");
    QTest::newRow("least") << R"({"path":["a"],"size":0})"_ba << true;
    QTest::newRow("full") << R"({"kind":"file","path":["a","b.txt"],"size":5,"mtime":1700000000000})"_ba
                          << true;
    QTest::newRow("unknown field") << R"({"path":["a"],"size":1,"colour":"red"})"_ba << true;
    QTest::newRow("folder") << R"({"kind":"folder","path":["a"]})"_ba << true;
    QTest::newRow("2^53 - 1") << R"({"path":["a"],"size":9007199254740991})"_ba << true;
    QTest::newRow("2^53") << R"({"path":["a"],"size":9007199254740992})"_ba << false;
    QTest::newRow("before 1970") << R"({"path":["a"],"size":1,"mtime":-62135596800000})"_ba << true;
    QTest::newRow("over 2^53") << R"({"path":["a"],"size":18014398509481984})"_ba << false;
    QTest::newRow("negative size") << R"({"path":["a"],"size":-1})"_ba << false;
    QTest::newRow("fraction") << R"({"path":["a"],"size":1.5})"_ba << false;
    QTest::newRow("size as text") << R"({"path":["a"],"size":"1"})"_ba << false;
    QTest::newRow("no size") << R"({"path":["a"]})"_ba << false;
    QTest::newRow("no path") << R"({"size":1})"_ba << false;
    QTest::newRow("empty path") << R"({"path":[],"size":1})"_ba << false;
    QTest::newRow("path as text") << R"({"path":"a","size":1})"_ba << false;
    QTest::newRow("number in path") << R"({"path":["a",1],"size":1})"_ba << false;
    QTest::newRow("odd kind") << R"({"kind":"link","path":["a"],"size":1})"_ba << false;
    QTest::newRow("mtime as text") << R"({"path":["a"],"size":1,"mtime":"now"})"_ba << false;
    QTest::newRow("array") << "[]"_ba << false;
    QTest::newRow("broken") << R"({"path":["a")"_ba << false;
    QTest::newRow("deepest") << R"({"size":1,"path":["a")"_ba + QByteArray(R"(,"a")").repeated(255) + "]}"
                             << true;
    QTest::newRow("longest") << R"({"size":1,"path":["a","a)"_ba + QByteArray(4093, ' ') + "\"]}" << true;
    QTest::newRow("too long") << R"({"size":1,"path":["a","a)"_ba + QByteArray(4094, ' ') + "\"]}" << false;
    QTest::newRow("too deep") << R"({"size":1,"path":["a")"_ba + QByteArray(R"(,"a")").repeated(256) + "]}"
                              << false;
}

void TestOffer::json()
{
    QFETCH(QByteArray, body);
    QFETCH(bool, isGood);
    const Result<Offer> offer = Offer::fromJson(body, Limits());
    QCOMPARE(offer.isOk(), isGood);
    QVERIFY(isGood || !offer.error().text.isEmpty());
}

void TestOffer::roundTrip()
{
    Offer offer;
    offer.path = {u"Ordner “ü”"_s, u"a%b\\c.txt"_s};
    offer.size = 1234567890123;
    offer.modifiedAt = QDateTime::fromMSecsSinceEpoch(1'700'000'000'123, QTimeZone::utc());
    offer.isNative = true;
    QCOMPARE(Offer::fromJson(offer.toJson(), Limits()).value(), offer);
    QCOMPARE(offer.displayName(), u"Ordner “ü”/a%b\\c.txt"_s);

    Offer folder;
    folder.kind = Offer::Kind::Folder;
    folder.path = {u"leer"_s};
    folder.size = 0;
    folder.isNative = true;
    QCOMPARE(Offer::fromJson(folder.toJson(), Limits()).value(), folder);
}

QTEST_GUILESS_MAIN(TestOffer)
#include "tst_offer.moc"
