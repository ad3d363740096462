#include "handmadejson.h"
#include "nativeclient.h"
#include "receipt.h"
#include "receiverfixture.h"

#include <QDirIterator>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

namespace {

const QString refused; // a null name

} // namespace

/// Names that want out of the folder, onto other files or into people's eyes, in every field of every message
/// that holds one: refused, or exactly the safe name inside the folder.
class TestHostileNames : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void names_data();
    void names();
    void paths_data();
    void paths();
    void collisions_data();
    void collisions();
    void shownOnly_data();
    void shownOnly();
    void notUtf8();
    void ids_data();
    void ids();

private:
    /// What a basic upload of three bytes under that name came to: where it landed, or null.
    [[nodiscard]] QString upload(const QByteArray& type, const QByteArray& body);
    [[nodiscard]] QString uploadJson(const QStringList& path, const QByteArray& more = R"(,"size":3)")
    {
        return upload("application/json", jsonOffer(path, more));
    }
    /// The same of the files of a batch; each has three bytes.
    [[nodiscard]] QMap<FileNumber, QString> uploadBatch(const QByteArrayList& files);
    [[nodiscard]] bool openBatch(NativeClient& client, const QByteArray& offer);
    /// All files and folders below the folder but the staging folder.
    [[nodiscard]] QStringList tree() const;
    [[nodiscard]] bool isOutsideClean() const;
    void checkEnd(QStringList expected);

    std::unique_ptr<QTemporaryDir> m_outer;
    std::unique_ptr<ReceiverFixture> m_fixture;
    int m_status = 0; ///< of the last offer
};

void TestHostileNames::initTestCase()
{
    // In memory, where a sync takes no time.
    if (QFileInfo(u"/dev/shm"_s).isWritable())
        qputenv("TMPDIR", "/dev/shm");
    m_outer = std::make_unique<QTemporaryDir>();
    qputenv("TMPDIR", m_outer->path().toUtf8());
}

void TestHostileNames::init()
{
    m_fixture = std::make_unique<ReceiverFixture>();
    QVERIFY(m_fixture->start());
}

void TestHostileNames::cleanup()
{
    m_fixture.reset();
}

QString TestHostileNames::upload(const QByteArray& type, const QByteArray& body)
{
    const WireClient::Answer answer =
        m_fixture->client().request("POST", "/upload", {{"Content-Type", type}}, body);
    m_status = answer.status;
    if (answer.status != 200)
        return refused;
    const QByteArray token =
        type == "text/plain"
            ? answer.body
            : QJsonDocument::fromJson(answer.body).object()["token"_L1].toString().toLatin1();
    WireClient wire = m_fixture->client();
    if (wire.open(token, {{"Upload-Length", "3"}}) != 101)
        return refused;
    if (!body.contains("\"folder\""))
        wire.send(WireClient::frame(WireClient::Binary, "abc"));
    const Result<Receipt> receipt = decodeReceipt(QString::fromUtf8(wire.readText()));
    return receipt ? receipt->path : refused;
}

bool TestHostileNames::openBatch(NativeClient& client, const QByteArray& offer)
{
    const WireClient::Answer answer =
        m_fixture->client().request("POST", "/upload", {{"Content-Type", "application/json"}}, offer);
    m_status = answer.status;
    const QString token = QJsonDocument::fromJson(answer.body).object()["token"_L1].toString();
    return !token.isEmpty() && client.openWith(token.toLatin1());
}

QMap<FileNumber, QString> TestHostileNames::uploadBatch(const QByteArrayList& files)
{
    NativeClient client(m_fixture->receiver().port());
    const int count = static_cast<int>(files.size());
    if (!openBatch(client, batchOffer("\"test\"", R"(["dropped"])", count)))
        return {};
    client.sendText(announcement(files));
    for (FileNumber file = 1; file <= static_cast<FileNumber>(count); ++file) {
        if (!files[file - 1].contains("\"folder\""))
            client.sendChunks(file, "abc");
    }
    client.send(End());
    QMap<FileNumber, QString> landed;
    qint64 failures = 0;
    while (const std::optional<BatchMessage> message = client.next()) {
        if (const auto* files = std::get_if<Landed>(&*message)) {
            for (const Landed::File& file : files->files)
                landed.insert(file.file, file.path);
        } else if (const auto* failed = std::get_if<Failed>(&*message)) {
            failures += failed->error.code == ErrorCode::UnsafeName ? 1 : 0;
        } else if (const auto* receipt = std::get_if<BatchReceipt>(&*message)) {
            return *receipt == BatchReceipt{landed.size(), 0, failures} ? landed
                                                                        : QMap<FileNumber, QString>();
        }
    }
    return {};
}

QStringList TestHostileNames::tree() const
{
    QStringList paths;
    QDirIterator entries(m_fixture->path(),
                         QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot,
                         QDirIterator::Subdirectories);
    while (entries.hasNext()) {
        const QString path = QDir(m_fixture->path()).relativeFilePath(entries.next());
        if (path.section(u'/', 0, 0) != ".sockdrop-partial"_L1)
            paths += path;
    }
    paths.sort();
    return paths;
}

bool TestHostileNames::isOutsideClean() const
{
    const QStringList outside =
        QDir(m_outer->path())
            .entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    return outside == QStringList{QDir(m_fixture->path()).dirName()} && !QFile::exists(u"/evil"_s);
}

/// Nothing is there but what is expected, and the receiver goes on.
void TestHostileNames::checkEnd(QStringList expected)
{
    expected.sort();
    QCOMPARE(tree(), expected);
    QVERIFY(isOutsideClean());
    QCOMPARE(upload("text/plain", "a good one.txt"), u"a good one.txt"_s);
    QCOMPARE(m_fixture->content(u"a good one.txt"_s), "abc"_ba);
}

void TestHostileNames::names_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("top");   // as it is safe at the top of the folder
    QTest::addColumn<QString>("below"); // and in a folder
    const auto row = [](const char* tag, const QString& name, const QString& safe) {
        QTest::newRow(tag) << name << safe << safe;
    };
    row("parent", u".."_s, refused);
    row("itself", u"."_s, refused);
    row("dots", u"..."_s, refused);
    row("blank", u" "_s, refused);
    row("dots and blanks", u". . "_s, refused);
    row("dots at the end", u"a.."_s, u"a"_s);
    row("blanks at the end", u"a. . "_s, u"a"_s);
    row("zero", u"a"_s + QChar::Null + u".txt"_s, u"a_.txt"_s);
    row("zero first", QChar::Null + u"a"_s, u"_a"_s);
    row("escape", u"a\u001b[2Jb"_s, u"a_[2Jb"_s);
    row("line break", u"a\r\nb"_s, u"a__b"_s);
    row("bell and delete", u"a\u0007\u007f"_s, u"a__"_s);
    row("C1 control", u"a\u0085\u009bb"_s, u"a__b"_s);
    row("255 bytes", QString(255, u'n'), QString(255, u'n'));
    row("256 bytes", QString(256, u'n'), refused);
    row("256 bytes in 128 letters", QString(128, u'\u00e4'), refused);
    row("backslashes", u"..\\..\\evil"_s, u".._.._evil"_s);
    row("drive", u"C:\\evil"_s, u"C__evil"_s);
    row("drive without a folder", u"C:evil"_s, u"C_evil"_s);
    row("share", u"\\\\host\\evil"_s, u"__host_evil"_s);
    row("stream", u"a.txt:evil"_s, u"a.txt_evil"_s);
    row("device", u"con"_s, u"_con"_s);
    row("device with an end", u"NUL.tar.gz"_s, u"_NUL.tar.gz"_s);
    row("device by a dropped end", u"con. "_s, u"_con"_s);
    row("device with a blank", u"aux .txt"_s, u"_aux .txt"_s);
    row("device with a high digit", u"COM\u00b9.txt"_s, u"_COM\u00b9.txt"_s);
    row("device of the console", u"CONIN$"_s, u"_CONIN$"_s);
    row("no device", u"console"_s, u"console"_s);
    row("high half", u"a"_s + QChar(0xd800), refused);
    row("low half", QChar(0xdc00) + u"a"_s, refused);
    row("halves the wrong way round", u"a"_s + QChar(0xde00) + QChar(0xd83d) + u"b"_s, refused);
    row("a pair", u"a\U0001f600"_s, u"a\U0001f600"_s);
    row("direction override", u"evil\u202egnp.exe"_s, u"evil_gnp.exe"_s);
    row("direction isolates", u"\u2066a\u2069"_s, u"_a_"_s);
    row("line separator", u"a\u2028b"_s, u"a_b"_s);
    row("zero width", u"a\u200bb\u2060c"_s, u"a_b_c"_s);
    row("byte order mark", u"a\ufeffb"_s, u"a_b"_s);
    row("no character", u"a\ufffeb"_s, u"a_b"_s);
    row("leading dash", u"-rf"_s, u"-rf"_s);
    row("shell", u"$(evil) `evil`;&|*?<>\"'"_s, u"$(evil) `evil`;&|*?<>\"'"_s);
    row("home", u"~"_s, u"~"_s);
    row("percent", u"%2e%2e%2fevil"_s, u"%2e%2e%2fevil"_s);
    row("wide dots", u"\uff0e\uff0e"_s, u"\uff0e\uff0e"_s);
    row("division slash", u"..\u2215evil"_s, u"..\u2215evil"_s);
    row("another form", u"a\u0308"_s, u"\u00e4"_s);
    const QString staging = u".sockdrop-partial"_s;
    QTest::newRow("staging folder") << staging << u'_' + staging << staging;
    QTest::newRow("staging folder, dot") << staging + u'.' << u'_' + staging << staging;
    QTest::newRow("staging folder, case")
        << staging.toUpper() << u'_' + staging.toUpper() << staging.toUpper();
    QTest::newRow("staging folder, soft hyphen")
        << u".sockdrop-\u00adpartial"_s << u"_.sockdrop-\u00adpartial"_s << u".sockdrop-\u00adpartial"_s;
    row("nearly the staging folder", u".sockdrop-partial2"_s, u".sockdrop-partial2"_s);
}

/// Alone and as the first, the middle and the last of a path; as text, as JSON and in a batch.
void TestHostileNames::names()
{
    QFETCH(QString, name);
    QFETCH(QString, top);
    QFETCH(QString, below);
    const auto in = [&below](const QString& path) { return below.isNull() ? refused : path.arg(below); };
    QStringList expected;
    if (name.isValidUtf16()) {
        QCOMPARE(upload("text/plain", name.toUtf8()), top);
        QCOMPARE(m_status, top.isNull() ? 400 : 200);
        if (!top.isNull())
            expected += top;
    }
    const QString again = expected.isEmpty() ? top : uploadJson({name}); // a name that is taken
    if (!expected.isEmpty()) {
        QVERIFY(again != top && again.startsWith(top.first(1)) && !again.contains(u'/'));
        expected += again;
    }
    QCOMPARE(uploadJson({u"json"_s, name}), in(u"json/%1"_s));
    QCOMPARE(m_status, below.isNull() ? 400 : 200);
    QCOMPARE(uploadJson({u"json in"_s, name, u"a"_s}), in(u"json in/%1/a"_s));
    QCOMPARE(uploadJson({u"json folder"_s, name}, R"(,"kind":"folder")"), in(u"json folder/%1"_s));

    const QMap<FileNumber, QString> landed =
        uploadBatch({announcedAs(u"batch/"_s + name), announcedAs(u"batch in/"_s + name + u"/a"_s),
                     announcedAs(u"batch folder/"_s + name, R"(,"folder":true)"), announcedAs(u"good"_s)});
    QCOMPARE(landed.value(1), in(u"batch/%1"_s));
    QCOMPARE(landed.value(2), in(u"batch in/%1/a"_s));
    QCOMPARE(landed.value(3), in(u"batch folder/%1"_s));
    QCOMPARE(landed.value(4), u"good"_s);
    expected += u"good"_s;
    if (!below.isNull())
        expected += {u"json"_s,
                     in(u"json/%1"_s),
                     u"json in"_s,
                     in(u"json in/%1"_s),
                     in(u"json in/%1/a"_s),
                     u"json folder"_s,
                     in(u"json folder/%1"_s),
                     u"batch"_s,
                     in(u"batch/%1"_s),
                     u"batch in"_s,
                     in(u"batch in/%1"_s),
                     in(u"batch in/%1/a"_s),
                     u"batch folder"_s,
                     in(u"batch folder/%1"_s)};
    checkEnd(expected);
}

void TestHostileNames::paths_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("asName");
    QTest::addColumn<QString>("inBatch");
    const auto row = [](const char* tag, const QString& path, const QString& asName, const QString& inBatch) {
        QTest::newRow(tag) << path << asName << inBatch;
    };
    row("upwards", u"../evil"_s, u".._evil"_s, refused);
    row("far upwards", u"../../../../../../evil"_s, u".._.._.._.._.._.._evil"_s, refused);
    row("down and upwards", u"a/../../evil"_s, u"a_.._.._evil"_s, refused);
    row("up at the end", u"a/.."_s, u"a_"_s, refused);
    row("absolute", u"/evil"_s, u"_evil"_s, refused);
    row("twice absolute", u"//evil"_s, u"__evil"_s, refused);
    row("here", u"./evil"_s, u"._evil"_s, refused);
    row("hole", u"a//b"_s, u"a__b"_s, refused);
    row("slash at the end", u"a/"_s, u"a_"_s, refused);
    row("slash", u"/"_s, u"_"_s, refused);
    row("blank folder", u".. /evil"_s, u".. _evil"_s, refused);
    row("staging folder", u".sockdrop-partial/evil"_s, u".sockdrop-partial_evil"_s,
        u"_.sockdrop-partial/evil"_s);
    row("device folder", u"con/aux/evil"_s, u"con_aux_evil"_s, u"_con/_aux/evil"_s);
    row("nothing", QString(u""_s), refused, refused);
    row("too deep", u"e/"_s.repeated(256) + u"evil"_s, refused, refused);
    row("too long", (QString(249, u'e') + u"/"_s).repeated(17) + u"evil"_s, refused, refused);
}

void TestHostileNames::paths()
{
    QFETCH(QString, path);
    QFETCH(QString, asName);
    QFETCH(QString, inBatch);
    QStringList expected{u"good"_s};
    const auto expect = [&expected](const QString& landed) {
        for (qsizetype end = landed.indexOf(u'/'); end >= 0; end = landed.indexOf(u'/', end + 1))
            expected += landed.first(end);
        if (!landed.isNull())
            expected += landed;
    };
    QCOMPARE(upload("text/plain", path.toUtf8()), asName);
    QVERIFY(!asName.isNull() || m_status == 400 || m_status == 413);
    expect(asName);
    QCOMPARE(uploadJson({u"json"_s, path}), asName.isNull() ? refused : u"json/"_s + asName);
    expect(asName.isNull() ? refused : u"json/"_s + asName);
    if (inBatch.isNull()) { // as components
        QCOMPARE(uploadJson(path.split(u'/')), refused);
        QVERIFY(m_status == 400 || m_status == 413);
    }
    const QMap<FileNumber, QString> landed = uploadBatch({announcedAs(path), announcedAs(u"good"_s)});
    QCOMPARE(landed.value(1), inBatch);
    QCOMPARE(landed.value(2), u"good"_s);
    expect(inBatch);
    checkEnd(expected);
}

void TestHostileNames::collisions_data()
{
    QTest::addColumn<QString>("first");
    QTest::addColumn<QString>("second");
    QTest::newRow("the same") << u"a.txt"_s << u"a.txt"_s;
    QTest::newRow("case") << u"Report.txt"_s << u"report.TXT"_s;
    QTest::newRow("form") << u"\u00e4.txt"_s << u"a\u0308.txt"_s;
    QTest::newRow("replaced characters") << u"a:b"_s << u"a\\b"_s;
    QTest::newRow("dropped end") << u"a."_s << u"a. ."_s;
    QTest::newRow("device") << u"con"_s << u"_con"_s;
}

/// However alike their names are, each file is there in the end, whole.
void TestHostileNames::collisions()
{
    QFETCH(QString, first);
    QFETCH(QString, second);
    const QMap<FileNumber, QString> landed = uploadBatch({announcedAs(first), announcedAs(second)});
    QCOMPARE(landed.size(), 2);
    const QStringList all{landed[1], landed[2], upload("text/plain", first.toUtf8()),
                          upload("text/plain", second.toUtf8())};
    QCOMPARE(QSet<QString>(all.begin(), all.end()).size(), 4);
    for (const QString& path : all)
        QCOMPARE(m_fixture->content(path), "abc"_ba);
    checkEnd(all);
}

void TestHostileNames::shownOnly_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("upwards") << u"../../evil"_s;
    QTest::newRow("absolute") << u"/evil"_s;
    QTest::newRow("empty") << QString(u""_s);
    QTest::newRow("zero") << u"a"_s + QChar::Null + u"b"_s;
    QTest::newRow("terminal") << u"\u001b]0;evil\u0007\u001b[2J\r\n"_s;
    QTest::newRow("direction") << u"\u202egnp.exe"_s;
    QTest::newRow("half a pair") << u"a"_s + QChar(0xd800);
    QTest::newRow("long") << u"😀"_s.repeated(1000);
    QTest::newRow("markup") << u"<img src=http://192.0.2.7/>%1 %2"_s;
}

/// Who sends, what was dropped, why it stops: text for people, and the name of no file.
void TestHostileNames::shownOnly()
{
    QFETCH(QString, text);
    const QByteArray json = quoted(text);
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(openBatch(client, batchOffer(json, "[" + json + "]", 2)));
    client.sendText(announcement({announcedAs(u"good"_s, ",\"source\":" + json), announcedAs(u"bad"_s)}));
    client.sendChunks(1, "abc");
    client.sendText(withChecksum(R"({"type":"pause","reason":)" + json + "}"));
    client.send(Resume());
    client.sendText(withChecksum(R"({"type":"drop","file":2,"code":"io-error","text":)" + json + "}"));
    client.send(End());
    QCOMPARE(client.wait<BatchReceipt>(), (BatchReceipt{1, 0, 1}));

    NativeClient other(m_fixture->receiver().port());
    QVERIFY(openBatch(other, batchOffer(json, "[" + json + "]", 1)));
    other.sendText(withChecksum(R"({"type":"cancel","code":"cancelled","text":)" + json + "}"));
    QCOMPARE(other.waitForClose(), 1000);
    QTRY_VERIFY(m_fixture->entries().size() >= 2);
    checkEnd({u"good"_s});
}

void TestHostileNames::notUtf8()
{
    for (const QByteArray& bytes :
         {"\xff"_ba, "a\xc0\xae\xc0\xae/evil"_ba, "\xed\xa0\x80"_ba, "a\xe4.txt"_ba}) {
        QCOMPARE(upload("text/plain", bytes), refused);
        QCOMPARE(m_status, 400);
        QCOMPARE(upload("application/json", R"({"path":[")" + bytes + R"("],"size":3})"), refused);
        QCOMPARE(m_status, 400);
        NativeClient client(m_fixture->receiver().port());
        QVERIFY(!openBatch(client, batchOffer("\"test\"", "[\"" + bytes + "\"]", 1)));
        QCOMPARE(m_status, 400);
        QVERIFY(openBatch(client, batchOffer("\"test\"", R"(["dropped"])", 1)));
        client.sendText(announcement({R"({"path":")" + bytes + R"(","size":3,"mtime":0})"}));
        const int code = client.waitForClose();
        QVERIFY2(code == 1002 || code == 1007, QByteArray::number(code).constData());
    }
    checkEnd({});
}

void TestHostileNames::ids_data()
{
    QTest::addColumn<QString>("id");
    QTest::newRow("upwards") << u"../../evil"_s;
    QTest::newRow("32 long") << u"../../../../../../../../../evil!"_s;
    QTest::newRow("upper case") << QString(32, u'A');
    QTest::newRow("empty") << QString(u""_s);
    QTest::newRow("zero") << QString(31, u'a') + QChar::Null;
    QTest::newRow("too long") << QString(33, u'a');
}

/// The batch's id becomes a part of names in the staging folder; tokens and pairings are looked up.
void TestHostileNames::ids()
{
    QFETCH(QString, id);
    QByteArray offer = batchOffer("\"test\"", R"(["dropped"])", 1);
    offer.replace("\"000102030405060708090a0b0c0d0e0f\"", quoted(id));
    NativeClient client(m_fixture->receiver().port());
    QVERIFY(!openBatch(client, offer));
    QCOMPARE(m_status, 400);
    const QByteArray target = id.toUtf8().toPercentEncoding();
    QCOMPARE(m_fixture->client().open(target), 404);
    QCOMPARE(m_fixture->client().request("POST", "/pair/" + target, {}, "{}").status, 400);
    checkEnd({});
}

QTEST_GUILESS_MAIN(TestHostileNames)
#include "tst_hostilenames.moc"
