#include "safepath.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class tst_SafePath final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void kept_data();
    void kept();
    void madeSafe_data();
    void madeSafe();
    void refused_data();
    void refused();
    void everyForbiddenCharacter();
    void stagingFolderOnlyFirst();
    void limitOfBytes();
    void limitOfPath();
    void limitOfComponents();
    void messagesAreSafeToShow();
};

void tst_SafePath::kept_data()
{
    QTest::addColumn<QString>("name");
    const QStringList names{
        u"a"_s,
        u"photo.jpg"_s,
        u".bashrc"_s,
        u"..a"_s,
        u"a..b"_s,
        u" leading"_s,
        u"100 % sure"_s,
        u"%2e%2e%2f"_s,
        u"*?\"<>|"_s,
        u"~"_s,
        u"-rf"_s,
        u"Ünïcödé"_s,
        u"日本語.txt"_s,
        u"\U0001F600.png"_s,
        u"\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645"_s, // Persian needs its non-joiner
        u"\U0001F468\u200D\U0001F469\u200D\U0001F467"_s,       // a family is one emoji
        u"CONSOLE"_s,
        u"COM"_s,
        u"COM10"_s,
        u"XCON"_s,
        u"a.CON"_s,
        u"LPT⁴"_s,
        u"_CON"_s,
        u".sockdrop-partial2"_s,
        u"sockdrop-partial"_s};
    for (const QString& name : names)
        QTest::addRow("%s", qUtf8Printable(name)) << name;
}

void tst_SafePath::kept()
{
    QFETCH(QString, name);
    const Result<SafePath> path = SafePath::fromUntrusted({name}, Limits());
    QVERIFY(path);
    QCOMPARE(path->toString(), name);
    QVERIFY(!path->wasChanged());
}

void tst_SafePath::madeSafe_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("safe");
    QTest::newRow("absolute") << u"/etc/passwd"_s << u"_etc_passwd"_s;
    QTest::newRow("upwards") << u"../../x"_s << u".._.._x"_s;
    QTest::newRow("upwards, backslash") << u"..\\x"_s << u".._x"_s;
    QTest::newRow("drive") << u"C:\\x"_s << u"C__x"_s;
    QTest::newRow("stream") << u"a.txt:evil"_s << u"a.txt_evil"_s;
    QTest::newRow("NUL") << u"a\0b"_s << u"a_b"_s;
    QTest::newRow("newline") << u"a\nb"_s << u"a_b"_s;
    QTest::newRow("DEL") << u"a\u007Fb"_s << u"a_b"_s;
    QTest::newRow("C1") << u"a\u009Bb"_s << u"a_b"_s;
    QTest::newRow("override") << u"exe\u202Etxt.doc"_s << u"exe_txt.doc"_s;
    QTest::newRow("byte order mark") << u"\uFEFFa"_s << u"_a"_s;
    QTest::newRow("joiner in ASCII") << u"a\u200Db"_s << u"a_b"_s;
    QTest::newRow("joiner at the end") << u"é\u200D"_s << u"é_"_s;
    QTest::newRow("joiner first") << u"\u200Dé"_s << u"_é"_s;
    QTest::newRow("two joiners") << u"é\u200D\u200Dé"_s << u"é__é"_s;
    QTest::newRow("noncharacter") << u"a\uFFFFb"_s << u"a_b"_s;
    QTest::newRow("noncharacter beyond 16 bits") << u"a\U0001FFFEb"_s << u"a_b"_s;
    QTest::newRow("trailing dot") << u"a."_s << u"a"_s;
    QTest::newRow("trailing space") << u"a "_s << u"a"_s;
    QTest::newRow("trailing mixture") << u"a. . "_s << u"a"_s;
    QTest::newRow("decomposed") << u"e\u0301"_s << u"é"_s;
    QTest::newRow("Kelvin sign") << u"\u212A"_s << u"K"_s;
    QTest::newRow("CON") << u"CON"_s << u"_CON"_s;
    QTest::newRow("con") << u"con"_s << u"_con"_s;
    QTest::newRow("Prn.txt") << u"Prn.txt"_s << u"_Prn.txt"_s;
    QTest::newRow("AUX.tar.gz") << u"AUX.tar.gz"_s << u"_AUX.tar.gz"_s;
    QTest::newRow("NUL .txt") << u"NUL .txt"_s << u"_NUL .txt"_s;
    QTest::newRow("NUL.") << u"NUL."_s << u"_NUL"_s;
    QTest::newRow("COM0") << u"COM0"_s << u"_COM0"_s;
    QTest::newRow("com9.log") << u"com9.log"_s << u"_com9.log"_s;
    QTest::newRow("LPT¹") << u"LPT¹"_s << u"_LPT¹"_s;
    QTest::newRow("COM³.x") << u"COM³.x"_s << u"_COM³.x"_s;
    QTest::newRow("CONIN$") << u"conin$"_s << u"_conin$"_s;
    QTest::newRow("CONOUT$") << u"CONOUT$.txt"_s << u"_CONOUT$.txt"_s;
    QTest::newRow("staging") << u".sockdrop-partial"_s << u"_.sockdrop-partial"_s;
    QTest::newRow("staging, case") << u".SockDrop-Partial"_s << u"_.SockDrop-Partial"_s;
    QTest::newRow("staging, long s") << u".\u017Fockdrop-partial"_s << u"_.\u017Fockdrop-partial"_s;
    QTest::newRow("staging, trailing") << u".sockdrop-partial. "_s << u"_.sockdrop-partial"_s;
    QTest::newRow("staging, invisible") << u".sockdrop\u00AD-partial"_s << u"_.sockdrop\u00AD-partial"_s;
}

void tst_SafePath::madeSafe()
{
    QFETCH(QString, name);
    QFETCH(QString, safe);
    const Result<SafePath> path = SafePath::fromUntrusted({name}, Limits());
    QVERIFY(path);
    QCOMPARE(path->toString(), safe);
    QVERIFY(path->wasChanged());
    // What came out is safe, so that a second pass has nothing to do.
    const Result<SafePath> again = SafePath::fromUntrusted(path->components(), Limits());
    QVERIFY(again);
    QCOMPARE(again->toString(), safe);
    QVERIFY(!again->wasChanged());
}

void tst_SafePath::refused_data()
{
    QTest::addColumn<QStringList>("components");
    QTest::newRow("nothing") << QStringList{};
    QTest::newRow("empty") << QStringList{u""_s};
    QTest::newRow("empty inside") << QStringList{u"a"_s, u""_s, u"b"_s};
    QTest::newRow("empty first") << QStringList{u""_s, u"etc"_s};
    QTest::newRow("empty last") << QStringList{u"a"_s, u""_s};
    QTest::newRow("this folder") << QStringList{u"."_s};
    QTest::newRow("folder above") << QStringList{u".."_s};
    QTest::newRow("folder above inside") << QStringList{u"a"_s, u".."_s, u"b"_s};
    QTest::newRow("three dots") << QStringList{u"..."_s};
    QTest::newRow("space") << QStringList{u" "_s};
    QTest::newRow("dots and spaces") << QStringList{u". ."_s};
    QTest::newRow("high surrogate") << QStringList{u"a"_s + QChar(0xD83D)};
    QTest::newRow("low surrogate") << QStringList{QChar(0xDE00) + u"a"_s};
    QTest::newRow("swapped surrogates") << QStringList{QString(QChar(0xDE00)) + QChar(0xD83D)};
}

void tst_SafePath::refused()
{
    QFETCH(QStringList, components);
    const Result<SafePath> path = SafePath::fromUntrusted(components, Limits());
    QVERIFY(!path);
    QCOMPARE(path.error().code, ErrorCode::UnsafeName);
    QVERIFY(path.error().text.endsWith(u'.'));
}

void tst_SafePath::everyForbiddenCharacter()
{
    QList<char32_t> forbidden{U'/', U'\\', U':', 0x61C, 0x180E, 0xFEFF};
    const auto add = [&forbidden](char32_t first, char32_t last) {
        for (char32_t c = first; c <= last; ++c)
            forbidden.append(c);
    };
    add(0x00, 0x1F);
    add(0x7F, 0x9F);
    add(0x200B, 0x200F);
    add(0x2028, 0x202E);
    add(0x2060, 0x206F);
    for (char32_t c = 0; c < 0x3000; ++c) {
        const QString name = u"a"_s + QString::fromUcs4(&c, 1) + u"b"_s;
        const Result<SafePath> path = SafePath::fromUntrusted({name}, Limits());
        QVERIFY(path);
        QVERIFY2((path->toString() == u"a_b"_s) == (forbidden.contains(c) || c == U'_'),
                 qPrintable(QString::number(c, 16)));
    }
}

void tst_SafePath::stagingFolderOnlyFirst()
{
    const Result<SafePath> first =
        SafePath::fromUntrusted({u".sockdrop-partial"_s, u".sockdrop-partial"_s}, Limits());
    QVERIFY(first);
    QCOMPARE(first->toString(), u"_.sockdrop-partial/.sockdrop-partial"_s);
}

void tst_SafePath::limitOfBytes()
{
    QVERIFY(SafePath::fromUntrusted({QString(255, u'a')}, Limits()));
    QVERIFY(!SafePath::fromUntrusted({QString(256, u'a')}, Limits()));
    QVERIFY(SafePath::fromUntrusted({QString(127, u'é') + u'a'}, Limits()));
    QVERIFY(!SafePath::fromUntrusted({QString(128, u'é')}, Limits()));
    // What counts is the length of the name that is made.
    QVERIFY(SafePath::fromUntrusted({QString(255, u'a') + u"..."_s}, Limits()));
    QVERIFY(SafePath::fromUntrusted({u"e\u0301"_s.repeated(127)}, Limits()));
    QVERIFY(!SafePath::fromUntrusted({u"CON."_s + QString(251, u'a')}, Limits()));
}

void tst_SafePath::limitOfPath()
{
    QStringList components(15, QString(255, u'a'));
    components << QString(254, u'a');
    QCOMPARE(components.join(u'/').size(), 4094);
    QVERIFY(SafePath::fromUntrusted(components, Limits()));
    components.last() += u'a';
    QVERIFY(SafePath::fromUntrusted(components, Limits()));
    components << u"b"_s;
    QVERIFY(!SafePath::fromUntrusted(components, Limits()));
    QVERIFY(!SafePath::fromUntrusted({QString(10'000'000, u' ')}, Limits()));
}

void tst_SafePath::limitOfComponents()
{
    QVERIFY(SafePath::fromUntrusted(QStringList(256, u"a"_s), Limits()));
    QVERIFY(!SafePath::fromUntrusted(QStringList(257, u"a"_s), Limits()));
}

void tst_SafePath::messagesAreSafeToShow()
{
    const QString name = u"\u202Egnp\n"_s + QString(500, u'x');
    const Result<SafePath> path = SafePath::fromUntrusted({name}, Limits());
    QVERIFY(!path);
    QVERIFY(!path.error().text.contains(u'\u202E'));
    QVERIFY(!path.error().text.contains(u'\n'));
    QVERIFY(path.error().text.size() < 200);
}

QTEST_APPLESS_MAIN(tst_SafePath)
#include "tst_safepath.moc"
