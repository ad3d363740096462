#include "filedigest.h"
#include "receipt.h"
#include "serviceinfo.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestReceipt : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void receiptRoundTrip();
    void errorRoundTrip();
    void nonsense_data();
    void nonsense();
    void digestIsXxh3();
    void service_data();
    void service();
};

void TestReceipt::receiptRoundTrip()
{
    const Receipt receipt{u"a/b (1).txt"_s, 1LL << 50, u"xxh3-128:00"_s, u"note"_s};
    QCOMPARE(decodeReceipt(encodeReceipt(receipt)).value(), receipt);
}

void TestReceipt::errorRoundTrip()
{
    const Error error{ErrorCode::NoSpace, u"“a” needs 5 bytes, 3 are free."_s};
    const Result<Receipt> decoded = decodeReceipt(encodeReceipt(error));
    QVERIFY(!decoded);
    QCOMPARE(decoded.error(), error);
}

void TestReceipt::nonsense_data()
{
    QTest::addColumn<QString>("message");
    for (const char* text :
         {"", "{}", "[]", "hello", R"({"type":"landed"})", R"({"type":"landed","path":"a"})",
          R"({"type":"landed","path":"","bytes":1})", R"({"type":"landed","path":"a","bytes":-1})",
          R"({"type":"landed","path":1,"bytes":1})"})
        QTest::newRow(text) << QString::fromLatin1(text);
}

void TestReceipt::nonsense()
{
    QFETCH(QString, message);
    const Result<Receipt> receipt = decodeReceipt(message);
    QVERIFY(!receipt);
    QCOMPARE(receipt.error().code, ErrorCode::ProtocolError);
}

void TestReceipt::digestIsXxh3()
{
    FileDigest digest;
    QCOMPARE(digest.text(),
             u"xxh3-128:99aa06d3014798d86001c324468d497f"_s); // of nothing, as xxhsum -H2 has it
    digest.add("ab");
    digest.add("c");
    QCOMPARE(digest.text(), u"xxh3-128:06b05ab6733a618578af5f94892f3950"_s);
}

void TestReceipt::service_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("kind"); // -1: refused
    QTest::newRow("sockdrop") << ServiceInfo{u"laptop"_s, u"1"_s}.toJson() << int(ServiceKind::Sockdrop);
    QTest::newRow("sockdrop's text") << ServiceInfo{u"laptop"_s, u"1"_s}.toText()
                                     << int(ServiceKind::Original);
    QTest::newRow("original") << "Demo of WebSockets. URLs:\n POST /upload initiate an upload."_ba
                              << int(ServiceKind::Original);
    QTest::newRow("other web server") << "<html>It works!</html>"_ba << -1;
    QTest::newRow("nothing") << ""_ba << -1;
}

void TestReceipt::service()
{
    QFETCH(QByteArray, body);
    QFETCH(int, kind);
    const Result<ServiceKind> recognised = recogniseService(body);
    QCOMPARE(recognised ? int(recognised.value()) : -1, kind);
}

QTEST_GUILESS_MAIN(TestReceipt)
#include "tst_receipt.moc"
