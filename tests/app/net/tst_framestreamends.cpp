#include "streamend.h"

#include <QElapsedTimer>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Opcode = WebSocketFrame::Opcode;
using Role = FrameStream::Role;

/// How a stream ends, waits, and keeps others waiting.
class TestFrameStreamEnds : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void closedByThePeer_data();
    void closedByThePeer();
    void closes();
    void closesBeforeAPeerThatGoes();
    void closesBeforeASilentPeer();
    void shortensTheReason();
    void waitsNoLongerThanAsked();
    void wakes();
    void cutWhileReceiving();
    void cutWhileSending();
    void destroyedWhileMessagesWait();
    void silentPeerIsGivenUp();
    void peerThatTakesNothingIsGivenUp();
    void hurries();
    void holdsUpTheSender();
    void refusesMoreThanAClientCanWant_data();
    void refusesMoreThanAClientCanWant();
};

void TestFrameStreamEnds::closedByThePeer_data()
{
    QTest::addColumn<QByteArray>("payload");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("without a code") << ""_ba << 1005 << ""_ba;
    QTest::newRow("1000") << "\x03\xe8"_ba << 1000 << "\x03\xe8"_ba;
    QTest::newRow("1001 with a reason") << "\x03\xe9going"_ba << 1001 << "\x03\xe9"_ba;
    QTest::newRow("4000") << "\x0f\xa0"_ba << 4000 << "\x0f\xa0"_ba;
}

void TestFrameStreamEnds::closedByThePeer()
{
    QFETCH(QByteArray, payload);
    QFETCH(int, code);
    QFETCH(QByteArray, answer);
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    QVERIFY(peer.send(StreamEnd::frame(Opcode::Text, "last") + StreamEnd::frame(Opcode::Close, payload) +
                      StreamEnd::frame(Opcode::Text, "too late")));
    QCOMPARE(stream.receive(20s)->bytes().toByteArray(), "last"_ba);
    QCOMPARE(stream.receive(20s).error().code, ErrorCode::ConnectionLost);
    QCOMPARE(stream.closeCode(), static_cast<quint16>(code));
    const auto frame = peer.readFrame();
    QVERIFY(frame);
    QCOMPARE(frame->header.opcode, Opcode::Close);
    QCOMPARE(frame->payload, answer);
}

void TestFrameStreamEnds::closes()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    // What the peer sent before it knew is dropped.
    QVERIFY(peer.send(StreamEnd::frame(Opcode::Text, "on its way")));
    std::thread answering([&peer] {
        const auto frame = peer.readFrame();
        if (frame && frame->closeCode() == 1009)
            peer.send(StreamEnd::frame(Opcode::Text, "and more") +
                      StreamEnd::frame(Opcode::Close, frame->payload));
    });
    stream.close(1009, u"Too much."_s);
    answering.join();
    QVERIFY(stream.isDown());
    QCOMPARE(stream.closeCode(), quint16{1009});
    QVERIFY(peer.readToEnd());
    QVERIFY(!peer.readFrame()); // one close frame, and no more
    QVERIFY(!stream.sendText("after that"));
}

void TestFrameStreamEnds::closesBeforeAPeerThatGoes()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    std::thread answering([&peer] {
        static_cast<void>(peer.readFrame());
        peer.hangUp();
    });
    stream.close(1000);
    answering.join();
    QVERIFY(stream.isDown());
    QCOMPARE(stream.closeCode(), quint16{0}); // no sign of success
}

void TestFrameStreamEnds::shortensTheReason()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    std::optional<StreamEnd::Frame> frame;
    std::thread answering([&] {
        frame = peer.readFrame();
        peer.hangUp();
    });
    stream.close(1002, QString(100, u'ü')); // 200 bytes
    answering.join();
    QVERIFY(frame);
    QVERIFY(frame->payload.size() <= 125);
    QCOMPARE(frame->closeCode(), quint16{1002});
    QCOMPARE(QString::fromUtf8(frame->payload.sliced(2)), QString(61, u'ü')); // RFC 6455 §5.5.1: UTF-8
}

void TestFrameStreamEnds::closesBeforeASilentPeer()
{
    StreamEnd peer;
    FrameStream::Options options = patientOptions();
    options.closeTimeout = 50ms;
    FrameStream stream(peer.takeOther(), options);
    stream.close(1000);
    QCOMPARE(peer.readFrame()->closeCode(), quint16{1000});
    QVERIFY(!stream.isDown()); // that is for the owner to say
}

void TestFrameStreamEnds::waitsNoLongerThanAsked()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    for (const auto timeout : {0ms, 30ms}) {
        const Result<FrameStream::Message> message = stream.receive(timeout);
        QVERIFY(message);
        QVERIFY(message->isEmpty());
        QVERIFY(!message->isText());
        QVERIFY(message->bytes().isEmpty());
    }
}

void TestFrameStreamEnds::wakes()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    stream.wake(); // before anybody waits: it counts for the next one
    QVERIFY(stream.receive(1h)->isEmpty());
    std::thread other([&stream] { stream.wake(); });
    QVERIFY(stream.receive(1h)->isEmpty());
    other.join();
    // A message goes first, and takes the waking with it.
    QVERIFY(peer.send(StreamEnd::frame(Opcode::Text, "a")));
    QTRY_VERIFY(stream.hasMessage());
    stream.wake();
    QVERIFY(!stream.receive(1h)->isEmpty());
    QElapsedTimer time;
    time.start();
    QVERIFY(stream.receive(30ms)->isEmpty());
    QVERIFY(time.elapsed() >= 30);
}

void TestFrameStreamEnds::cutWhileReceiving()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    std::thread other([&stream] { stream.cut(); });
    const Result<FrameStream::Message> message = stream.receive(1h);
    QVERIFY(!message);
    QCOMPARE(message.error().code, ErrorCode::ConnectionLost);
    other.join();
    QVERIFY(peer.readToEnd());
    stream.cut(); // once more does no harm
}

void TestFrameStreamEnds::cutWhileSending()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    std::atomic<bool> isBlocked = false;
    std::thread other([&] {
        while (peer.unread() == 0)
            std::this_thread::yield();
        isBlocked = true;
        stream.cut();
    });
    QByteArray bytes(64 << 20, 'x'); // no socket takes as much
    const Result<void> sent = stream.sendBinary(bytes.data(), bytes.size());
    other.join();
    QVERIFY(isBlocked);
    QVERIFY(!sent);
    QCOMPARE(sent.error().code, ErrorCode::ConnectionLost);
}

void TestFrameStreamEnds::destroyedWhileMessagesWait()
{
    StreamEnd peer;
    auto stream = std::make_unique<FrameStream>(peer.takeOther(), patientOptions());
    const QByteArray messages = StreamEnd::frame(Opcode::Binary, QByteArray(100'000, 'x')).repeated(30);
    QVERIFY(peer.sendWhileTaken(messages, 100) < messages.size());
    stream.reset(); // its thread waits for room
    QVERIFY(!peer.send("x"));
}

void TestFrameStreamEnds::silentPeerIsGivenUp()
{
    StreamEnd peer;
    FrameStream::Options options = patientOptions();
    options.idleTimeout = 10ms;
    FrameStream stream(peer.takeOther(), options);
    QVERIFY(peer.send(StreamEnd::frame(Opcode::Text, "half a message").first(10)));
    const Result<FrameStream::Message> message = stream.receive(20s);
    QVERIFY(!message);
    QCOMPARE(message.error().code, ErrorCode::TimedOut);
    QVERIFY(stream.isDown());
}

void TestFrameStreamEnds::peerThatTakesNothingIsGivenUp()
{
    StreamEnd peer;
    FrameStream::Options options = patientOptions();
    options.idleTimeout = 10ms;
    FrameStream stream(peer.takeOther(), options);
    QByteArray bytes(64 << 20, 'x');
    const Result<void> sent = stream.sendBinary(bytes.data(), bytes.size());
    QVERIFY(!sent);
    QCOMPARE(sent.error().code, ErrorCode::TimedOut);
}

void TestFrameStreamEnds::hurries()
{
    StreamEnd peer;
    FrameStream::Options options = patientOptions();
    options.closeTimeout = 10ms;
    FrameStream stream(peer.takeOther(), options);
    std::thread other([&] {
        while (peer.unread() == 0)
            std::this_thread::yield();
        stream.hurry();
    });
    QByteArray bytes(64 << 20, 'x');
    const Result<void> sent = stream.sendBinary(bytes.data(), bytes.size());
    other.join();
    QVERIFY(!sent);
    QCOMPARE(sent.error().code, ErrorCode::TimedOut);
    QVERIFY(stream.receive(1h)->isEmpty()); // woken
    stream.close(1000);                     // does not block either
}

/// A server takes no more than it may keep; the rest waits at the sender.
void TestFrameStreamEnds::holdsUpTheSender()
{
    constexpr int messages = 60;
    constexpr qsizetype size = 100'000;
    StreamEnd peer;
    FrameStream::Options options = patientOptions();
    options.mostMessages = 4;
    FrameStream stream(peer.takeOther(), options);
    QByteArray bytes;
    for (int i = 0; i < messages; ++i)
        bytes += StreamEnd::frame(Opcode::Binary, QByteArray(size, static_cast<char>(i)));
    const qsizetype taken = peer.sendWhileTaken(bytes, 300);
    // Four wait, one is in hand, and the socket has a buffer.
    int buffer = 0;
    socklen_t length = sizeof buffer;
    QCOMPARE(::getsockopt(peer.number(), SOL_SOCKET, SO_SNDBUF, &buffer, &length), 0);
    QVERIFY(taken >= 4 * size);
    QVERIFY2(taken <= 6 * size + 2 * buffer, qPrintable(QString::number(taken)));
    QVERIFY(!stream.isDown());

    std::thread sender([&] { peer.send(bytes.sliced(taken)); });
    for (int i = 0; i < messages; ++i)
        QCOMPARE(stream.receive(20s)->bytes().toByteArray(), QByteArray(size, static_cast<char>(i)));
    sender.join();
}

void TestFrameStreamEnds::refusesMoreThanAClientCanWant_data()
{
    QTest::addColumn<int>("mostMessages");
    QTest::addColumn<qint64>("mostBytes");
    QTest::addColumn<int>("taken");
    QTest::newRow("messages") << 3 << std::numeric_limits<qint64>::max() << 3;
    QTest::newRow("bytes") << 100 << qint64{1000} << 2;
}

/// If a client stopped reading, it and a server that waits for it would wait for ever.
void TestFrameStreamEnds::refusesMoreThanAClientCanWant()
{
    QFETCH(int, mostMessages);
    QFETCH(qint64, mostBytes);
    QFETCH(int, taken);
    StreamEnd peer;
    FrameStream::Options options = patientOptions(Role::Client);
    options.mostMessages = mostMessages;
    options.mostWaitingBytes = mostBytes;
    FrameStream stream(peer.takeOther(), options);
    const QByteArray message = StreamEnd::frame(Opcode::Text, QByteArray(600, 'x'), false);
    for (int i = 0; i < 20; ++i) { // fine as long as somebody takes them
        QVERIFY(peer.send(message));
        QCOMPARE(stream.receive(20s)->bytes().size(), 600);
    }
    peer.sendWhileTaken(message.repeated(taken + 1), 20'000);
    QTRY_VERIFY(stream.isDown());
    for (int i = 0; i < taken; ++i)
        QCOMPARE(stream.receive(20s)->bytes().size(), 600);
    QCOMPARE(stream.receive(20s).error().code, ErrorCode::ProtocolError);
}

QTEST_GUILESS_MAIN(TestFrameStreamEnds)
#include "tst_framestreamends.moc"
