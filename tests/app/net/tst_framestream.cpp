#include "framestream.h"

#include <QTest>

#include <sys/socket.h>
#include <unistd.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using Opcode = WebSocketFrame::Opcode;
using Role = FrameStream::Role;

class TestFrameStream : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void messagesGoBothWays();
    void payloadInPieces();
    void nothingComesBetweenThePieces();
    void fragmentsAreJoined();
    void bytesMayComeOneByOne();
    void earlyBytesCount();
    void violations_data();
    void violations();
    void pingsAreAnswered();
    void closeIsAnswered();
    void lostLineIsTold();
    void silenceEndsIt();
    void cutAndWakeFromElsewhere();
    void slowReaderHoldsTheSender();

private:
    [[nodiscard]] static FrameStream::Options options(Role role)
    {
        FrameStream::Options options;
        options.role = role;
        options.mostMessages = role == Role::Server ? 2 : 100;
        options.mostMessageBytes = 1000;
        options.idleTimeout = 60s;
        options.pingInterval = 60s;
        options.closeTimeout = 5s;
        return options;
    }
    std::unique_ptr<FrameStream> open(Role role, int end, const FrameStream::Options& with,
                                      const QByteArray& early = {})
    {
        Q_UNUSED(role)
        return std::make_unique<FrameStream>(
            SocketDescriptor(std::exchange(m_ends[static_cast<size_t>(end)], -1)), with, early);
    }
    std::unique_ptr<FrameStream> server() { return open(Role::Server, 0, options(Role::Server)); }
    std::unique_ptr<FrameStream> client() { return open(Role::Client, 1, options(Role::Client)); }
    /// Writes from the client's end, raw.
    void write(const QByteArray& bytes) const
    {
        QCOMPARE(::send(m_ends[1], bytes.constData(), static_cast<size_t>(bytes.size()), MSG_NOSIGNAL),
                 ssize_t{bytes.size()});
    }
    [[nodiscard]] QByteArray read(qsizetype size) const
    {
        QByteArray bytes(size, '\0');
        const ssize_t count = ::recv(m_ends[1], bytes.data(), static_cast<size_t>(size), MSG_WAITALL);
        return bytes.first(std::max<ssize_t>(count, 0));
    }
    [[nodiscard]] static QByteArray frame(Opcode opcode, QByteArray payload, bool isFinal = true)
    {
        const WebSocketFrame::Mask mask{'\x37', '\xfa', '\x21', '\x3d'};
        const QByteArray header = WebSocketFrame{opcode, isFinal, mask, payload.size()}.encode();
        applyMask(mask, payload.data(), payload.size());
        return header + payload;
    }
    [[nodiscard]] static QByteArray taken(FrameStream& stream)
    {
        const auto message = stream.receive(60s);
        return message ? message->bytes().toByteArray() : codeName(message.error().code).toUtf8();
    }

    std::array<int, 2> m_ends{-1, -1};
};

void TestFrameStream::init()
{
    QCOMPARE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, m_ends.data()), 0);
}

void TestFrameStream::cleanup()
{
    for (int& end : m_ends) {
        if (end >= 0)
            ::close(end);
        end = -1;
    }
}

void TestFrameStream::messagesGoBothWays()
{
    const auto a = server();
    const auto b = client();
    QByteArray bytes(1000, 'x');
    QVERIFY(b->sendText("to the server"));
    QVERIFY(b->sendBinary(bytes.data(), bytes.size()));
    QVERIFY(a->sendText("to the client"));
    auto message = a->receive(60s);
    QVERIFY(message && message->isText());
    QCOMPARE(message->bytes().toByteArray(), "to the server"_ba);
    message = a->receive(60s);
    QVERIFY(message && !message->isText());
    QCOMPARE(message->bytes().toByteArray(), QByteArray(1000, 'x'));
    QCOMPARE(taken(*b), "to the client"_ba);
    QVERIFY(a->receive(0ms)->isEmpty());
    QVERIFY(!a->hasMessage());
}

void TestFrameStream::payloadInPieces()
{
    const auto a = server();
    const auto b = client();
    QByteArray first("abcde");
    QByteArray second("fg");
    QVERIFY(b->beginBinary(7));
    QVERIFY(b->sendPayload(first.data(), first.size()));
    QVERIFY(b->sendPayload(second.data(), second.size()));
    QCOMPARE(taken(*a), "abcdefg"_ba);
}

void TestFrameStream::nothingComesBetweenThePieces()
{
    const auto a = server();
    QByteArray first("abc");
    QByteArray second("de");
    QVERIFY(a->beginBinary(5));
    QVERIFY(a->sendPayload(first.data(), first.size()));
    write(frame(Opcode::Ping, "ping") + frame(Opcode::Text, "behind it"));
    QCOMPARE(taken(*a), "behind it"_ba); // the ping has been read
    QVERIFY(a->sendPayload(second.data(), second.size()));
    QCOMPARE(read(13), "\x82\x05"
                       "abcde\x8a\x04ping"_ba);
}

void TestFrameStream::fragmentsAreJoined()
{
    const auto a = server();
    write(frame(Opcode::Text, "one ", false) + frame(Opcode::Ping, "between") +
          frame(Opcode::Continuation, "two ", false) + frame(Opcode::Continuation, "three"));
    QCOMPARE(taken(*a), "one two three"_ba);
}

void TestFrameStream::bytesMayComeOneByOne()
{
    const auto a = server();
    for (const char byte : frame(Opcode::Binary, QByteArray(300, 'y')) + frame(Opcode::Text, ""))
        write(QByteArray(1, byte));
    QCOMPARE(taken(*a), QByteArray(300, 'y'));
    QCOMPARE(taken(*a), QByteArray());
}

void TestFrameStream::earlyBytesCount()
{
    const QByteArray bytes = frame(Opcode::Text, "first") + frame(Opcode::Text, "second");
    const auto a = open(Role::Server, 0, options(Role::Server), bytes.first(8));
    write(bytes.sliced(8));
    QCOMPARE(taken(*a), "first"_ba);
    QCOMPARE(taken(*a), "second"_ba);
}

void TestFrameStream::violations_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("not masked") << WebSocketFrame{Opcode::Text, true, std::nullopt, 1}.encode() + 'x'
                                << "protocol-error"_ba;
    QTest::newRow("reserved bit") << "\xf1\x80\x00\x00\x00\x00"_ba.first(6) << "protocol-error"_ba;
    QTest::newRow("continues nothing") << frame(Opcode::Continuation, "x") << "protocol-error"_ba;
    QTest::newRow("begins again") << frame(Opcode::Text, "x", false) + frame(Opcode::Text, "y")
                                  << "protocol-error"_ba;
    QTest::newRow("too large") << frame(Opcode::Text, QByteArray(1001, 'x')) << "too-large"_ba;
    QTest::newRow("too large in pieces") << frame(Opcode::Text, QByteArray(600, 'x'), false) +
                                                frame(Opcode::Continuation, QByteArray(401, 'x'))
                                         << "too-large"_ba;
    QTest::newRow("2 GiB announced")
        << WebSocketFrame{Opcode::Binary, true, WebSocketFrame::Mask{}, qint64{1} << 31}.encode()
        << "too-large"_ba;
}

void TestFrameStream::violations()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QByteArray, code);
    const auto a = server();
    write(bytes);
    QCOMPARE(taken(*a), code);
    QVERIFY(a->isDown());
}

void TestFrameStream::pingsAreAnswered()
{
    const auto a = server();
    write(frame(Opcode::Ping, "hello"));
    QCOMPARE(read(7), "\x8a\x05hello"_ba);
}

void TestFrameStream::closeIsAnswered()
{
    const auto a = server();
    write(frame(Opcode::Text, "last") + frame(Opcode::Close, "\x03\xe9"
                                                             "bye"_ba));
    QCOMPARE(read(4), "\x88\x02\x03\xe9"_ba);
    QCOMPARE(taken(*a), "last"_ba); // what came before counts
    QCOMPARE(taken(*a), "connection-lost"_ba);
    QCOMPARE(a->closeCode(), 1001);

    cleanup();
    init();
    const auto b = server();
    const auto c = client();
    c->close(4000, u"reason"_s);
    QCOMPARE(taken(*b), "connection-lost"_ba);
    QCOMPARE(b->closeCode(), 4000);
}

void TestFrameStream::lostLineIsTold()
{
    const auto a = server();
    write(frame(Opcode::Text, "whole") + frame(Opcode::Text, "cut").first(7));
    cleanup();
    QCOMPARE(taken(*a), "whole"_ba);
    QCOMPARE(taken(*a), "connection-lost"_ba);
    QCOMPARE(a->closeCode(), 0);
    QByteArray bytes(10, 'x');
    QVERIFY(!a->sendBinary(bytes.data(), bytes.size()));
}

void TestFrameStream::silenceEndsIt()
{
    FrameStream::Options impatient = options(Role::Server);
    impatient.idleTimeout = 1ms;
    const auto a = open(Role::Server, 0, impatient);
    QCOMPARE(taken(*a), "timed-out"_ba);

    cleanup();
    init();
    FrameStream::Options chatty = options(Role::Server);
    chatty.pingInterval = 1ms;
    const auto b = open(Role::Server, 0, chatty);
    QCOMPARE(read(2), QByteArray("\x89\x00", 2));
}

void TestFrameStream::cutAndWakeFromElsewhere()
{
    const auto a = server();
    std::thread waker([&a] { a->wake(); });
    QVERIFY(a->receive(60s)->isEmpty());
    waker.join();
    std::thread cutter([&a] { a->cut(); });
    QCOMPARE(taken(*a), "connection-lost"_ba);
    cutter.join();
}

void TestFrameStream::slowReaderHoldsTheSender()
{
    const auto a = server();
    const auto b = client();
    std::atomic<int> sent = 0;
    constexpr int most = 100'000;
    std::thread sender([&b, &sent] {
        QByteArray bytes(1000, 'x');
        while (sent < most && b->sendBinary(bytes.data(), bytes.size()))
            ++sent;
    });
    // It is held when what it has sent does not grow any more while nobody takes anything.
    int before = -1;
    QTRY_VERIFY_WITH_TIMEOUT(std::exchange(before, sent.load()) == sent.load() && sent > 0, 60000);
    QVERIFY(sent < most);
    for (int i = 0; i < 50; ++i)
        QCOMPARE(taken(*a).size(), 1000);
    b->cut();
    sender.join();
}

QTEST_GUILESS_MAIN(TestFrameStream)
#include "tst_framestream.moc"
