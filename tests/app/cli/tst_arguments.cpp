#include "arguments.h"
#include "helptext.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// As a shell would split it; no test needs a blank inside an argument.
QStringList words(const QString& line)
{
    return line.split(u' ', Qt::SkipEmptyParts);
}

const QString fingerprint(64, u'a');

} // namespace

class TestArguments final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void receiveDefaults();
    void receiveTakesAll();
    void receiveAdmission_data();
    void receiveAdmission();
    void sendDefaults();
    void sendTakesAll();
    void sendTrust();
    void peersActions_data();
    void peersActions();
    void listensAsAddressesAreWritten_data();
    void listensAsAddressesAreWritten();
    void idTakesAll();
    void operandsMayLookLikeOptions();
    void helpAndVersion_data();
    void helpAndVersion();
    void refusals_data();
    void refusals();
    void boundaries_data();
    void boundaries();
    void helpNamesEveryOption_data();
    void helpNamesEveryOption();
};

void TestArguments::receiveDefaults()
{
    const Result<Arguments> parsed = parseArguments({u"receive"_s});
    QVERIFY(parsed.isOk());
    const auto* receive = std::get_if<ReceiveArguments>(&parsed.value());
    QVERIFY(receive);
    QCOMPARE(receive->format, OutputFormat::Text);
    QCOMPARE(receive->address, QHostAddress(QHostAddress::Any));
    QVERIFY(receive->folder.isEmpty() && receive->deviceName.isEmpty() && receive->profile.name().isEmpty());
    QVERIFY(!receive->port && !receive->conflict && !receive->isOnce);
    QVERIFY(!receive->accept && !receive->takesPlain);
    QVERIFY(!receive->readsBack && !receive->keepsExecutable);
}

void TestArguments::receiveTakesAll()
{
    const Result<Arguments> parsed = parseArguments(words(
        u"receive --dir=/tmp/a=b --listen ::1 --port 0 --accept all --conflict skip --plain --once --json "
        "--profile work --name Desk --read-back --keep-executable "
        "--allow-host nas.lan,files.example.org"_s));
    QVERIFY2(parsed.isOk(), parsed.isOk() ? "" : qPrintable(parsed.error().text));
    const auto* receive = std::get_if<ReceiveArguments>(&parsed.value());
    QVERIFY(receive);
    QCOMPARE(receive->folder, u"/tmp/a=b"_s);
    QCOMPARE(receive->address, QHostAddress(QHostAddress::LocalHostIPv6));
    QCOMPARE(receive->port.value_or(1), quint16(0));
    QCOMPARE(receive->allowedHosts, QStringList({u"nas.lan"_s, u"files.example.org"_s}));
    QCOMPARE(receive->conflict.value_or(ConflictPolicy::Rename), ConflictPolicy::Skip);
    QCOMPARE(receive->accept, AcceptPolicy::Everyone);
    QCOMPARE(receive->takesPlain, true);
    QCOMPARE(receive->format, OutputFormat::Json);
    QCOMPARE(receive->profile.name(), u"work"_s);
    QCOMPARE(receive->deviceName, u"Desk"_s);
    QVERIFY(receive->isOnce && receive->readsBack && receive->keepsExecutable);
}

void TestArguments::receiveAdmission_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<std::optional<AcceptPolicy>>("accept");
    QTest::addColumn<std::optional<bool>>("takesPlain");
    using Policy = std::optional<AcceptPolicy>;
    using Plain = std::optional<bool>;
    QTest::newRow("ask") << u"--accept ask"_s << Policy(AcceptPolicy::Ask) << Plain();
    QTest::newRow("known") << u"--accept=known --plain"_s << Policy(AcceptPolicy::Known) << Plain(true);
    QTest::newRow("all") << u"--no-plain --accept all"_s << Policy(AcceptPolicy::Everyone) << Plain(false);
}

void TestArguments::receiveAdmission()
{
    QFETCH(QString, options);
    const Result<Arguments> parsed = parseArguments(words(u"receive "_s + options));
    QVERIFY2(parsed.isOk(), parsed.isOk() ? "" : qPrintable(parsed.error().text));
    const auto* receive = std::get_if<ReceiveArguments>(&parsed.value());
    QVERIFY(receive);
    QTEST(receive->accept, "accept");
    QTEST(receive->takesPlain, "takesPlain");
}

void TestArguments::sendDefaults()
{
    const Result<Arguments> parsed = parseArguments(words(u"send --to host a b"_s));
    QVERIFY(parsed.isOk());
    const auto* send = std::get_if<SendArguments>(&parsed.value());
    QVERIFY(send);
    QCOMPARE(send->peer, (PeerAddress{u"host"_s, defaultPort}));
    QCOMPARE(send->jobs, 1);
    QCOMPARE(send->format, OutputFormat::Text);
    QCOMPARE(send->paths, (QStringList{u"a"_s, u"b"_s}));
    QCOMPARE(send->retryFor, 60s);
    QVERIFY(!send->comparesDigests && !send->trustsNew && send->fingerprint.isEmpty());
}

void TestArguments::sendTakesAll()
{
    const Result<Arguments> parsed =
        parseArguments(words(u"send first --to [::1]:99 --plain --jobs=16 --json --profile p --checksum "
                             "--retry-for 90 last"_s));
    QVERIFY2(parsed.isOk(), parsed.isOk() ? "" : qPrintable(parsed.error().text));
    const auto* send = std::get_if<SendArguments>(&parsed.value());
    QVERIFY(send);
    QCOMPARE(send->peer, (PeerAddress{u"::1"_s, 99, true}));
    QCOMPARE(send->jobs, 16);
    QCOMPARE(send->format, OutputFormat::Json);
    QCOMPARE(send->profile.name(), u"p"_s);
    QCOMPARE(send->paths, (QStringList{u"first"_s, u"last"_s}));
    QCOMPARE(send->retryFor, 90s);
    QVERIFY(send->comparesDigests);
}

void TestArguments::sendTrust()
{
    const Result<Arguments> pinned =
        parseArguments(words(u"send --to h --fingerprint "_s + fingerprint.toUpper() + u" a"_s));
    QVERIFY2(pinned.isOk(), pinned.isOk() ? "" : qPrintable(pinned.error().text));
    QCOMPARE(std::get<SendArguments>(pinned.value()).fingerprint, fingerprint);
    QVERIFY(!std::get<SendArguments>(pinned.value()).peer.isPlain);
    const Result<Arguments> trusting = parseArguments(words(u"send --trust-new --to h a"_s));
    QVERIFY2(trusting.isOk(), trusting.isOk() ? "" : qPrintable(trusting.error().text));
    QVERIFY(std::get<SendArguments>(trusting.value()).trustsNew);
    const Result<Arguments> plain = parseArguments(words(u"send --to ws://h --plain a"_s));
    QVERIFY2(plain.isOk(), plain.isOk() ? "" : qPrintable(plain.error().text));
    QVERIFY(std::get<SendArguments>(plain.value()).peer.isPlain);
}

void TestArguments::listensAsAddressesAreWritten_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QHostAddress>("address");
    QTest::newRow("v4") << u"127.0.0.2"_s << QHostAddress(u"127.0.0.2"_s);
    QTest::newRow("v6") << u"::1"_s << QHostAddress(QHostAddress::LocalHostIPv6);
    QTest::newRow("brackets") << u"[::1]"_s << QHostAddress(QHostAddress::LocalHostIPv6);
    QTest::newRow("localhost") << u"Localhost"_s << QHostAddress(QHostAddress::LocalHost);
    QTest::newRow("link-local") << u"fe80::1%lo"_s << QHostAddress(u"fe80::1%lo"_s);
}

void TestArguments::listensAsAddressesAreWritten()
{
    QFETCH(QString, typed);
    const Result<Arguments> parsed = parseArguments({u"receive"_s, u"--listen"_s, typed});
    QVERIFY2(parsed.isOk(), parsed.isOk() ? "" : qPrintable(parsed.error().text));
    QTEST(std::get<ReceiveArguments>(parsed.value()).address, "address");
}

void TestArguments::idTakesAll()
{
    const Result<Arguments> parsed = parseArguments(words(u"id --json --profile p"_s));
    QVERIFY(parsed.isOk());
    const auto* id = std::get_if<IdArguments>(&parsed.value());
    QVERIFY(id);
    QCOMPARE(id->format, OutputFormat::Json);
    QCOMPARE(id->profile.name(), u"p"_s);
}

void TestArguments::peersActions_data()
{
    using Action = PeersArguments::Action;
    QTest::addColumn<QString>("line");
    QTest::addColumn<Action>("action");
    QTest::addColumn<QString>("peer");
    QTest::addColumn<QString>("newName");
    QTest::addColumn<bool>("isAlwaysAccepted");
    QTest::newRow("list") << u"peers"_s << Action::List << QString() << QString() << false;
    QTest::newRow("rename") << u"peers rename a b"_s << Action::Rename << u"a"_s << u"b"_s << false;
    QTest::newRow("rename like an option")
        << u"peers rename -- --json --x"_s << Action::Rename << u"--json"_s << u"--x"_s << false;
    QTest::newRow("forget") << u"peers forget rename"_s << Action::Forget << u"rename"_s << QString()
                            << false;
    QTest::newRow("always on") << u"peers always a on"_s << Action::SetAlwaysAccepted << u"a"_s << QString()
                               << true;
    QTest::newRow("always off") << u"peers always on off"_s << Action::SetAlwaysAccepted << u"on"_s
                                << QString() << false;
}

void TestArguments::peersActions()
{
    QFETCH(QString, line);
    for (const bool isJson : {false, true}) {
        const Result<Arguments> parsed = parseArguments(
            words(isJson ? QString(line).replace(u"peers"_s, u"peers --json --profile p"_s) : line));
        QVERIFY2(parsed.isOk(), parsed.isOk() ? "" : qPrintable(parsed.error().text));
        const auto* peers = std::get_if<PeersArguments>(&parsed.value());
        QVERIFY(peers);
        QTEST(peers->action, "action");
        QTEST(peers->peer, "peer");
        QTEST(peers->newName, "newName");
        QTEST(peers->isAlwaysAccepted, "isAlwaysAccepted");
        QCOMPARE(peers->format, isJson ? OutputFormat::Json : OutputFormat::Text);
        QCOMPARE(peers->profile.name(), isJson ? u"p"_s : QString());
    }
}

void TestArguments::operandsMayLookLikeOptions()
{
    const Result<Arguments> parsed = parseArguments(words(u"send --to host - -- --json --help -x"_s));
    QVERIFY(parsed.isOk());
    const auto* send = std::get_if<SendArguments>(&parsed.value());
    QVERIFY(send);
    QCOMPARE(send->paths, (QStringList{u"-"_s, u"--json"_s, u"--help"_s, u"-x"_s}));
    QCOMPARE(send->format, OutputFormat::Text);
}

void TestArguments::helpAndVersion_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<bool>("isHelp");
    QTest::addColumn<QString>("command");
    QTest::newRow("--help") << u"--help"_s << true << QString();
    QTest::newRow("-h") << u"-h"_s << true << QString();
    QTest::newRow("help") << u"help"_s << true << QString();
    QTest::newRow("send --help") << u"send --help"_s << true << u"send"_s;
    QTest::newRow("receive -h, after nonsense") << u"receive --nonsense -h"_s << true << u"receive"_s;
    QTest::newRow("peers --help") << u"peers forget x --help"_s << true << u"peers"_s;
    QTest::newRow("id --help") << u"id --help"_s << true << u"id"_s;
    QTest::newRow("--version") << u"--version"_s << false << QString();
    QTest::newRow("-V") << u"-V"_s << false << QString();
}

void TestArguments::helpAndVersion()
{
    QFETCH(QString, line);
    QFETCH(bool, isHelp);
    QFETCH(QString, command);
    const Result<Arguments> parsed = parseArguments(words(line));
    QVERIFY(parsed.isOk());
    QCOMPARE(std::holds_alternative<VersionArguments>(parsed.value()), !isHelp);
    if (isHelp)
        QCOMPARE(std::get<HelpArguments>(parsed.value()).command, command);
}

void TestArguments::refusals_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("mentioned");
    QTest::newRow("nothing") << QString() << u"receive, send, peers or id"_s;
    QTest::newRow("unknown command") << u"fetch"_s << u"“fetch”"_s;
    QTest::newRow("peers nonsense") << u"peers trust a"_s << u"not “trust”"_s;
    QTest::newRow("peers forget nobody") << u"peers forget"_s << u"takes one name"_s;
    QTest::newRow("peers forget two") << u"peers forget a b"_s << u"takes one name"_s;
    QTest::newRow("peers rename, no name") << u"peers rename a"_s << u"the new name"_s;
    QTest::newRow("peers rename, two names") << u"peers rename a b c"_s << u"the new name"_s;
    QTest::newRow("peers always") << u"peers always a"_s << u"“on” or “off”"_s;
    QTest::newRow("peers always perhaps") << u"peers always a maybe"_s << u"not “maybe”"_s;
    QTest::newRow("log") << u"log --json"_s << u"not possible yet"_s;
    QTest::newRow("unknown option") << u"receive --colour"_s << u"no option --colour"_s;
    QTest::newRow("option of another command") << u"id --port 1"_s << u"no option --port"_s;
    QTest::newRow("short option") << u"send --to h -j 3 a"_s << u"no option -j"_s;
    QTest::newRow("half a name") << u"receive --on"_s << u"no option --on"_s;
    QTest::newRow("given twice") << u"send --to a --to b c"_s << u"--to is given twice"_s;
    QTest::newRow("value missing at the end") << u"receive --dir"_s << u"--dir needs a value"_s;
    QTest::newRow("value missing before another") << u"receive --dir --once"_s << u"--dir needs a value"_s;
    QTest::newRow("value empty") << u"receive --dir="_s << u"--dir needs a value"_s;
    QTest::newRow("value too many") << u"receive --once=yes"_s << u"--once takes no value"_s;
    QTest::newRow("operand for receive") << u"receive folder"_s << u"--dir"_s;
    QTest::newRow("operand for id") << u"id me"_s << u"“me”"_s;
    QTest::newRow("no peer") << u"send a"_s << u"--to"_s;
    QTest::newRow("no path") << u"send --to host"_s << u"at least one"_s;
    QTest::newRow("no address") << u"send --to a:b:c d"_s << u"not a valid address"_s;
    QTest::newRow("profile with a path") << u"id --profile ../x"_s << u"not a profile name"_s;
    QTest::newRow("listen on a name") << u"receive --listen laptop"_s << u"--listen takes an IP"_s;
    QTest::newRow("listen on v4 in brackets")
        << u"receive --listen [127.0.0.1]"_s << u"--listen takes an IP"_s;
    QTest::newRow("listen on every link") << u"receive --listen fe80::1"_s << u"fe80::1%eth0"_s;
    QTest::newRow("allow-host with a port") << u"receive --allow-host nas.lan:80"_s << u"without a port"_s;
    QTest::newRow("allow-host with nothing") << u"receive --allow-host nas.lan,"_s << u"without a port"_s;
    QTest::newRow("conflict") << u"receive --conflict ask"_s << u"“ask”"_s;
    QTest::newRow("accept nonsense") << u"receive --accept none"_s << u"“none”"_s;
    QTest::newRow("plain and no-plain") << u"receive --no-plain --plain"_s << u"exclude each other"_s;
    QTest::newRow("fingerprint too short")
        << u"send --to h --fingerprint 00 a"_s << u"64 hexadecimal digits"_s;
    QTest::newRow("fingerprint and trust-new")
        << u"send --to h --trust-new --fingerprint "_s + fingerprint + u" a"_s << u"exclude each other"_s;
    QTest::newRow("plain and fingerprint")
        << u"send --to h --plain --fingerprint "_s + fingerprint + u" a"_s << u"needs encryption"_s;
    QTest::newRow("http and trust-new") << u"send --to http://h --trust-new a"_s << u"--trust-new needs"_s;
    QTest::newRow("plain and https") << u"send --to https://h --plain a"_s << u"asks for encryption"_s;
    QTest::newRow("plain and wss") << u"send --to WSS://h --plain a"_s << u"asks for encryption"_s;
    QTest::newRow("retry for ever") << u"send --to h --retry-for ever a"_s << u"number of seconds"_s;
    QTest::newRow("limit") << u"send --to h --limit 1M a"_s << u"not possible yet"_s;
}

void TestArguments::refusals()
{
    QFETCH(QString, line);
    QFETCH(QString, mentioned);
    const Result<Arguments> parsed = parseArguments(words(line));
    QVERIFY(!parsed.isOk());
    QCOMPARE(parsed.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(parsed.error().text.contains(mentioned), qPrintable(parsed.error().text));
    QVERIFY(!parsed.error().text.contains(u'\n'));
}

void TestArguments::boundaries_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<bool>("isOk");
    QTest::newRow("port 0") << u"receive --port 0"_s << true;
    QTest::newRow("port 65535") << u"receive --port 65535"_s << true;
    QTest::newRow("port 65536") << u"receive --port 65536"_s << false;
    QTest::newRow("port -1") << u"receive --port -1"_s << false;
    QTest::newRow("port of letters") << u"receive --port http"_s << false;
    QTest::newRow("jobs 0") << u"send --to h --jobs 0 a"_s << false;
    QTest::newRow("jobs 1") << u"send --to h --jobs 1 a"_s << true;
    QTest::newRow("jobs 16") << u"send --to h --jobs 16 a"_s << true;
    QTest::newRow("jobs 17") << u"send --to h --jobs 17 a"_s << false;
    QTest::newRow("retry for -1") << u"send --to h --retry-for=-1 a"_s << false;
    QTest::newRow("retry for 0") << u"send --to h --retry-for 0 a"_s << true;
    QTest::newRow("retry for a week") << u"send --to h --retry-for 604800 a"_s << true;
    QTest::newRow("retry for longer") << u"send --to h --retry-for 604801 a"_s << false;
    QTest::newRow("jobs 4294967297") << u"send --to h --jobs 4294967297 a"_s << false;
}

void TestArguments::boundaries()
{
    QFETCH(QString, line);
    QFETCH(bool, isOk);
    QCOMPARE(parseArguments(words(line)).isOk(), isOk);
}

void TestArguments::helpNamesEveryOption_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QStringList>("words");
    QTest::newRow("program") << QString()
                             << QStringList{u"receive"_s, u"send"_s, u"peers"_s, u"id"_s, u"130"_s};
    QTest::newRow("receive") << u"receive"_s
                             << QStringList{u"--dir"_s,
                                            u"--listen"_s,
                                            u"--port"_s,
                                            u"--accept"_s,
                                            u"--plain"_s,
                                            u"--no-plain"_s,
                                            u"--conflict"_s,
                                            u"--name"_s,
                                            u"--once"_s,
                                            u"--json"_s,
                                            u"--profile"_s,
                                            u"--read-back"_s,
                                            u"--keep-executable"_s,
                                            u"--allow-host"_s,
                                            u"listening"_s,
                                            u"progress"_s,
                                            u"landed"_s,
                                            u"skipped"_s,
                                            u"failed"_s,
                                            u"paused"_s,
                                            u"reconnecting"_s,
                                            u"done"_s,
                                            u"130"_s};
    QTest::newRow("send") << u"send"_s << QStringList{u"--fingerprint"_s, u"--trust-new"_s, u"--to"_s,
                                                      u"--jobs"_s,        u"--plain"_s,     u"--json"_s,
                                                      u"--profile"_s,     u"--checksum"_s,  u"--retry-for"_s,
                                                      u"progress"_s,      u"landed"_s,      u"skipped"_s,
                                                      u"sent"_s,          u"failed"_s,      u"paused"_s,
                                                      u"reconnecting"_s,  u"done"_s};
    QTest::newRow("peers") << u"peers"_s
                           << QStringList{u"--json"_s,  u"--profile"_s, u"rename"_s, u"forget"_s,
                                          u"always"_s,  u"forgotten"_s, u"added"_s,  u"seen"_s,
                                          u"address"_s, u"PEER"_s,      u"on|off"_s};
    QTest::newRow("id") << u"id"_s
                        << QStringList{u"--json"_s, u"--profile"_s, u"fingerprint"_s, u"certificate"_s};
}

void TestArguments::helpNamesEveryOption()
{
    QFETCH(QString, command);
    QFETCH(QStringList, words);
    const QString text = helpText(command);
    for (const QString& word : words)
        QVERIFY2(text.contains(word), qPrintable(word));
    QVERIFY(text.endsWith(u'\n'));
    for (const QString& line : text.split(u'\n'))
        QVERIFY2(line.size() <= 110, qPrintable(line));
}

QTEST_GUILESS_MAIN(TestArguments)
#include "tst_arguments.moc"
