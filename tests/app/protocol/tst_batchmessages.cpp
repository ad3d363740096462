#include "batchmessages.h"

#include <QTest>

#include <xxhash.h>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestBatchMessages : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void times_data();
    void times();
    void sameTimes_data();
    void sameTimes();
    void surviveTheWire_data();
    void surviveTheWire();
    void areAsDescribed();
    void damageIsNoticed();
    void refused_data();
    void refused();
    void unknownFieldsAreIgnored();
    void bounds();
    void longTextsAreCut_data();
    void longTextsAreCut();

private:
    [[nodiscard]] static QByteArray signedText(const QByteArray& json)
    {
        const quint64 sum = XXH3_64bits(json.constData(), static_cast<size_t>(json.size()));
        return QByteArray::number(sum, 16).rightJustified(16, '0') + ' ' + json;
    }
};

Q_DECLARE_METATYPE(sockdrop::BatchMessage)

void TestBatchMessages::surviveTheWire_data()
{
    QTest::addColumn<BatchMessage>("message");
    const auto row = [](const char* name, const BatchMessage& message) { QTest::newRow(name) << message; };
    const Error error{ErrorCode::NoSpace, u"“a” needs 3 bytes."_s};

    AnnouncedFile odd;
    odd.path = u"a\"b\\c\n\t\u0001/ü€😀 {}[]"_s;
    odd.size = 9007199254740991;
    odd.modifiedAt = -62135596800000;
    odd.isExecutable = true;
    odd.source = u"0123456789abcdef"_s;
    odd.version = u"fedcba9876543210"_s;
    odd.mode = 0640;
    odd.space = 4096;
    odd.nanoseconds = 999'999;
    AnnouncedFile folder;
    folder.path = u"empty"_s;
    folder.isFolder = true;
    row("announce", Announce{4294967290U, {odd, folder, AnnouncedFile{u"x"_s, 0, 5, false, false, {}, {}}}});
    row("announce nothing", Announce{});
    row("times of folders", Announce{3, {}, {{u"a/ü"_s, {-1, 1}}, {u"b"_s, {5, {}}}}});
    row("cancel and keep", Cancel{error, true});
    row("same", Same{{{1, {}}, {2, u"xxh3-128:22"_s}, {4294967295U, {}}}});
    row("drop", Drop{3, {ErrorCode::SourceChanged, u"It changed."_s}});
    row("end", End{});
    Plan plan;
    plan.want = {{1, 0, {}, false}, {2, chunkBytes, Hash128::of("x"), false}, {3, 0, {}, true}};
    plan.skip = {{4, u"a/b (1)"_s}};
    plan.check = {{5, u"xxh3-128:00"_s, {}},
                  {6, u"xxh3-128:00"_s, {u"xxh3-128:01"_s, u"xxh3-128:02"_s}, u"a/b"_s}};
    row("plan", plan);
    row("empty plan", Plan{});
    row("ack", Ack{1LL << 50, 12});
    row("again", Again{7, 3 * chunkBytes});
    row("landed",
        Landed{
            {{1, u"a"_s, u"xxh3-128:00"_s, {}}, {2, u"b/c"_s, {}, u"A note."_s}, {3, u"d"_s, {}, {}, true}}});
    row("failed", Failed{9, error});
    row("receipt", BatchReceipt{1, 2, 3});
    row("pause", Pause{u"The receiver's disk is full."_s});
    row("pause without reason", Pause{});
    row("resume", Resume{});
    row("cancel", Cancel{{ErrorCode::Cancelled, u"Enough."_s}});
}

void TestBatchMessages::surviveTheWire()
{
    QFETCH(BatchMessage, message);
    const auto decoded = decodeMessage(encodeMessage(message), Limits());
    QVERIFY2(decoded, decoded ? "" : qPrintable(decoded.error().text));
    QVERIFY(decoded.value() == message);
}

void TestBatchMessages::areAsDescribed()
{
    // The worked example of PROTOCOL.md.
    QCOMPARE(encodeMessage(Plan{{{1, 0, {}, false}}, {}, {}}),
             R"(8516e9380ba6a8a9 {"type":"plan","want":[{"file":1}]})"_ba);
    QCOMPARE(encodeMessage(End{}), R"(b373cb364243899a {"type":"end"})"_ba);
    QCOMPARE(encodeMessage(Ack{3, 12582912}),
             R"(ab679db48092e070 {"type":"ack","bytes":3,"credit":12582912})"_ba);
}

void TestBatchMessages::damageIsNoticed()
{
    const QByteArray intact = encodeMessage(Failed{9, {ErrorCode::NoSpace, u"Full."_s}});
    for (qsizetype bit = 0; bit < intact.size() * 8; ++bit) {
        QByteArray damaged = intact;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
        QVERIFY2(!decodeMessage(damaged, Limits()), damaged.constData());
    }
    for (qsizetype size = 0; size < intact.size(); ++size)
        QVERIFY(!decodeMessage(intact.first(size), Limits()));
}

void TestBatchMessages::refused_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("no object") << "[]"_ba;
    QTest::newRow("no JSON") << "{"_ba;
    QTest::newRow("no type") << "{}"_ba;
    QTest::newRow("unknown type") << R"({"type":"fly"})"_ba;
    QTest::newRow("number as type") << R"({"type":1})"_ba;
    QTest::newRow("first 0") << R"({"type":"announce","first":0,"files":[]})"_ba;
    QTest::newRow("first too large") << R"({"type":"announce","first":4294967296})"_ba;
    QTest::newRow("first is text") << R"({"type":"announce","first":"1"})"_ba;
    QTest::newRow("files no list") << R"({"type":"announce","first":1,"files":{}})"_ba;
    QTest::newRow("file without path")
        << R"({"type":"announce","first":1,"files":[{"size":1,"mtime":0}]})"_ba;
    QTest::newRow("file without size")
        << R"({"type":"announce","first":1,"files":[{"path":"a","mtime":0}]})"_ba;
    QTest::newRow("file without time")
        << R"({"type":"announce","first":1,"files":[{"path":"a","size":1}]})"_ba;
    QTest::newRow("negative size")
        << R"({"type":"announce","first":1,"files":[{"path":"a","size":-1,"mtime":0}]})"_ba;
    QTest::newRow("half a byte")
        << R"({"type":"announce","first":1,"files":[{"path":"a","size":0.5,"mtime":0}]})"_ba;
    QTest::newRow("want without digest") << R"({"type":"plan","want":[{"file":1,"offset":262144}]})"_ba;
    QTest::newRow("want with odd digest")
        << R"({"type":"plan","want":[{"file":1,"offset":262144,"digest":"xyz"}]})"_ba;
    QTest::newRow("skip without path") << R"({"type":"plan","skip":[{"file":1}]})"_ba;
    QTest::newRow("negative ack") << R"({"type":"ack","bytes":-1,"credit":0})"_ba;
    QTest::newRow("ack without credit") << R"({"type":"ack","bytes":1})"_ba;
    QTest::newRow("landed without path") << R"({"type":"landed","files":[{"file":1}]})"_ba;
    QTest::newRow("failed without text") << R"({"type":"failed","file":1,"code":"io-error"})"_ba;
    QTest::newRow("receipt without a number") << R"({"type":"receipt","landed":1,"skipped":0})"_ba;
}

void TestBatchMessages::refused()
{
    QFETCH(QByteArray, json);
    const auto decoded = decodeMessage(signedText(json), Limits());
    QVERIFY(!decoded);
    QCOMPARE(decoded.error().code, ErrorCode::ProtocolError);
    QVERIFY(!decoded.error().text.isEmpty());
}

void TestBatchMessages::unknownFieldsAreIgnored()
{
    const auto decoded = decodeMessage(
        signedText(R"({"new":[1],"type":"again","file":1,"offset":0,"x":{"y":null}})"_ba), Limits());
    QVERIFY(decoded);
    QVERIFY(decoded.value() == BatchMessage(Again{1, 0}));
}

void TestBatchMessages::bounds()
{
    Limits limits;
    limits.openFiles = 2;
    QVERIFY(decodeMessage(encodeMessage(Same{{{1, {}}, {2, {}}}}), limits));
    QVERIFY(!decodeMessage(encodeMessage(Same{{{1, {}}, {2, {}}, {3, {}}}}), limits));

    const QByteArray text = encodeMessage(Pause{u"x"_s});
    limits.batchMessageBytes = text.size();
    QVERIFY(decodeMessage(text, limits));
    limits.batchMessageBytes = text.size() - 1;
    QVERIFY(!decodeMessage(text, limits));

    for (QString AnnouncedFile::*mark : {&AnnouncedFile::source, &AnnouncedFile::version}) {
        for (const int size : {64, 65}) {
            AnnouncedFile file;
            file.*mark = QString(size, u's');
            const auto decoded = decodeMessage(encodeMessage(Announce{1, {file}}), Limits());
            QCOMPARE(std::get<Announce>(decoded.value()).files.first().*mark,
                     size == 64 ? file.*mark : QString());
        }
    }
}

void TestBatchMessages::longTextsAreCut_data()
{
    QTest::addColumn<BatchMessage>("message");
    QTest::addColumn<BatchMessage>("read");
    const auto row = [](const char* name, const BatchMessage& message, const BatchMessage& read) {
        QTest::newRow(name) << message << read;
    };
    const QString giant(100'000, u'x');
    const QString text = QString(Limits().textCharacters - 1, u'x') + u"…"_s;
    const QString path(Limits().pathBytes + 2, u'x'); // too long, as it was
    const Error error{ErrorCode::IoError, giant};
    const Error cut{ErrorCode::IoError, text};
    row("drop", Drop{3, error}, Drop{3, cut});
    row("failed", Failed{3, error}, Failed{3, cut});
    row("cancel", Cancel{error}, Cancel{cut});
    row("pause", Pause{giant}, Pause{text});
    row("landed", Landed{{{1, giant, giant, giant}}}, Landed{{{1, path, text, text}}});
    row("plan", Plan{{}, {{1, giant}}, {{2, giant, {}}}}, Plan{{}, {{1, path}}, {{2, text, {}}}});
    row("announce", Announce{1, {AnnouncedFile{giant, 1, 2, false, false, {}, {}}}},
        Announce{1, {AnnouncedFile{path, 1, 2, false, false, {}, {}}}});
    const QString pair = path.chopped(1); // and then the first half of a character
    row("announce a character that is cut",
        Announce{1, {AnnouncedFile{pair + u"😀"_s, 1, 2, false, false, {}, {}}}},
        Announce{1, {AnnouncedFile{pair, 1, 2, false, false, {}, {}}}});
    const QString longest(Limits().textCharacters, u'x');
    row("just so", Pause{longest}, Pause{longest});
}

void TestBatchMessages::longTextsAreCut()
{
    QFETCH(BatchMessage, message);
    QFETCH(BatchMessage, read);
    const auto decoded = decodeMessage(encodeMessage(message), Limits());
    QVERIFY(decoded);
    QVERIFY(decoded.value() == read);
}

void TestBatchMessages::times_data()
{
    constexpr qint64 most = (1LL << 53) - 1;
    QTest::addColumn<qint64>("seconds");
    QTest::addColumn<qint64>("milliseconds");
    QTest::newRow("1970") << qint64{0} << qint64{1};
    QTest::newRow("2300, past std::chrono's nanoseconds")
        << qint64{10'413'792'000} << qint64{10'413'792'000'001};
    QTest::newRow("1500, before them") << qint64{-14'831'769'600} << qint64{-14'831'769'599'999};
    QTest::newRow("9999") << qint64{253'402'300'799} << qint64{253'402'300'799'001};
    QTest::newRow("the end") << std::numeric_limits<qint64>::max() << most;
    QTest::newRow("the beginning") << std::numeric_limits<qint64>::min() << -most;
}

void TestBatchMessages::times()
{
    QFETCH(qint64, seconds);
    QFETCH(qint64, milliseconds);
    const FileTime time = FileTime::of({seconds, 1'234'567});
    QCOMPARE(time.milliseconds, milliseconds);
    if (std::abs(milliseconds) == FileTime::most)
        return;
    QCOMPARE(time.nanoseconds, 234'567);
    const timespec again = time.toTimespec();
    QCOMPARE(again.tv_sec, seconds);
    QCOMPARE(again.tv_nsec, 1'234'567);
}

void TestBatchMessages::sameTimes_data()
{
    QTest::addColumn<std::optional<qint32>>("one");
    QTest::addColumn<std::optional<qint32>>("other");
    QTest::addColumn<bool>("isSame");
    const auto row = [](const char* name, std::optional<qint32> one, std::optional<qint32> other,
                        bool isSame) { QTest::newRow(name) << one << other << isSame; };
    row("not told", {}, 123'456, true);
    row("told by neither", {}, {}, true);
    row("the same", 123'456, 123'456, true);
    row("another", 123'456, 123'457, false);
    row("milliseconds are kept", 0, 123'456, true);
    row("microseconds are kept", 123'000, 123'456, true);
    row("other microseconds", 123'000, 124'456, false);
    row("hundreds are kept", 123'400, 123'456, true);
    row("other hundreds", 123'400, 123'500, false);
}

void TestBatchMessages::sameTimes()
{
    QFETCH(std::optional<qint32>, one);
    QFETCH(std::optional<qint32>, other);
    QFETCH(bool, isSame);
    QCOMPARE((FileTime{7, one}.isSameAs({7, other})), isSame);
    QCOMPARE((FileTime{7, other}.isSameAs({7, one})), isSame);
    QVERIFY(!(FileTime{8, one}.isSameAs({7, other})));
}

QTEST_GUILESS_MAIN(TestBatchMessages)
#include "tst_batchmessages.moc"
