#include "rawclient.h"

#include <QCoreApplication>
#include <QTcpSocket>
#include <QTest>
#include <QWebSocket>

#include <sys/socket.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// What a peer sends, whole, cut or wrong.
class TestChannel : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void upload();
    void receiptGoesBeforeTheCloseAnswer();
    void messages_data();
    void messages();
    void cuts_data();
    void cuts();
    void frameInBytes();
    void peerCloses_data();
    void peerCloses();
    void violations_data();
    void violations();
};

void TestChannel::upload()
{
    const TestService service;
    QWebSocket client;
    QStringList texts;
    connect(&client, &QWebSocket::textMessageReceived, this,
            [&](const QString& text) { texts.append(text); });
    client.open(QUrl(u"ws://127.0.0.1:%1/upload/token"_s.arg(service.port())));
    QTRY_COMPARE(client.state(), QAbstractSocket::ConnectedState);
    const QByteArray data = QByteArray("0123456789abcdef").repeated(200'000);
    client.sendBinaryMessage(data); // in several frames
    client.close();
    QTRY_COMPARE(service.record().count(u"closed"_s), 1);
    QVERIFY(service.record().bytes() == data);
    QCOMPARE(service.record().count(u"message"_s), 1);
    QCOMPARE(service.record().count(u"closing"_s), 1);
    QCOMPARE(service.record().count(u"ended"_s), 0);
}

void TestChannel::receiptGoesBeforeTheCloseAnswer()
{
    const TestService service;
    RawClient client(service.port(), "/upload/a");
    QVERIFY(client.isOpen());
    client.send(clientFrame(finalBinary, "abc") + clientFrame(closeFrame, closePayload(1000)));
    QTRY_VERIFY(client.isClosed());
    QCOMPARE(client.frames(), QStringList({u"text receipt"_s, u"close 1000"_s}));
    QTRY_COMPARE(service.record().lines(), QStringList({u"upgrade"_s, u"open"_s, u"received 3"_s,
                                                        u"message"_s, u"closing"_s, u"closed"_s}));
}

void TestChannel::messages_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("told");
    const QByteArray bom = "\xEF\xBB\xBF";
    QTest::newRow("empty") << clientFrame(finalBinary, {}) << QByteArray() << QStringList({u"message"_s});
    QTest::newRow("fragments") << QByteArray(clientFrame(firstBinary, "ab") + clientFrame(middle, "c") +
                                             clientFrame(last, "d"))
                               << QByteArray("abcd") << QStringList({u"received 4"_s, u"message"_s});
    QTest::newRow("empty last fragment") << QByteArray(clientFrame(firstBinary, "ab") + clientFrame(last, {}))
                                         << QByteArray("ab") << QStringList({u"received 2"_s, u"message"_s});
    QTest::newRow("ping between fragments")
        << QByteArray(clientFrame(firstBinary, "ab") + clientFrame(pingFrame, "x") + clientFrame(last, "c"))
        << QByteArray("abc") << QStringList({u"received 3"_s, u"message"_s});
    QTest::newRow("two messages") << QByteArray(clientFrame(finalBinary, "a") + clientFrame(finalText, "b"))
                                  << QByteArray("ab")
                                  << QStringList(
                                         {u"received 1"_s, u"message"_s, u"received 1"_s, u"message"_s});
    QTest::newRow("text") << clientFrame(finalText, "\xC3\xA4\xF0\x9F\x98\x80")
                          << QByteArray("\xC3\xA4\xF0\x9F\x98\x80")
                          << QStringList({u"received 6"_s, u"message"_s});
    QTest::newRow("text in fragments")
        << QByteArray(clientFrame(firstText, "a" + bom) + clientFrame(last, bom + "b"))
        << QByteArray("a" + bom + bom + "b") << QStringList({u"received 8"_s, u"message"_s});
    QTest::newRow("text cut inside a character")
        << QByteArray(clientFrame(firstText, "a\xC3") + clientFrame(middle, "\xA4\xF0\x9F") +
                      clientFrame(last, "\x98\x80"))
        << QByteArray("a\xC3\xA4\xF0\x9F\x98\x80") << QStringList({u"received 7"_s, u"message"_s});
    QTest::newRow("text of a NUL") << clientFrame(finalText, QByteArray("\0", 1)) << QByteArray("\0", 1)
                                   << QStringList({u"received 1"_s, u"message"_s});
    // A byte order mark is content, whatever the length of the header it makes.
    for (const int size : {0, 1, 122, 123, 124, 125, 126, 65532, 65533, 65534, 65535, 65536}) {
        const QByteArray text(size, 'x');
        QTest::addRow("text of %d", size)
            << clientFrame(finalText, text) << text
            << (size > 0 ? QStringList({u"received %1"_s.arg(size), u"message"_s})
                         : QStringList({u"message"_s}));
        QTest::addRow("mark and %d", size) << clientFrame(finalText, bom + text) << QByteArray(bom + text)
                                           << QStringList({u"received %1"_s.arg(size + 3), u"message"_s});
    }
}

void TestChannel::messages()
{
    QFETCH(QByteArray, wire);
    QFETCH(QByteArray, bytes);
    QFETCH(QStringList, told);
    const TestService service;
    RawClient client(service.port(), "/upload/a");
    client.send(wire);
    QTRY_COMPARE(service.record().joinedLines(), QStringList({u"upgrade"_s, u"open"_s}) + told);
    QVERIFY(service.record().bytes() == bytes);
    client.send(clientFrame(closeFrame, {}));
    QTRY_COMPARE(service.record().count(u"closed"_s), 1);
    QCOMPARE(service.record().count(u"closing"_s), 1);
}

void TestChannel::cuts_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<QString>("ending");
    const QString after = u"ended AfterMessage"_s;
    const QString inside = u"ended InsideMessage"_s;
    const QByteArray message = clientFrame(finalBinary, "abc");
    const QByteArray large = clientFrame(finalBinary, QByteArray(70'000, 'x'));
    QTest::newRow("nothing") << QByteArray() << after;
    QTest::newRow("after a message") << message << after;
    QTest::newRow("after a large message") << large << after;
    QTest::newRow("after an empty message") << clientFrame(finalBinary, {}) << after;
    QTest::newRow("after two messages") << message + message << after;
    QTest::newRow("after a text") << clientFrame(finalText, "abc") << after;
    QTest::newRow("after a ping") << QByteArray(message + clientFrame(pingFrame, {})) << after;
    QTest::newRow("after a ping with payload") << QByteArray(message + clientFrame(pingFrame, "ab")) << after;
    QTest::newRow("after a pong") << QByteArray(message + clientFrame(pongFrame, "ab")) << after;
    QTest::newRow("between fragments") << clientFrame(firstBinary, "abc") << inside;
    QTest::newRow("after a ping between fragments")
        << QByteArray(clientFrame(firstBinary, "abc") + clientFrame(pingFrame, {})) << inside;
    QTest::newRow("after the last fragment")
        << QByteArray(clientFrame(firstBinary, "abc") + clientFrame(last, "d")) << after;
    // At every byte of the header, where QWebSocket may have read what there is of it, and in the payload.
    for (qsizetype size = 1; size < message.size(); ++size)
        QTest::addRow("first frame, %d bytes", int(size)) << message.first(size) << inside;
    for (const qsizetype size : {1, 2, 3, 9, 10, 11, 13, 14, 15, 70'013})
        QTest::addRow("second frame, %d bytes", int(size))
            << QByteArray(message + large.first(size)) << inside;
    QTest::newRow("inside a ping") << QByteArray(message + clientFrame(pingFrame, "ab").chopped(1)) << inside;
}

void TestChannel::cuts()
{
    QFETCH(QByteArray, wire);
    QFETCH(QString, ending);
    const TestService service;
    RawClient client(service.port(), "/upload/a");
    client.send(wire);
    client.socket().disconnectFromHost();
    QTRY_COMPARE(service.record().count(u"closed"_s), 1);
    QCOMPARE(service.record().lines().last(2), QStringList({ending, u"closed"_s}));
    QCOMPARE(service.record().count(u"ended"_s), 1);
    QCOMPARE(service.record().count(u"closing"_s), 0);
}

/// Each byte in a packet of its own, so that no header comes whole.
void TestChannel::frameInBytes()
{
    const TestService service;
    RawClient client(service.port(), "/upload/a");
    const QByteArray wire = clientFrame(finalBinary, QByteArray(130, 'x')) + clientFrame(pingFrame, "p");
    for (const char byte : wire) {
        client.send(QByteArray(1, byte));
        QCoreApplication::processEvents();
    }
    QTRY_COMPARE(client.frames(), QStringList({u"pong p"_s}));
    client.socket().disconnectFromHost();
    QTRY_COMPARE(service.record().joinedLines(),
                 QStringList({u"upgrade"_s, u"open"_s, u"received 130"_s, u"message"_s,
                              u"ended AfterMessage"_s, u"closed"_s}));
}

void TestChannel::peerCloses_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<QString>("told");
    QTest::newRow("1000") << clientFrame(closeFrame, closePayload(1000)) << u"closing"_s;
    QTest::newRow("no code") << clientFrame(closeFrame, {}) << u"closing"_s;
    QTest::newRow("1000 with a reason")
        << clientFrame(closeFrame, closePayload(1000) + "done") << u"closing"_s;
    QTest::newRow("going away") << clientFrame(closeFrame, closePayload(1001)) << u"ended GivenUp"_s;
    QTest::newRow("private code") << clientFrame(closeFrame, closePayload(4000)) << u"ended GivenUp"_s;
    QTest::newRow("in a message") << QByteArray(clientFrame(firstBinary, "a") +
                                                clientFrame(closeFrame, closePayload(1000)))
                                  << u"ended InsideMessage"_s;
    QTest::newRow("going away in a message")
        << QByteArray(clientFrame(firstBinary, "a") + clientFrame(closeFrame, closePayload(1001)))
        << u"ended InsideMessage"_s;
}

void TestChannel::peerCloses()
{
    QFETCH(QByteArray, wire);
    QFETCH(QString, told);
    const TestService service;
    RawClient client(service.port(), "/upload/a");
    client.send(wire);
    QTRY_VERIFY(client.isClosed());
    QVERIFY(client.frames().constLast().startsWith(u"close "_s));
    QTRY_COMPARE(service.record().count(u"closed"_s), 1);
    QCOMPARE(service.record().lines().last(2), QStringList({told, u"closed"_s}));
    QCOMPARE(service.record().count(u"closing"_s) + service.record().count(u"ended"_s), 1);
}

void TestChannel::violations_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<int>("code");
    QTest::newRow("frame over the limit") << clientFrame(finalBinary, QByteArray(1001, 'x')) << 1009;
    QTest::newRow("message over the limit")
        << QByteArray(clientFrame(firstBinary, QByteArray(1000, 'x')) +
                      clientFrame(middle, QByteArray(1000, 'x')) + clientFrame(last, "x"))
        << 1009;
    QTest::newRow("announced 2 GiB") << QByteArray::fromHex("82ff000000007fffffff00000000") << 1009;
    QTest::newRow("announced 2^63 bytes") << QByteArray::fromHex("82ff7fffffffffffffff00000000") << 1009;
    QTest::newRow("negative length") << QByteArray::fromHex("82ffffffffffffffffff00000000") << 1002;
    QTest::newRow("length not in its shortest form") << QByteArray::fromHex("82fe000100000000") + "a" << 1002;
    QTest::newRow("unmasked") << QByteArray("\x82\x01"
                                            "a")
                              << 1002;
    QTest::newRow("unmasked ping") << QByteArray("\x89\x00", 2) << 1002;
    QTest::newRow("unmasked close") << QByteArray("\x88\x02\x03\xe8", 4) << 1002;
    QTest::newRow("unmasked fragment") << QByteArray(clientFrame(firstBinary, "a") + QByteArray("\x80\x01"
                                                                                                "b"))
                                       << 1002;
    QTest::newRow("fragmented ping") << clientFrame(0x09, "a") << 1002;
    QTest::newRow("reserved bit") << clientFrame(0xc2, "a") << 1002;
    QTest::newRow("reserved opcode") << clientFrame(0x83, "a") << 1002;
    QTest::newRow("continues nothing") << clientFrame(last, "a") << 1002;
    QTest::newRow("new message inside a message")
        << QByteArray(clientFrame(firstBinary, "a") + clientFrame(finalBinary, "b")) << 1002;
    QTest::newRow("long ping") << clientFrame(pingFrame, QByteArray(126, 'x')) << 1002;
    QTest::newRow("text not UTF-8") << clientFrame(finalText, "\xff") << 1007;
    QTest::newRow("text that ends inside a character") << clientFrame(finalText, "a\xC3") << 1007;
    QTest::newRow("text of a surrogate") << clientFrame(finalText, "\xED\xA0\x80") << 1007;
    QTest::newRow("text broken between frames")
        << QByteArray(clientFrame(firstText, "a\xC3") + clientFrame(last, "b")) << 1007;
    QTest::newRow("close reason not UTF-8") << clientFrame(closeFrame, closePayload(1000) + "\xff") << 1002;
    QTest::newRow("close of one byte") << clientFrame(closeFrame, "a") << 1002;
    QTest::newRow("close with a reserved code") << clientFrame(closeFrame, closePayload(1005)) << 1002;
}

void TestChannel::violations()
{
    QFETCH(QByteArray, wire);
    QFETCH(int, code);
    Limits limits;
    limits.frameBytes = 1000;
    limits.messageBytes = 2000;
    const TestService service(limits);
    RawClient client(service.port(), "/upload/a");
    client.send(wire + clientFrame(finalBinary, "more"));
    QTRY_VERIFY(client.isClosed());
    QCOMPARE(client.frames(), QStringList({u"close %1"_s.arg(code)}));
    QTRY_COMPARE(service.record().count(u"closed"_s), 1);
    const QString ending = code == 1009 ? u"ended TooLarge"_s : u"ended Violation"_s;
    QCOMPARE(service.record().lines().last(2), QStringList({ending, u"closed"_s}));
    QVERIFY(!service.record().bytes().contains("more"));
}

QTEST_GUILESS_MAIN(TestChannel)
#include "tst_channel.moc"
