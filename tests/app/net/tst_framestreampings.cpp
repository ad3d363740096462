#include "streamend.h"

#include <QElapsedTimer>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Opcode = WebSocketFrame::Opcode;
using Role = FrameStream::Role;

/// Pings and pongs, and how they get along with what is sent.
class TestFrameStreamPings : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void silentPeerIsPinged();
    void pingsThePeerItHoldsUp();
    void answersPingsBehindABegunMessage();
    void pingsNotIntoABegunMessage();
    void answersPingsWhileItSends();
};

/// A peer that answers pings is alive, however long it says nothing else.
void TestFrameStreamPings::silentPeerIsPinged()
{
    StreamEnd peer;
    FrameStream::Options options = patientOptions();
    options.pingInterval = 1ms; // it looks once a second
    options.idleTimeout = 3s;
    FrameStream stream(peer.takeOther(), options);
    QElapsedTimer time;
    time.start();
    while (time.elapsed() < 4000) {
        const auto ping = peer.readFrame();
        QVERIFY(ping);
        QCOMPARE(ping->header.opcode, Opcode::Ping);
        QVERIFY(peer.send(StreamEnd::frame(Opcode::Pong, ping->payload)));
    }
    QVERIFY(!stream.isDown());
    QVERIFY(!stream.hasMessage()); // a pong is none
}

void TestFrameStreamPings::pingsThePeerItHoldsUp()
{
    StreamEnd peer;
    FrameStream::Options options = patientOptions();
    options.mostMessages = 1;
    options.pingInterval = 1ms;
    FrameStream stream(peer.takeOther(), options);
    for (int i = 0; i < 5; ++i)
        QVERIFY(peer.send(StreamEnd::frame(Opcode::Text, QByteArray::number(i))));
    const auto ping = peer.readFrame();
    QVERIFY(ping);
    QCOMPARE(ping->header.opcode, Opcode::Ping);
    for (int i = 0; i < 5; ++i)
        QCOMPARE(stream.receive(20s)->bytes().toByteArray(), QByteArray::number(i));
}

/// Nothing may stand inside a frame (RFC 6455 §5.4), and a frame may be hours of bytes long.
void TestFrameStreamPings::answersPingsBehindABegunMessage()
{
    for (const Role role : {Role::Client, Role::Server}) {
        const bool isMasked = role == Role::Server;
        StreamEnd peer;
        FrameStream stream(peer.takeOther(), patientOptions(role));
        QVERIFY(stream.beginBinary(6));
        QVERIFY(peer.send(StreamEnd::frame(Opcode::Ping, "one", isMasked) +
                          StreamEnd::frame(Opcode::Ping, "two", isMasked) +
                          StreamEnd::frame(Opcode::Text, "behind them", isMasked)));
        QCOMPARE(stream.receive(20s)->bytes().toByteArray(), "behind them"_ba);
        for (QByteArray part : {"abc"_ba, "def"_ba})
            QVERIFY(stream.sendPayload(part.data(), part.size()));
        const auto message = peer.readFrame();
        QVERIFY(message);
        QCOMPARE(message->header.opcode, Opcode::Binary);
        QCOMPARE(message->payload, "abcdef"_ba);
        const auto pong = peer.readFrame();
        QVERIFY(pong);
        QCOMPARE(pong->header.opcode, Opcode::Pong);
        QCOMPARE(pong->payload, "two"_ba); // §5.5.3: the last one is enough
        QVERIFY(peer.send(StreamEnd::frame(Opcode::Ping, "three", isMasked)));
        QCOMPARE(peer.readFrame()->payload, "three"_ba);
    }
}

void TestFrameStreamPings::pingsNotIntoABegunMessage()
{
    StreamEnd peer;
    FrameStream::Options options = patientOptions(Role::Client);
    options.pingInterval = 1ms;
    FrameStream stream(peer.takeOther(), options);
    QVERIFY(stream.beginBinary(6));
    QVERIFY(stream.receive(2200ms)->isEmpty()); // it looks once a second
    QByteArray bytes = "abcdef";
    bytes.detach();
    QVERIFY(stream.sendPayload(bytes.data(), bytes.size()));
    const auto message = peer.readFrame();
    QVERIFY(message);
    QCOMPARE(message->payload, "abcdef"_ba);
    QCOMPARE(peer.readFrame()->header.opcode, Opcode::Ping);
}

void TestFrameStreamPings::answersPingsWhileItSends()
{
    constexpr int pings = 200;
    constexpr int messages = 100;
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    std::thread pinging([&peer] {
        for (int i = 0; i < pings; ++i)
            peer.send(StreamEnd::frame(Opcode::Ping, QByteArray::number(i)));
    });
    std::thread sending([&stream] {
        for (int i = 0; i < messages; ++i) {
            QByteArray bytes(50'000, static_cast<char>(i));
            static_cast<void>(stream.sendBinary(bytes.data(), bytes.size()));
        }
    });
    int pongs = 0;
    int received = 0;
    bool isRight = true;
    while (pongs < pings || received < messages) {
        const auto frame = peer.readFrame();
        if (!frame)
            break;
        isRight = isRight && (frame->header.opcode == Opcode::Pong
                                  ? frame->payload == QByteArray::number(pongs++)
                                  : frame->payload == QByteArray(50'000, static_cast<char>(received++)));
    }
    pinging.join();
    sending.join();
    QVERIFY(isRight);
    QCOMPARE(pongs, pings);
    QCOMPARE(received, messages);
}

QTEST_GUILESS_MAIN(TestFrameStreamPings)
#include "tst_framestreampings.moc"
