#include "streamend.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Opcode = WebSocketFrame::Opcode;
using Role = FrameStream::Role;

Q_DECLARE_METATYPE(sockdrop::FrameStream::Role)

/// Whatever the sizes and the cuts, what arrives is what was sent.
class TestFrameStreamMessages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothWays_data();
    void bothWays();
    void frames_data();
    void frames();
    void oneByteAtATime();
    void earlyBytes();
    void fragments_data();
    void fragments();
    void pieceByPiece();
    void violations_data();
    void violations();
    void keepsWhatCameBeforeTheEnd();
    void keepsMessagesApart();
    void holdsItsPermit();
    void descriptors();

private:
    /// The content of the next message; empty where none comes.
    static QByteArray next(FrameStream& stream)
    {
        const Result<FrameStream::Message> message = stream.receive(20s);
        return message ? message->bytes().toByteArray() : QByteArray();
    }
    static QByteArray pattern(qsizetype size)
    {
        QByteArray bytes(size, Qt::Uninitialized);
        for (qsizetype i = 0; i < size; ++i)
            bytes[i] = static_cast<char>(i * 31 + i / 251);
        return bytes;
    }
};

void TestFrameStreamMessages::bothWays_data()
{
    QTest::addColumn<qsizetype>("size");
    for (const qsizetype size : {0, 1, 7, 125, 126, 127, 65535, 65536, 65537, 256 * 1024})
        QTest::addRow("%d bytes", static_cast<int>(size)) << size;
}

void TestFrameStreamMessages::bothWays()
{
    QFETCH(qsizetype, size);
    StreamEnd pair; // both of its ends are streams here
    FrameStream server(pair.takeOther(), patientOptions());
    FrameStream client(SocketDescriptor::copyOf(pair.number()), patientOptions(Role::Client));
    for (const auto& [from, to] : {std::pair{&client, &server}, std::pair{&server, &client}}) {
        const QByteArray content = pattern(size);
        for (const bool isText : {true, false}) {
            QByteArray copy = content;
            copy.detach();
            QVERIFY(isText ? from->sendText(content) : from->sendBinary(copy.data(), copy.size()));
            const Result<FrameStream::Message> message = to->receive(20s);
            QVERIFY(message);
            QVERIFY(!message->isEmpty()); // there is a message, even if nothing is in it
            QCOMPARE(message->isText(), isText);
            QCOMPARE(message->bytes().toByteArray(), content);
        }
    }
    QVERIFY(!server.hasMessage());
    QVERIFY(!server.isDown());
    QVERIFY(!client.isDown());
}

void TestFrameStreamMessages::frames_data()
{
    QTest::addColumn<Role>("role");
    QTest::newRow("server") << Role::Server;
    QTest::newRow("client") << Role::Client;
}

/// One frame for each message; a client masks, each frame with another mask.
void TestFrameStreamMessages::frames()
{
    QFETCH(Role, role);
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions(role));
    QByteArray bytes = pattern(1000);
    QVERIFY(stream.sendText("text"));
    QVERIFY(stream.sendBinary(bytes.data(), bytes.size()));
    const auto text = peer.readFrame();
    const auto binary = peer.readFrame();
    QVERIFY(text && binary);
    QCOMPARE(text->header.opcode, Opcode::Text);
    QCOMPARE(text->payload, "text"_ba);
    QCOMPARE(binary->header.opcode, Opcode::Binary);
    QCOMPARE(binary->payload, pattern(1000));
    for (const StreamEnd::Frame& frame : {*text, *binary}) {
        QVERIFY(frame.header.isFinal);
        QCOMPARE(frame.header.mask.has_value(), role == Role::Client);
    }
    if (role == Role::Client)
        QVERIFY(text->header.mask != binary->header.mask);
}

void TestFrameStreamMessages::oneByteAtATime()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    const QByteArray bytes =
        StreamEnd::frame(Opcode::Text, "first") + StreamEnd::frame(Opcode::Ping, "there?") +
        StreamEnd::frame(Opcode::Binary, pattern(300)) + StreamEnd::frame(Opcode::Text, {}) +
        StreamEnd::frame(Opcode::Binary, pattern(70'000)) + StreamEnd::frame(Opcode::Text, "last");
    for (const char byte : bytes)
        QVERIFY(peer.send(QByteArray(1, byte)));
    QCOMPARE(next(stream), "first"_ba);
    QCOMPARE(next(stream), pattern(300));
    QCOMPARE(next(stream), ""_ba);
    QCOMPARE(next(stream), pattern(70'000));
    QCOMPARE(next(stream), "last"_ba);
    QCOMPARE(peer.readFrame()->payload, "there?"_ba);
}

/// What came with the answer to the handshake, cut at every place.
void TestFrameStreamMessages::earlyBytes()
{
    const QByteArray bytes = StreamEnd::frame(Opcode::Text, "hello", false) +
                             StreamEnd::frame(Opcode::Ping, "", false) +
                             StreamEnd::frame(Opcode::Binary, pattern(130), false);
    for (qsizetype cut = 0; cut <= bytes.size(); ++cut) {
        StreamEnd peer;
        QVERIFY(peer.send(bytes.sliced(cut)));
        FrameStream stream(peer.takeOther(), patientOptions(Role::Client), bytes.first(cut));
        QCOMPARE(next(stream), "hello"_ba);
        QCOMPARE(next(stream), pattern(130));
    }
}

void TestFrameStreamMessages::fragments_data()
{
    QTest::addColumn<QList<qsizetype>>("sizes");
    QTest::newRow("two") << QList<qsizetype>{1, 2};
    QTest::newRow("empty ones") << QList<qsizetype>{0, 3, 0, 0, 4, 0};
    QTest::newRow("of every length") << QList<qsizetype>{125, 126, 65535, 65536, 1};
    QTest::newRow("up to the limit") << QList<qsizetype>{100'000, 100'000, 62'144};
    QTest::newRow("bytes") << QList<qsizetype>(2000, 1);
}

void TestFrameStreamMessages::fragments()
{
    QFETCH(QList<qsizetype>, sizes);
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    for (const Opcode opcode : {Opcode::Text, Opcode::Binary}) {
        const qsizetype total = std::accumulate(sizes.begin(), sizes.end(), qsizetype{0});
        const QByteArray content = pattern(total);
        qsizetype at = 0;
        for (qsizetype i = 0; i < sizes.size(); ++i) {
            const QByteArray piece = content.mid(at, sizes[i]);
            at += sizes[i];
            QVERIFY(peer.send(StreamEnd::frame(i == 0 ? opcode : Opcode::Continuation, piece, true,
                                               i + 1 == sizes.size())));
            // A control frame may stand between any two (RFC 6455 §5.4).
            if (i < 3)
                QVERIFY(peer.send(StreamEnd::frame(Opcode::Ping, QByteArray::number(i))));
        }
        const Result<FrameStream::Message> message = stream.receive(20s);
        QVERIFY(message);
        QCOMPARE(message->isText(), opcode == Opcode::Text);
        QCOMPARE(message->bytes().toByteArray(), content);
        for (qsizetype i = 0; i < std::min<qsizetype>(sizes.size(), 3); ++i) {
            const auto pong = peer.readFrame();
            QVERIFY(pong);
            QCOMPARE(pong->header.opcode, Opcode::Pong);
            QCOMPARE(pong->payload, QByteArray::number(i));
        }
    }
}

/// One frame whose payload is handed over bit by bit.
void TestFrameStreamMessages::pieceByPiece()
{
    for (const Role role : {Role::Server, Role::Client}) {
        StreamEnd peer;
        FrameStream stream(peer.takeOther(), patientOptions(role));
        for (int round = 0; round < 2; ++round) {
            const QByteArray content = pattern(100'003);
            QVERIFY(stream.beginBinary(content.size()));
            for (qsizetype at = 0, size = 1; at < content.size(); at += size, size += 777) {
                QByteArray piece = content.mid(at, size);
                piece.detach();
                QVERIFY(stream.sendPayload(piece.data(), piece.size()));
            }
            const auto frame = peer.readFrame();
            QVERIFY(frame);
            QCOMPARE(frame->header.opcode, Opcode::Binary);
            QCOMPARE(frame->payload, content);
        }
        QVERIFY(stream.sendText("next"));
        QCOMPARE(peer.readFrame()->payload, "next"_ba);
    }
}

void TestFrameStreamMessages::violations_data()
{
    QTest::addColumn<Role>("role");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* name, const QByteArray& bytes, ErrorCode code = ErrorCode::ProtocolError,
                        Role role = Role::Server) { QTest::newRow(name) << role << bytes << code; };
    const auto huge = [](qint64 length) {
        return WebSocketFrame{Opcode::Binary, true, WebSocketFrame::Mask{}, length}.encode();
    };
    constexpr qint64 most = 256LL * 1024;
    row("not masked", StreamEnd::frame(Opcode::Text, "a", false));
    row("ping not masked", StreamEnd::frame(Opcode::Ping, "a", false));
    row("masked by a server", StreamEnd::frame(Opcode::Text, "a"), ErrorCode::ProtocolError, Role::Client);
    row("reserved bit", "\xc2\x80"_ba);
    row("unknown opcode", "\x83\x80"_ba);
    row("not the shortest length", QByteArray("\x82\xfe\x00\x05mask", 8));
    row("fragmented ping", StreamEnd::frame(Opcode::Ping, "a", true, false));
    row("long ping", QByteArray("\x89\xfe\x00\x7e", 4));
    row("a fragment of nothing", StreamEnd::frame(Opcode::Continuation, "a"));
    row("a message in a message",
        StreamEnd::frame(Opcode::Text, "a", true, false) + StreamEnd::frame(Opcode::Text, "b"));
    row("one byte too long", huge(most + 1), ErrorCode::TooLarge);
    row("2 GiB announced", huge(1LL << 31), ErrorCode::TooLarge);
    row("all that can be announced", huge(std::numeric_limits<qint64>::max()), ErrorCode::TooLarge);
    row("too long in fragments",
        StreamEnd::frame(Opcode::Binary, QByteArray(most, 'x'), true, false) +
            StreamEnd::frame(Opcode::Continuation, "x", true, false),
        ErrorCode::TooLarge);
    row("cut in a header", StreamEnd::frame(Opcode::Text, "abc").first(3), ErrorCode::ConnectionLost);
    row("cut in a payload", StreamEnd::frame(Opcode::Text, "abc").chopped(1), ErrorCode::ConnectionLost);
    row("cut between fragments", StreamEnd::frame(Opcode::Text, "abc", true, false),
        ErrorCode::ConnectionLost);
}

void TestFrameStreamMessages::violations()
{
    QFETCH(Role, role);
    QFETCH(QByteArray, bytes);
    QFETCH(ErrorCode, code);
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions(role));
    QVERIFY(peer.send(StreamEnd::frame(Opcode::Text, "fine", role == Role::Server)));
    QVERIFY(peer.send(bytes));
    if (code == ErrorCode::ConnectionLost)
        peer.hangUp();
    QCOMPARE(next(stream), "fine"_ba);
    for (int i = 0; i < 2; ++i) { // and it stays so
        const Result<FrameStream::Message> message = stream.receive(20s);
        QVERIFY(!message);
        QCOMPARE(message.error().code, code);
        QVERIFY(!message.error().text.isEmpty());
        QVERIFY(stream.isDown());
    }
    QCOMPARE(stream.closeCode(), quint16{0});
}

void TestFrameStreamMessages::keepsWhatCameBeforeTheEnd()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    for (int i = 0; i < 5; ++i)
        QVERIFY(peer.send(StreamEnd::frame(Opcode::Text, QByteArray::number(i))));
    peer.hangUp();
    QTRY_VERIFY(stream.isDown());
    for (int i = 0; i < 5; ++i) {
        QVERIFY(stream.hasMessage());
        QCOMPARE(next(stream), QByteArray::number(i));
    }
    QVERIFY(!stream.hasMessage());
    QCOMPARE(stream.receive(20s).error().code, ErrorCode::ConnectionLost);
    // Not at once, perhaps: the socket takes a little more.
    QTRY_VERIFY(!stream.sendText("more"));
}

/// Buffers are used again, but not while somebody holds one.
void TestFrameStreamMessages::keepsMessagesApart()
{
    StreamEnd peer;
    FrameStream stream(peer.takeOther(), patientOptions());
    std::vector<FrameStream::Message> held;
    for (int i = 0; i < 30; ++i) {
        QVERIFY(peer.send(StreamEnd::frame(Opcode::Binary, QByteArray(1000 - i, static_cast<char>(i)))));
        Result<FrameStream::Message> message = stream.receive(20s);
        QVERIFY(message);
        if (i % 3 == 0)
            held.push_back(std::move(message).value());
    }
    for (qsizetype i = 0; i < std::ssize(held); ++i) {
        const auto number = static_cast<int>(i) * 3;
        QCOMPARE(held[static_cast<size_t>(i)].bytes().toByteArray(),
                 QByteArray(1000 - number, static_cast<char>(number)));
    }
}

void TestFrameStreamMessages::holdsItsPermit()
{
    StreamEnd peer;
    auto permit = std::make_shared<int>(0);
    const std::weak_ptr<int> watched = permit;
    {
        FrameStream::Options options = patientOptions();
        options.permit = std::move(permit);
        const FrameStream stream(peer.takeOther(), std::move(options));
        QVERIFY(!watched.expired());
    }
    QVERIFY(watched.expired());
}

void TestFrameStreamMessages::descriptors()
{
    QVERIFY(!SocketDescriptor().isOpen());
    QVERIFY(!SocketDescriptor::copyOf(-1).isOpen());
    // A stream over none is one that is down.
    FrameStream stream(SocketDescriptor::copyOf(-1), patientOptions());
    QCOMPARE(stream.receive(20s).error().code, ErrorCode::ConnectionLost);
    QVERIFY(!stream.sendText("x"));

    StreamEnd peer;
    SocketDescriptor first = peer.takeOther();
    SocketDescriptor second(std::move(first));
    second = SocketDescriptor(); // closes it
    QVERIFY(peer.readToEnd());
}

QTEST_GUILESS_MAIN(TestFrameStreamMessages)
#include "tst_framestreammessages.moc"
