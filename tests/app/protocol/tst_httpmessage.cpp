#include "httpmessage.h"

#include <QTest>

using namespace sockdrop;

class TestHttpMessage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void response();
    void emptyResponse();
    void headerOfAnyCase();
};

void TestHttpMessage::response()
{
    const HttpResponse response{
        .status = 405, .body = "no\n", .contentType = "text/plain", .headers = {{"Allow", "GET"}}};
    QCOMPARE(response.toBytes(), QByteArray("HTTP/1.1 405 Method Not Allowed\r\n"
                                            "Content-Type: text/plain\r\n"
                                            "Content-Length: 3\r\n"
                                            "Connection: close\r\n"
                                            "X-Content-Type-Options: nosniff\r\n"
                                            "Cache-Control: no-store\r\n"
                                            "Allow: GET\r\n"
                                            "\r\n"
                                            "no\n"));
}

void TestHttpMessage::emptyResponse()
{
    const HttpResponse response{.status = 299, .body = {}, .contentType = {}, .headers = {}};
    const QByteArray bytes = response.toBytes();
    QVERIFY(bytes.startsWith("HTTP/1.1 299 "));
    QVERIFY(bytes.contains("Content-Length: 0\r\n"));
    QVERIFY(!bytes.contains("\r\nContent-Type"));
    QVERIFY(bytes.endsWith("\r\n\r\n"));
}

void TestHttpMessage::headerOfAnyCase()
{
    const HttpRequest request{"GET", "/", {{"HOST", "a"}, {"X-Empty", ""}}, {}};
    QCOMPARE(request.header("host"), QByteArray("a"));
    QCOMPARE(request.header("x-empty"), QByteArray(""));
    QVERIFY(!request.header("Origin"));
}

QTEST_APPLESS_MAIN(TestHttpMessage)
#include "tst_httpmessage.moc"
