#include "websocketframe.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using Opcode = WebSocketFrame::Opcode;

class TestWebSocketFrame : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void survivesTheWire_data();
    void survivesTheWire();
    void needsTheWholeHeader();
    void refuses_data();
    void refuses();
    void masksAtEveryOffset();
    void answersTheKeyOfTheRfc();
    void closeCodes_data();
    void closeCodes();
};

void TestWebSocketFrame::survivesTheWire_data()
{
    QTest::addColumn<qint64>("length");
    QTest::addColumn<int>("headerBytes");
    QTest::newRow("empty") << qint64{0} << 2;
    QTest::newRow("last of one byte") << qint64{125} << 2;
    QTest::newRow("first of two bytes") << qint64{126} << 4;
    QTest::newRow("last of two bytes") << qint64{65535} << 4;
    QTest::newRow("first of eight bytes") << qint64{65536} << 10;
    QTest::newRow("2 GiB") << (qint64{1} << 31) << 10;
}

void TestWebSocketFrame::survivesTheWire()
{
    QFETCH(qint64, length);
    QFETCH(int, headerBytes);
    for (const Opcode opcode : {Opcode::Continuation, Opcode::Text, Opcode::Binary}) {
        for (const bool isMasked : {false, true}) {
            WebSocketFrame frame{opcode, opcode != Opcode::Text, std::nullopt, length};
            if (isMasked)
                frame.mask = WebSocketFrame::Mask{'\x01', '\xff', '\0', 'm'};
            const QByteArray bytes = frame.encode();
            QCOMPARE(bytes.size(), headerBytes + (isMasked ? 4 : 0));
            const auto decoded = WebSocketFrame::decode(bytes + "payload");
            QVERIFY(decoded && decoded.value());
            QCOMPARE(decoded.value()->frame, frame);
            QCOMPARE(decoded.value()->headerBytes, bytes.size());
        }
    }
}

void TestWebSocketFrame::needsTheWholeHeader()
{
    const QByteArray bytes =
        WebSocketFrame{Opcode::Binary, true, WebSocketFrame::Mask{'a', 'b', 'c', 'd'}, 70000}.encode();
    for (qsizetype size = 0; size < bytes.size(); ++size) {
        const auto decoded = WebSocketFrame::decode(bytes.first(size));
        QVERIFY(decoded && !decoded.value());
    }
}

void TestWebSocketFrame::refuses_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("reserved bit") << "\xc2\x00"_ba;
    QTest::newRow("unknown opcode") << "\x83\x00"_ba;
    QTest::newRow("unknown control opcode") << "\x8b\x00"_ba;
    QTest::newRow("fragmented close") << QByteArray("\x08\x00", 2);
    QTest::newRow("long ping") << QByteArray("\x89\x7e\x00\x7e", 4);
    QTest::newRow("125 in two bytes") << QByteArray("\x82\x7e\x00\x7d", 4);
    QTest::newRow("65535 in eight bytes") << QByteArray("\x82\x7f\0\0\0\0\0\0\xff\xff", 10);
    QTest::newRow("negative length") << QByteArray("\x82\x7f\x80\0\0\0\0\0\0\0", 10);
}

void TestWebSocketFrame::refuses()
{
    QFETCH(QByteArray, bytes);
    const auto decoded = WebSocketFrame::decode(bytes);
    QVERIFY(!decoded);
    QCOMPARE(decoded.error().code, ErrorCode::ProtocolError);
}

void TestWebSocketFrame::masksAtEveryOffset()
{
    const WebSocketFrame::Mask mask{'\x11', '\x22', '\x44', '\x88'};
    QByteArray plain;
    for (int i = 0; i < 100; ++i)
        plain += static_cast<char>(i * 7);
    for (qsizetype offset = 0; offset < 9; ++offset) {
        for (qsizetype size = 0; size < 40; ++size) {
            QByteArray bytes = plain.mid(offset, size);
            applyMask(mask, bytes.data(), bytes.size(), offset);
            for (qsizetype i = 0; i < size; ++i) {
                const char key = mask[static_cast<size_t>((offset + i) % 4)];
                QCOMPARE(bytes[i], static_cast<char>(plain[offset + i] ^ key));
            }
        }
    }
}

void TestWebSocketFrame::answersTheKeyOfTheRfc()
{
    // RFC 6455 §1.3
    QCOMPARE(webSocketAccept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="_ba);
}

void TestWebSocketFrame::closeCodes_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<int>("code"); // 0: none, -1: refused
    const auto row = [](int code, bool isAllowed) {
        QByteArray payload(1, static_cast<char>(code >> 8));
        payload.append(static_cast<char>(code & 0xff));
        QTest::addRow("%d", code) << payload << (isAllowed ? code : -1);
    };
    for (const int code : {1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999})
        row(code, true);
    for (const int code : {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535})
        row(code, false);
    QTest::newRow("empty") << ""_ba << 0;
    QTest::newRow("half a code") << "\x03"_ba << -1;
    QTest::newRow("a reason") << "\x03\xe8\xC3\xA4"_ba << 1000;
    QTest::newRow("a reason that is not UTF-8") << "\x03\xe8\xC3"_ba << -1;
}

void TestWebSocketFrame::closeCodes()
{
    QFETCH(QByteArray, payload);
    QFETCH(int, code);
    const Result<std::optional<quint16>> found = closeCodeIn(payload);
    QCOMPARE(found.isOk(), code >= 0);
    if (found)
        QCOMPARE(int{found->value_or(0)}, code);
    else
        QCOMPARE(found.error().code, ErrorCode::ProtocolError);
}

QTEST_GUILESS_MAIN(TestWebSocketFrame)
#include "tst_websocketframe.moc"
