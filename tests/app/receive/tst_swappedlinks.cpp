#include "linkswapper.h"
#include "nativeclient.h"
#include "receipt.h"
#include "receiverfixture.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

constexpr int filesInBatch = 40; // a batch keeps the folders that it has opened
constexpr int batchesEach = 75;
constexpr int singlesEach = 350;
constexpr int clients = 3;

/// One file of `path` as a basic upload; whether it landed.
bool uploadOne(quint16 port, const QByteArray& name)
{
    WireClient wire(port);
    const QByteArray offer = R"({"path":["x","y",")" + name + R"("],"size":1})";
    const WireClient::Answer answer =
        wire.request("POST", "/upload", {{"Content-Type", "application/json"}}, offer);
    const QString token = QJsonDocument::fromJson(answer.body).object()["token"_L1].toString();
    if (token.isEmpty() || wire.open(token.toLatin1()) != 101)
        return false;
    wire.send(WireClient::frame(WireClient::Binary, "x"));
    return decodeReceipt(QString::fromUtf8(wire.readText())).isOk();
}

/// How many of a batch landed; -1 when it came to no receipt.
qint64 uploadBatch(quint16 port, int client, int number)
{
    BatchOffer offer = NativeClient::offer(filesInBatch, filesInBatch);
    offer.batch = QByteArray::number(client * batchesEach + number).rightJustified(32, '0');
    NativeClient native(port);
    if (!native.open(offer))
        return -1;
    Announce announce;
    QByteArray chunks;
    for (int i = 1; i <= filesInBatch; ++i) {
        const QString name = u"x/y/file %1 %2 %3"_s.arg(client).arg(number).arg(i);
        announce.files.append(NativeClient::announced(name, 1));
        chunks += NativeClient::chunk(static_cast<FileNumber>(i), "x", 0);
    }
    native.send(announce);
    native.sendBinary(chunks);
    native.send(End());
    const std::optional<BatchReceipt> receipt = native.wait<BatchReceipt>();
    return receipt ? receipt->landed : -1;
}

} // namespace

/// Uploads from the network into folders that somebody swaps for links to elsewhere meanwhile.
class TestSwappedLinks : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void nothingGetsOutside();
};

void TestSwappedLinks::initTestCase()
{
    // In memory, where a sync takes no time.
    if (QFileInfo(u"/dev/shm"_s).isWritable())
        qputenv("TMPDIR", "/dev/shm");
}

/// Over 10,000 files from three senders, and not one outside; what was said to have landed is inside.
void TestSwappedLinks::nothingGetsOutside()
{
    const QTemporaryDir outside;
    QVERIFY(QDir(outside.path()).mkdir(u"y"_s));
    ReceiverFixture fixture;
    ReceiveOptions options;
    options.tellsFiles = false;
    QVERIFY(fixture.start(options));
    const quint16 port = fixture.receiver().port();
    std::atomic<int> landed = 0;
    std::atomic<int> broken = 0;
    std::atomic<int> running = clients;
    {
        const LinkSwapper swapper(fixture.path(), outside.path());
        std::vector<std::thread> senders;
        for (int client = 0; client < clients; ++client) {
            senders.emplace_back([&, client] {
                for (int i = 0; i < batchesEach; ++i) {
                    swapper.waitForSwap();
                    const qint64 files = uploadBatch(port, client, i);
                    landed += static_cast<int>(std::max<qint64>(files, 0));
                    broken += files < 0 ? 1 : 0;
                }
                for (int i = 0; i < singlesEach; ++i) {
                    swapper.waitForSwap();
                    landed += uploadOne(port, "file " + QByteArray::number(client * singlesEach + i)) ? 1 : 0;
                }
                --running;
            });
        }
        const bool isDone = QTest::qWaitFor([&running] { return running == 0; }, 240'000);
        for (std::thread& sender : senders)
            sender.join();
        QVERIFY(isDone);
        QVERIFY(swapper.swaps() > 100);
    }
    constexpr int files = clients * (batchesEach * filesInBatch + singlesEach);
    static_assert(files >= 10'000);
    qInfo("%d of %d landed", landed.load(), files);
    QCOMPARE(broken.load(), 0);
    QVERIFY(landed > 0 && landed < files);
    QCOMPARE(filesBelow(outside.path()), QStringList({u"y"_s}));
    QCOMPARE(filesBelow(fixture.path()).filter(u"file "_s).size(), landed.load());
    QCOMPARE(fixture.client().request("GET", "/").status, 200);
}

QTEST_GUILESS_MAIN(TestSwappedLinks)
#include "tst_swappedlinks.moc"
