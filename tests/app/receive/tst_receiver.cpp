#include "receiver.h"

#include "filedigest.h"
#include "receipt.h"
#include "wireclient.h"

#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

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

/// A receiver as basic clients see it: over the wire, byte by byte.
class TestReceiver : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void describesItself();
    void refusals_data();
    void refusals();
    void tokenIsSpentOnce();
    void clientHabits_data();
    void clientHabits();
    void brokenUploads_data();
    void brokenUploads();
    void nativeOffer();
    void nativeFolder();
    void tooLittleSpace();
    void existingFile_data();
    void existingFile();
    void unsafeNames();
    void cancelled();
    void turnedOff();
    void missingFolder();
    void portInUse();
    void destinationChanges();

private:
    void start(ReceiveOptions options = {});
    [[nodiscard]] WireClient client() const { return WireClient(m_receiver->port()); }
    [[nodiscard]] QStringList landed() const;
    [[nodiscard]] QByteArray content(const QString& name) const;
    [[nodiscard]] qsizetype partials() const;
    /// The one upload's last state; waits until it is final.
    [[nodiscard]] TransferSnapshot finalState() const;

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<Receiver> m_receiver;
    QList<TransferSnapshot> m_snapshots;
    QList<LogEntry> m_entries;
};

void TestReceiver::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_snapshots.clear();
    m_entries.clear();
}

void TestReceiver::cleanup()
{
    m_receiver.reset();
}

void TestReceiver::start(ReceiveOptions options)
{
    m_receiver = std::make_unique<Receiver>();
    connect(m_receiver.get(), &Receiver::uploadsChanged, this,
            [this](const QList<TransferSnapshot>& uploads) { m_snapshots += uploads; });
    connect(m_receiver.get(), &Receiver::logged, this, [this](const LogEntry& entry) { m_entries += entry; });
    options.folder = m_folder->path();
    options.address = QHostAddress::LocalHost;
    options.deviceName = u"Büro"_s;
    m_receiver->start(options);
    QTRY_COMPARE(m_receiver->state(), Receiver::State::On);
    QVERIFY(m_receiver->port() != 0);
}

QStringList TestReceiver::landed() const
{
    QStringList names = QDir(m_folder->path())
                            .entryList(QDir::Files | QDir::Dirs | QDir::Hidden | QDir::NoDotAndDotDot, QDir::Name);
    names.removeOne(u".sockdrop-partial"_s);
    return names;
}

QByteArray TestReceiver::content(const QString& name) const
{
    QFile file(m_folder->filePath(name));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("(missing)");
}

qsizetype TestReceiver::partials() const
{
    return QDir(m_folder->filePath(u".sockdrop-partial"_s)).entryList(QDir::Files | QDir::Hidden).size();
}

TransferSnapshot TestReceiver::finalState() const
{
    const auto isEnded = [this] { return !m_snapshots.isEmpty() && isFinal(m_snapshots.constLast().state); };
    if (!QTest::qWaitFor(isEnded, 20'000))
        return {};
    return m_snapshots.constLast();
}

void TestReceiver::describesItself()
{
    start();
    for (const char* target : {"/", "/index"}) {
        const WireClient::Answer text = client().request("GET", target);
        QCOMPARE(text.status, 200);
        QVERIFY(text.body.contains("POST /upload"));
        const WireClient::Answer json = client().request("GET", target, {{"Accept", "application/json"}});
        QCOMPARE(json.status, 200);
        const QJsonObject facts = QJsonDocument::fromJson(json.body).object();
        QCOMPARE(facts["service"_L1].toString(), u"sockdrop"_s);
        QCOMPARE(facts["name"_L1].toString(), u"Büro"_s);
    }
}

void TestReceiver::refusals_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("target");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("length");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    const QByteArray text = "text/plain";
    const QByteArray json = "application/json";
    QTest::newRow("unknown path") << "GET"_ba << "/etc/passwd"_ba << text << ""_ba << QByteArray() << 404;
    QTest::newRow("wrong method") << "DELETE"_ba << "/upload"_ba << text << ""_ba << QByteArray() << 405;
    QTest::newRow("get upload") << "GET"_ba << "/upload"_ba << text << ""_ba << QByteArray() << 405;
    QTest::newRow("post index") << "POST"_ba << "/"_ba << text << ""_ba << "x"_ba << 405;
    QTest::newRow("token without upgrade") << "GET"_ba << "/upload/abc"_ba << text << ""_ba << QByteArray() << 426;
    QTest::newRow("no name") << "POST"_ba << "/upload"_ba << text << ""_ba << ""_ba << 400;
    QTest::newRow("dots") << "POST"_ba << "/upload"_ba << text << ""_ba << ".."_ba << 400;
    QTest::newRow("not utf-8") << "POST"_ba << "/upload"_ba << text << ""_ba << "\xff"_ba << 400;
    QTest::newRow("odd type") << "POST"_ba << "/upload"_ba << "image/png"_ba << ""_ba << "x"_ba << 415;
    QTest::newRow("odd length") << "POST"_ba << "/upload"_ba << text << "1e3"_ba << "x"_ba << 400;
    QTest::newRow("negative length") << "POST"_ba << "/upload"_ba << text << "-1"_ba << "x"_ba << 400;
    QTest::newRow("endless length") << "POST"_ba << "/upload"_ba << text << "99999999999999999999"_ba << "x"_ba << 400;
    QTest::newRow("broken json") << "POST"_ba << "/upload"_ba << json << ""_ba << "{"_ba << 400;
    QTest::newRow("dots in json") << "POST"_ba << "/upload"_ba << json << ""_ba << R"({"path":["..","a"],"size":1})"_ba
                                  << 400;
    QTest::newRow("long name") << "POST"_ba << "/upload"_ba << text << ""_ba << QByteArray(4096, 'x') << 413;
    QTest::newRow("too large") << "POST"_ba << "/upload"_ba << text << "4611686018427387904"_ba << "x"_ba << 507;
}

void TestReceiver::refusals()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, length);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    start();
    WireClient::Headers headers{{"Content-Type", type}};
    if (!length.isEmpty())
        headers.append({"Upload-Length", length});
    const WireClient::Answer answer = client().request(method, target, headers, body);
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.body.count('\n'), 1); // one clear line
    QTRY_COMPARE(m_entries.size(), 1);
    QCOMPARE(m_entries.constFirst().result, LogEntry::Result::Refused);
    QVERIFY(m_entries.constFirst().text.contains(QString::number(status)));
    QVERIFY(landed().isEmpty());
}

void TestReceiver::tokenIsSpentOnce()
{
    start();
    WireClient first = client();
    const QByteArray token = first.token("a");
    QCOMPARE(first.open(token), 101);
    QCOMPARE(client().open(token), 404);
    QCOMPARE(client().open("0123456789abcdef0123456789abcdef"), 404);
    first.sendClose();
    QVERIFY(!first.readText().isEmpty());
    QCOMPARE(client().open(token), 404);
}

void TestReceiver::clientHabits_data()
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

void TestReceiver::clientHabits()
{
    QFETCH(QByteArrayList, frames);
    QFETCH(QByteArray, expected);
    QFETCH(int, length);
    QFETCH(QString, end);
    start();
    WireClient wire = client();
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
    const TransferSnapshot snapshot = finalState();
    QCOMPARE(snapshot.state, TransferState::Done);
    QCOMPARE(snapshot.destination, m_folder->filePath(u"data%20.bin"_s));
    QCOMPARE(snapshot.digest, digest.text());
    QCOMPARE(snapshot.bytesDone, expected.size());
    QCOMPARE(snapshot.note.isEmpty(), isConfirmed);
    QCOMPARE(content(u"data%20.bin"_s), expected);
    QCOMPARE(partials(), 0);
    QTRY_COMPARE(m_entries.size(), 1);
    QCOMPARE(m_entries.constFirst().result, LogEntry::Result::Landed);
}

void TestReceiver::brokenUploads_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("length");
    QTest::addColumn<QString>("end");
    QTest::addColumn<ErrorCode>("code");
    const QByteArray whole = WireClient::frame(WireClient::Binary, someBytes(1000));
    const QByteArray part = WireClient::frame(WireClient::Binary, someBytes(1000), false);
    QTest::newRow("cut inside a frame") << whole.first(500) << -1 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("cut inside a header") << whole + whole.first(5) << -1 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("cut after a fragment") << part << -1 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("cut before anything") << ""_ba << -1 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("going away") << part << -1 << u"leave"_s << ErrorCode::ConnectionLost;
    QTest::newRow("too few") << whole << 1001 << u"close"_s << ErrorCode::ProtocolError;
    QTest::newRow("too few, line dropped") << whole << 1001 << u"hang up"_s << ErrorCode::ConnectionLost;
    QTest::newRow("too many") << whole << 999 << u"wait"_s << ErrorCode::TooLarge;
    QTest::newRow("broken frame") << whole + "\xf2\x80" << -1 << u"wait"_s << ErrorCode::ProtocolError;
}

void TestReceiver::brokenUploads()
{
    QFETCH(QByteArray, bytes);
    QFETCH(int, length);
    QFETCH(QString, end);
    QFETCH(ErrorCode, code);
    start();
    WireClient wire = client();
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
    if (end == "close"_L1 || length == 999) {
        const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
        QVERIFY(!receipt);
        QCOMPARE(receipt.error().code, code);
    }
    const TransferSnapshot snapshot = finalState();
    QCOMPARE(snapshot.state, TransferState::Failed);
    QCOMPARE(snapshot.error->code, code);
    QVERIFY(landed().isEmpty());
    QTRY_COMPARE(m_entries.size(), 1);
    QCOMPARE(m_entries.constFirst().result, LogEntry::Result::Failed);
}

void TestReceiver::nativeOffer()
{
    start();
    WireClient wire = client();
    const WireClient::Answer answer =
        wire.request("POST", "/upload", {{"Content-Type", "application/json; charset=utf-8"}},
                     R"({"path":["a","b","c.txt"],"size":3,"mtime":1500000000123})");
    QCOMPARE(answer.status, 200);
    const QByteArray token = QJsonDocument::fromJson(answer.body).object()["token"_L1].toString().toLatin1();
    QCOMPARE(wire.open(token), 101);
    wire.send(WireClient::frame(WireClient::Binary, "abc"));
    const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
    QCOMPARE(receipt->path, u"a/b/c.txt"_s);
    QCOMPARE(content(u"a/b/c.txt"_s), "abc"_ba);
    QCOMPARE(QFileInfo(m_folder->filePath(u"a/b/c.txt"_s)).lastModified().toMSecsSinceEpoch(), 1500000000123);
}

void TestReceiver::nativeFolder()
{
    start();
    WireClient wire = client();
    const WireClient::Answer answer = wire.request("POST", "/upload", {{"Content-Type", "application/json"}},
                                                   R"({"kind":"folder","path":["a","empty"]})");
    const QByteArray token = QJsonDocument::fromJson(answer.body).object()["token"_L1].toString().toLatin1();
    QCOMPARE(wire.open(token), 101);
    QCOMPARE(decodeReceipt(QString::fromUtf8(wire.readText())).value(), (Receipt{u"a/empty"_s, 0, {}, {}}));
    QVERIFY(QFileInfo(m_folder->filePath(u"a/empty"_s)).isDir());
}

void TestReceiver::tooLittleSpace()
{
    start();
    const WireClient::Answer answer =
        client().request("POST", "/upload", {{"Content-Type", "application/json"}},
                         R"({"path":["big"],"size":9007199254740992})");
    QCOMPARE(answer.status, 507);
    QVERIFY(answer.body.contains("9007199254740992 bytes"));
}

void TestReceiver::existingFile_data()
{
    QTest::addColumn<ConflictPolicy>("policy");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("rename") << ConflictPolicy::Rename << QStringList({u"a (1).txt"_s, u"a.txt"_s});
    QTest::newRow("replace") << ConflictPolicy::Replace << QStringList({u"a.txt"_s});
    QTest::newRow("skip") << ConflictPolicy::Skip << QStringList({u"a.txt"_s});
}

void TestReceiver::existingFile()
{
    QFETCH(ConflictPolicy, policy);
    QFETCH(QStringList, expected);
    ReceiveOptions options;
    options.conflict = policy;
    start(options);
    for (const QByteArray& body : {"old"_ba, "new"_ba}) {
        WireClient wire = client();
        QCOMPARE(wire.open(wire.token("a.txt")), 101);
        wire.send(WireClient::frame(WireClient::Binary, body));
        wire.sendClose();
        const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
        const bool isSkipped = policy == ConflictPolicy::Skip && body == "new";
        QCOMPARE(receipt.isOk(), !isSkipped);
        if (isSkipped)
            QCOMPARE(receipt.error().code, ErrorCode::AlreadyExists);
    }
    QCOMPARE(landed(), expected);
    QCOMPARE(content(expected.constFirst()), policy == ConflictPolicy::Skip ? "old"_ba : "new"_ba);
}

void TestReceiver::unsafeNames()
{
    start();
    WireClient wire = client();
    QCOMPARE(wire.open(wire.token("../../etc/pass\x1bwd")), 101);
    wire.sendClose();
    const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
    QCOMPARE(receipt->path, u".._.._etc_pass_wd"_s);
    QVERIFY(!receipt->note.isEmpty());
    QCOMPARE(landed(), QStringList{u".._.._etc_pass_wd"_s});
}

void TestReceiver::cancelled()
{
    start();
    WireClient wire = client();
    QCOMPARE(wire.open(wire.token("a")), 101);
    wire.send(WireClient::frame(WireClient::Binary, "abc"));
    QTRY_VERIFY(!m_snapshots.isEmpty());
    m_receiver->cancel(m_snapshots.constLast().id);
    QCOMPARE(decodeReceipt(QString::fromUtf8(wire.readText())).error().code, ErrorCode::Cancelled);
    QCOMPARE(finalState().state, TransferState::Cancelled);
    QCOMPARE(partials(), 0);
    QVERIFY(landed().isEmpty());
}

void TestReceiver::turnedOff()
{
    start();
    WireClient wire = client();
    QCOMPARE(wire.open(wire.token("a")), 101);
    wire.send(WireClient::frame(WireClient::Binary, "abc"));
    QTRY_VERIFY(!m_snapshots.isEmpty());
    m_receiver->stop();
    QCOMPARE(finalState().state, TransferState::Failed);
    QTRY_COMPARE(m_receiver->state(), Receiver::State::Off);
    QCOMPARE(m_receiver->port(), 0);
    QCOMPARE(partials(), 1);
    start(); // and on again
}

void TestReceiver::missingFolder()
{
    Receiver receiver;
    QSignalSpy failed(&receiver, &Receiver::startFailed);
    ReceiveOptions options;
    options.folder = m_folder->filePath(u"gone"_s);
    receiver.start(options);
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].value<Error>().code, ErrorCode::NotFound);
    QVERIFY(failed[0][0].value<Error>().text.contains(options.folder));
    QCOMPARE(receiver.state(), Receiver::State::Off);
}

void TestReceiver::portInUse()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    Receiver receiver;
    QSignalSpy failed(&receiver, &Receiver::startFailed);
    ReceiveOptions options;
    options.folder = m_folder->path();
    options.address = QHostAddress::LocalHost;
    options.port = other.serverPort();
    receiver.start(options);
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].value<Error>().code, ErrorCode::PortInUse);
    QVERIFY(failed[0][0].value<Error>().text.contains(u"tst_receiver"_s));
    QVERIFY(failed[0][1].toUInt() != 0);
}

void TestReceiver::destinationChanges()
{
    start();
    const QTemporaryDir other;
    WireClient early = client();
    const QByteArray earlyToken = early.token("early");
    QSignalSpy status(m_receiver.get(), &Receiver::folderStatusChanged);
    m_receiver->setDestination(other.path(), ConflictPolicy::Rename);
    QTRY_COMPARE(status.size() > 0 ? status.constLast()[0].value<FolderStatus>().path : QString(), other.path());
    WireClient late = client();
    QCOMPARE(late.open(late.token("late")), 101);
    QCOMPARE(early.open(earlyToken), 101);
    for (WireClient* wire : {&early, &late}) {
        wire->sendClose();
        QVERIFY(!wire->readText().isEmpty());
    }
    QVERIFY(QFile::exists(other.filePath(u"late"_s)));
    QCOMPARE(landed(), QStringList{u"early"_s});
}

QTEST_GUILESS_MAIN(TestReceiver)
#include "tst_receiver.moc"
