#include "receipt.h"
#include "receiverfixture.h"
#include "threadfamine.h"

#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestReceiver : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init() { m_fixture = std::make_unique<ReceiverFixture>(); }
    void cleanup() { m_fixture.reset(); }
    void describesItself();
    void refusals_data();
    void refusals();
    void tokenIsSpentOnce();
    void nativeOffer();
    void nativeFolder();
    void tooLittleSpace();
    void existingFile_data();
    void existingFile();
    void unsafeNames();
    void cancelled();
    void turnedOff();
    void missingFolder();
    void destinationGoesAndComesBack();
    void takesNoMoreThanAsked();
    void badLengthOnTheUpgrade();
    void portInUse();
    void destinationChanges();
    void withoutThreads();

private:
    std::unique_ptr<ReceiverFixture> m_fixture;
};

void TestReceiver::describesItself()
{
    ReceiveOptions options;
    options.deviceName = u"Büro"_s;
    QVERIFY(m_fixture->start(options));
    for (const char* target : {"/", "/index"}) {
        const WireClient::Answer text = m_fixture->client().request("GET", target);
        QCOMPARE(text.status, 200);
        QVERIFY(text.body.contains("POST /upload"));
        const WireClient::Answer json =
            m_fixture->client().request("GET", target, {{"Accept", "application/json"}});
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
    QTest::newRow("unknown path") << "GET"_ba
                                  << "/etc/passwd"_ba << text << ""_ba << QByteArray() << 404;
    QTest::newRow("wrong method") << "DELETE"_ba
                                  << "/upload"_ba << text << ""_ba << QByteArray() << 405;
    QTest::newRow("get upload") << "GET"_ba
                                << "/upload"_ba << text << ""_ba << QByteArray() << 405;
    QTest::newRow("post index") << "POST"_ba
                                << "/"_ba << text << ""_ba
                                << "x"_ba << 405;
    QTest::newRow("token without upgrade") << "GET"_ba
                                           << "/upload/abc"_ba << text << ""_ba << QByteArray() << 426;
    QTest::newRow("no name") << "POST"_ba
                             << "/upload"_ba << text << ""_ba
                             << ""_ba << 400;
    QTest::newRow("dots") << "POST"_ba
                          << "/upload"_ba << text << ""_ba
                          << ".."_ba << 400;
    QTest::newRow("not utf-8") << "POST"_ba
                               << "/upload"_ba << text << ""_ba
                               << "\xff"_ba << 400;
    QTest::newRow("odd type") << "POST"_ba
                              << "/upload"_ba
                              << "image/png"_ba
                              << ""_ba
                              << "x"_ba << 415;
    QTest::newRow("odd length") << "POST"_ba
                                << "/upload"_ba << text << "1e3"_ba
                                << "x"_ba << 400;
    QTest::newRow("negative length") << "POST"_ba
                                     << "/upload"_ba << text << "-1"_ba
                                     << "x"_ba << 400;
    QTest::newRow("endless length") << "POST"_ba
                                    << "/upload"_ba << text << "99999999999999999999"_ba
                                    << "x"_ba << 400;
    QTest::newRow("broken json") << "POST"_ba
                                 << "/upload"_ba << json << ""_ba
                                 << "{"_ba << 400;
    QTest::newRow("dots in json") << "POST"_ba
                                  << "/upload"_ba << json << ""_ba
                                  << R"({"path":["..","a"],"size":1})"_ba << 400;
    QTest::newRow("long name") << "POST"_ba
                               << "/upload"_ba << text << ""_ba << QByteArray(4096, 'x') << 413;
    QTest::newRow("too large") << "POST"_ba
                               << "/upload"_ba << text << "4611686018427387904"_ba
                               << "x"_ba << 507;
}

void TestReceiver::refusals()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, target);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, length);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QVERIFY(m_fixture->start());
    WireClient::Headers headers{{"Content-Type", type}};
    if (!length.isEmpty())
        headers.append({"Upload-Length", length});
    const WireClient::Answer answer = m_fixture->client().request(method, target, headers, body);
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.body.count('\n'), 1); // one clear line
    QTRY_COMPARE(m_fixture->entries().size(), 1);
    QCOMPARE(m_fixture->entries().constFirst().result, LogEntry::Result::Refused);
    QVERIFY(m_fixture->entries().constFirst().text.contains(QString::number(status)));
    QVERIFY(m_fixture->landed().isEmpty());
}

void TestReceiver::tokenIsSpentOnce()
{
    QVERIFY(m_fixture->start());
    WireClient first = m_fixture->client();
    const QByteArray token = first.token("a");
    QCOMPARE(first.open(token), 101);
    QCOMPARE(m_fixture->client().open(token), 404);
    QCOMPARE(m_fixture->client().open("0123456789abcdef0123456789abcdef"), 404);
    first.sendClose();
    QVERIFY(!first.readText().isEmpty());
    QCOMPARE(m_fixture->client().open(token), 404);
}

void TestReceiver::nativeOffer()
{
    QVERIFY(m_fixture->start());
    WireClient wire = m_fixture->client();
    const WireClient::Answer answer =
        wire.request("POST", "/upload", {{"Content-Type", "application/json; charset=utf-8"}},
                     R"({"path":["a","b","c.txt"],"size":3,"mtime":1500000000123})");
    QCOMPARE(answer.status, 200);
    const QByteArray token = QJsonDocument::fromJson(answer.body).object()["token"_L1].toString().toLatin1();
    QCOMPARE(wire.open(token), 101);
    wire.send(WireClient::frame(WireClient::Binary, "abc"));
    const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
    QCOMPARE(receipt->path, u"a/b/c.txt"_s);
    QCOMPARE(m_fixture->content(u"a/b/c.txt"_s), "abc"_ba);
    QCOMPARE(QFileInfo(m_fixture->path(u"a/b/c.txt"_s)).lastModified().toMSecsSinceEpoch(), 1500000000123);
}

void TestReceiver::nativeFolder()
{
    QVERIFY(m_fixture->start());
    WireClient wire = m_fixture->client();
    const WireClient::Answer answer = wire.request("POST", "/upload", {{"Content-Type", "application/json"}},
                                                   R"({"kind":"folder","path":["a","empty"]})");
    const QByteArray token = QJsonDocument::fromJson(answer.body).object()["token"_L1].toString().toLatin1();
    QCOMPARE(wire.open(token), 101);
    QCOMPARE(decodeReceipt(QString::fromUtf8(wire.readText())).value(), (Receipt{u"a/empty"_s, 0, {}, {}}));
    QVERIFY(QFileInfo(m_fixture->path(u"a/empty"_s)).isDir());
}

void TestReceiver::tooLittleSpace()
{
    QVERIFY(m_fixture->start());
    const WireClient::Answer answer =
        m_fixture->client().request("POST", "/upload", {{"Content-Type", "application/json"}},
                                    R"({"path":["big"],"size":9007199254740991})");
    QCOMPARE(answer.status, 507);
    QVERIFY(answer.body.contains("9.0 PB needed"));
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
    QVERIFY(m_fixture->start(options));
    for (const QByteArray& body : {"old"_ba, "new"_ba}) {
        WireClient wire = m_fixture->client();
        QCOMPARE(wire.open(wire.token("a.txt")), 101);
        wire.send(WireClient::frame(WireClient::Binary, body));
        wire.sendClose();
        const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
        const bool isSkipped = policy == ConflictPolicy::Skip && body == "new";
        QCOMPARE(receipt.isOk(), !isSkipped);
        if (isSkipped)
            QCOMPARE(receipt.error().code, ErrorCode::AlreadyExists);
    }
    QCOMPARE(m_fixture->landed(), expected);
    QCOMPARE(m_fixture->content(expected.constFirst()), policy == ConflictPolicy::Skip ? "old"_ba : "new"_ba);
}

void TestReceiver::unsafeNames()
{
    QVERIFY(m_fixture->start());
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(wire.token("../../etc/pass\x1bwd")), 101);
    wire.sendClose();
    const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
    QCOMPARE(receipt->path, u".._.._etc_pass_wd"_s);
    QVERIFY(!receipt->note.isEmpty());
    QCOMPARE(m_fixture->landed(), QStringList{u".._.._etc_pass_wd"_s});
}

void TestReceiver::cancelled()
{
    QVERIFY(m_fixture->start());
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(wire.token("a")), 101);
    wire.send(WireClient::frame(WireClient::Binary, "abc"));
    QTRY_VERIFY(!m_fixture->snapshots().isEmpty());
    m_fixture->receiver().cancel(m_fixture->snapshots().constLast().id);
    QCOMPARE(decodeReceipt(QString::fromUtf8(wire.readText())).error().code, ErrorCode::Cancelled);
    QCOMPARE(m_fixture->finalState().state, TransferState::Cancelled);
    QCOMPARE(m_fixture->partials(), 0);
    QVERIFY(m_fixture->landed().isEmpty());
}

void TestReceiver::turnedOff()
{
    QVERIFY(m_fixture->start());
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(wire.token("a")), 101);
    wire.send(WireClient::frame(WireClient::Binary, "abc"));
    QTRY_VERIFY(!m_fixture->snapshots().isEmpty());
    m_fixture->receiver().stop();
    QCOMPARE(m_fixture->finalState().state, TransferState::Failed);
    QTRY_COMPARE(m_fixture->receiver().state(), Receiver::State::Off);
    QCOMPARE(m_fixture->receiver().port(), 0);
    QCOMPARE(m_fixture->partials(), 1);
    QVERIFY(m_fixture->start()); // and on again
}

void TestReceiver::missingFolder()
{
    Receiver receiver;
    QSignalSpy failed(&receiver, &Receiver::startFailed);
    ReceiveOptions options;
    options.folder = m_fixture->path(u"gone"_s);
    receiver.start(options);
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].value<Error>().code, ErrorCode::NotFound);
    QVERIFY(failed[0][0].value<Error>().text.contains(options.folder));
    QCOMPARE(receiver.state(), Receiver::State::Off);
}

void TestReceiver::destinationGoesAndComesBack()
{
    QVERIFY(m_fixture->start());
    QSignalSpy status(&m_fixture->receiver(), &Receiver::folderStatusChanged);
    const QString folder = m_fixture->path();
    QVERIFY(QDir(folder).removeRecursively());
    QCOMPARE(m_fixture->client().request("POST", "/upload", {{"Content-Type", "text/plain"}}, "a").status,
             503);
    const auto last = [&status] {
        return status.isEmpty() ? FolderStatus() : status.constLast()[0].value<FolderStatus>();
    };
    QTRY_VERIFY_WITH_TIMEOUT(last().error.has_value(), 20'000);
    QCOMPARE(last().error->code, ErrorCode::NotFound);
    QVERIFY(QDir().mkpath(folder));
    QTRY_VERIFY_WITH_TIMEOUT(!last().error.has_value(), 20'000);
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(wire.token("a")), 101);
    wire.sendClose();
    QVERIFY(decodeReceipt(QString::fromUtf8(wire.readText())).isOk());
    QCOMPARE(m_fixture->landed(), QStringList{u"a"_s});
}

void TestReceiver::takesNoMoreThanAsked()
{
    ReceiveOptions options;
    options.mostUploads = 1;
    QVERIFY(m_fixture->start(options));
    WireClient first = m_fixture->client();
    WireClient second = m_fixture->client();
    const QByteArray token = first.token("a");
    const QByteArray late = second.token("b");
    QCOMPARE(first.open(token), 101);
    QCOMPARE(second.open(late), 404);
    QCOMPARE(second.request("POST", "/upload", {{"Content-Type", "text/plain"}}, "c").status, 403);
    first.sendClose();
    QVERIFY(decodeReceipt(QString::fromUtf8(first.readText())).isOk());
}

void TestReceiver::badLengthOnTheUpgrade()
{
    QVERIFY(m_fixture->start());
    WireClient wire = m_fixture->client();
    QCOMPARE(wire.open(wire.token("a"), {{"Upload-Length", "many"}}), 400);
}

void TestReceiver::portInUse()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    Receiver receiver;
    QSignalSpy failed(&receiver, &Receiver::startFailed);
    ReceiveOptions options;
    options.folder = m_fixture->path();
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
    QVERIFY(m_fixture->start());
    const QTemporaryDir other;
    WireClient early = m_fixture->client();
    const QByteArray earlyToken = early.token("early");
    QSignalSpy status(&m_fixture->receiver(), &Receiver::folderStatusChanged);
    m_fixture->receiver().setDestination(other.path(), ConflictPolicy::Rename);
    QTRY_COMPARE(status.size() > 0 ? status.constLast()[0].value<FolderStatus>().path : QString(),
                 other.path());
    WireClient late = m_fixture->client();
    QCOMPARE(late.open(late.token("late")), 101);
    QCOMPARE(early.open(earlyToken), 101);
    for (WireClient* wire : {&early, &late}) {
        wire->sendClose();
        QVERIFY(!wire->readText().isEmpty());
    }
    QVERIFY(QFile::exists(other.filePath(u"late"_s)));
    QCOMPARE(m_fixture->landed(), QStringList{u"early"_s});
}

void TestReceiver::withoutThreads()
{
    Receiver receiver;
    QSignalSpy failed(&receiver, &Receiver::startFailed);
    ReceiveOptions options;
    options.folder = m_fixture->path();
    {
        const ThreadFamine famine;
        receiver.start(options);
    }
    QTRY_COMPARE(failed.size(), 1);
    QCOMPARE(failed[0][0].value<Error>().code, ErrorCode::Busy);
    QCOMPARE(receiver.state(), Receiver::State::Off);
}

QTEST_GUILESS_MAIN(TestReceiver)
#include "tst_receiver.moc"
