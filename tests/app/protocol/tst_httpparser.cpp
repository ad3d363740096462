#include "httpparser.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

Limits smallLimits()
{
    Limits limits;
    limits.httpHeadBytes = 200;
    limits.httpLineBytes = 100;
    limits.httpHeaderCount = 4;
    limits.httpBodyBytes = 20;
    return limits;
}

QByteArray get(const QByteArray& headers)
{
    return "GET / HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

} // namespace

class TestHttpParser : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void wholeRequest();
    void everyPrefixNeedsMore();
    void bytesAfterTheRequestStay();
    void emptyAndBlankValues();
    void expectContinue_data();
    void expectContinue();
    void accepted_data();
    void accepted();
    void refused_data();
    void refused();
    void endlessInputIsRefusedEarly_data();
    void endlessInputIsRefusedEarly();
};

void TestHttpParser::wholeRequest()
{
    const QByteArray bytes = "POST /upload HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\na.txt";
    const auto outcome = HttpParser(Limits{}).parse(bytes);
    const HttpRequest request{"POST", "/upload", {{"Host", "a:1"}, {"Content-Length", "5"}}, "a.txt"};
    QVERIFY(outcome == HttpParser::Outcome(HttpParser::Complete{request, bytes.size()}));
}

void TestHttpParser::everyPrefixNeedsMore()
{
    const QByteArray bytes = "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
    for (qsizetype size = 0; size < bytes.size(); ++size)
        QVERIFY2(HttpParser(smallLimits()).parse(bytes.first(size)) ==
                     HttpParser::Outcome(HttpParser::NeedMore{}),
                 qPrintable(QString::number(size)));
    QVERIFY(std::holds_alternative<HttpParser::Complete>(HttpParser(smallLimits()).parse(bytes)));
}

void TestHttpParser::bytesAfterTheRequestStay()
{
    const QByteArray bytes = get({});
    const auto outcome = HttpParser(smallLimits()).parse(bytes + "\nanything\n");
    QVERIFY(std::holds_alternative<HttpParser::Complete>(outcome));
    QCOMPARE(std::get<HttpParser::Complete>(outcome).length, bytes.size());
}

void TestHttpParser::emptyAndBlankValues()
{
    const auto outcome = HttpParser(smallLimits()).parse(get("A:\r\nB: \t b \xC3\xA4 \t\r\n"));
    QVERIFY(std::holds_alternative<HttpParser::Complete>(outcome));
    const HttpRequest& request = std::get<HttpParser::Complete>(outcome).request;
    QCOMPARE(request.header("a"), QByteArray(""));
    QCOMPARE(request.header("b"), QByteArray("b \xC3\xA4"));
}

void TestHttpParser::expectContinue_data()
{
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<bool>("expects");
    QTest::newRow("none") << QByteArray("Content-Length: 1\r\n") << false;
    QTest::newRow("100") << QByteArray("Content-Length: 1\r\nExpect: 100-Continue\r\n") << true;
    QTest::newRow("other") << QByteArray("Content-Length: 1\r\nExpect: more\r\n") << false;
}

void TestHttpParser::expectContinue()
{
    QFETCH(QByteArray, headers);
    QFETCH(bool, expects);
    QVERIFY(HttpParser(smallLimits()).parse(get(headers)) ==
            HttpParser::Outcome(HttpParser::NeedMore{expects}));
}

void TestHttpParser::accepted_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray host = "Host: a\r\n\r\n";
    QTest::newRow("odd method") << QByteArray("M-SEARCH!#$%&'*+.^_`|~09az / HTTP/1.1\r\n" + host);
    QTest::newRow("query") << QByteArray("GET /a%20b?c=d&e HTTP/1.1\r\n" + host);
    QTest::newRow("most headers") << get("A: 1\r\nB: 1\r\nC: 1\r\n");
    QTest::newRow("repeated others") << get("Accept: a\r\nAccept: b\r\n");
    QTest::newRow("longest line") << get("A: " + QByteArray(95, 'x') + "\r\n");
    const QByteArray twoLines = "A: " + QByteArray(90, 'x') + "\r\nB: ";
    const qsizetype room = 200 - get(twoLines + "\r\n").size();
    QTest::newRow("largest head") << get(twoLines + QByteArray(room, 'x') + "\r\n");
    QTest::newRow("largest body") << QByteArray(get("Content-Length: 20\r\n") + QByteArray(20, 'x'));
    QTest::newRow("leading zeros") << QByteArray(get("Content-Length: 00000000000000000000002\r\n") + "ab");
    QTest::newRow("no body") << get("Content-Length: 0\r\n");
}

void TestHttpParser::accepted()
{
    QFETCH(QByteArray, bytes);
    const auto outcome = HttpParser(smallLimits()).parse(bytes);
    if (const auto* problem = std::get_if<HttpParser::Problem>(&outcome))
        QFAIL(qPrintable(problem->line));
    QVERIFY(std::holds_alternative<HttpParser::Complete>(outcome));
    QCOMPARE(std::get<HttpParser::Complete>(outcome).length, bytes.size());
}

void TestHttpParser::refused_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("status");
    const auto line = [](const char* name, const QByteArray& requestLine, int status) {
        QTest::newRow(name) << QByteArray(requestLine + "\r\nHost: a\r\n\r\n") << status;
    };
    line("empty line first", "", 400);
    line("no target", "GET HTTP/1.1", 400);
    line("no version", "GET /", 400);
    line("two blanks", "GET  / HTTP/1.1", 400);
    line("blank in the target", "GET /a b HTTP/1.1", 400);
    line("tab for a blank", "GET\t/ HTTP/1.1", 400);
    line("blank first", " GET / HTTP/1.1", 400);
    line("blank last", "GET / HTTP/1.1 ", 400);
    line("no method", " / HTTP/1.1", 400);
    line("method no token", "G(T / HTTP/1.1", 400);
    line("absolute form", "GET http://a/ HTTP/1.1", 400);
    line("asterisk form", "OPTIONS * HTTP/1.1", 400);
    line("authority form", "CONNECT a:1 HTTP/1.1", 400);
    line("fragment", "GET /#a HTTP/1.1", 400);
    line("not ASCII", "GET /\xC3\xA4 HTTP/1.1", 400);
    line("DEL", "GET /\x7f HTTP/1.1", 400);
    line("NUL", QByteArray("GET /\0 HTTP/1.1", 15), 400);
    line("CR inside", "GET /\r HTTP/1.1", 400);
    line("HTTP/1.0", "GET / HTTP/1.0", 505);
    line("HTTP/1.2", "GET / HTTP/1.2", 505);
    line("HTTP/2.0", "PRI * HTTP/2.0", 505);
    line("lower-case version", "GET / http/1.1", 400);
    line("long version", "GET / HTTP/1.10", 400);
    line("short version", "GET / HTTP/1", 400);

    const auto headers = [](const char* name, const QByteArray& lines, int status) {
        QTest::newRow(name) << get(lines) << status;
    };
    headers("no colon", "A\r\n", 400);
    headers("no name", ": 1\r\n", 400);
    headers("blank before the colon", "A : 1\r\n", 400);
    headers("name no token", "A(: 1\r\n", 400);
    headers("folded", "A: 1\r\n 2\r\n", 400);
    headers("folded with a tab", "A: 1\r\n\t2\r\n", 400);
    headers("control character", "A: \x01\r\n", 400);
    headers("DEL in a value", "A: \x7f\r\n", 400);
    headers("NUL in a value", QByteArray("A: \0\r\n", 6), 400);
    headers("CR in a value", "A: 1\r2\r\n", 400);
    headers("bare LF", "A: 1\nB: 2\r\n", 400);
    headers("one header too many", "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n", 431);
    headers("line too long", "A: " + QByteArray(96, 'x') + "\r\n", 431);
    const QByteArray twoLines = "A: " + QByteArray(90, 'x') + "\r\nB: ";
    headers("head too large", twoLines + QByteArray(201 - get(twoLines + "\r\n").size(), 'x') + "\r\n", 431);
    headers("second Host", "Host: a\r\n", 400);
    headers("second host, other case", "hOST: b\r\n", 400);
    for (const char* name :
         {"Content-Length", "Origin", "Upload-Length", "Sec-WebSocket-Key", "Content-Type"})
        headers(name, QByteArray(name) + ": 1\r\n" + name + ": 1\r\n", 400);
    headers("chunked", "Transfer-Encoding: chunked\r\n", 501);
    headers("chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", 501);
    headers("identity", "Transfer-Encoding: identity\r\n", 501);
    for (const char* length : {"", "+1", "-1", "1 1", "1,1", "0x1", "1.0", "\xD9\xA1"})
        headers(qPrintable(u"length “%1”"_s.arg(QString::fromUtf8(length))),
                QByteArray("Content-Length: ") + length + "\r\n", 400);
    headers("body too large", "Content-Length: 21\r\n", 413);
    headers("length beyond 64 bits", "Content-Length: 18446744073709551617\r\n", 413);

    QTest::newRow("no Host") << QByteArray("GET / HTTP/1.1\r\nA: 1\r\n\r\n") << 400;
    QTest::newRow("no header at all") << QByteArray("GET / HTTP/1.1\r\n\r\n") << 400;
    QTest::newRow("only LF") << QByteArray("GET / HTTP/1.1\nHost: a\n\n") << 400;
}

void TestHttpParser::refused()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, status);
    const auto outcome = HttpParser(smallLimits()).parse(bytes);
    const auto* problem = std::get_if<HttpParser::Problem>(&outcome);
    QVERIFY(problem);
    QCOMPARE(problem->status, status);
    QVERIFY(problem->line.endsWith(u'.') && !problem->line.contains(u'\n'));
}

void TestHttpParser::endlessInputIsRefusedEarly_data()
{
    QTest::addColumn<QByteArray>("piece");
    QTest::addColumn<qsizetype>("largest"); // that still may become a request
    QTest::newRow("one line") << QByteArray("x") << qsizetype{100};
    QTest::newRow("many lines") << QByteArray("A: 1234\r\n") << qsizetype{200};
}

void TestHttpParser::endlessInputIsRefusedEarly()
{
    QFETCH(QByteArray, piece);
    QFETCH(qsizetype, largest);
    const QByteArray bytes = piece.repeated(1000);
    const HttpParser parser(smallLimits());
    QVERIFY(parser.parse(bytes.first(largest)) == HttpParser::Outcome(HttpParser::NeedMore{}));
    const auto outcome = parser.parse(bytes.first(largest + 1));
    QVERIFY(std::holds_alternative<HttpParser::Problem>(outcome));
    QCOMPARE(std::get<HttpParser::Problem>(outcome).status, 431);
}

QTEST_APPLESS_MAIN(TestHttpParser)
#include "tst_httpparser.moc"
