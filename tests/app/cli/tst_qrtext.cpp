#include "qrtext.h"

#include <QTest>

using namespace sockdrop;
using namespace Qt::StringLiterals;

class TestQrText final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void showsEveryModule_data();
    void showsEveryModule();
};

void TestQrText::showsEveryModule_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("version 1") << u"x"_s;
    QTest::newRow("an address") << u"http://192.0.2.7:54321/"_s;
}

/// Reads the glyphs back into modules.
void TestQrText::showsEveryModule()
{
    QFETCH(QString, text);
    const Result<QrCode> code = QrCode::encode(text);
    QVERIFY(code.isOk());
    constexpr int quietZone = 4;
    const int side = code->size + 2 * quietZone;

    QStringList lines = qrText(code.value()).split(u'\n');
    QVERIFY(lines.takeLast().isEmpty());
    QCOMPARE(lines.size(), (side + 1) / 2);
    for (int row = 0; row < lines.size(); ++row) {
        QString line = lines.at(row);
        QVERIFY(line.startsWith(u"\x1b[30;107m"_s) && line.endsWith(u"\x1b[0m"_s));
        line = line.sliced(9).chopped(4);
        QCOMPARE(line.size(), side);
        for (int column = 0; column < side; ++column) {
            const QChar glyph = line.at(column);
            QVERIFY(u" ▀▄█"_s.contains(glyph));
            const int x = column - quietZone;
            const int y = 2 * row - quietZone;
            QCOMPARE(glyph == u'▀' || glyph == u'█', code->isDark(x, y));
            QCOMPARE(glyph == u'▄' || glyph == u'█', code->isDark(x, y + 1));
        }
    }
}

QTEST_GUILESS_MAIN(TestQrText)
#include "tst_qrtext.moc"
