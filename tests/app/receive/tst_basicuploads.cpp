#include "filedigest.h"
#include "receipt.h"
#include "receiverfixture.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

QByteArray someBytes(qsizetype size)
{
    QByteArray bytes(size, Qt::Uninitialized);
    quint32 value = 12345;
    for (char& byte : bytes)
        byte = char((value = value * 1664525 + 1013904223) >> 24);
    return bytes;
}

} // namespace

/// What basic clients do on the wire, byte by byte, and how they break it.
class TestBasicUploads : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<ReceiverFixture>(); }
    void cleanup() { m_fixture.reset(); }
    void clientHabits_data();
    void clientHabits();
    void brokenUploads_data();
    void brokenUploads();
    void unreadableLengthIsRefused();
    void tellsNoPathOfThisMachine();

private:
    std::unique_ptr<ReceiverFixture> m_fixture;
};

void TestBasicUploads::clientHabits_data()
{
    QTest::addColumn<QByteArrayList>("frames");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<int>("length");  // -1: not declared
    QTest::addColumn<QString>("end"); // what the client does after its frames
    const QByteArray data = someBytes(300'000);
    const auto frame = &WireClient::frame;
    const QByteArrayList giant{frame(WireClient::Binary, data, true)};
    const QByteArrayList fragments{frame(WireClient::Binary, data.first(1000), false),
                                   frame(WireClient::Ping, "between", true),
                                   frame(WireClient::Continuation, data.sliced(1000, 70'000), false),
                                   frame(WireClient::Continuation, data.sliced(71'000), true)};
    const QByteArrayList messages{frame(WireClient::Binary, data.first(125), true),
                                  frame(WireClient::Binary, data.sliced(125, 65'536), true),
                                  frame(WireClient::Binary, data.sliced(65'661), true)};
    const QByteArray text = "Grüße\n"_ba.repeated(1000);
    const QByteArrayList texts{frame(WireClient::Text, text, true), frame(WireClient::Text, text, true)};
    const QByteArrayList empty{frame(WireClient::Binary, "", true)};

    QTest::newRow("one frame") << giant << data << -1 << u"close"_s;
    QTest::newRow("fragments") << fragments << data << -1 << u"close"_s;
    QTest::newRow("several messages") << messages << data << -1 << u"close"_s;
    QTest::newRow("text messages") << texts << text + text << -1 << u"close"_s;
    QTest::newRow("an empty message") << empty << ""_ba << -1 << u"close"_s;
    QTest::newRow("no message") << QByteArrayList() << ""_ba << -1 << u"close"_s;
    QTest::newRow("line dropped after a frame") << giant << data << -1 << u"hang up"_s;
    QTest::newRow("line dropped after messages") << messages << data << -1 << u"hang up"_s;
    QTest::newRow("reset after a frame") << giant << data << -1 << u"reset"_s;
    QTest::newRow("declared, one frame") << giant << data << 300'000 << u"wait"_s;
    QTest::newRow("declared, fragments") << fragments << data << 300'000 << u"wait"_s;
    QTest::newRow("declared, empty") << QByteArrayList() << ""_ba << 0 << u"wait"_s;
    QTest::newRow("declared, closes itself") << giant << data << 300'000 << u"close"_s;
}

void TestBasicUploads::clientHabits()
{
    QFETCH(QByteArrayList, frames);
    QFETCH(QByteArray, expected);
    QFETCH(int, length);
    QFETCH(QString, end);
    QVERIFY(m_fixture->start());
    WireClient wire = m_fixture->client();
    WireClient::Headers headers;
    if (length >= 0)
        headers.append({"Upload-Length", QByteArray::number(length)});
    QCOMPARE(wire.open(wire.token("data%20.bin", headers)), 101);
    for (const QByteArray& frame : frames)
        wire.send(frame);
    const bool isConfirmed = end == "close"_L1 || end == "wait"_L1;
    if (end == "close"_L1)
        wire.sendClose();
    else if (end == "hang up"_L1)
        wire.hangUp();
    else if (end == "reset"_L1)
        wire.resetOnceRead();

    FileDigest digest;
    digest.add(expected);
    if (isConfirmed) {
        const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
        QVERIFY(receipt);
        QCOMPARE(receipt.value(), (Receipt{u"data%20.bin"_s, expected.size(), digest.text(), {}}));
        QCOMPARE(wire.readClose(), 1000);
    }
    const TransferSnapshot snapshot = m_fixture->finalState();
    QCOMPARE(snapshot.state, TransferState::Done);
    QCOMPARE(snapshot.destination, m_fixture->path(u"data%20.bin"_s));
    QCOMPARE(snapshot.digest, digest.text());
    QCOMPARE(snapshot.bytesDone, expected.size());
    QCOMPARE(snapshot.note.isEmpty(), isConfirmed);
    QCOMPARE(m_fixture->content(u"data%20.bin"_s), expected);
    QCOMPARE(m_fixture->partials(), 0);
    QTRY_COMPARE(m_fixture->entries().size(), 1);
    QCOMPARE(m_fixture->entries().constFirst().result, LogEntry::Result::Landed);
}

void TestBasicUploads::brokenUploads_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("length");
    QTest::addColumn<QString>("end");
    QTest::addColumn<ErrorCode>("code");
    const QByteArray whole = WireClient::frame(WireClient::Binary, someBytes(1000));
    const QByteArray part = WireClient::frame(WireClient::Binary, someBytes(1000), false);
    QTest::newRow("cut inside a frame")
        << whole.first(500) << -1 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("cut inside a header")
        << whole + whole.first(5) << -1 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("cut after a fragment") << part << -1 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("cut before anything") << ""_ba << -1 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("going away inside a message") << part << -1 << u"leave"_s << ErrorCode::ConnectionLost;
    QTest::newRow("going away after a message") << whole << -1 << u"leave"_s << ErrorCode::ConnectionLost;
    QTest::newRow("too few") << whole << 1001 << u"close"_s << ErrorCode::ProtocolError;
    QTest::newRow("too few, line dropped") << whole << 1001 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("too many") << whole << 999 << u"wait"_s << ErrorCode::TooLarge;
    QTest::newRow("broken frame") << whole + "\xf2\x80" << -1 << u"wait"_s << ErrorCode::ProtocolError;
}

void TestBasicUploads::brokenUploads()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, length);
    QFETCH(QString, end);
    QFETCH(ErrorCode, code);
    QVERIFY(m_fixture->start());
    WireClient wire = m_fixture->client();
    WireClient::Headers headers;
    if (length >= 0)
        headers.append({"Upload-Length", QByteArray::number(length)});
    QCOMPARE(wire.open(wire.token("a", headers)), 101);
    wire.send(bytes);
    if (end == "close"_L1)
        wire.sendClose(1000);
    else if (end == "leave"_L1)
        wire.sendClose(1001);
    else if (end == "hang up"_L1)
        wire.hangUp();
    if (end != "hang up"_L1) {
        const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
        QVERIFY(!receipt);
        QCOMPARE(receipt.error().code, code);
    }
    const TransferSnapshot snapshot = m_fixture->finalState();
    QCOMPARE(snapshot.state, TransferState::Failed);
    QCOMPARE(snapshot.error->code, code);
    QVERIFY(m_fixture->landed().isEmpty());
    // Only what was cut, and of which something came, may be continued one day.
    QCOMPARE(m_fixture->partials(), code == ErrorCode::ConnectionLost && snapshot.bytesDone > 0 ? 1 : 0);
    QTRY_COMPARE(m_fixture->entries().size(), 1);
    QCOMPARE(m_fixture->entries().constFirst().result, LogEntry::Result::Failed);
}

void TestBasicUploads::unreadableLengthIsRefused()
{
    QVERIFY(m_fixture->start());
    WireClient first = m_fixture->client();
    const QByteArray token = first.token("a");
    QCOMPARE(first.open(token, {{"Upload-Length", "3 bytes"}}), 400);
    WireClient second = m_fixture->client(); // the token is not spent
    QCOMPARE(second.open(token, {{"Upload-Length", "3"}}), 101);
    second.send(WireClient::frame(WireClient::Binary, "abc"));
    QVERIFY(decodeReceipt(QString::fromUtf8(second.readText())));
    QCOMPARE(m_fixture->content(u"a"_s), "abc"_ba);
}

void TestBasicUploads::tellsNoPathOfThisMachine()
{
    QVERIFY(m_fixture->start());
    const QString staging = m_fixture->path(u".sockdrop-partial"_s);
    QVERIFY(QDir().rmdir(staging) && QFile::link(u"/"_s, staging));
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(wire.token("a")), 101);
    const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
    QVERIFY(!receipt);
    QCOMPARE(receipt.error().code, ErrorCode::PermissionDenied);
    QVERIFY2(!receipt.error().text.contains(m_fixture->path()), qPrintable(receipt.error().text));
    QVERIFY(m_fixture->finalState().error->text.contains(staging)); // whose machine it is may know
}

QTEST_GUILESS_MAIN(TestBasicUploads)
#include "tst_basicuploads.moc"
