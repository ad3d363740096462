#include "../../support/memory.h"
#include "rawclient.h"
#include "streamend.h"

#include <QTest>

#include <atomic>
#include <fcntl.h>
#include <thread>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qint64 kibi = 1024;
constexpr qint64 mebi = 1024 * kibi;
constexpr qint64 gibi = 1024 * mebi;
constexpr qint64 mostGrowth = 64 * mebi;

/// Header of a frame from a client, with a mask of zeros.
QByteArray headerOf(int firstByte, qint64 length)
{
    QByteArray header(10, '\xff');
    header[0] = static_cast<char>(firstByte);
    qToBigEndian(length, header.data() + 2);
    return header.append(4, '\0');
}

/// Blocks until all is taken; false when the line is down.
bool sendAll(int socket, const QByteArray& bytes)
{
    for (qsizetype at = 0; at < bytes.size();) {
        const ssize_t count =
            ::send(socket, bytes.constData() + at, static_cast<size_t>(bytes.size() - at), MSG_NOSIGNAL);
        if (count <= 0)
            return false;
        at += count;
    }
    return true;
}

int blocking(RawClient& client)
{
    const int socket = static_cast<int>(client.socket().socketDescriptor());
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) & ~O_NONBLOCK);
    return socket;
}

} // namespace

/// What peers announce and send beyond all measure, and the memory that it takes.
class TestGiantMessages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneFrame();
    void endlessFragments();
    void fragmentsOverTheLimit();
    void manyFramesAtOnce();
    void announcedOnly();
    void nativeAnnounced_data();
    void nativeAnnounced();
    void nativeFragmentsOfAByte();

private:
    static void checkGrowth(qint64 before)
    {
        const qint64 growth = residentBytes() - before;
        qInfo("memory grew by %lld KiB", growth / kibi);
        if (isMemoryTelling)
            QVERIFY(growth <= mostGrowth);
    }
    static FrameStream::Options nativeOptions()
    {
        FrameStream::Options options;
        options.mostMessageBytes = Limits{}.batchMessageBytes;
        options.idleTimeout = options.pingInterval = options.closeTimeout = 20s;
        return options;
    }
    static Limits wideLimits()
    {
        Limits limits;
        limits.frameBytes = limits.messageBytes = 4 * gibi;
        return limits;
    }
};

/// 2 GiB in one frame, as the original client sends a file.
void TestGiantMessages::oneFrame()
{
    const TestService service(wideLimits());
    RawClient client(service.port(), "/upload/count");
    QVERIFY(client.isOpen());
    const int socket = blocking(client);
    const QByteArray piece(mebi, 'x');
    const qint64 before = residentBytes();
    QVERIFY(sendAll(socket, headerOf(finalBinary, 2 * gibi)));
    for (qint64 sent = 0; sent < 2 * gibi; sent += piece.size())
        QVERIFY(sendAll(socket, piece));
    QTRY_COMPARE(service.record().count(u"message"_s), 1);
    QCOMPARE(service.record().bytesCounted(), 2 * gibi);
    checkGrowth(before);
}

/// 2 GiB as one message of fragments.
void TestGiantMessages::endlessFragments()
{
    const TestService service(wideLimits());
    RawClient client(service.port(), "/upload/count");
    const int socket = blocking(client);
    const QByteArray piece(mebi, 'x');
    const qint64 before = residentBytes();
    for (qint64 sent = 0; sent < 2 * gibi; sent += piece.size()) {
        QVERIFY(sendAll(socket, headerOf(sent == 0 ? firstBinary : middle, piece.size())));
        QVERIFY(sendAll(socket, piece));
    }
    QTRY_COMPARE(service.record().bytesCounted(), 2 * gibi);
    checkGrowth(before);
}

void TestGiantMessages::fragmentsOverTheLimit()
{
    const TestService service;
    RawClient client(service.port(), "/upload/count");
    const int socket = blocking(client);
    const QByteArray piece(mebi, 'x');
    const qint64 before = residentBytes();
    qint64 sent = 0;
    while (sent < 2 * gibi && sendAll(socket, headerOf(sent == 0 ? firstBinary : middle, piece.size())) &&
           sendAll(socket, piece))
        sent += piece.size();
    QVERIFY(sent < gibi);
    QTRY_COMPARE(service.record().count(u"ended TooLarge"_s), 1);
    QCOMPARE(service.record().bytesCounted(), Limits{}.messageBytes);
    checkGrowth(before);
}

/// Each as large as the limit allows.
void TestGiantMessages::manyFramesAtOnce()
{
    const TestService service;
    std::vector<std::unique_ptr<RawClient>> clients;
    const QByteArray header = headerOf(finalBinary, Limits{}.frameBytes);
    const QByteArray piece(8 * mebi, 'x');
    const qint64 before = residentBytes();
    for (int i = 0; i < 32; ++i) {
        clients.push_back(std::make_unique<RawClient>(service.port(), "/upload/count"));
        const int socket = blocking(*clients.back());
        QVERIFY(sendAll(socket, header) && sendAll(socket, piece));
    }
    QTRY_COMPARE(service.record().bytesCounted(), 32 * piece.size());
    checkGrowth(before);
}

void TestGiantMessages::announcedOnly()
{
    const TestService service;
    const qint64 before = residentBytes();
    for (int i = 0; i < 20; ++i) {
        RawClient client(service.port(), "/upload/count");
        client.send(headerOf(finalBinary, 2 * gibi) + "abc");
        QTRY_VERIFY(client.isClosed());
        QCOMPARE(client.frames().constLast(), u"close 1009"_s);
    }
    checkGrowth(before);
}

void TestGiantMessages::nativeAnnounced_data()
{
    QTest::addColumn<int>("firstByte");
    QTest::addColumn<qint64>("length");
    QTest::newRow("one frame") << finalBinary << 2 * gibi;
    QTest::newRow("fragments") << firstBinary << 256 * kibi;
}

void TestGiantMessages::nativeAnnounced()
{
    QFETCH(int, firstByte);
    QFETCH(qint64, length);
    StreamEnd peer;
    const FrameStream::Options options = nativeOptions();
    FrameStream stream(peer.takeOther(), options);
    std::atomic<qint64> sent = 0;
    const qint64 before = residentBytes();
    std::thread sender([&] {
        const QByteArray piece(256 * kibi, 'x');
        bool isTaken = peer.send(headerOf(firstByte, length));
        while (isTaken && sent < 2 * gibi) {
            isTaken = peer.send(piece) && (firstByte == finalBinary || peer.send(headerOf(middle, length)));
            sent += piece.size();
        }
    });
    const Result<FrameStream::Message> message = stream.receive(20s);
    stream.cut();
    sender.join();
    QVERIFY(!message);
    QCOMPARE(message.error().code, ErrorCode::TooLarge);
    QVERIFY(sent < 16 * mebi);
    checkGrowth(before);
}

/// The largest message there may be, a byte a frame. Copied anew for each, it would take minutes.
void TestGiantMessages::nativeFragmentsOfAByte()
{
    StreamEnd peer;
    const FrameStream::Options options = nativeOptions();
    FrameStream stream(peer.takeOther(), options);
    std::thread sender([&] {
        const QByteArray fragments = clientFrame(middle, "x").repeated(1024);
        peer.send(clientFrame(firstBinary, {}));
        for (qint64 sent = 0; sent < options.mostMessageBytes; sent += 1024)
            peer.send(fragments);
        peer.send(clientFrame(last, {}));
    });
    const Result<FrameStream::Message> message = stream.receive(60s);
    sender.join();
    QVERIFY(message);
    QCOMPARE(message->bytes().size(), options.mostMessageBytes);
}

QTEST_GUILESS_MAIN(TestGiantMessages)
#include "tst_giantmessages.moc"
