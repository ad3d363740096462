#include "cliprocess.h"
#include "knownpeers.h"

#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

const QString laptop(64, u'1');
const QString hostile(64, u'2');
const QString hostileName = u"<b>x</b>\r\nlaptop\u202egpj\x1b[2J"_s;

QByteArray valueIn(const QByteArray& text, const QByteArray& label)
{
    for (const QByteArray& line : text.split('\n')) {
        if (line.trimmed().startsWith(label))
            return line.trimmed().sliced(label.size()).trimmed();
    }
    return {};
}

} // namespace

/// The commands `id` and `peers`, as a shell runs them.
class TestCliTrust final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void identityIsStable();
    void openSslPrintsTheSameFingerprint();
    void brokenIdentityIsSaid();
    void aLostIdentityIsSaid();
    void nobodyIsKnownAtFirst();
    void listsPeersAsText();
    void listsPeersAsJson();
    void changesPeers();
    void refusesWhatCannotBe_data();
    void refusesWhatCannotBe();
    void damageIsSaid();
    void strangersEndWithFive();
    void aChangedKeyEndsWithFive();

private:
    [[nodiscard]] QString dataFolder() const { return m_folder->filePath(u"data/sockdrop"_s); }
    void addPeers() const
    {
        KnownPeers peers(dataFolder());
        const QDateTime then = QDateTime::fromString(u"2026-01-02T03:04:05Z"_s, Qt::ISODate);
        QVERIFY(peers
                    .put({.fingerprint = laptop,
                          .name = u"laptop"_s,
                          .address = u"laptop.local:54321"_s,
                          .isAlwaysAccepted = true,
                          .addedAt = then,
                          .seenAt = then.addDays(1)})
                    .isOk());
        QVERIFY(
            peers
                .put(
                    {.fingerprint = hostile, .name = hostileName, .address = {}, .addedAt = {}, .seenAt = {}})
                .isOk());
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestCliTrust::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void TestCliTrust::identityIsStable()
{
    QByteArray first;
    for (const char* run : {"first", "second"}) {
        CliProcess cli(m_folder->path());
        QCOMPARE(cli.run({u"id"_s}), 0);
        QCOMPARE(cli.out().count('\n'), 3);
        QVERIFY2(first.isEmpty() || cli.out() == first, run);
        first = cli.out();
    }
    CliProcess json(m_folder->path());
    QCOMPARE(json.run({u"id"_s, u"--json"_s}), 0);
    const QJsonObject event = json.waitForEvent(u"id"_s);
    const QByteArray fingerprint = event.value(u"fingerprint"_s).toString().toLatin1();
    const QByteArray certificate = event.value(u"certificate"_s).toString().toLatin1();
    QVERIFY(fingerprint.size() == 64 && certificate.size() == 64 && fingerprint != certificate);
    QCOMPARE(valueIn(first, "Fingerprint:"), fingerprint);
    QCOMPARE(valueIn(first, "Certificate:").replace(':', "").toLower(), certificate);
    QCOMPARE(valueIn(first, "Name:"), event.value(u"name"_s).toString().toUtf8());
    CliProcess other(m_folder->path());
    QCOMPARE(other.run({u"id"_s, u"--profile"_s, u"other"_s}), 0);
    QVERIFY(valueIn(other.out(), "Fingerprint:") != fingerprint);
}

void TestCliTrust::openSslPrintsTheSameFingerprint()
{
    const QString program = QStandardPaths::findExecutable(u"openssl"_s);
    QVERIFY2(!program.isEmpty(), "The tests need the program openssl.");
    CliProcess cli(m_folder->path());
    QCOMPARE(cli.run({u"id"_s}), 0);
    QProcess openssl;
    openssl.start(program, {u"x509"_s, u"-in"_s, dataFolder() + u"/identity.pem"_s, u"-noout"_s,
                            u"-fingerprint"_s, u"-sha256"_s});
    QVERIFY(openssl.waitForFinished() && openssl.exitCode() == 0);
    const QByteArray printed = openssl.readAllStandardOutput().trimmed();
    QCOMPARE(valueIn(cli.out(), "Certificate:"), printed.sliced(printed.indexOf('=') + 1));
}

void TestCliTrust::brokenIdentityIsSaid()
{
    const QString file = dataFolder() + u"/identity.pem"_s;
    QVERIFY(write(file, "broken") && QFile::setPermissions(file, QFile::ReadOwner | QFile::WriteOwner));
    CliProcess cli(m_folder->path());
    QCOMPARE(cli.run({u"id"_s}), 1);
    QCOMPARE(cli.out(), QByteArray());
    QVERIFY(cli.error().contains("identity.pem"));
}

/// Once, and only where somebody could miss it.
void TestCliTrust::aLostIdentityIsSaid()
{
    const auto errorOfId = [this] {
        CliProcess cli(m_folder->path());
        return cli.run({u"id"_s}) == 0 ? cli.error() : "did not end with 0"_ba;
    };
    QCOMPARE(errorOfId(), QByteArray());
    QVERIFY(QFile::remove(dataFolder() + u"/identity.pem"_s));
    QCOMPARE(errorOfId(), QByteArray()); // nobody is known
    addPeers();
    QCOMPARE(errorOfId(), QByteArray());
    QVERIFY(QFile::remove(dataFolder() + u"/identity.pem"_s));
    const QByteArray said = errorOfId();
    QVERIFY2(said.contains("identity.pem, was missing") && said.contains("until they forget it"),
             said.constData());
    QCOMPARE(errorOfId(), QByteArray());
}

void TestCliTrust::nobodyIsKnownAtFirst()
{
    CliProcess cli(m_folder->path());
    QCOMPARE(cli.run({u"peers"_s}), 0);
    QCOMPARE(cli.out(), "No known devices yet.\n"_ba);
    CliProcess json(m_folder->path());
    QCOMPARE(json.run({u"peers"_s, u"--json"_s}), 0);
    QCOMPARE(json.out(), QByteArray());
    QVERIFY(!QFile::exists(dataFolder()));
}

void TestCliTrust::listsPeersAsText()
{
    addPeers();
    CliProcess cli(m_folder->path());
    QCOMPARE(cli.run({u"peers"_s}), 0);
    const QByteArray out = cli.out();
    // Nothing of a name is obeyed, and each stays on its line.
    QVERIFY2(out.startsWith("<b>x</b>\\x0d\\x0alaptop\\u{202e}gpj\\x1b[2J\n    Fingerprint:  222"),
             out.constData());
    const QByteArray second = out.sliced(out.indexOf("\nlaptop\n") + 1);
    QCOMPARE(valueIn(second, "Fingerprint:"), laptop.toLatin1());
    QCOMPARE(valueIn(second, "Address:"), "laptop.local:54321"_ba);
    QCOMPARE(valueIn(second, "Uploads:"), "let in without a question"_ba);
    QVERIFY(valueIn(second, "Seen:").startsWith("2026-01-0"));
    QCOMPARE(out.count('\n'), 8);
    QCOMPARE(cli.error(), QByteArray());
}

void TestCliTrust::listsPeersAsJson()
{
    addPeers();
    CliProcess cli(m_folder->path());
    QCOMPARE(cli.run({u"peers"_s, u"--json"_s}), 0);
    QVERIFY(!cli.out().contains('\x1b') && !cli.out().contains("\u202e"));
    const QList<QJsonObject> events = cli.events();
    QCOMPARE(events.size(), 2);
    const QJsonObject unseen{{u"event"_s, u"peer"_s},      {u"name"_s, hostileName},
                             {u"fingerprint"_s, hostile},  {u"address"_s, QJsonValue::Null},
                             {u"always"_s, false},         {u"added"_s, QJsonValue::Null},
                             {u"seen"_s, QJsonValue::Null}};
    QCOMPARE(events.at(0), unseen);
    const QJsonObject seen{{u"event"_s, u"peer"_s},
                           {u"name"_s, u"laptop"_s},
                           {u"fingerprint"_s, laptop},
                           {u"address"_s, u"laptop.local:54321"_s},
                           {u"always"_s, true},
                           {u"added"_s, u"2026-01-02T03:04:05Z"_s},
                           {u"seen"_s, u"2026-01-03T03:04:05Z"_s}};
    QCOMPARE(events.at(1), seen);
}

void TestCliTrust::changesPeers()
{
    addPeers();
    KnownPeers peers(dataFolder());
    const auto run = [this](const QStringList& arguments) {
        CliProcess cli(m_folder->path());
        const int code = cli.run(QStringList{u"peers"_s} + arguments);
        return code == 0 ? cli.out() : "failed: " + cli.error();
    };
    QCOMPARE(run({u"rename"_s, u"LAPTOP"_s, u"Anna’s laptop"_s}).split('\n').first(), "Anna’s laptop"_ba);
    QCOMPARE(peers.find(laptop).value()->name, u"Anna’s laptop"_s);
    QVERIFY(run({u"always"_s, u"anna’s laptop"_s, u"off"_s}).contains("asked about each time"));
    QVERIFY(!peers.find(laptop).value()->isAlwaysAccepted);
    QVERIFY(run({u"always"_s, u"22222222"_s, u"on"_s, u"--json"_s}).contains("\"always\":true"));
    QVERIFY(peers.find(hostile).value()->isAlwaysAccepted);
    QVERIFY(run({u"forget"_s, hostile}).startsWith("“<b>x</b>\\x0d\\x0a"));
    QVERIFY(run({u"forget"_s, u"Anna’s laptop"_s, u"--json"_s}).startsWith("{\"event\":\"forgotten\""));
    QCOMPARE(peers.all().value(), QList<KnownPeer>());
}

void TestCliTrust::refusesWhatCannotBe_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("reason");
    QTest::newRow("unknown") << QStringList{u"forget"_s, u"desk\x1b"_s}
                             << "No known device is “desk\\x1b”"_ba;
    QTest::newRow("taken name") << QStringList{u"rename"_s, hostile, u"Laptop"_s} << "“Laptop” already"_ba;
    QTest::newRow("empty name") << QStringList{u"rename"_s, hostile, QString()} << "visible letter"_ba;
}

void TestCliTrust::refusesWhatCannotBe()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, reason);
    addPeers();
    CliProcess cli(m_folder->path());
    QCOMPARE(cli.run(QStringList{u"peers"_s} + arguments), 1);
    QCOMPARE(cli.out(), QByteArray());
    QVERIFY2(cli.error().contains(reason), cli.error().constData());
    QCOMPARE(KnownPeers(dataFolder()).all()->size(), 2);
}

void TestCliTrust::damageIsSaid()
{
    QVERIFY(write(dataFolder() + u"/sockdrop.db"_s, QByteArray(5000, 'x')));
    for (const QStringList& arguments : {QStringList{u"peers"_s}, {u"peers"_s, u"forget"_s, u"laptop"_s}}) {
        CliProcess cli(m_folder->path());
        QCOMPARE(cli.run(arguments), 1);
        QVERIFY(cli.error().contains("damaged") && cli.error().count('\n') == 1);
    }
}

/// Nobody is at a terminal here: a script names the receiver's fingerprint, or trusts at its own risk.
void TestCliTrust::strangersEndWithFive()
{
    const QString there = m_folder->filePath(u"there"_s);
    QVERIFY(write(m_folder->filePath(u"a.txt"_s), "a") && QDir().mkpath(there + u"/inbox"_s));
    CliProcess id(there);
    QCOMPARE(id.run({u"id"_s}), 0);
    CliProcess receiver(there);
    const QString address =
        receiver.startReceiver(there + u"/inbox"_s, {u"--no-plain"_s, u"--accept"_s, u"all"_s});
    QVERIFY2(!address.isEmpty(), receiver.error().constData());
    const auto send = [&](const QStringList& more) {
        CliProcess sender(m_folder->path());
        const int code =
            sender.runAsIs(QStringList{u"send"_s, u"--to"_s, address} + more + QStringList{u"a.txt"_s});
        return QByteArray::number(code) + ' ' + sender.error();
    };
    const QByteArray fingerprint = valueIn(id.out(), "Fingerprint:");
    const QByteArray certificate = valueIn(id.out(), "Certificate:");
    const QByteArray stranger = send({});
    QVERIFY2(stranger.startsWith("5 ") && stranger.contains(fingerprint), stranger.constData());
    QVERIFY(send({u"--fingerprint"_s, laptop}).startsWith("5 "));
    QVERIFY(QDir(there + u"/inbox"_s).isEmpty());
    const QByteArray pinned = send({u"--fingerprint"_s, QString::fromLatin1(certificate)});
    QVERIFY2(pinned.startsWith("0 "), pinned.constData());
    QVERIFY(send({}).startsWith("0 ")); // known from now on
    QVERIFY(send({u"--plain"_s}).startsWith("5 "));
    QCOMPARE(KnownPeers(dataFolder()).find(QString::fromLatin1(fingerprint)).value()->address, address);
}

void TestCliTrust::aChangedKeyEndsWithFive()
{
    const QString there = m_folder->filePath(u"there"_s);
    QVERIFY(write(m_folder->filePath(u"a.txt"_s), "a") && QDir().mkpath(there + u"/inbox"_s));
    CliProcess receiver(there);
    const QString address =
        receiver.startReceiver(there + u"/inbox"_s, {u"--no-plain"_s, u"--accept"_s, u"all"_s});
    KnownPeers peers(dataFolder());
    QVERIFY(peers
                .put({.fingerprint = laptop,
                      .name = u"Desk\u202e"_s,
                      .address = address,
                      .isAlwaysAccepted = false,
                      .addedAt = {},
                      .seenAt = {}})
                .isOk());
    for (const QStringList& more : {QStringList{}, {u"--trust-new"_s}}) {
        CliProcess sender(m_folder->path());
        QCOMPARE(sender.runAsIs(QStringList{u"send"_s, u"--to"_s, address} + more + QStringList{u"a.txt"_s}),
                 5);
        QVERIFY2(sender.error().contains("“Desk\\u{202e}”"), sender.error().constData());
    }
    QVERIFY(QDir(there + u"/inbox"_s).isEmpty());
    QCOMPARE(peers.all()->size(), 1);
}

QTEST_GUILESS_MAIN(TestCliTrust)
#include "tst_cli_trust.moc"
